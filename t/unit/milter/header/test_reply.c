/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "milter/header/reply.h"

static const struct {
	const char *template;
	const char *wrong; /* NULL: nothing */
} templates[] = {
	{ "", NULL },
	{ "Sign it", NULL },
	{ "5.7.1 Sign it", NULL },
	{ "5.7.123 %{result} %{reason} %{from} %{signer} %{queue_id} %%",
	    NULL },
	{ "5.7.1 ", "has no text" },
	{ "   ", "has no text" },
	{ "100 %", "has a \"%\" that nothing known follows" },
	{ "%s", "has a \"%\" that nothing known follows" },
	{ "%{Result}", "has a \"%\" that nothing known follows" },
	{ "%{result", "has a \"%\" that nothing known follows" },
	{ "unterschr\xc3\xbc"
	  "be",
	    "is not ASCII" },
	{ "a\nb", "is not ASCII" },
};

START_TEST(takes_what_can_be_filled_in)
{
	ck_assert_pstr_eq(reply_check(templates[_i].template),
	    templates[_i].wrong);
}
END_TEST

START_TEST(a_template_has_at_most_480_characters)
{
	char text[REPLY_MAX + 2];

	memset(text, 'a', sizeof(text));
	text[REPLY_MAX] = '\0';
	ck_assert_ptr_null(reply_check(text));
	text[REPLY_MAX] = 'a';
	text[REPLY_MAX + 1] = '\0';
	ck_assert_ptr_nonnull(reply_check(text));
}
END_TEST

static const struct {
	const char *template;
	const char *text;
	const char *code; /* of class 5 */
} filled[] = {
	{ "a", "a", "5.7.1" },
	{ "5.7.26 a %{reason}", "a untrusted", "5.7.26" },
	{ "4.7.0 a", "a", "5.7.0" },
	{ "5.7 a", "5.7 a", "5.7.1" },
	{ "5.7.1234 a", "5.7.1234 a", "5.7.1" },
	{ "5.7.1", "5.7.1", "5.7.1" },
	{ "<%{from}>",
	    "<??a@b.example?550 2.0.0 ok?"
	    "?>",
	    "5.7.1" },
	{ "%{signer}%%%{queue_id}", "%{from}%%s%-", "5.7.1" },
};

/* Whatever comes from outside cannot end the line, and is filled in once. */
START_TEST(fills_in_what_comes_from_outside)
{
	const struct reply_values values = {
		.result = "policy",
		.reason = "untrusted",
		.from = "\r\na@b.example\n550 2.0.0 ok\xc3\xbc",
		.signer = "%{from}%%s",
		.queue_id = NULL,
	};
	char text[REPLY_MAX + 1], code[REPLY_MAX_CODE];

	reply_write(filled[_i].template, &values, text);
	reply_code(filled[_i].template, '5', code);
	ck_assert_str_eq(text, filled[_i].text);
	ck_assert_str_eq(code, filled[_i].code);
	reply_code(filled[_i].template, '4', code);
	ck_assert_int_eq(code[0], '4');
	ck_assert_str_eq(code + 1, filled[_i].code + 1);
}
END_TEST

START_TEST(is_cut_at_its_length)
{
	char from[2000], text[REPLY_MAX + 1], escaped[2 * REPLY_MAX + 2];
	const struct reply_values values = { .from = from };

	memset(from, '%', sizeof(from) - 1);
	from[sizeof(from) - 1] = '\0';
	reply_write("%{from} and more", &values, text);
	ck_assert_uint_eq(strlen(text), REPLY_MAX);
	reply_escape(text, escaped, sizeof(escaped));
	ck_assert_uint_eq(strlen(escaped), (size_t)2 * REPLY_MAX);
	ck_assert_uint_le(strlen(escaped), 980);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("reply");
	TCase *tcase = tcase_create("reply_write");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, takes_what_can_be_filled_in, 0,
	    sizeof(templates) / sizeof(templates[0]));
	tcase_add_test(tcase, a_template_has_at_most_480_characters);
	tcase_add_loop_test(tcase, fills_in_what_comes_from_outside, 0,
	    sizeof(filled) / sizeof(filled[0]));
	tcase_add_test(tcase, is_cut_at_its_length);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
