/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "milter/settings/endpoint.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct {
	const char *sendmail; /* NULL: Sendmail would not take it */
	const char *postfix;
	const char *path;
	const char *host;
	unsigned int port;
} good[] = {
	{ "unix:/run/s", "unix:/run/s", "/run/s", "", 0 },
	{ "local:/run/s", NULL, "/run/s", "", 0 },
	{ "/run/s", NULL, "/run/s", "", 0 },
	{ NULL, "unix:run/s", "run/s", "", 0 },
	{ "inet:8891@127.0.0.1", "inet:127.0.0.1:8891", "", "127.0.0.1", 8891 },
	{ "inet6:65535@::1", "inet:[::1]:65535", "", "::1", 65535 },
	{ "inet:1@a.example", "inet:a.example:1", "", "a.example", 1 },
	{ "inet:8891", NULL, "", "", 8891 },
};

static void
expect(const struct endpoint *endpoint, int i)
{
	ck_assert(endpoint->is_unix == (good[i].path[0] != '\0'));
	ck_assert_str_eq(endpoint->path, good[i].path);
	ck_assert_str_eq(endpoint->host, good[i].host);
	ck_assert_uint_eq(endpoint->port, good[i].port);
}

START_TEST(reads_what_either_writes)
{
	struct endpoint endpoint;

	if (good[_i].sendmail != NULL) {
		ck_assert(endpoint_read_sendmail(good[_i].sendmail, &endpoint));
		expect(&endpoint, _i);
	}
	if (good[_i].postfix != NULL) {
		ck_assert(endpoint_read_postfix(good[_i].postfix, &endpoint));
		expect(&endpoint, _i);
	}
}
END_TEST

START_TEST(writes_what_either_reads)
{
	struct endpoint endpoint;
	char *text;

	if (good[_i].sendmail == NULL || good[_i].postfix == NULL)
		return;
	endpoint_read_postfix(good[_i].postfix, &endpoint);
	text = endpoint_for_sendmail(&endpoint);
	ck_assert_str_eq(text, good[_i].sendmail);
	g_free(text);
	text = endpoint_for_postfix(&endpoint);
	ck_assert_str_eq(text, good[_i].postfix);
	g_free(text);
}
END_TEST

static const char *const bad[] = { "", "unix:", "inet:", "inet:0@h",
	"inet:65536@h", "inet:h@8891", "inet:-1@h", "inet:8891x@h", "s",
	"inet:127.0.0.1", "inet::8891", "inet:h:", "inet:h:0", "inet:h:65536",
	"inet:h:x", "tcp:h:1" };

START_TEST(refuses_what_is_none)
{
	struct endpoint endpoint = { .port = 77 };

	ck_assert_msg(!endpoint_read_sendmail(bad[_i], &endpoint), "%s",
	    bad[_i]);
	ck_assert_msg(!endpoint_read_postfix(bad[_i], &endpoint), "%s",
	    bad[_i]);
	ck_assert_uint_eq(endpoint.port, 77);
}
END_TEST

START_TEST(limits_paths_and_hosts)
{
	struct endpoint endpoint;
	size_t max = sizeof(endpoint.path) - 1;
	char text[400] = "unix:";

	memset(text + 5, 'p', max + 1);
	ck_assert(!endpoint_read_sendmail(text, &endpoint));
	text[5 + max] = '\0';
	ck_assert(endpoint_read_sendmail(text, &endpoint));

	memset(text, '\0', sizeof(text));
	memcpy(text, "inet:1@", 7);
	memset(text + 7, 'h', ENDPOINT_MAX_HOST);
	ck_assert(endpoint_read_sendmail(text, &endpoint));
	text[7 + ENDPOINT_MAX_HOST] = 'h';
	ck_assert(!endpoint_read_sendmail(text, &endpoint));
}
END_TEST

static const struct {
	const char *to;
	const char *at;
	bool reaches;
} pairs[] = {
	{ "unix:/s", "local:/s", true },
	{ "unix:/s", "unix:/t", false },
	{ "unix:/s", "inet:1@h", false },
	{ "inet:1@h", "unix:/s", false },
	{ "inet:1@h", "inet:1@H", true },
	{ "inet:1@h", "inet:2@h", false },
	{ "inet:1@h", "inet:1@i", false },
	{ "inet:1@localhost", "inet:1@127.0.0.1", true },
	{ "inet:1@127.0.0.2", "inet6:1@::1", true },
	{ "inet:1@127.0.0.1", "inet:1@0.0.0.0", true },
	{ "inet:1@192.0.2.1", "inet:1", true },
	{ "inet:1@192.0.2.1", "inet:1@127.0.0.1", false },
	{ "inet:1@127.0.0.1.example", "inet:1@127.0.0.1", false },
};

START_TEST(tells_who_reaches_whom)
{
	struct endpoint to, at;

	ck_assert(endpoint_read_sendmail(pairs[_i].to, &to));
	ck_assert(endpoint_read_sendmail(pairs[_i].at, &at));
	ck_assert_msg(endpoint_reaches(&to, &at) == pairs[_i].reaches,
	    "%s to %s", pairs[_i].to, pairs[_i].at);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("endpoint");
	TCase *tcase = tcase_create("endpoint");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, reads_what_either_writes, 0, COUNT(good));
	tcase_add_loop_test(tcase, writes_what_either_reads, 0, COUNT(good));
	tcase_add_loop_test(tcase, refuses_what_is_none, 0, COUNT(bad));
	tcase_add_test(tcase, limits_paths_and_hosts);
	tcase_add_loop_test(tcase, tells_who_reaches_whom, 0, COUNT(pairs));
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
