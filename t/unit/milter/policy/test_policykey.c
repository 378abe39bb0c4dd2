/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/policy/policykey.h"

static unsigned int
draw(const struct keyfile_key *key, const char *domain, const char *id,
    const char *from)
{
	unsigned int lot = 1000;

	ck_assert(policykey_draw(key, NULL, domain, id, from, &lot));
	ck_assert_uint_lt(lot, 100);
	return lot;
}

/* The first 8 octets of the HMAC, modulo 100; computed by another program. */
START_TEST(draws_by_key_and_all_three_texts)
{
	const struct keyfile_key zero = { { 0 } }, one = { { 1 } };
	unsigned int differ[4] = { 0 };

	ck_assert_uint_eq(draw(&zero, "d", "i", "f"), 88);
	ck_assert_uint_eq(draw(&zero, "d", " i\r\n", "\tf "), 88);
	for (unsigned int i = 0; i < 100; i++) {
		char text[8];
		unsigned int lot;

		snprintf(text, sizeof(text), "%u", i);
		lot = draw(&zero, text, text, text);
		ck_assert_uint_eq(draw(&zero, text, text, text), lot);
		differ[0] += draw(&one, text, text, text) != lot ? 1 : 0;
		differ[1] += draw(&zero, NULL, text, text) != lot ? 1 : 0;
		differ[2] += draw(&zero, text, NULL, text) != lot ? 1 : 0;
		differ[3] += draw(&zero, text, text, "") != lot ? 1 : 0;
	}
	for (size_t i = 0; i < 4; i++)
		ck_assert_uint_gt(differ[i], 80);
}
END_TEST

START_TEST(texts_do_not_run_into_each_other)
{
	const struct keyfile_key key = { { 7 } };
	unsigned int differ = 0;

	for (unsigned int i = 0; i < 100; i++) {
		char a[16], b[16];

		snprintf(a, sizeof(a), "%ux", i);
		snprintf(b, sizeof(b), "%u", i);
		differ +=
		    draw(&key, a, "y", "") != draw(&key, b, "xy", "") ? 1 : 0;
	}
	ck_assert_uint_gt(differ, 80);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("policykey");
	TCase *tcase = tcase_create("policykey");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, draws_by_key_and_all_three_texts);
	tcase_add_test(tcase, texts_do_not_run_into_each_other);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
