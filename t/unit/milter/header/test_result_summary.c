/* SPDX-License-Identifier: ISC */
/*
 * More signatures than are listed, and what is said in their place.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "milter/header/result.h"
#include "smime/reason.h"
#include "t/lib/authres.h"

enum { MANY = 40 };

static void
fill(struct signature *list, bool large)
{
	for (size_t i = 0; i < MANY; i++) {
		list[i] = authres_good;
		if (!large)
			list[i].integrity = INTEGRITY_UNKNOWN;
	}
}

START_TEST(lists_16_signatures_and_sums_up_more)
{
	struct signature list[MANY];
	struct verdict verdict;
	const struct parsed *got;

	fill(list, false);
	list[15].result = RESULT_POLICY;
	list[15].reason = REASON_SHA1;
	verdict = authres_verdict(list, 16);
	got = authres_rewrite("16", US, &verdict, false);
	ck_assert_uint_eq(got->count, 16);
	ck_assert_str_eq(got->resinfos[15].result, "policy");
	ck_assert_uint_eq(got->resinfos[15].count, 1);

	list[16].result = RESULT_POLICY;
	list[16].reason = REASON_MD5;
	verdict = authres_verdict(list, 17);
	got = authres_rewrite("17", US, &verdict, false);
	ck_assert_uint_eq(got->count, 17);
	ck_assert_str_eq(got->resinfos[16].result, "policy");
	ck_assert_str_eq(got->resinfos[16].reason, "md5");
	ck_assert_uint_eq(got->resinfos[16].count, 0);
}
END_TEST

START_TEST(sums_up_nothing_where_all_that_is_left_out_pass)
{
	struct signature list[MANY];
	struct verdict verdict;

	fill(list, false);
	verdict = authres_verdict(list, MANY);
	ck_assert_uint_eq(authres_rewrite("pass", US, &verdict, false)->count,
	    16);
}
END_TEST

static bool
tells(const struct parsed *parsed, enum result result, enum reason reason)
{
	for (size_t i = 0; i < parsed->count; i++) {
		const struct resinfo *got = &parsed->resinfos[i];

		if (strcmp(got->result, result_word(result)) == 0 &&
		    strcmp(got->reason, reason_token(reason)) == 0)
			return true;
	}
	return false;
}

START_TEST(never_hides_a_failure_by_what_it_leaves_out)
{
	for (size_t at = 0; at < MANY; at++) {
		struct signature list[MANY];
		struct verdict verdict;
		const struct parsed *got;

		fill(list, true);
		list[MANY - 1].result = RESULT_NEUTRAL;
		list[MANY - 1].reason = REASON_CMS_MALFORMED;
		list[at].result = RESULT_FAIL;
		list[at].reason = REASON_BAD_SIGNATURE;
		verdict = authres_verdict(list, MANY);
		got = authres_rewrite("many", US, &verdict, false);
		ck_assert_uint_lt(got->count,
		    16); /* by length, not by number */
		ck_assert(tells(got, RESULT_FAIL, REASON_BAD_SIGNATURE));
	}
}
END_TEST

static enum reason
longest_reason(void)
{
	enum reason longest = REASON_UNTRUSTED;

	for (int i = 0; i < REASON_COUNT; i++)
		if (strlen(reason_token((enum reason)i)) >
		    strlen(reason_token(longest)))
			longest = (enum reason)i;
	return longest;
}

/* Every length of the id: one of them ends the last signature at the limit. */
START_TEST(always_has_room_to_sum_up)
{
	struct signature list[MANY];
	struct verdict verdict;

	fill(list, true);
	for (size_t i = 0; i < MANY - 1; i++) {
		list[i].trust = TRUST_NONE;
		list[i].issuer = "CN=A certification authority,C=DE";
	}
	list[MANY - 1].result = RESULT_PERMERROR;
	list[MANY - 1].reason = longest_reason();
	verdict = authres_verdict(list, MANY);
	for (size_t len = 1; len <= 253; len++)
		ck_assert(tells(authres_rewrite("summary",
				    authres_word(len, ""), &verdict, false),
		    RESULT_PERMERROR, longest_reason()));
}
END_TEST

START_TEST(sums_up_what_is_worse_than_the_verdict)
{
	struct signature list[MANY];
	struct verdict verdict;
	const struct parsed *got;

	fill(list, false);
	list[MANY - 1].result = RESULT_FAIL; /* further in */
	list[MANY - 1].reason = REASON_EXPIRED;
	verdict = authres_verdict(list, MANY);
	verdict.result = RESULT_POLICY;
	verdict.reason = REASON_PARTIAL;
	got = authres_rewrite("nested", US, &verdict, false);
	ck_assert_uint_eq(got->count, 17);
	ck_assert(tells(got, RESULT_FAIL, REASON_EXPIRED));
}
END_TEST

START_TEST(says_so_where_the_verdict_is_worse_than_its_signatures)
{
	struct signature list[MANY];
	struct verdict verdict;
	const struct parsed *got;

	fill(list, true);
	verdict = authres_verdict(list, 1);
	verdict.result = RESULT_PERMERROR;
	verdict.reason = REASON_TOO_MANY_SIGNATURES;
	got = authres_rewrite("one", US, &verdict, false);
	ck_assert_uint_eq(got->count, 2);
	ck_assert_str_eq(got->resinfos[0].result, "pass");
	ck_assert_str_eq(got->resinfos[1].result, "permerror");
	ck_assert_str_eq(got->resinfos[1].reason, "too-many-signatures");

	list[MANY - 1].result = RESULT_NEUTRAL;
	verdict.signature_count = MANY;
	got = authres_rewrite("many", US, &verdict, false);
	ck_assert_str_eq(got->resinfos[got->count - 1].result, "permerror");
}
END_TEST

static void
add_limits(Suite *suite)
{
	TCase *tcase = tcase_create("many signatures");

	suite_add_tcase(suite, tcase);
	tcase_set_timeout(tcase, 60); /* sanitizers are slow */
	tcase_add_test(tcase, lists_16_signatures_and_sums_up_more);
	tcase_add_test(tcase, sums_up_nothing_where_all_that_is_left_out_pass);
	tcase_add_test(tcase, never_hides_a_failure_by_what_it_leaves_out);
	tcase_add_test(tcase, always_has_room_to_sum_up);
	tcase_add_test(tcase, sums_up_what_is_worse_than_the_verdict);
	tcase_add_test(tcase,
	    says_so_where_the_verdict_is_worse_than_its_signatures);
}

int
main(void)
{
	Suite *suite = suite_create("result_summary");
	SRunner *runner = srunner_create(suite);
	int failed;

	add_limits(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
