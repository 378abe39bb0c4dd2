/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policykey.h"
#include "scratch.h"

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
	struct policykey first, second;
	struct stat status;
	char *error = NULL;

	ck_assert_msg(policykey_load(path, &first, &error), "%s", error);
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_uint_eq(status.st_mode & 0777, 0600);
	ck_assert_int_eq(status.st_size, 65);
	ck_assert_uint_eq(status.st_nlink, 1); /* nothing is left beside it */
	ck_assert(policykey_load(path, &second, &error));
	ck_assert_mem_eq(&first, &second, sizeof(first));

	unlink(path);
	ck_assert(policykey_load(path, &second, &error));
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
	struct policykey key;
	char *error = NULL;
	bool good;

	scratch_write("key", files[_i].text);
	ck_assert_int_eq(chmod(path, files[_i].mode), 0);
	good = policykey_load(path, &key, &error);
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
	struct policykey key;
	char *error = NULL;

	ck_assert(!policykey_load("/nonexistent/key", &key, &error));
	ck_assert_str_eq(error,
	    "policy-key: /nonexistent/key: No such file or directory");
	free(error);
}
END_TEST

static unsigned int
draw(const struct policykey *key, const char *domain, const char *id,
    const char *from)
{
	unsigned int lot = 1000;

	ck_assert(policykey_draw(key, NULL, domain, id, from, &lot));
	ck_assert_uint_lt(lot, 100);
	return lot;
}

/* The first 8 octets of the HMAC, modulo 100; computed by another program. */
START_TEST(draws_by_key_and_all_three_texts)
{
	const struct policykey zero = { { 0 } }, one = { { 1 } };
	unsigned int differ[4] = { 0 };

	ck_assert_uint_eq(draw(&zero, "d", "i", "f"), 88);
	ck_assert_uint_eq(draw(&zero, "d", " i\r\n", "\tf "), 88);
	for (unsigned int i = 0; i < 100; i++) {
		char text[8];
		unsigned int lot;

		snprintf(text, sizeof(text), "%u", i);
		lot = draw(&zero, text, text, text);
		ck_assert_uint_eq(draw(&zero, text, text, text), lot);
		differ[0] += draw(&one, text, text, text) != lot ? 1 : 0;
		differ[1] += draw(&zero, NULL, text, text) != lot ? 1 : 0;
		differ[2] += draw(&zero, text, NULL, text) != lot ? 1 : 0;
		differ[3] += draw(&zero, text, text, "") != lot ? 1 : 0;
	}
	for (size_t i = 0; i < 4; i++)
		ck_assert_uint_gt(differ[i], 80);
}
END_TEST

START_TEST(texts_do_not_run_into_each_other)
{
	const struct policykey key = { { 7 } };
	unsigned int differ = 0;

	for (unsigned int i = 0; i < 100; i++) {
		char a[16], b[16];

		snprintf(a, sizeof(a), "%ux", i);
		snprintf(b, sizeof(b), "%u", i);
		differ +=
		    draw(&key, a, "y", "") != draw(&key, b, "xy", "") ? 1 : 0;
	}
	ck_assert_uint_gt(differ, 80);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("policykey");
	TCase *tcase = tcase_create("policykey");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, makes_a_key_once_for_its_owner_alone);
	tcase_add_loop_test(tcase, reads_a_key_that_nobody_else_can_read, 0,
	    sizeof(files) / sizeof(files[0]));
	tcase_add_test(tcase, says_why_it_cannot_make_one);
	tcase_add_test(tcase, draws_by_key_and_all_three_texts);
	tcase_add_test(tcase, texts_do_not_run_into_each_other);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
