/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "milter/history/report.h"
#include "t/lib/histories.h"

enum { NOW = 1767398400 }; /* 2026-01-03 */

/* All that could be taken for markup, a formula or a command. */
#define EVIL "=\\\"><script>alert(1)</script>&'\\u001b[31m\\u202e@evil.example"

static struct tally *tally;
static struct gap *gap;
static struct report report;
static char *text;

static void
begin(void)
{
	tally = tally_new();
	gap = NULL;
	text = NULL;
	report = (struct report){ .now = NOW,
		.horizon = 90,
		.files = 2,
		.lines = 5 };
}

static void
end(void)
{
	if (gap != NULL)
		report_done(&report);
	gap_free(gap);
	tally_free(tally);
	free(text);
}

static const char *
make(void (*write)(const struct report *, FILE *))
{
	size_t len;
	FILE *out = open_memstream(&text, &len);

	gap = gap_new(tally, NULL);
	report.tally = tally;
	report.gap = gap;
	report_prepare(&report);
	write(&report, out);
	fclose(out);
	return text;
}

static void
expect(const char *part)
{
	ck_assert_msg(strstr(text, part) != NULL, "%s in:\n%s", part, text);
}

static void
expect_not(const char *part)
{
	ck_assert_msg(strstr(text, part) == NULL, "%s in:\n%s", part, text);
}

/* Three pass in both modes, two on premises only, one used to sign. */
static void
fill(void)
{
	char time[] = "2026-01-01T00:00:00Z";

	for (; time[9] < '4'; time[9]++)
		histories_add(tally, &(struct made){ .time = time });
	histories_add(tally,
	    &(struct made){ .time = time, .is_unsigned = true });
	for (int i = 0; i < 2; i++)
		histories_add(tally,
		    &(struct made){ .cloud = "policy",
			.by = "local",
			.leaf = '5',
			.root = '7',
			.from = "bob@example.com",
			.policy = "partners",
			.would = "reject" });
	report.policy = "partners";
}

START_TEST(says_it_in_words)
{
	fill();
	report.bad_lines = 1;
	make(report_text);
	expect("Signed messages: 5, files: 2, hosts: 1, from 2026-01-01 to "
	       "2026-01-04\n");
	expect("1 of 5 lines could not be read\n");
	expect("Revocation was not checked for 5 of 5 signatures.");
	expect("pass                           5                 3\n"
	       "policy                         0                 2\n");
	expect("Would change in the cloud: 2 of 5 (40.0 %)\n");
	expect("         2  100.0 %  \"CN=Root 7\"\n"
	       "                     sha256 77777777");
	expect(
	    "2026-01-02 to 2026-01-02, signers: 1, from \"example.com (2)\"");
	expect("  2026-02-01         3 messages  \"CN=Alice\"\n");
	expect(
	    "Always signed, and stopped:\n  \"alice@example.org\": 3 signed, "
	    "the last on 2026-01-03; 1 unsigned since\n");
	expect("Who is hit by the policy \"partners\":\n         2  "
	       "\"bob@example.com\": reason \"untrusted\", would \"reject\" "
	       "(stage \"monitor\")\n");
}
END_TEST

START_TEST(says_it_in_json)
{
	json_t *object;

	fill();
	object = json_loads(make(report_json), 0, NULL);
	ck_assert_ptr_nonnull(object);
	json_decref(object);
	expect("\"modes\":{\"exchange-2013-sp1\":{\"pass\":5,\"policy\":0,");
	expect("\"gap\":{\"messages\":2,\"stop_passing\":2,\"by_anchor\":"
	       "[{\"name\":\"CN=Root 7\",\"sha256\":\"7777");
	expect("\"stopped\":[{\"from\":\"alice@example.org\",\"signed\":3,");
	expect("\"days\":[{\"day\":\"2026-01-01\",\"signed\":1,");
	expect("\"policy\":[{\"from\":\"bob@example.com\",\"reason\":"
	       "\"untrusted\",\"would\":\"reject\",");
}
END_TEST

START_TEST(says_it_in_a_table)
{
	fill();
	make(report_csv);
	expect("section,name,id,messages,signers,first_seen,last_seen,"
	       "not_after,detail\r\n");
	expect("\"exchange-online\",\"pass\",,3,,,,,\r\n");
	expect("\"anchor\",\"CN=Root 7\",\"77777777");
	expect("\",2,1,2026-01-02T03:04:05Z,2026-01-02T03:04:05Z,"
	       "2028-02-01T00:00:00Z,\"example.com (2)\"\r\n");
	expect("\"stopped\",\"alice@example.org\",,3,,");
}
END_TEST

START_TEST(draws_it)
{
	fill();
	make(report_html);
	expect("<li><b>100.0 %</b>pass on premises");
	expect("<li><b>60.0 %</b>would pass in the cloud");
	expect("<svg viewBox=");
	expect("<title id=\"closing-title\">");
	expect("<bdi>CN=Root 7</bdi><br><code>7777");
	expect("<bdi>bob@example.com</bdi>");
	expect_not("http://");
	expect_not("https://");
	expect_not("<script");
	expect_not(" src=");
	expect_not("url(");
	expect_not("@import");
}
END_TEST

static void (*const writers[])(const struct report *, FILE *) = { report_text,
	report_json, report_csv, report_html };

START_TEST(has_something_to_say_of_nothing)
{
	ck_assert_uint_gt(strlen(make(writers[_i])), 50);
	expect_not("nan");
	expect_not("1970");
}
END_TEST

/* What a sender chooses must not be taken for anything but text. */
START_TEST(escapes_what_comes_from_outside)
{
	histories_add(tally,
	    &(struct made){ .from = EVIL,
		.cloud = "policy",
		.by = "local",
		.policy = EVIL,
		.would = "reject" });
	histories_add(tally,
	    &(struct made){ .from = EVIL,
		.time = "2026-01-03T00:00:00Z",
		.is_unsigned = true });
	report.policy = "=\"><script>alert(1)</script>&'\x1b[31m\xe2\x80\xae"
			"@evil.example";
	make(writers[_i]);
	expect_not("\x1b");
	if (writers[_i] != report_json && writers[_i] != report_csv)
		expect_not("\xe2\x80\xae");
	if (writers[_i] == report_html) {
		expect("&lt;script&gt;alert(1)&lt;/script&gt;&amp;&#39;");
		expect_not("<script");
	}
	if (writers[_i] == report_csv)
		expect("\"'=\"\"><script>");
}
END_TEST

START_TEST(puts_many_days_together)
{
	char time[24];

	for (int year = 2016; year < 2026; year++)
		for (int month = 1; month <= 12; month++) {
			snprintf(time, sizeof(time), "%d-%02d-01T00:00:00Z",
			    year, month);
			histories_add(tally, &(struct made){ .time = time });
		}
	make(report_html);
	expect("Each point is the average of 31 days.");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("report");
	TCase *tcase = tcase_create("report");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, says_it_in_words);
	tcase_add_test(tcase, says_it_in_json);
	tcase_add_test(tcase, says_it_in_a_table);
	tcase_add_test(tcase, draws_it);
	tcase_add_loop_test(tcase, has_something_to_say_of_nothing, 0, 4);
	tcase_add_loop_test(tcase, escapes_what_comes_from_outside, 0, 4);
	tcase_add_test(tcase, puts_many_days_together);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
