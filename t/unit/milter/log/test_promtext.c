/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/log/promtext.h"

static const struct {
	const char *value;
	const char *want;
} labels[] = {
	{ "", "n=\"\"" },
	{ "CN=Root,O=A B", "n=\"CN=Root,O=A B\"" },
	{ "a\"b", "n=\"a\\\"b\"" },
	{ "a\\b", "n=\"a\\\\b\"" },
	{ "a\\", "n=\"a\\\\\"" },
	{ "a\nb\rc\td\n", "n=\"a\\nb?c?d\\n\"" },
	{ "\"} 1\nforged 2", "n=\"\\\"} 1\\nforged 2\"" },
	{ "R\xc3\xb6t", "n=\"R\xc3\xb6t\"" },
	{ "\xff\xc3", "n=\"??\"" },
	{ "\xe2\x80\xae", "n=\"???\"" },
};

static const char *
written(const char *value)
{
	static char text[3 * PROMTEXT_MAX_LABEL];
	FILE *out = fmemopen(text, sizeof(text), "w");

	promtext_label(out, "n", value);
	fputc('\0', out);
	ck_assert_int_eq(fclose(out), 0);
	return text;
}

START_TEST(a_label_never_ends_before_its_end)
{
	ck_assert_str_eq(written(labels[_i].value), labels[_i].want);
}
END_TEST

START_TEST(cuts_a_label_at_its_limit)
{
	char value[PROMTEXT_MAX_LABEL + 2];
	const size_t around = strlen("n=\"\"");

	memset(value, 'x', sizeof(value));
	value[PROMTEXT_MAX_LABEL] = '\0';
	ck_assert_uint_eq(strlen(written(value)), PROMTEXT_MAX_LABEL + around);
	value[PROMTEXT_MAX_LABEL] = 'x';
	value[PROMTEXT_MAX_LABEL + 1] = '\0';
	ck_assert_uint_eq(strlen(written(value)), PROMTEXT_MAX_LABEL + around);
	/* What is cut within a character is no character. */
	memcpy(value + PROMTEXT_MAX_LABEL - 1, "\xc3\xb6", 2);
	ck_assert_ptr_nonnull(strstr(written(value), "x?\""));
}
END_TEST

START_TEST(says_what_a_family_is)
{
	char text[200] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");

	promtext_family(out, "mails_total", "counter", "All mail.");
	ck_assert_int_eq(fclose(out), 0);
	ck_assert_str_eq(text,
	    "# HELP mails_total All mail.\n"
	    "# TYPE mails_total counter\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("promtext");
	TCase *tcase = tcase_create("promtext");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, a_label_never_ends_before_its_end, 0,
	    sizeof(labels) / sizeof(labels[0]));
	tcase_add_test(tcase, cuts_a_label_at_its_limit);
	tcase_add_test(tcase, says_what_a_family_is);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
