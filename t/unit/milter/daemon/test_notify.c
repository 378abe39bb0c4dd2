/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "milter/daemon/notify.h"
#include "t/lib/scratch.h"

static char *path;
static int manager;

/* Be who started the daemon, as systemd would. */
static void
begin(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	scratch_begin();
	path = scratch_path("notify");
	ck_assert_uint_lt(strlen(path), sizeof(address.sun_path));
	memcpy(address.sun_path, path, strlen(path));
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(bind(manager, (const struct sockaddr *)&address,
			     sizeof(address)),
	    0);
	setenv("NOTIFY_SOCKET", path, 1);
	unsetenv("WATCHDOG_PID");
	unsetenv("WATCHDOG_USEC");
}

static void
end(void)
{
	close(manager);
	free(path);
	scratch_end();
}

/* What was told, or "" for nothing. */
static const char *
told(void)
{
	static char text[200];
	ssize_t len = recv(manager, text, sizeof(text) - 1, 0);

	text[len > 0 ? len : 0] = '\0';
	return text;
}

#ifdef HAVE_LIBSYSTEMD

START_TEST(tells_how_it_stands)
{
	notify_ready();
	ck_assert_str_eq(told(), "READY=1");
	notify_watchdog();
	ck_assert_str_eq(told(), "WATCHDOG=1");
	notify_stopping();
	ck_assert_str_eq(told(), "STOPPING=1");
	ck_assert_str_eq(told(), "");
}
END_TEST

/* systemd.service(5), Type=notify-reload: both in one message. */
START_TEST(tells_when_a_reload_began)
{
	long long microseconds;

	notify_reloading();
	ck_assert_int_eq(sscanf(told(), "RELOADING=1\nMONOTONIC_USEC=%lld",
			     &microseconds),
	    1);
	ck_assert_int_gt(microseconds, 0);
}
END_TEST

static const struct {
	const char *limit; /* microseconds; NULL: there is no watchdog */
	unsigned int want; /* milliseconds */
} watchdogs[] = {
	{ NULL, 0 },
	{ "60000000", 20000 },
	{ "3000", 1 },
	{ "1", 1 },
};

START_TEST(feeds_the_watchdog_thrice_as_often_as_asked_for)
{
	if (watchdogs[_i].limit != NULL)
		setenv("WATCHDOG_USEC", watchdogs[_i].limit, 1);
	ck_assert_uint_eq(notify_watchdog_interval(), watchdogs[_i].want);
}
END_TEST

START_TEST(leaves_the_watchdog_of_another_process_alone)
{
	setenv("WATCHDOG_USEC", "60000000", 1);
	setenv("WATCHDOG_PID", "1", 1);
	ck_assert_uint_eq(notify_watchdog_interval(), 0);
}
END_TEST

static void
add_tests(TCase *tcase)
{
	tcase_add_test(tcase, tells_how_it_stands);
	tcase_add_test(tcase, tells_when_a_reload_began);
	tcase_add_loop_test(tcase,
	    feeds_the_watchdog_thrice_as_often_as_asked_for, 0,
	    sizeof(watchdogs) / sizeof(watchdogs[0]));
	tcase_add_test(tcase, leaves_the_watchdog_of_another_process_alone);
}

#else

START_TEST(tells_nothing_without_the_library)
{
	setenv("WATCHDOG_USEC", "60000000", 1);
	notify_ready();
	ck_assert_str_eq(told(), "");
	ck_assert_uint_eq(notify_watchdog_interval(), 0);
}
END_TEST

static void
add_tests(TCase *tcase)
{
	tcase_add_test(tcase, tells_nothing_without_the_library);
}

#endif

int
main(void)
{
	Suite *suite = suite_create("notify");
	TCase *tcase = tcase_create("notify");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, begin, end);
	add_tests(tcase);
	srunner_set_fork_status(runner, CK_FORK); /* for the environment */
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
