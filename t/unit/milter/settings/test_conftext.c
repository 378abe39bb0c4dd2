/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "milter/settings/conftext.h"

static bool
clean(const char *text, size_t len, char **out_r, struct conftext_flaw *flaw)
{
	bool good;

	*out_r = malloc(len + 1);
	memcpy(*out_r, text, len);
	(*out_r)[len] = '\0';
	good = conftext_clean(*out_r, len, flaw);
	return good;
}

static const struct {
	const char *name;
	const char *text;
	const char *want;
} kept[] = {
	{ "nothing", "", "" },
	{ "no comment", "a = b\n", "a = b\n" },
	{ "hash", "a = b # c\nd", "a = b    \nd" },
	{ "hash in a word", "a = b#c\nd", "a = b  \nd" },
	{ "slashes", "// c\na", "    \na" },
	{ "slashes after a word", "a//b", "a//b" },
	{ "slashes after a string", "a'b'//c", "a'b'   " },
	{ "slashes after a sign", "a=//b\nc", "a=   \nc" },
	{ "slash-star", "a /* b\nc */ d", "a     \n     d" },
	{ "shortest slash-star", "/**/a", "    a" },
	{ "slash-star-slash", "/*/ a */b", "        b" },
	{ "in double quotes", "\"# // /* * +\"", "\"# // /* * +\"" },
	{ "in single quotes", "'# // /* * +'", "'# // /* * +'" },
	{ "quote in other quotes", "\"'\"#a", "\"'\"  " },
	{ "escaped quote", "\"\\\"#\"#a", "\"\\\"#\"  " },
	{ "escaped backslash", "\"\\\\\"#a", "\"\\\\\"  " },
	{ "escaped single quote", "'\\'#'#a", "'\\'#'  " },
	{ "escaped variable", "\"\\${A}\"", "\"\\${A}\"" },
	{ "variable in single quotes", "'${A}'", "'${A}'" },
	{ "quote in a comment", "# it's\na", "      \na" },
	{ "appending", "a += {b}", "a += {b}" },
	{ "byte order mark",
	    "\xef\xbb\xbf"
	    "a",
	    "   a" },
	{ "carriage return", "a = b\r\n", "a = b\r\n" },
};

START_TEST(blanks_comments_and_keeps_the_rest)
{
	struct conftext_flaw flaw;
	char *out;

	ck_assert_msg(clean(kept[_i].text, strlen(kept[_i].text), &out, &flaw),
	    "%s", kept[_i].name);
	ck_assert_msg(strcmp(out, kept[_i].want) == 0, "%s: \"%s\"",
	    kept[_i].name, out);
	free(out);
}
END_TEST

static const struct {
	const char *name;
	const char *text;
	size_t len;
	size_t line;
	const char *what;
} refused[] = {
	{ "open comment", "a\n/* b\n\n", 8, 2, "a comment is not closed" },
	{ "half-open comment", "/*/", 3, 1, "a comment is not closed" },
	{ "open quote", "a\n\"b\nc\"", 7, 2,
	    "a quote is not closed on its line" },
	{ "open single quote", "'b", 2, 1,
	    "a quote is not closed on its line" },
	{ "backslash at the end", "'\\", 2, 1,
	    "a quote is not closed on its line" },
	{ "backslash before the end", "'\\'", 3, 1,
	    "a quote is not closed on its line" },
	{ "string over two lines", "\"b\\\nc\"", 6, 1,
	    "a quote is not closed on its line" },
	{ "zero", "a\n\0", 3, 2, "an octet is zero" },
	{ "zero in a string", "\"\0\"", 3, 1, "an octet is zero" },
	{ "zero after a backslash", "\"\\\0\"", 4, 1, "an octet is zero" },
	{ "control", "\n\n\033", 3, 3, "a control character" },
	{ "delete", "\177", 1, 1, "a control character" },
	{ "control in a string", "'\001'", 3, 1, "a control character" },
	{ "star", "a = /b/*.sst", 12, 1,
	    "\"*\" and \"+\" have no meaning outside of quotes" },
	{ "plus", "a + b", 5, 1,
	    "\"*\" and \"+\" have no meaning outside of quotes" },
	{ "plus at the end", "a+", 2, 1,
	    "\"*\" and \"+\" have no meaning outside of quotes" },
	{ "variable", "a = ${B}", 8, 1, "variables are not expanded" },
	{ "variable in a string", "a = \"${B}\"", 10, 1,
	    "variables are not expanded" },
	{ "after a comment", "/*\n\n*/ *", 8, 3,
	    "\"*\" and \"+\" have no meaning outside of quotes" },
};

START_TEST(refuses_what_would_be_misread)
{
	struct conftext_flaw flaw = { 0, NULL, NULL };
	char *out;

	ck_assert_msg(!clean(refused[_i].text, refused[_i].len, &out, &flaw),
	    "%s", refused[_i].name);
	ck_assert_str_eq(flaw.what, refused[_i].what);
	ck_assert_uint_eq(flaw.line, refused[_i].line);
	ck_assert_ptr_nonnull(flaw.expected);
	free(out);
}
END_TEST

START_TEST(survives_every_truncation)
{
	static const char whole[] = "a = \"x\\\"\\$\" # c\nb = { 'y\\'', z }\n"
				    "/* d\n*/ // e\nf += { \"g\" }\n";

	for (size_t n = 0; n < sizeof(whole); n++) {
		struct conftext_flaw flaw = { 0, NULL, NULL };
		char *cut = malloc(n); /* its own block, for ASan */

		memcpy(cut, whole, n);
		if (!conftext_clean(cut, n, &flaw))
			ck_assert_uint_ge(flaw.line, 1);
		free(cut);
	}
}
END_TEST

START_TEST(finds_the_brace_that_stays_open)
{
	static const struct {
		const char *text;
		size_t line;
	} rows[] = {
		{ "", 0 },
		{ "a { b = { c } }\n", 0 },
		{ "a {\nb = { c }\n", 1 },
		{ "a {}\n\nb {\nc = {\n}", 3 },
		{ "a = '{' b = \"\\\"{\"", 0 },
		{ "}\n{", 2 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text = strdup(rows[i].text);

		ck_assert_uint_eq(conftext_find_open(text, strlen(text)),
		    rows[i].line);
		free(text);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("conftext");
	TCase *tcase = tcase_create("conftext_clean");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, blanks_comments_and_keeps_the_rest, 0,
	    sizeof(kept) / sizeof(kept[0]));
	tcase_add_loop_test(tcase, refuses_what_would_be_misread, 0,
	    sizeof(refused) / sizeof(refused[0]));
	tcase_add_test(tcase, survives_every_truncation);
	tcase_add_test(tcase, finds_the_brace_that_stays_open);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
