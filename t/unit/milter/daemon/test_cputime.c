/* SPDX-License-Identifier: ISC */
#include "milter/daemon/cputime.h"

#include <stdlib.h>
#include <time.h>

#include <check.h>

enum { LIMIT_MS = 80 };

static struct cputime cputime;

static void
rest(long ms)
{
	const struct timespec time = { .tv_nsec = ms * 1000000 };

	nanosleep(&time, NULL);
}

static uint64_t
own_time(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void
work(uint64_t ms)
{
	uint64_t end = own_time() + ms * 1000000;

	while (own_time() < end)
		continue;
}

START_TEST(work_is_charged_up_to_the_limit)
{
	uint64_t began = own_time();

	cputime_init(&cputime, LIMIT_MS);
	cputime_resume(&cputime);
	ck_assert(cputime_is_left(&cputime));
	while (cputime_is_left(&cputime))
		work(1);
	ck_assert_uint_ge(own_time() - began, LIMIT_MS * 1000000 * 6 / 8);
	ck_assert_uint_le(own_time() - began, LIMIT_MS * 1000000 * 2);
}
END_TEST

START_TEST(what_is_spent_adds_up_over_pauses)
{
	int rounds = 0;

	cputime_init(&cputime, LIMIT_MS);
	cputime_resume(&cputime);
	while (cputime_is_left(&cputime)) {
		work(LIMIT_MS / 10);
		cputime_pause(&cputime);
		cputime_resume(&cputime);
		ck_assert_int_lt(++rounds, 20);
	}
	ck_assert_int_gt(rounds, 2);
}
END_TEST

START_TEST(waiting_costs_an_eighth_at_most)
{
	cputime_init(&cputime, LIMIT_MS);
	cputime_resume(&cputime);
	for (int i = 0; i < 5; i++) {
		rest(LIMIT_MS / 2);
		ck_assert(cputime_is_left(&cputime));
	}
}
END_TEST

START_TEST(time_between_pause_and_resume_is_free)
{
	cputime_init(&cputime, LIMIT_MS);
	for (int i = 0; i < 5; i++) {
		cputime_resume(&cputime);
		cputime_pause(&cputime);
		work(LIMIT_MS / 2);
	}
	cputime_resume(&cputime);
	ck_assert(cputime_is_left(&cputime));
	ck_assert(!cputime.exact);
}
END_TEST

START_TEST(a_limit_of_nothing_is_spent_at_once)
{
	cputime_init(&cputime, 0);
	cputime_resume(&cputime);
	cputime_is_left(&cputime);
	ck_assert(!cputime_is_left(&cputime));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("cputime");
	TCase *tcase = tcase_create("cputime");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, work_is_charged_up_to_the_limit);
	tcase_add_test(tcase, what_is_spent_adds_up_over_pauses);
	tcase_add_test(tcase, waiting_costs_an_eighth_at_most);
	tcase_add_test(tcase, time_between_pause_and_resume_is_free);
	tcase_add_test(tcase, a_limit_of_nothing_is_spent_at_once);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
