/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "milter/history/history.h"
#include "t/lib/scratch.h"

enum { THREADS = 4, EACH = 200 };

#define ROOT "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100"

static char *path;
static struct settings *settings;
static struct verdict verdict;
static struct histline line;

/* The settings with more of them, "NAME=VALUE". */
static void
set(const char *const *more, size_t count)
{
	const char *list[10] = { 0 };
	struct overrides overrides = { list, count + 1 };
	char *error = NULL;
	char *first;

	ck_assert_int_gt(asprintf(&first, "history=%s", path), 0);
	list[0] = first;
	for (size_t i = 0; i < count; i++)
		list[i + 1] = more[i];
	settings_unref(settings);
	settings = settings_load(NULL, &overrides, &error);
	ck_assert_msg(settings != NULL, "%s", error);
	free(first);
}

static void
open_now(void)
{
	char *error = NULL;

	ck_assert_msg(history_open(settings, &error), "%s", error);
}

static void
begin(void)
{
	scratch_begin();
	path = scratch_path("history");
	settings = NULL;
	set(NULL, 0);
	verdict = (struct verdict){ .result = RESULT_PASS,
		.from = "alice@example.org",
		.mode_result = { RESULT_PASS, RESULT_PASS } };
	line = (struct histline){ .queue_id = "4XyZ12", .verdict = &verdict };
}

static void
end(void)
{
	history_close();
	settings_unref(settings);
	free(path);
	scratch_end();
}

/* All of a file, "" when there is none.  Borrowed until the next call. */
static const char *
content(const char *name)
{
	static char text[2000000];
	char *full = scratch_path(name);
	FILE *file = fopen(full, "r");
	size_t len = 0;

	if (file != NULL) {
		len = fread(text, 1, sizeof(text) - 1, file);
		fclose(file);
	}
	text[len] = '\0';
	free(full);
	return text;
}

/* Each line is a whole object; how many there are. */
static size_t
count_lines(const char *name)
{
	const char *text = content(name);
	size_t count = 0;

	for (const char *end; *text != '\0'; text = end + 1) {
		json_t *object;

		end = strchr(text, '\n');
		ck_assert_msg(end != NULL, "no end: %s", text);
		object = json_loadb(text, (size_t)(end - text), 0, NULL);
		ck_assert_msg(json_is_object(object), "%s", text);
		json_decref(object);
		count++;
	}
	return count;
}

START_TEST(writes_nothing_without_a_file)
{
	history_write(&line);
	set(NULL, 0);
	settings->history[0] = '\0';
	open_now();
	history_write(&line);
	ck_assert_uint_eq(count_lines("history"), 0);
}
END_TEST

static const struct {
	const char *name;
	enum result result;
	size_t lines;
} results[] = {
	{ "pass", RESULT_PASS, 1 },
	{ "policy", RESULT_POLICY, 1 },
	{ "neutral", RESULT_NEUTRAL, 1 },
	{ "temperror", RESULT_TEMPERROR, 1 },
	{ "permerror", RESULT_PERMERROR, 1 },
	{ "fail", RESULT_FAIL, 1 },
	{ "unsigned", RESULT_NONE, 0 },
	{ "encrypted", RESULT_ABSENT, 0 },
};

START_TEST(has_a_line_for_what_is_signed)
{
	open_now();
	verdict.result = results[_i].result;
	history_write(&line);
	ck_assert_msg(count_lines("history") == results[_i].lines, "%s",
	    results[_i].name);
}
END_TEST

START_TEST(appends_to_what_is_there)
{
	scratch_write("history", "{\"first\":1}\n");
	open_now();
	history_write(&line);
	open_now();
	history_write(&line);
	ck_assert_uint_eq(count_lines("history"), 3);
	ck_assert_ptr_eq(strstr(content("history"), "{\"first\":1}\n"),
	    content("history"));
}
END_TEST

/* As a crash would leave it; the second is longer than what is read at once. */
START_TEST(cuts_off_half_a_line)
{
	static char half[10000];

	memset(half, 'x', sizeof(half) - 1);
	scratch_write("history", "{\"first\":1}\n{\"sec");
	open_now();
	history_write(&line);
	ck_assert_uint_eq(count_lines("history"), 2);
	history_close();
	scratch_write("history", half);
	open_now();
	history_write(&line);
	ck_assert_uint_eq(count_lines("history"), 1);
}
END_TEST

START_TEST(begins_a_new_file_after_a_reload)
{
	char *old = scratch_path("old");

	open_now();
	history_write(&line);
	ck_assert_int_eq(rename(path, old), 0);
	history_write(&line);
	ck_assert_uint_eq(count_lines("old"), 2);
	open_now();
	history_write(&line);
	ck_assert_uint_eq(count_lines("old"), 2);
	ck_assert_uint_eq(count_lines("history"), 1);
	free(old);
}
END_TEST

START_TEST(rotates_at_its_size_and_keeps_as_many_as_asked)
{
	static const char *const more[] = { "history-keep=2",
		"history-max-size=1k" };
	size_t in_one;

	set(more, 2);
	open_now();
	history_write(&line);
	in_one = 1024 / strlen(content("history"));
	for (size_t i = 1; i < in_one; i++)
		history_write(&line);
	ck_assert_uint_eq(count_lines("history"), in_one);
	ck_assert_uint_eq(count_lines("history.1"), 0);
	history_write(&line);
	ck_assert_uint_eq(count_lines("history"), 1);
	ck_assert_uint_eq(count_lines("history.1"), in_one);
	for (size_t i = 0; i < 3 * in_one; i++)
		history_write(&line);
	ck_assert_uint_eq(count_lines("history.1"), in_one);
	ck_assert_uint_eq(count_lines("history.2"), in_one);
	ck_assert_uint_eq(count_lines("history.3"), 0);
}
END_TEST

START_TEST(never_rotates_if_not_asked)
{
	static const char *const more[] = { "history-max-size=0" };

	set(more, 1);
	open_now();
	for (int i = 0; i < 100; i++)
		history_write(&line);
	ck_assert_uint_eq(count_lines("history"), 100);
}
END_TEST

START_TEST(keeps_one_file_only_if_asked)
{
	static const char *const more[] = { "history-keep=0",
		"history-max-size=1" };

	set(more, 2);
	open_now();
	for (int i = 0; i < 3; i++)
		history_write(&line);
	ck_assert_uint_eq(count_lines("history"), 1);
	ck_assert_uint_eq(count_lines("history.1"), 0);
}
END_TEST

static bool
limit_files(rlim_t size)
{
	struct rlimit limit = { .rlim_cur = size, .rlim_max = RLIM_INFINITY };

	return setrlimit(RLIMIT_FSIZE, &limit) == 0;
}

/*
 * The limit cuts the second line in its middle, as a full disk may.  Nothing
 * is asserted under it: libcheck writes of each assertion to a file, too.
 */
START_TEST(leaves_no_half_line_when_the_disk_is_full)
{
	char *log;
	size_t len;
	bool limited, unlimited;

	signal(SIGXFSZ, SIG_IGN);
	open_now();
	history_write(&line);
	len = strlen(content("history"));
	free(scratch_log());
	limited = limit_files(len + len / 2);
	for (int i = 0; i < 3; i++)
		history_write(&line);
	unlimited = limit_files(RLIM_INFINITY);
	ck_assert(limited && unlimited);
	ck_assert_uint_eq(strlen(content("history")), len);
	log = scratch_log();
	ck_assert_ptr_nonnull(strstr(log, "cannot be written"));
	ck_assert_ptr_eq(strchr(log, '\n'), log + strlen(log) - 1);
	free(log);
	history_write(&line);
	ck_assert_uint_eq(count_lines("history"), 2);
	log = scratch_log();
	ck_assert_ptr_nonnull(strstr(log, "works again; 3 lines are missing"));
	free(log);
}
END_TEST

START_TEST(refuses_a_file_that_another_process_writes)
{
	char *error = NULL;
	int status = 1;
	pid_t child;

	open_now();
	child = fork();
	if (child == 0)
		_exit(history_open(settings, &error) ||
		    strstr(error, "another process writes to it") == NULL);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}
END_TEST

static const struct {
	const char *name;
	const char *file;
	const char *error;
} bad[] = {
	{ "no folder", "/nonexistent/history",
	    "history: /nonexistent/history: No such file or directory; "
	    "expected a file that we may write" },
	{ "no file", "/dev/null",
	    "history: /dev/null: it is not a regular file; "
	    "expected a file that we may write" },
	{ "a folder", "/tmp",
	    "history: /tmp: Is a directory; expected a file that we may write" },
};

START_TEST(refuses_what_it_cannot_write)
{
	char *error = NULL;

	free(settings->history);
	settings->history = strdup(bad[_i].file);
	ck_assert_msg(!history_open(settings, &error), "%s", bad[_i].name);
	ck_assert_str_eq(error, bad[_i].error);
	free(error);
}
END_TEST

START_TEST(goes_on_with_the_old_file_when_a_new_one_is_refused)
{
	char *error = NULL;

	open_now();
	free(settings->history);
	settings->history = strdup("/nonexistent/history");
	ck_assert(!history_open(settings, &error));
	free(error);
	history_write(&line);
	ck_assert_uint_eq(count_lines("history"), 1);
}
END_TEST

START_TEST(writes_unsigned_mail_of_who_used_to_sign)
{
	static const char *const more[] = { "history-unsigned=yes" };

	set(more, 1);
	open_now();
	verdict.result = RESULT_NONE;
	history_write(&line);
	ck_assert_uint_eq(count_lines("history"), 0);
	verdict.result = RESULT_PASS;
	history_write(&line);
	open_now(); /* a restart does not forget */
	verdict.result = RESULT_NONE;
	history_write(&line);
	ck_assert_uint_eq(count_lines("history"), 2);
	verdict.from = "bob@example.org";
	history_write(&line);
	verdict.from = NULL;
	history_write(&line);
	verdict.result = RESULT_ABSENT;
	verdict.from = "alice@example.org";
	history_write(&line);
	ck_assert_uint_eq(count_lines("history"), 2);
}
END_TEST

static const struct {
	const char *name;
	enum result result;
	const char *policy, *would;
	size_t lines;
} hits[] = {
	{ "unsigned, refused", RESULT_NONE, "partners", "reject", 1 },
	{ "encrypted, deferred", RESULT_ABSENT, "partners", "tempfail", 1 },
	{ "unsigned, taken", RESULT_NONE, "partners", "accept", 0 },
	{ "no rule", RESULT_NONE, NULL, NULL, 0 },
	{ "by a default", RESULT_NONE, NULL, "reject", 0 },
};

/* Who sends unsigned mail is hit first by a rule that wants it signed. */
START_TEST(writes_what_a_rule_asks_something_of)
{
	open_now();
	verdict.result = hits[_i].result;
	line.policy = hits[_i].policy;
	line.would = hits[_i].would;
	history_write(&line);
	ck_assert_msg(count_lines("history") == hits[_i].lines, "%s",
	    hits[_i].name);
}
END_TEST

/* A mail that fails proves nothing about its author. */
START_TEST(learns_from_nothing_but_a_pass)
{
	static const char *const more[] = { "history-unsigned=yes" };

	set(more, 1);
	open_now();
	verdict.result = verdict.mode_result[0] = RESULT_FAIL;
	history_write(&line);
	verdict.result = RESULT_NONE;
	history_write(&line);
	ck_assert_uint_eq(count_lines("history"), 1);
}
END_TEST

START_TEST(makes_a_key_once_and_for_itself)
{
	static const char *const more[] = { "history-addresses=hash" };
	char *key = scratch_path("history.key");
	char *first;
	struct stat st;

	set(more, 1);
	open_now();
	history_write(&line);
	first = strdup(content("history"));
	history_close();
	ck_assert_int_eq(unlink(path), 0);
	open_now();
	history_write(&line);
	ck_assert_str_eq(content("history"), first);
	ck_assert_ptr_null(strstr(first, "alice"));
	ck_assert_int_eq(stat(key, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(st.st_size, 2 * HISTLINE_KEY_LEN + 1);
	free(first);
	free(key);
}
END_TEST

START_TEST(refuses_half_a_key)
{
	static const char *const more[] = { "history-addresses=hash" };
	char *error = NULL;

	char *key = scratch_path("history.key");

	scratch_write("history.key", "short");
	ck_assert_int_eq(chmod(key, 0600), 0);
	free(key);
	set(more, 1);
	ck_assert(!history_open(settings, &error));
	ck_assert_ptr_nonnull(
	    strstr(error, "history.key: not a key; expected"));
	free(error);
}
END_TEST

static const struct {
	const char *setting;
	const char *kept; /* the file of the root */
	bool is;
} folders[] = {
	{ "seen-certificates=auto", "seen-certificates/" ROOT ".der", true },
	{ "seen-certificates=none", "seen-certificates/" ROOT ".der", false },
};

START_TEST(keeps_the_certificates_that_vouch_and_no_signer)
{
	const char *more[] = { folders[_i].setting };
	const uint8_t der[] = { 1, 2, 3 };
	char leaf[65] = ROOT;
	const struct path_cert certs[] = {
		{ .sha256 = leaf, .der = der, .der_len = 3 },
		{ .sha256 = ROOT, .der = der, .der_len = 3 },
	};
	const struct signature signature = { .path_by = TRUST_BY_LOCAL,
		.path = certs,
		.path_len = 2 };
	char *kept = scratch_path(folders[_i].kept);
	char *other;

	leaf[63] = '1';
	ck_assert_int_gt(asprintf(&other, "%.*s1.der",
			     (int)(strlen(kept) - strlen("0.der")), kept),
	    0);
	verdict.signatures = &signature;
	verdict.signature_count = 1;
	set(more, 1);
	open_now();
	history_write(&line);
	ck_assert((access(kept, F_OK) == 0) == folders[_i].is);
	ck_assert_int_ne(access(other, F_OK), 0);
	free(other);
	free(kept);
}
END_TEST

static void *
write_many(void *arg)
{
	for (int i = 0; i < EACH; i++)
		history_write(arg);
	return NULL;
}

START_TEST(writes_whole_lines_from_many_threads)
{
	static const char *const more[] = { "history-max-size=64k" };
	pthread_t threads[THREADS];
	size_t count = 0;
	char name[20];

	set(more, 1);
	open_now();
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, write_many,
				     &line),
		    0);
	open_now();
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 1; i <= 9; i++) {
		snprintf(name, sizeof(name), "history.%d", i);
		count += count_lines(name);
	}
	ck_assert_uint_eq(count + count_lines("history"), THREADS * EACH);
}
END_TEST

/* What a child has said that it wrote is there when it is killed. */
START_TEST(has_every_line_after_a_kill)
{
	int ends[2];
	size_t told = 0;
	char one;
	pid_t child;

	ck_assert_int_eq(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		open_now();
		for (;;) {
			history_write(&line);
			if (write(ends[1], "x", 1) != 1)
				_exit(1);
		}
	}
	close(ends[1]);
	while (told < 500 && read(ends[0], &one, 1) == 1)
		told++;
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	while (read(ends[0], &one, 1) == 1)
		told++;
	close(ends[0]);
	open_now();
	ck_assert_uint_ge(count_lines("history"), told);
	ck_assert_uint_le(count_lines("history"), told + 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("history");
	TCase *tcase = tcase_create("history");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, writes_nothing_without_a_file);
	tcase_add_loop_test(tcase, has_a_line_for_what_is_signed, 0,
	    sizeof(results) / sizeof(results[0]));
	tcase_add_test(tcase, appends_to_what_is_there);
	tcase_add_test(tcase, cuts_off_half_a_line);
	tcase_add_test(tcase, begins_a_new_file_after_a_reload);
	tcase_add_test(tcase, rotates_at_its_size_and_keeps_as_many_as_asked);
	tcase_add_test(tcase, never_rotates_if_not_asked);
	tcase_add_test(tcase, keeps_one_file_only_if_asked);
	tcase_add_test(tcase, leaves_no_half_line_when_the_disk_is_full);
	tcase_add_test(tcase, refuses_a_file_that_another_process_writes);
	tcase_add_loop_test(tcase, refuses_what_it_cannot_write, 0,
	    sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tcase,
	    goes_on_with_the_old_file_when_a_new_one_is_refused);
	tcase_add_test(tcase, writes_unsigned_mail_of_who_used_to_sign);
	tcase_add_loop_test(tcase, writes_what_a_rule_asks_something_of, 0,
	    sizeof(hits) / sizeof(hits[0]));
	tcase_add_test(tcase, learns_from_nothing_but_a_pass);
	tcase_add_test(tcase, makes_a_key_once_and_for_itself);
	tcase_add_test(tcase, refuses_half_a_key);
	tcase_add_loop_test(tcase,
	    keeps_the_certificates_that_vouch_and_no_signer, 0,
	    sizeof(folders) / sizeof(folders[0]));
	tcase_add_test(tcase, writes_whole_lines_from_many_threads);
	tcase_add_test(tcase, has_every_line_after_a_kill);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
