/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#include "milter/history/seen.h"
#include "t/lib/scratch.h"

#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeef"

static const uint8_t octets[SEEN_MAX_DER + 1] = "certificate";
static char *path;
static struct seen *seen;

static void
begin(void)
{
	scratch_begin();
	path = scratch_path("seen");
	seen = seen_open(path);
	ck_assert_ptr_nonnull(seen);
}

static void
end(void)
{
	seen_free(seen);
	free(path);
	scratch_end();
}

/* The size of the file of that certificate; -1 when there is none. */
static long
size_of(const char *sha256)
{
	char *name = seen_path(path, sha256);
	struct stat st;
	long size = stat(name, &st) == 0 ? (long)st.st_size : -1;

	free(name);
	return size;
}

START_TEST(keeps_a_certificate_under_its_hash)
{
	seen_add(seen, HASH "0", octets, 11);
	ck_assert_int_eq(size_of(HASH "0"), 11);
	ck_assert_int_eq(size_of(HASH "1"), -1);
}
END_TEST

START_TEST(writes_each_once)
{
	seen_add(seen, HASH "0", octets, 11);
	seen_add(seen, HASH "0", octets, 12);
	ck_assert_int_eq(size_of(HASH "0"), 11);
	seen_free(seen);
	seen = seen_open(path);
	seen_add(seen, HASH "0", octets, 12);
	ck_assert_int_eq(size_of(HASH "0"), 11);
}
END_TEST

/* Nothing from outside may choose a name. */
START_TEST(takes_no_other_name)
{
	static const char *const names[] = { "", "../x", HASH, HASH "00",
		HASH "G", HASH "/", HASH "A" };
	char *log;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		seen_add(seen, names[i], octets, 11);
		ck_assert_ptr_null(seen_path(path, names[i]));
	}
	seen_add(seen, NULL, octets, 11);
	seen_add(seen, HASH "0", NULL, 11);
	ck_assert_int_eq(rmdir(path), 0);
	log = scratch_log();
	ck_assert_str_eq(log, "");
	free(log);
}
END_TEST

START_TEST(keeps_one_of_the_greatest_size_and_none_above)
{
	seen_add(seen, HASH "0", octets, SEEN_MAX_DER);
	seen_add(seen, HASH "1", octets, SEEN_MAX_DER + 1);
	ck_assert_int_eq(size_of(HASH "0"), SEEN_MAX_DER);
	ck_assert_int_eq(size_of(HASH "1"), -1);
}
END_TEST

START_TEST(keeps_as_many_as_the_limit)
{
	char name[65];
	char *log;

	for (int i = 0; i <= SEEN_MAX_FILES + 1; i++) {
		snprintf(name, sizeof(name), "%064x", (unsigned int)i);
		seen_add(seen, name, octets, 1);
	}
	snprintf(name, sizeof(name), "%064x", (unsigned int)SEEN_MAX_FILES - 1);
	ck_assert_int_eq(size_of(name), 1);
	snprintf(name, sizeof(name), "%064x", (unsigned int)SEEN_MAX_FILES);
	ck_assert_int_eq(size_of(name), -1);
	log = scratch_log();
	ck_assert_ptr_nonnull(strstr(log, "the folder is full"));
	ck_assert_ptr_eq(strchr(log, '\n'), log + strlen(log) - 1);
	free(log);
}
END_TEST

START_TEST(clears_away_what_a_crash_left)
{
	char *left = scratch_path("seen/.new");

	scratch_write("seen/.new", "half");
	seen_free(seen);
	seen = seen_open(path);
	ck_assert_int_ne(access(left, F_OK), 0);
	free(left);
}
END_TEST

START_TEST(says_once_that_it_cannot_write)
{
	char *log;

	ck_assert_int_eq(rmdir(path), 0);
	seen_add(seen, HASH "0", octets, 11);
	seen_add(seen, HASH "1", octets, 11);
	log = scratch_log();
	ck_assert_ptr_nonnull(strstr(log, "certificates are not kept"));
	ck_assert_ptr_eq(strchr(log, '\n'), log + strlen(log) - 1);
	free(log);
}
END_TEST

START_TEST(needs_a_folder)
{
	ck_assert_ptr_null(seen_open("/nonexistent/seen"));
	ck_assert_ptr_null(seen_open("/dev/null"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("seen");
	TCase *tcase = tcase_create("seen");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, keeps_a_certificate_under_its_hash);
	tcase_add_test(tcase, writes_each_once);
	tcase_add_test(tcase, takes_no_other_name);
	tcase_add_test(tcase, keeps_one_of_the_greatest_size_and_none_above);
	tcase_add_test(tcase, keeps_as_many_as_the_limit);
	tcase_add_test(tcase, clears_away_what_a_crash_left);
	tcase_add_test(tcase, says_once_that_it_cannot_write);
	tcase_add_test(tcase, needs_a_folder);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
