/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib.h>

#include "milter/doctor/milterlink.h"
#include "t/lib/scratch.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum { PATIENCE = 5000, IMPATIENCE = 100, OFFER = 17 };

/* Version 6; add and change headers; no helo, no unknown. */
static const uint8_t answer[] = { 0, 0, 0, 13, 'O', 0, 0, 0, 6, 0, 0, 0, 0x11,
	0, 0, 1, 2 };

static struct endpoint endpoint;
static pid_t server;

static void
begin(void)
{
	char *path;

	scratch_begin();
	path = scratch_path("socket");
	endpoint = (struct endpoint){ .is_unix = true };
	g_strlcpy(endpoint.path, path, sizeof(endpoint.path));
	free(path);
	server = 0;
}

static void
end(void)
{
	if (server > 0) {
		kill(server, SIGKILL);
		waitpid(server, NULL, 0);
	}
	scratch_end();
}

static int
listen_there(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int file = socket(AF_UNIX, SOCK_STREAM, 0);

	memcpy(at.sun_path, endpoint.path, sizeof(at.sun_path));
	ck_assert_int_eq(bind(file, (struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(listen(file, 1), 0);
	return file;
}

/* Answers with those octets to an offer; then hangs up, or hangs. */
static void
serve(const uint8_t *octets, size_t len, bool hang_up)
{
	int file = listen_there();
	char offer[OFFER];
	int peer;

	server = fork();
	if (server != 0) {
		close(file);
		return;
	}
	peer = accept(file, NULL, NULL);
	if (recv(peer, offer, sizeof(offer), MSG_WAITALL) != OFFER)
		_exit(1);
	/* An octet at a time: the other side has to put them together. */
	for (size_t i = 0; i < len; i++)
		send(peer, octets + i, 1, MSG_NOSIGNAL);
	if (!hang_up)
		pause();
	_exit(0);
}

START_TEST(finds_a_milter_and_what_it_wants)
{
	struct milterlink link;
	char *text;

	serve(answer, sizeof(answer), false);
	milterlink_try(&endpoint, PATIENCE, &link);
	ck_assert_str_eq(milterlink_word(link.state), "up");
	ck_assert_uint_eq(link.version, 6);
	ck_assert_uint_eq(link.actions, 0x11);
	ck_assert_uint_eq(link.steps, 0x102);
	ck_assert_double_gt(link.seconds, 0);
	text = milterlink_actions(link.actions);
	ck_assert_str_eq(text, "add headers, change headers");
	g_free(text);
	text = milterlink_steps(link.steps);
	ck_assert_str_eq(text, "no helo, no unknown");
	g_free(text);
}
END_TEST

START_TEST(finds_every_truncation)
{
	struct milterlink link;

	serve(answer, (size_t)_i, true);
	milterlink_try(&endpoint, PATIENCE, &link);
	ck_assert_int_eq(link.state, MILTERLINK_NO_MILTER);
}
END_TEST

static const struct {
	const char *name;
	uint8_t octets[20];
	size_t len;
} wrong[] = {
	{ "too short", { 0, 0, 0, 12, 'O', 0, 0, 0, 6 }, 9 },
	{ "too long", { 0, 1, 0, 1, 'O', 0, 0, 0, 6 }, 9 },
	{ "another command", { 0, 0, 0, 13, 'c', 0, 0, 0, 6 }, 17 },
	{ "version 1", { 0, 0, 0, 13, 'O', 0, 0, 0, 1 }, 17 },
	{ "version 7", { 0, 0, 0, 13, 'O', 0, 0, 0, 7 }, 17 },
	{ "action that was not offered", { 0, 0, 0, 13, 'O', 0, 0, 0, 6, 0x80 },
	    17 },
	{ "step that was not offered",
	    { 0, 0, 0, 13, 'O', 0, 0, 0, 6, 0, 0, 0, 0, 0x80 }, 17 },
	{ "SMTP", "220 mx.example.net\r\n", 20 },
};

START_TEST(knows_what_is_no_milter)
{
	struct milterlink link;

	serve(wrong[_i].octets, wrong[_i].len, false);
	milterlink_try(&endpoint, PATIENCE, &link);
	ck_assert_msg(link.state == MILTERLINK_NO_MILTER, "%s: %s",
	    wrong[_i].name, milterlink_word(link.state));
}
END_TEST

START_TEST(takes_an_answer_with_macros_after_it)
{
	uint8_t octets[MILTERLINK_MAX_ANSWER] = { 0 };
	struct milterlink link;

	memcpy(octets, answer + 4, sizeof(answer) - 4);
	ck_assert(milterlink_read_answer(octets, sizeof(octets), &link));
	ck_assert(milterlink_read_answer(octets, 13, &link));
	ck_assert(!milterlink_read_answer(octets, 12, &link));
}
END_TEST

START_TEST(does_not_wait_for_ever)
{
	struct milterlink link;

	serve(answer, 3, false);
	milterlink_try(&endpoint, IMPATIENCE, &link);
	ck_assert_int_eq(link.state, MILTERLINK_NO_ANSWER);
}
END_TEST

START_TEST(says_when_nothing_listens)
{
	struct milterlink link;

	milterlink_try(&endpoint, PATIENCE, &link);
	ck_assert_int_eq(link.state, MILTERLINK_NOT_THERE);
	ck_assert_int_eq(link.error, ENOENT);
	close(listen_there());
	milterlink_try(&endpoint, PATIENCE, &link);
	ck_assert_int_eq(link.state, MILTERLINK_NOT_THERE);
	ck_assert_int_eq(link.error, ECONNREFUSED);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("milterlink");
	TCase *tcase = tcase_create("milterlink");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, finds_a_milter_and_what_it_wants);
	tcase_add_loop_test(tcase, finds_every_truncation, 0, sizeof(answer));
	tcase_add_loop_test(tcase, knows_what_is_no_milter, 0, COUNT(wrong));
	tcase_add_test(tcase, takes_an_answer_with_macros_after_it);
	tcase_add_test(tcase, does_not_wait_for_ever);
	tcase_add_test(tcase, says_when_nothing_listens);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
