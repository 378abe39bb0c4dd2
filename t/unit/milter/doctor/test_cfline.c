/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/doctor/cfline.h"

/* The logical lines, each as "NUMBER:TEXT|"; at a flaw, "NUMBER!". */
static const char *
lines_of(const char *text, size_t len)
{
	static char out[1000];
	struct cfline *scan = cfline_new(text, len);
	FILE *file = fmemopen(out, sizeof(out), "w");
	const char *line;
	size_t number = 0;

	while ((line = cfline_next(scan, &number)) != NULL)
		fprintf(file, "%zu:%.100s|", number, line);
	if (cfline_flaw(scan, &number) != NULL)
		fprintf(file, "%zu!", number);
	fputc('\0', file);
	fclose(file);
	cfline_free(scan);
	return out;
}

static const struct {
	const char *name;
	const char *text;
	const char *want;
} cases[] = {
	{ "nothing", "", "" },
	{ "one", "a = b\n", "1:a = b|" },
	{ "no line feed at the end", "a = b", "1:a = b|" },
	{ "two", "a\nb\n", "1:a|2:b|" },
	{ "CRLF", "a\r\nb\r\n", "1:a|2:b|" },
	{ "comment", "# a\nb\n", "2:b|" },
	{ "hash inside", "a # b\n", "1:a # b|" },
	{ "indented comment", "a\n  # b\nc\n", "1:a|3:c|" },
	{ "continued", "a\n b\n\tc\nd\n", "1:a b\tc|4:d|" },
	{ "continued after a comment", "a\n# b\n\n c\n", "1:a c|" },
	{ "continued from nothing", " a\n b\nc\n", "1: a b|3:c|" },
	{ "empty lines", "\n\na\n\n\n", "3:a|" },
};

START_TEST(joins_what_belongs_together)
{
	ck_assert_msg(strcmp(lines_of(cases[_i].text, strlen(cases[_i].text)),
			  cases[_i].want) == 0,
	    "%s: %s", cases[_i].name,
	    lines_of(cases[_i].text, strlen(cases[_i].text)));
}
END_TEST

START_TEST(says_where_an_octet_is_zero)
{
	ck_assert_str_eq(lines_of("a\nb\0c\nd\n", 8), "1:a|2!");
}
END_TEST

START_TEST(reads_every_truncation)
{
	static const char text[] = "a = b\n# c\n  d\r\ne";

	for (size_t len = 0; len < strlen(text); len++) {
		char *copy = malloc(len + 1);

		memcpy(copy, text, len);
		ck_assert_ptr_null(strchr(lines_of(copy, len), '!'));
		free(copy);
	}
}
END_TEST

START_TEST(limits_a_logical_line)
{
	size_t len = CFLINE_MAX_LINE + 1;
	char *text = malloc(len);

	memset(text, 'a', len);
	ck_assert_ptr_nonnull(strchr(lines_of(text, len), '!'));
	ck_assert_ptr_null(strchr(lines_of(text, len - 1), '!'));
	memcpy(text + 100, "\n ", 2);
	ck_assert_ptr_null(strchr(lines_of(text, len), '!'));
	free(text);
}
END_TEST

START_TEST(limits_a_text)
{
	size_t len = CFLINE_MAX_TEXT + 1;
	char *text = malloc(len);

	memset(text, '\n', len);
	ck_assert_str_eq(lines_of(text, len), "1!");
	ck_assert_str_eq(lines_of(text, len - 1), "");
	free(text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("cfline");
	TCase *tcase = tcase_create("cfline");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, joins_what_belongs_together, 0,
	    sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tcase, says_where_an_octet_is_zero);
	tcase_add_test(tcase, reads_every_truncation);
	tcase_add_test(tcase, limits_a_logical_line);
	tcase_add_test(tcase, limits_a_text);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
