/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/history/chart.h"

static const struct chart_text words = { "id", "A <title>", "What & why" };
static const char *const names[] = { "one", "two" };
static char *text;
static size_t len;
static FILE *out;

static void
begin(void)
{
	out = open_memstream(&text, &len);
}

static void
end(void)
{
	free(text);
}

static void
expect(const char *part)
{
	ck_assert_msg(strstr(text, part) != NULL, "%s in:\n%s", part, text);
}

static const struct {
	const char *in;
	const char *escaped;
} texts[] = {
	{ "plain", "plain" },
	{ "<a href=\"x\">&'", "&lt;a href=&quot;x&quot;&gt;&amp;&#39;" },
	{ "J\xc3\xb6rg", "J\xc3\xb6rg" },
	{ "a\x01\x1b\n", "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	{ "\xff\xc3", "\xef\xbf\xbd\xef\xbf\xbd" },
	{ "x\xe2\x80\xaey", "x\xef\xbf\xbdy" }, /* right to left */
	{ "", "" },
};

START_TEST(escapes_markup_controls_and_bad_octets)
{
	chart_escape(out, texts[_i].in);
	fclose(out);
	ck_assert_str_eq(text, texts[_i].escaped);
}
END_TEST

START_TEST(has_a_title_and_a_description)
{
	const struct chart_point point = { "label", { 1, 2 } };

	chart_lines(out, &words, names, &point, 1);
	fclose(out);
	expect("role=\"img\" aria-labelledby=\"id-title id-desc\"");
	expect("<title id=\"id-title\">A &lt;title&gt;</title>");
	expect("<desc id=\"id-desc\">What &amp; why</desc>");
}
END_TEST

/* The top of the axis is at 40, the bottom at 236. */
static const struct {
	size_t value;
	const char *bar;
	const char *top; /* of the axis */
} heights[] = {
	{ 0, "y=\"236.0\"", ">4<" },
	{ 4, "y=\"40.0\" width=\"320.0\" height=\"196.0\"", ">4<" },
	{ 40, "y=\"40.0\"", ">40<" },
	{ 41, "height=\"100.4\"", ">80<" },
	{ 1000000, "y=\"40.0\"", ">1 M<" },
	{ 999999, "y=\"40.0\"", ">1 M<" },
	{ 16361, "height=\"160.3\"", ">20 k<" },
};

START_TEST(draws_a_bar_as_high_as_its_value)
{
	const struct chart_point point = { NULL, { heights[_i].value, 0 } };

	chart_steps(out, &words, &point, 1);
	fclose(out);
	expect(heights[_i].bar);
	expect(heights[_i].top);
}
END_TEST

START_TEST(cuts_a_long_label)
{
	char label[200];
	const struct chart_point point = { label, { 7, 0 } };

	memset(label, 'x', sizeof(label) - 1);
	label[sizeof(label) - 1] = '\0';
	chart_bars(out, &words, &point, 1);
	fclose(out);
	expect("xxx\xe2\x80\xa6</text>");
	ck_assert_ptr_null(strstr(text, label));
}
END_TEST

START_TEST(stays_within_the_picture)
{
	struct chart_point points[CHART_MAX_POINTS] = { 0 };
	const char *at;

	points[3].values[1] = SIZE_MAX / 16;
	chart_lines(out, &words, names, points, CHART_MAX_POINTS);
	chart_pairs(out, &words, names, points, CHART_MAX_BARS);
	fclose(out);
	ck_assert_ptr_null(strstr(text, "nan"));
	ck_assert_ptr_null(strstr(text, "inf"));
	for (at = text; (at = strstr(at, "=\"-")) != NULL; at++)
		ck_abort_msg("%.40s", at);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("chart");
	TCase *tcase = tcase_create("chart");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_loop_test(tcase, escapes_markup_controls_and_bad_octets, 0,
	    sizeof(texts) / sizeof(texts[0]));
	tcase_add_test(tcase, has_a_title_and_a_description);
	tcase_add_loop_test(tcase, draws_a_bar_as_high_as_its_value, 0,
	    sizeof(heights) / sizeof(heights[0]));
	tcase_add_test(tcase, cuts_a_long_label);
	tcase_add_test(tcase, stays_within_the_picture);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
