/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <zlib.h>

#include "milter/history/histline.h"
#include "milter/history/histread.h"
#include "t/lib/histories.h"
#include "t/lib/scratch.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static struct histread *reader;
static const struct hist_message *message;

static void
begin(void)
{
	scratch_begin();
	reader = histread_new();
	message = NULL;
}

static void
end(void)
{
	histread_free(reader);
	scratch_end();
}

static void
open_text(const char *text)
{
	char *path = scratch_path("history");

	scratch_write("history", text);
	histread_free(reader);
	reader = histread_open(path);
	ck_assert_ptr_nonnull(reader);
	free(path);
}

START_TEST(reads_what_there_is_in_a_line)
{
	const struct made made = { .cloud = "policy",
		.by = "local",
		.carried = "false",
		.policy = "partners",
		.would = "reject" };
	const char *line = histories_line(&made);
	const struct hist_signature *s;

	ck_assert_int_eq(histread_parse(reader, line, strlen(line), &message),
	    HISTREAD_MESSAGE);
	ck_assert_int_eq(message->time, 1767323045);
	ck_assert_str_eq(message->host, "mx1");
	ck_assert_str_eq(message->from, "alice@example.org");
	ck_assert_str_eq(message->policy, "partners");
	ck_assert_str_eq(message->stage, "monitor");
	ck_assert_str_eq(message->would, "reject");
	ck_assert_int_eq(message->on_premises, RESULT_PASS);
	ck_assert_int_eq(message->cloud, RESULT_POLICY);
	ck_assert_uint_eq(message->count, 1);
	s = message->signatures;
	ck_assert_int_eq(s->cloud, RESULT_POLICY);
	ck_assert_str_eq(s->cloud_reason, "untrusted");
	ck_assert_int_eq(s->revocation, REVOCATION_NOT_CHECKED);
	ck_assert_int_eq(s->by, TRUST_BY_LOCAL);
	ck_assert_uint_eq(s->path_len, 3);
	ck_assert_str_eq(s->path[1].sha256, histories_hash('2'));
	ck_assert(s->path[0].carried);
	ck_assert(!s->path[1].carried);
	ck_assert_str_eq(s->path[2].subject, "CN=Root 3");
	ck_assert_int_eq(s->path[2].not_after, 1832976000); /* 2028-02-01 */
}
END_TEST

/* The writer and the reader of the schema must agree. */
START_TEST(reads_what_histline_writes)
{
	const struct path_cert path[] = { { .subject = "CN=A",
					      .sha256 = histories_hash('a'),
					      .not_after = 5,
					      .carried = true },
		{ .subject = "CN=R", .sha256 = histories_hash('b') } };
	const struct signature signature = { .part = "2",
		.result = RESULT_PASS,
		.mode_result = { RESULT_PASS, RESULT_FAIL },
		.mode_reason = { REASON_OK, REASON_EXPIRED },
		.revocation = REVOCATION_UNKNOWN,
		.coverage = COVERAGE_WHOLE,
		.identifier = "a@b.c",
		.issuer = "CN=I",
		.path_by = TRUST_BY_LOCAL,
		.path = path,
		.path_len = 2 };
	const struct verdict verdict = { .result = RESULT_PASS,
		.mode_result = { RESULT_PASS, RESULT_FAIL },
		.signatures = &signature,
		.signature_count = 1 };
	const struct histline line = { .time = 1767323045,
		.verdict = &verdict };
	const struct histline_privacy privacy = { .addresses =
						      HISTORY_ADDRESSES_FULL };
	json_t *object = histline_new(&line, &privacy);
	char *text = json_dumps(object, JSON_COMPACT);
	const struct hist_signature *s;

	ck_assert_int_eq(histread_parse(reader, text, strlen(text), &message),
	    HISTREAD_MESSAGE);
	ck_assert_int_eq(message->time, 1767323045);
	ck_assert_ptr_null(message->from);
	ck_assert_int_eq(message->cloud, RESULT_FAIL);
	s = message->signatures;
	ck_assert_str_eq(s->cloud_reason, "expired");
	ck_assert_int_eq(s->revocation, REVOCATION_UNKNOWN);
	ck_assert_str_eq(s->issuer, "CN=I");
	ck_assert_uint_eq(s->path_len, 2);
	ck_assert_int_eq(s->path[0].not_after, 5);
	free(text);
	json_decref(object);
}
END_TEST

START_TEST(refuses_every_truncation)
{
	const struct made made = { .policy = "partners" };
	char *line = strdup(histories_line(&made));
	size_t len = strlen(line);

	for (size_t i = 0; i < len; i++)
		ck_assert_int_eq(histread_parse(reader, line, i, &message),
		    HISTREAD_BAD_LINE);
	ck_assert_int_eq(histread_parse(reader, line, len, &message),
	    HISTREAD_MESSAGE);
	free(line);
}
END_TEST

#define TIME "\"time\":\"2026-01-02T03:04:05Z\","
#define MODES                                                                  \
	"\"modes\":{\"exchange-2013-sp1\":\"pass\",\"exchange-online\":null},"

static const struct {
	const char *line;
	const char *why;
} bad[] = {
	{ "", "not JSON" },
	{ "[]", "not an object" },
	{ "{}", "no \"time\"; expected one like 2026-01-31T12:00:00Z" },
	{ "{\"time\":\"2026-01-02T03:04:05+00:00\"}", "no \"time\"" },
	{ "{\"time\":\"2026-13-02T03:04:05Z\"}", "no \"time\"" },
	{ "{\"time\":\"2026-01-02T03:04:05Zx\"}", "no \"time\"" },
	{ "{\"time\":\"2026-1-2T3:4:5Z\"}", "no \"time\"" },
	{ "{" TIME "\"result\":\"good\"}", "no \"result\"" },
	{ "{" TIME "\"result\":\"pass\"}", "no \"modes\"" },
	{ "{" TIME "\"result\":\"pass\"," MODES "\"x\":1}",
	    "no \"signatures\"" },
	{ "{" TIME "\"result\":\"pass\"," MODES "\"signatures\":[{}]}",
	    "a signature without \"modes\"" },
	{ "{" TIME "\"result\":\"pass\"," MODES "\"signatures\":[1]}",
	    "a signature without \"modes\"" },
};

START_TEST(says_what_is_wrong_with_a_line)
{
	ck_assert_int_eq(histread_parse(reader, bad[_i].line,
			     strlen(bad[_i].line), &message),
	    HISTREAD_BAD_LINE);
	ck_assert_msg(strncmp(histread_why(reader), bad[_i].why,
			  strlen(bad[_i].why)) == 0,
	    "%s: %s", bad[_i].line, histread_why(reader));
}
END_TEST

START_TEST(takes_a_line_with_what_it_must_have)
{
	static const char line[] =
	    "{" TIME "\"result\":\"pass\"," MODES "\"signatures\":[{" MODES
	    "\"sha256\":\"short\",\"path\":[{},1]}]}";
	const struct hist_signature *s;

	ck_assert_int_eq(histread_parse(reader, line, sizeof(line) - 1,
			     &message),
	    HISTREAD_MESSAGE);
	s = message->signatures;
	ck_assert_ptr_null(message->from);
	ck_assert_int_eq(message->cloud, RESULT_ABSENT);
	ck_assert_ptr_null(s->sha256);
	ck_assert_uint_eq(s->path_len, 2);
	ck_assert_ptr_null(s->path[0].sha256);
	ck_assert(!s->path[0].has_not_after);
}
END_TEST

/* A forwarded mail that is signed within an outer signature. */
START_TEST(counts_the_outermost_signatures_if_any)
{
	static const char outer[] =
	    "{" TIME "\"result\":\"pass\"," MODES "\"signatures\":["
	    "{" MODES "\"facts\":{\"coverage\":\"partial\"}},"
	    "{" MODES "\"facts\":{\"coverage\":\"whole\"},\"issuer\":\"x\"}]}";
	static const char inner[] =
	    "{" TIME "\"result\":\"pass\"," MODES "\"signatures\":["
	    "{" MODES "\"facts\":{\"coverage\":\"partial\"}},{" MODES
	    "\"facts\":{\"coverage\":\"partial\"}}]}";

	histread_parse(reader, outer, sizeof(outer) - 1, &message);
	ck_assert_uint_eq(message->count, 1);
	ck_assert_str_eq(message->signatures->issuer, "x");
	histread_parse(reader, inner, sizeof(inner) - 1, &message);
	ck_assert_uint_eq(message->count, 2);
}
END_TEST

/* So many signatures of so many certificates. */
static enum histread_status
parse_many(size_t signatures, size_t certs)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	enum histread_status status;

	fputs("{" TIME "\"result\":\"pass\"," MODES "\"signatures\":[", out);
	for (size_t i = 0; i < signatures; i++) {
		fprintf(out, "%s{" MODES "\"path\":[", i == 0 ? "" : ",");
		for (size_t k = 0; k < certs; k++)
			fputs(k == 0 ? "{}" : ",{}", out);
		fputs("]}", out);
	}
	fputs("]}", out);
	fclose(out);
	status = histread_parse(reader, text, len, &message);
	free(text);
	return status;
}

START_TEST(takes_as_much_as_the_limits)
{
	ck_assert_int_eq(parse_many(HISTREAD_MAX_SIGNATURES, HISTREAD_MAX_PATH),
	    HISTREAD_MESSAGE);
	ck_assert_int_eq(parse_many(HISTREAD_MAX_SIGNATURES + 1, 1),
	    HISTREAD_BAD_LINE);
	ck_assert_int_eq(parse_many(1, HISTREAD_MAX_PATH + 1),
	    HISTREAD_BAD_LINE);
}
END_TEST

START_TEST(goes_on_after_a_bad_line_and_knows_its_number)
{
	char text[8000];

	snprintf(text, sizeof(text), "%s\nnonsense\n\n%s",
	    histories_line(&(struct made){ 0 }),
	    histories_line(&(struct made){ .from = "bob@example.org" }));
	open_text(text);
	ck_assert_int_eq(histread_next(reader, &message), HISTREAD_MESSAGE);
	ck_assert_uint_eq(histread_line(reader), 1);
	ck_assert_int_eq(histread_next(reader, &message), HISTREAD_BAD_LINE);
	ck_assert_uint_eq(histread_line(reader), 2);
	ck_assert_int_eq(histread_next(reader, &message), HISTREAD_BAD_LINE);
	ck_assert_int_eq(histread_next(reader, &message), HISTREAD_MESSAGE);
	ck_assert_uint_eq(histread_line(reader), 4);
	ck_assert_int_eq(histread_next(reader, &message), HISTREAD_END);
	ck_assert_int_eq(histread_next(reader, &message), HISTREAD_END);
}
END_TEST

/* Blocks of the file end anywhere in a line. */
START_TEST(reads_each_line_of_a_large_file)
{
	enum { LINES = 3000 };
	char *path = scratch_path("history");
	gzFile file = gzopen(path, _i == 0 ? "wb" : "wbT");
	char from[1200];
	int lines = 0;

	for (int i = 0; i < LINES; i++) {
		memset(from, 'x', sizeof(from));
		snprintf(from + i % 1000, 100, "%d@example.org", i);
		gzprintf(file, "%s\n",
		    histories_line(&(struct made){ .from = from }));
	}
	gzclose(file);
	histread_free(reader);
	reader = histread_open(path);
	while (histread_next(reader, &message) == HISTREAD_MESSAGE) {
		snprintf(from, sizeof(from), "%d@example.org", lines);
		ck_assert_ptr_nonnull(strstr(message->from, from));
		lines++;
	}
	ck_assert_int_eq(lines, LINES);
	free(path);
}
END_TEST

START_TEST(passes_over_a_line_beyond_the_limit)
{
	char *text = malloc(HISTREAD_MAX_LINE + 10000);
	size_t len = strlen(histories_line(&(struct made){ 0 }));

	memset(text, ' ', HISTREAD_MAX_LINE + 1);
	memcpy(text, histories_line(&(struct made){ 0 }), len);
	text[HISTREAD_MAX_LINE + _i] = '\n';
	strcpy(text + HISTREAD_MAX_LINE + _i + 1,
	    histories_line(&(struct made){ 0 }));
	open_text(text);
	ck_assert_int_eq(histread_next(reader, &message),
	    _i == 0 ? HISTREAD_MESSAGE : HISTREAD_BAD_LINE);
	ck_assert_int_eq(histread_next(reader, &message), HISTREAD_MESSAGE);
	ck_assert_uint_eq(histread_line(reader), 2);
	ck_assert_int_eq(histread_next(reader, &message), HISTREAD_END);
	free(text);
}
END_TEST

START_TEST(says_that_a_compressed_file_is_broken)
{
	char *path = scratch_path("history");
	uint8_t octets[2000];
	gzFile file = gzopen(path, "wb");
	FILE *plain;
	size_t len;

	for (int i = 0; i < 100; i++)
		gzprintf(file, "%s\n", histories_line(&(struct made){ 0 }));
	gzclose(file);
	plain = fopen(path, "r");
	len = fread(octets, 1, sizeof(octets), plain);
	fclose(plain);
	scratch_write_octets("history", octets, len - 20);
	histread_free(reader);
	reader = histread_open(path);
	while (histread_next(reader, &message) == HISTREAD_MESSAGE)
		continue;
	ck_assert_int_eq(histread_next(reader, &message), HISTREAD_FAILED);
	free(path);
}
END_TEST

START_TEST(needs_a_file)
{
	ck_assert_ptr_null(histread_open("/nonexistent/history"));
}
END_TEST

START_TEST(says_that_a_folder_cannot_be_read)
{
	histread_free(reader);
	reader = histread_open("/tmp");
	ck_assert_int_eq(histread_next(reader, &message), HISTREAD_FAILED);
	ck_assert_str_eq(histread_why(reader), "Is a directory");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("histread");
	TCase *tcase = tcase_create("histread");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, reads_what_there_is_in_a_line);
	tcase_add_test(tcase, reads_what_histline_writes);
	tcase_add_test(tcase, refuses_every_truncation);
	tcase_add_loop_test(tcase, says_what_is_wrong_with_a_line, 0,
	    COUNT(bad));
	tcase_add_test(tcase, takes_a_line_with_what_it_must_have);
	tcase_add_test(tcase, counts_the_outermost_signatures_if_any);
	tcase_add_test(tcase, takes_as_much_as_the_limits);
	tcase_add_test(tcase, goes_on_after_a_bad_line_and_knows_its_number);
	tcase_add_loop_test(tcase, reads_each_line_of_a_large_file, 0, 2);
	tcase_add_loop_test(tcase, passes_over_a_line_beyond_the_limit, 0, 2);
	tcase_add_test(tcase, says_that_a_compressed_file_is_broken);
	tcase_add_test(tcase, needs_a_file);
	tcase_add_test(tcase, says_that_a_folder_cannot_be_read);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
