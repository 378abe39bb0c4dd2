/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/history/tally.h"
#include "t/lib/histories.h"

static struct tally *tally;

static void
begin(void)
{
	tally = tally_new();
}

static void
end(void)
{
	tally_free(tally);
}

START_TEST(counts_results_of_both_modes)
{
	histories_add(tally, &(struct made){ 0 });
	histories_add(tally,
	    &(struct made){ .cloud = "policy", .by = "local" });
	histories_add(tally,
	    &(struct made){ .on_premises = "fail", .cloud = "fail" });
	ck_assert_uint_eq(tally->messages, 3);
	ck_assert_uint_eq(tally->on_premises[RESULT_PASS], 2);
	ck_assert_uint_eq(tally->on_premises[RESULT_FAIL], 1);
	ck_assert_uint_eq(tally->cloud[RESULT_PASS], 1);
	ck_assert_uint_eq(tally->cloud[RESULT_POLICY], 1);
	ck_assert_uint_eq(tally->revocation[REVOCATION_NOT_CHECKED], 3);
}
END_TEST

/* Memory must not grow with the mail of one signer. */
START_TEST(has_one_row_for_what_is_alike)
{
	for (int i = 0; i < 100; i++)
		histories_add(tally, &(struct made){ 0 });
	ck_assert_uint_eq(tally->rows->len, 1);
	ck_assert_uint_eq(tally->certs->len, 3);
	ck_assert_uint_eq(tally->authors->len, 1);
}
END_TEST

static const struct {
	const char *name;
	struct made made;
} others[] = {
	{ "author's domain", { .from = "alice@example.com" } },
	{ "signer", { .leaf = '9' } },
	{ "intermediate", { .between = '9' } },
	{ "anchor", { .root = '9' } },
	{ "carried", { .carried = "false" } },
	{ "on premises", { .on_premises = "policy" } },
	{ "cloud", { .cloud = "policy" } },
	{ "reason", { .reason = "sha1" } },
	{ "who vouches", { .by = "local" } },
};

START_TEST(has_another_row_for_what_differs)
{
	histories_add(tally, &(struct made){ 0 });
	histories_add(tally, &others[_i].made);
	ck_assert_msg(tally->rows->len == 2, "%s", others[_i].name);
}
END_TEST

START_TEST(knows_the_first_and_the_last_in_any_order)
{
	static const char *const times[] = { "2026-01-05T00:00:00Z",
		"2026-01-03T00:00:00Z", "2026-01-09T00:00:00Z",
		"2026-01-04T00:00:00Z" };
	const struct tally_row *row;

	for (size_t i = 0; i < 4; i++)
		histories_add(tally, &(struct made){ .time = times[i] });
	row = g_ptr_array_index(tally->rows, 0);
	ck_assert_int_eq(row->first, 1767398400);
	ck_assert_int_eq(row->last, 1767916800);
	ck_assert_int_eq(tally->first, row->first);
	ck_assert_int_eq(tally->last, row->last);
	ck_assert_uint_eq(tally->days->len, 4);
}
END_TEST

static const struct {
	const char *name;
	const char *days; /* s: signed; u: unsigned; f: fails */
	bool stopped;
} careers[] = {
	{ "always", "sss", false },
	{ "stopped", "sssu", true },
	{ "stopped for long", "suuu", true },
	{ "never", "uuu", false },
	{ "sometimes", "susu", false },
	{ "began again", "sus", false },
	{ "fails prove nothing", "ffu", false },
};

START_TEST(tells_who_always_signed_and_stopped)
{
	char time[] = "2026-01-01T00:00:00Z";
	const struct tally_author *author;

	for (const char *day = careers[_i].days; *day != '\0'; day++) {
		time[9]++;
		histories_add(tally,
		    &(struct made){ .time = time,
			.is_unsigned = *day == 'u',
			.on_premises = *day == 'f' ? "fail" : "pass" });
	}
	ck_assert_uint_eq(tally->authors->len, 1);
	author = g_ptr_array_index(tally->authors, 0);
	ck_assert_msg(tally_has_stopped(author) == careers[_i].stopped, "%s",
	    careers[_i].name);
}
END_TEST

START_TEST(keeps_unsigned_mail_out_of_the_totals)
{
	histories_add(tally, &(struct made){ .is_unsigned = true });
	ck_assert_uint_eq(tally->messages, 0);
	ck_assert_uint_eq(tally->unsigned_mail, 1);
	ck_assert_uint_eq(tally->rows->len, 0);
	ck_assert_uint_eq(tally->days->len, 0);
	histories_add(tally,
	    &(struct made){ .is_encrypted = true,
		.policy = "p",
		.would = "reject" });
	ck_assert_uint_eq(tally->messages, 0);
	ck_assert_uint_eq(tally->encrypted, 1);
	ck_assert_uint_eq(tally->hits->len, 1);
}
END_TEST

START_TEST(counts_hits_of_a_policy_by_sender_and_reason)
{
	const struct made reject = { .policy = "p", .would = "reject" };
	const struct tally_hit *hit;

	histories_add(tally, &reject);
	histories_add(tally, &reject);
	histories_add(tally,
	    &(struct made){ .policy = "p", .would = "tempfail" });
	histories_add(tally, &(struct made){ 0 });
	ck_assert_uint_eq(tally->hits->len, 2);
	hit = g_ptr_array_index(tally->hits, 0);
	ck_assert_uint_eq(hit->messages, 2);
	ck_assert_str_eq(hit->policy, "p");
	ck_assert_str_eq(hit->would, "reject");
	ck_assert_str_eq(hit->from, "alice@example.org");
}
END_TEST

START_TEST(counts_a_day_by_utc)
{
	histories_add(tally, &(struct made){ .time = "2026-01-01T23:59:59Z" });
	histories_add(tally,
	    &(struct made){ .time = "2026-01-02T00:00:00Z",
		.cloud = "policy" });
	histories_add(tally, &(struct made){ .time = "1969-12-31T23:59:59Z" });
	ck_assert_uint_eq(tally->days->len, 3);
	ck_assert_int_eq(((struct tally_day *)g_ptr_array_index(tally->days, 0))
			     ->number,
	    20454);
	ck_assert_int_eq(((struct tally_day *)g_ptr_array_index(tally->days, 1))
			     ->number,
	    20455);
	ck_assert_int_eq(((struct tally_day *)g_ptr_array_index(tally->days, 2))
			     ->number,
	    -1);
}
END_TEST

/* However many of the limits it is beyond. */
START_TEST(counts_once_what_it_leaves_out)
{
	struct hist_message message = { .result = RESULT_PASS,
		.on_premises = RESULT_PASS,
		.cloud = RESULT_PASS };

	for (int i = 0; i < TALLY_MAX_DAYS + 2; i++) {
		message.time = (time_t)i * 24 * 60 * 60;
		tally_add(tally, &message);
	}
	ck_assert_uint_eq(tally->days->len, TALLY_MAX_DAYS);
	ck_assert_uint_eq(tally->messages, TALLY_MAX_DAYS + 2);
	ck_assert_uint_eq(tally->left_out, 2);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("tally");
	TCase *tcase = tcase_create("tally");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, counts_results_of_both_modes);
	tcase_add_test(tcase, has_one_row_for_what_is_alike);
	tcase_add_loop_test(tcase, has_another_row_for_what_differs, 0,
	    sizeof(others) / sizeof(others[0]));
	tcase_add_test(tcase, knows_the_first_and_the_last_in_any_order);
	tcase_add_loop_test(tcase, tells_who_always_signed_and_stopped, 0,
	    sizeof(careers) / sizeof(careers[0]));
	tcase_add_test(tcase, keeps_unsigned_mail_out_of_the_totals);
	tcase_add_test(tcase, counts_once_what_it_leaves_out);
	tcase_add_test(tcase, counts_hits_of_a_policy_by_sender_and_reason);
	tcase_add_test(tcase, counts_a_day_by_utc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
