/* SPDX-License-Identifier: ISC */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <check.h>

#include "milter/daemon/verifiers.h"

enum { THE_VERSION = 1, MAX_LENT = 256 };

static struct verifiers *verifiers;
static struct verifier *lent[MAX_LENT];
static size_t kept; /* that many are lent by the fixture */

static size_t
two_for_each_processor(void)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	return processors < MAX_LENT / 2 ? 2 * (size_t)processors : MAX_LENT;
}

static void
set_up(void)
{
	verifiers = verifiers_new();
	ck_assert_ptr_nonnull(verifiers);
	kept = two_for_each_processor();
	for (size_t i = 0; i < kept; i++) {
		lent[i] = verifiers_lend(verifiers, THE_VERSION);
		ck_assert_ptr_nonnull(lent[i]);
	}
}

static void
tear_down(void)
{
	for (size_t i = 0; i < kept; i++)
		verifiers_give_back(verifiers, lent[i]);
	verifiers_free(verifiers);
}

static double
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

START_TEST(lends_first_what_came_back_last)
{
	struct verifier *last = lent[0];

	for (size_t i = kept; i > 0; i--)
		verifiers_give_back(verifiers, lent[i - 1]);
	for (size_t i = 0; i < kept; i++)
		lent[i] = verifiers_lend(verifiers, THE_VERSION);
	ck_assert_ptr_eq(lent[0], last);
}
END_TEST

static void *
lend_one(void *unused)
{
	(void)unused;
	return verifiers_lend(verifiers, THE_VERSION);
}

/* What another thread gets that waits while this one gives it back. */
static struct verifier *
hand_over(struct verifier *back)
{
	const struct timespec soon = { .tv_nsec = 10000000 };
	pthread_t thread;
	void *got;

	ck_assert_int_eq(pthread_create(&thread, NULL, lend_one, NULL), 0);
	nanosleep(&soon, NULL);
	verifiers_give_back(verifiers, back);
	ck_assert_int_eq(pthread_join(thread, &got), 0);
	return got;
}

START_TEST(waits_for_one_that_comes_back_soon)
{
	struct verifier *back = lent[0];

	lent[0] = hand_over(back);
	ck_assert_ptr_eq(lent[0], back);
}
END_TEST

/* One that is more than are kept goes to who waits for it. */
START_TEST(gives_up_none_that_somebody_waits_for)
{
	struct verifier *another = verifiers_lend(verifiers, THE_VERSION);
	struct verifier *got = hand_over(another);

	ck_assert_ptr_eq(got, another);
	verifiers_give_back(verifiers, got);
}
END_TEST

START_TEST(makes_another_when_none_comes_back)
{
	double begin = now();
	struct verifier *another = verifiers_lend(verifiers, THE_VERSION);

	ck_assert(now() - begin >= 0.1);
	ck_assert_ptr_nonnull(another);
	for (size_t i = 0; i < kept; i++)
		ck_assert_ptr_ne(another, lent[i]);
	verifiers_give_back(verifiers, another);
}
END_TEST

START_TEST(keeps_none_that_memory_was_lacking_for)
{
	lent[0]->spoiled = true;
	verifiers_give_back(verifiers, lent[0]);
	lent[0] = verifiers_lend(verifiers, THE_VERSION);
	ck_assert_ptr_nonnull(lent[0]);
	ck_assert(!lent[0]->spoiled);
}
END_TEST

/* After the rush there are as many as before. */
START_TEST(keeps_no_more_than_before_the_rush)
{
	struct verifier *another = verifiers_lend(verifiers, THE_VERSION);
	double begin;

	verifiers_give_back(verifiers, another);
	begin = now();
	another = verifiers_lend(verifiers, THE_VERSION);
	ck_assert(now() - begin >= 0.1);
	verifiers_give_back(verifiers, another);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("verifiers");
	TCase *tcase = tcase_create("verifiers");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, lends_first_what_came_back_last);
	tcase_add_test(tcase, waits_for_one_that_comes_back_soon);
	tcase_add_test(tcase, gives_up_none_that_somebody_waits_for);
	tcase_add_test(tcase, makes_another_when_none_comes_back);
	tcase_add_test(tcase, keeps_none_that_memory_was_lacking_for);
	tcase_add_test(tcase, keeps_no_more_than_before_the_rush);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
