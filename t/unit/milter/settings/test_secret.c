/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "milter/settings/secret.h"
#include "t/lib/scratch.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* want is the password, or, behind "!", a part of the complaint. */
static void
expect(const char *path, const char *want)
{
	char *error = NULL;
	char *secret = secret_read(path, &error);

	if (want[0] == '!') {
		ck_assert_ptr_null(secret);
		ck_assert_ptr_nonnull(error);
		ck_assert_int_eq(strncmp(error, path, strlen(path)), 0);
		ck_assert_msg(strstr(error, want + 1) != NULL, "%s", error);
	} else {
		ck_assert_ptr_null(error);
		ck_assert_str_eq(secret, want);
	}
	free(error);
	secret_free(secret);
}

static void
expect_of(const void *octets, size_t len, mode_t mode, const char *want)
{
	char *path = scratch_path("password");

	scratch_write_octets("password", octets, len);
	ck_assert_int_eq(chmod(path, mode), 0);
	expect(path, want);
	free(path);
}

static const struct {
	const char *text;
	const char *want;
} texts[] = {
	{ "secret", "secret" },
	{ "secret\n", "secret" },
	{ "secret\r\n", "secret" },
	{ " s p \n", " s p " },
	{ "", "!empty" },
	{ "\n", "!empty" },
	{ "\r\n", "!empty" },
	{ "a\nb", "!more than one line" },
	{ "a\n\n", "!more than one line" },
};

START_TEST(reads_one_line)
{
	expect_of(texts[_i].text, strlen(texts[_i].text), 0600, texts[_i].want);
}
END_TEST

START_TEST(refuses_a_nul)
{
	expect_of("a\0b", 3, 0600, "!a NUL");
}
END_TEST

static const struct {
	mode_t mode;
	const char *want;
} modes[] = { { 0600, "x" }, { 0400, "x" }, { 0700, "x" },
	{ 0640, "!others can" }, { 0604, "!others can" },
	{ 0620, "!chmod 600" }, { 0602, "!others can" },
	{ 0644, "!others can" } };

START_TEST(refuses_what_others_can_read_or_write)
{
	expect_of("x", 1, modes[_i].mode, modes[_i].want);
}
END_TEST

START_TEST(reads_up_to_the_limit)
{
	char text[SECRET_MAX + 2];

	memset(text, 'x', sizeof(text));
	text[SECRET_MAX] = '\0';
	expect_of(text, SECRET_MAX, 0600, text);
	expect_of(text, SECRET_MAX + 1, 0600, "!too long");
}
END_TEST

START_TEST(refuses_what_is_no_file)
{
	char *path = scratch_path("fifo");

	expect("/nonexistent/password", "!No such file");
	expect("/", "!not a file");
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	expect(path, "!not a file");
	free(path);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("secret");
	TCase *tcase = tcase_create("secret_read");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, scratch_begin, scratch_end);
	tcase_add_loop_test(tcase, reads_one_line, 0, COUNT(texts));
	tcase_add_test(tcase, refuses_a_nul);
	tcase_add_loop_test(tcase, refuses_what_others_can_read_or_write, 0,
	    COUNT(modes));
	tcase_add_test(tcase, reads_up_to_the_limit);
	tcase_add_test(tcase, refuses_what_is_no_file);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
