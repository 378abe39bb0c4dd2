/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <jansson.h>

#include "milter/log/log.h"

static FILE *seen; /* what went to standard error */
static int saved;

static void
catch_stderr(void)
{
	seen = tmpfile();
	saved = dup(STDERR_FILENO);
	ck_assert_int_eq(dup2(fileno(seen), STDERR_FILENO), STDERR_FILENO);
	log_open("test", LOG_TARGET_STDERR, LOG_INFO, LOG_MAIL);
}

static void
release_stderr(void)
{
	ck_assert_int_eq(dup2(saved, STDERR_FILENO), STDERR_FILENO);
	close(saved);
	fclose(seen);
}

/* All that was written so far. */
static const char *
lines(void)
{
	static char text[10000];
	ssize_t len = pread(fileno(seen), text, sizeof(text) - 1, 0);

	ck_assert_int_ge(len, 0);
	text[len] = '\0';
	return text;
}

START_TEST(writes_a_line_with_the_program_before_it)
{
	log_line(LOG_ERR, "%s=%d", "a", 1);
	log_line(LOG_INFO, "100%%");
	ck_assert_str_eq(lines(), "test: a=1\ntest: 100%\n");
}
END_TEST

START_TEST(leaves_out_what_is_less_important)
{
	log_line(LOG_DEBUG, "a");
	log_open("other", LOG_TARGET_STDERR, LOG_WARNING, LOG_MAIL);
	log_line(LOG_INFO, "b");
	log_line(LOG_WARNING, "c");
	log_open("other", LOG_TARGET_STDERR, LOG_DEBUG, LOG_MAIL);
	log_line(LOG_DEBUG, "d");
	ck_assert_str_eq(lines(), "other: c\nother: d\n");
}
END_TEST

START_TEST(says_nothing_on_stderr_when_syslog_is_meant)
{
	log_open("test", LOG_TARGET_SYSLOG, LOG_INFO, LOG_MAIL);
	log_line(LOG_INFO, "a line of the test of smime-milter");
	ck_assert_str_eq(lines(), "");
}
END_TEST

START_TEST(neutralises_what_a_caller_forgot)
{
	log_line(LOG_INFO, "%s", "a\nb\rc\td\033e\177f\xffg\xc2\x85h\xc3\xa4");
	ck_assert_str_eq(lines(), "test: a?b?c?d?e?f?g??h\xc3\xa4\n");
}
END_TEST

START_TEST(cuts_a_line_after_2000_octets)
{
	char text[2002];
	const char *line;

	memset(text, 'x', sizeof(text));
	text[2000] = '\0';
	log_line(LOG_INFO, "%s", text);
	ck_assert_uint_eq(strlen(lines()), strlen("test: ") + 2001);
	ck_assert_ptr_null(strchr(lines(), '.'));

	ck_assert_int_eq(ftruncate(fileno(seen), 0), 0);
	ck_assert_int_eq(lseek(STDERR_FILENO, 0, SEEK_SET), 0);
	text[2000] = 'x';
	text[2001] = '\0';
	log_line(LOG_INFO, "%s", text);
	line = lines();
	ck_assert_uint_eq(strlen(line), strlen("test: ") + 2001);
	ck_assert_str_eq(line + strlen(line) - 5, "x...\n");
}
END_TEST

static const struct log_field some_fields[] = {
	{ "queue_id", LOG_WORD, "4Xyz" },
	{ "smime", LOG_WORD, "fail" },
	{ "reason", LOG_WORD, NULL },
	{ "from", LOG_TEXT, "a\"b\n\xff\xc3\xa4" },
	{ "signer", LOG_TEXT, NULL },
	{ "size", LOG_NUMBER, "4711" },
};
enum { SOME_FIELDS = sizeof(some_fields) / sizeof(some_fields[0]) };

#define SOME_TEXT                                                              \
	"4Xyz: smime=fail reason=- from=\"a\\\"b\\n\\xff\xc3\xa4\" signer=- "  \
	"size=4711"

START_TEST(writes_fields_as_text)
{
	log_fields(LOG_DEBUG, "judged", some_fields, SOME_FIELDS);
	log_fields(LOG_INFO, "judged", some_fields, SOME_FIELDS);
	ck_assert_str_eq(lines(), "test: " SOME_TEXT "\n");
}
END_TEST

START_TEST(cuts_fields_after_2000_octets)
{
	static char long_text[1000];
	const struct log_field field = { "k", LOG_TEXT, long_text };
	struct log_field fields[LOG_MAX_FIELDS];

	memset(long_text, 'x', sizeof(long_text) - 1);
	for (size_t i = 0; i < LOG_MAX_FIELDS; i++)
		fields[i] = field;
	log_fields(LOG_INFO, "judged", fields, LOG_MAX_FIELDS);
	ck_assert_uint_eq(strlen(lines()), strlen("test: ") + 2001);
	ck_assert_ptr_nonnull(strstr(lines(), "x...\n"));
}
END_TEST

/* The only line so far, which is to be one object. */
static json_t *
only_object(void)
{
	const char *text = lines();
	json_t *object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

	ck_assert_msg(object != NULL, "%s", text);
	ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1);
	return object;
}

static const char *
member(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

START_TEST(writes_fields_as_one_object)
{
	json_t *object;

	log_open("test", LOG_TARGET_JSON, LOG_INFO, LOG_MAIL);
	log_fields(LOG_INFO, "judged", some_fields, SOME_FIELDS);
	object = only_object();
	ck_assert_str_eq(member(object, "level"), "info");
	ck_assert_str_eq(member(object, "message"), "judged");
	ck_assert_str_eq(member(object, "queue_id"), "4Xyz");
	ck_assert_str_eq(member(object, "from"), "a\"b??\xc3\xa4");
	ck_assert(json_is_null(json_object_get(object, "reason")));
	ck_assert(json_is_null(json_object_get(object, "signer")));
	ck_assert_int_eq(json_integer_value(json_object_get(object, "size")),
	    4711);
	ck_assert_uint_eq(strlen(member(object, "time")),
	    strlen("2026-11-01T00:00:00.000Z"));
	json_decref(object);
}
END_TEST

START_TEST(writes_a_line_as_one_object)
{
	json_t *object;

	log_open("test", LOG_TARGET_JSON, LOG_INFO, LOG_MAIL);
	log_line(LOG_ERR, "%s", "a\"\n{\xff");
	object = only_object();
	ck_assert_str_eq(member(object, "message"), "a\"?{?");
	ck_assert_str_eq(member(object, "level"), "error");
	ck_assert_uint_eq(json_object_size(object), 3);
	json_decref(object);
}
END_TEST

#ifdef HAVE_LIBSYSTEMD

/*
 * A journal of our own, in a /run of our own; -1 where we may not.  libcheck
 * runs each test in a child, so that the machine never sees it.
 */
static int
fake_journal(void)
{
	const struct sockaddr_un address = { .sun_family = AF_UNIX,
		.sun_path = "/run/systemd/journal/socket" };
	int journal;

	if (unshare(CLONE_NEWNS) != 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("test", "/run", "tmpfs", 0, NULL) != 0) {
		printf("skipped: only root can have a journal of its own\n");
		return -1;
	}
	ck_assert_int_eq(mkdir("/run/systemd", 0755), 0);
	ck_assert_int_eq(mkdir("/run/systemd/journal", 0755), 0);
	journal = socket(AF_UNIX, SOCK_DGRAM, 0);
	ck_assert_int_eq(bind(journal, (const struct sockaddr *)&address,
			     sizeof(address)),
	    0);
	return journal;
}

START_TEST(gives_the_journal_fields_of_its_own)
{
	int journal = fake_journal();
	char text[10000];
	ssize_t len;

	if (journal < 0)
		return;
	log_open("test", LOG_TARGET_JOURNAL, LOG_INFO, LOG_MAIL);
	log_fields(LOG_INFO, "judged", some_fields, SOME_FIELDS);
	len = recv(journal, text, sizeof(text) - 1, 0);
	ck_assert_int_gt(len, 0);
	text[len] = '\0';
	ck_assert_ptr_nonnull(strstr(text, "MESSAGE=" SOME_TEXT "\n"));
	ck_assert_ptr_nonnull(strstr(text, "PRIORITY=6\n"));
	ck_assert_ptr_nonnull(strstr(text, "SYSLOG_IDENTIFIER=test\n"));
	ck_assert_ptr_nonnull(strstr(text, "SMIME_MILTER_QUEUE_ID=4Xyz\n"));
	ck_assert_ptr_nonnull(
	    strstr(text, "SMIME_MILTER_FROM=a\"b??\xc3\xa4\n"));
	ck_assert_ptr_null(strstr(text, "SMIME_MILTER_REASON"));
	ck_assert_ptr_null(strstr(text, "SMIME_MILTER_SIGNER"));
	ck_assert_str_eq(lines(), "");
	close(journal);
}
END_TEST

#endif

/* In a container, say: what is logged must not be lost. */
START_TEST(uses_stderr_where_there_is_no_journal)
{
	if (access("/run/systemd/journal/socket", F_OK) == 0) {
		printf("skipped: this machine has a journal\n");
		return;
	}
	log_open("test", LOG_TARGET_JOURNAL, LOG_INFO, LOG_MAIL);
	log_line(LOG_INFO, "a");
	ck_assert_str_eq(lines(),
	    "test: log: there is no journal at /run/systemd/journal/socket; "
	    "using standard error\ntest: a\n");
}
END_TEST

static const struct {
	const char *name;
	const char *text;
	const char *want;
} quotes[] = {
	{ "nothing", NULL, "-" },
	{ "empty", "", "\"\"" },
	{ "plain", "a b-c=d", "\"a b-c=d\"" },
	{ "quote", "a\"b", "\"a\\\"b\"" },
	{ "backslash", "a\\nb", "\"a\\\\nb\"" },
	{ "line feed", "a\nb", "\"a\\nb\"" },
	{ "carriage return", "a\rb", "\"a\\x0db\"" },
	{ "tab", "\t", "\"\\x09\"" },
	{ "escape", "\033[2J", "\"\\x1b[2J\"" },
	{ "delete", "\177", "\"\\x7f\"" },
	{ "two octets", "\xc3\xa4", "\"\xc3\xa4\"" },
	{ "three octets", "\xe2\x82\xac", "\"\xe2\x82\xac\"" },
	{ "four octets", "\xf0\x9f\x94\x92", "\"\xf0\x9f\x94\x92\"" },
	{ "the last character", "\xf4\x8f\xbf\xbf", "\"\xf4\x8f\xbf\xbf\"" },
	{ "beyond the last", "\xf4\x90\x80\x80", "\"\\xf4\\x90\\x80\\x80\"" },
	{ "C1 control", "\xc2\x9b", "\"\\xc2\\x9b\"" },
	{ "after C1", "\xc2\xa0", "\"\xc2\xa0\"" },
	{ "Latin-1", "\xe4\xf6", "\"\\xe4\\xf6\"" },
	{ "lone continuation", "\x80", "\"\\x80\"" },
	{ "cut sequence", "a\xe2\x82", "\"a\\xe2\\x82\"" },
	{ "cut by another", "\xe2\x82\xc3\xa4", "\"\\xe2\\x82\xc3\xa4\"" },
	{ "long form of /", "\xc0\xaf", "\"\\xc0\\xaf\"" },
	{ "long form in three", "\xe0\x9f\xbf", "\"\\xe0\\x9f\\xbf\"" },
	{ "long form in four", "\xf0\x8f\xbf\xbf", "\"\\xf0\\x8f\\xbf\\xbf\"" },
	{ "surrogate", "\xed\xa0\x80", "\"\\xed\\xa0\\x80\"" },
	{ "line separator", "\xe2\x80\xa8", "\"\\xe2\\x80\\xa8\"" },
	{ "right to left", "\xe2\x80\xae", "\"\\xe2\\x80\\xae\"" },
	{ "isolate", "\xe2\x81\xa6", "\"\\xe2\\x81\\xa6\"" },
	{ "mark", "\xe2\x80\x8f", "\"\\xe2\\x80\\x8f\"" },
	{ "dash beside the marks", "\xe2\x80\x94", "\"\xe2\x80\x94\"" },
};

START_TEST(quotes_text_from_outside)
{
	char out[64];

	ck_assert_ptr_eq(log_quote(out, sizeof(out), quotes[_i].text), out);
	ck_assert_msg(strcmp(out, quotes[_i].want) == 0, "%s: %s",
	    quotes[_i].name, out);
}
END_TEST

static const struct {
	size_t size;
	const char *text;
	const char *want;
} cuts[] = {
	{ 8, "abcde", "\"abcde\"" },
	{ 8, "abcdef", "\"ab...\"" },
	{ 8, "\033\033", "\"...\"" },
	{ 8, "\033a", "\"\\x1ba\"" },
	{ 8, "\033ab", "\"...\"" },
	{ 9, "abcdefg", "\"abc...\"" },
	{ 9, "\xc3\xa4\xc3\xa4\xc3\xa4", "\"\xc3\xa4\xc3\xa4\xc3\xa4\"" },
	{ 9, "\xc3\xa4\xc3\xa4\xc3\xa4x", "\"\xc3\xa4...\"" },
	{ 9, "ab\"defg", "\"ab...\"" },
};

START_TEST(cuts_between_characters_and_closes_the_quote)
{
	char *out = malloc(cuts[_i].size); /* its own block, for ASan */

	log_quote(out, cuts[_i].size, cuts[_i].text);
	ck_assert_str_eq(out, cuts[_i].want);
	free(out);
}
END_TEST

START_TEST(never_writes_beyond_the_end)
{
	static const char text[] = "a\"\n\xc3\xa4\033\xe2\x82\xac"
				   "bcdefgh";

	for (size_t size = 8; size < 40; size++) {
		char *out = malloc(size);
		size_t len;

		log_quote(out, size, text);
		len = strlen(out);
		ck_assert_uint_lt(len, size);
		ck_assert_int_eq(out[0], '"');
		ck_assert_int_eq(out[len - 1], '"');
		free(out);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("log");
	TCase *line = tcase_create("log_line");
	TCase *quote = tcase_create("log_quote");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, line);
	tcase_add_checked_fixture(line, catch_stderr, release_stderr);
	tcase_add_test(line, writes_a_line_with_the_program_before_it);
	tcase_add_test(line, leaves_out_what_is_less_important);
	tcase_add_test(line, says_nothing_on_stderr_when_syslog_is_meant);
	tcase_add_test(line, neutralises_what_a_caller_forgot);
	tcase_add_test(line, cuts_a_line_after_2000_octets);
	tcase_add_test(line, writes_fields_as_text);
	tcase_add_test(line, cuts_fields_after_2000_octets);
	tcase_add_test(line, writes_fields_as_one_object);
	tcase_add_test(line, writes_a_line_as_one_object);
#ifdef HAVE_LIBSYSTEMD
	tcase_add_test(line, gives_the_journal_fields_of_its_own);
#endif
	tcase_add_test(line, uses_stderr_where_there_is_no_journal);
	suite_add_tcase(suite, quote);
	tcase_add_loop_test(quote, quotes_text_from_outside, 0,
	    sizeof(quotes) / sizeof(quotes[0]));
	tcase_add_loop_test(quote, cuts_between_characters_and_closes_the_quote,
	    0, sizeof(cuts) / sizeof(cuts[0]));
	tcase_add_test(quote, never_writes_beyond_the_end);
	srunner_set_fork_status(runner, CK_FORK);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
