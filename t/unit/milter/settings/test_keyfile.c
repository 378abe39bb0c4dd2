/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "milter/settings/keyfile.h"
#include "t/lib/scratch.h"

#define HEX32 "0123456789abcdef0123456789abcdef"

static char *path;

static void
begin(void)
{
	scratch_begin();
	path = scratch_path("key");
}

static void
end(void)
{
	free(path);
	scratch_end();
}

START_TEST(makes_a_key_once_for_its_owner_alone)
{
	struct keyfile_key first, second;
	struct stat status;
	char *error = NULL;

	ck_assert_msg(keyfile_load("policy-key", path, &first, &error), "%s",
	    error);
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_uint_eq(status.st_mode & 0777, 0600);
	ck_assert_int_eq(status.st_size, 65);
	ck_assert_uint_eq(status.st_nlink, 1); /* nothing is left beside it */
	ck_assert(keyfile_load("policy-key", path, &second, &error));
	ck_assert_mem_eq(&first, &second, sizeof(first));

	unlink(path);
	ck_assert(keyfile_load("policy-key", path, &second, &error));
	ck_assert_mem_ne(&first, &second, sizeof(first));
}
END_TEST

static const struct {
	const char *text;
	mode_t mode;
	const char *error; /* a part of it; NULL: it is good */
} files[] = {
	{ HEX32 HEX32 "\n", 0600, NULL },
	{ HEX32 HEX32, 0400, NULL },
	{ HEX32 HEX32 "\n", 0640, "others can read it" },
	{ HEX32 HEX32 "\n", 0604, "others can read it" },
	{ HEX32 "0123456789abcdef0123456789abcde\n", 0600, "not a key" },
	{ HEX32 "0123456789ABCDEF0123456789abcdef\n", 0600, "not a key" },
	{ "", 0600, "not a key" },
};

START_TEST(reads_a_key_that_nobody_else_can_read)
{
	struct keyfile_key key;
	char *error = NULL;
	bool good;

	scratch_write("key", files[_i].text);
	ck_assert_int_eq(chmod(path, files[_i].mode), 0);
	good = keyfile_load("policy-key", path, &key, &error);
	ck_assert(good == (files[_i].error == NULL));
	if (good) {
		ck_assert_uint_eq(key.octets[0], 0x01);
		ck_assert_uint_eq(key.octets[31], 0xef);
		return;
	}
	ck_assert_ptr_nonnull(strstr(error, files[_i].error));
	ck_assert_int_eq(strncmp(error, "policy-key: /", 13), 0);
	free(error);
}
END_TEST

START_TEST(says_why_it_cannot_make_one)
{
	struct keyfile_key key;
	char *error = NULL;

	ck_assert(
	    !keyfile_load("policy-key", "/nonexistent/key", &key, &error));
	ck_assert_str_eq(error,
	    "policy-key: /nonexistent/key: No such file or directory");
	free(error);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("keyfile");
	TCase *tcase = tcase_create("keyfile");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, makes_a_key_once_for_its_owner_alone);
	tcase_add_loop_test(tcase, reads_a_key_that_nobody_else_can_read, 0,
	    sizeof(files) / sizeof(files[0]));
	tcase_add_test(tcase, says_why_it_cannot_make_one);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
