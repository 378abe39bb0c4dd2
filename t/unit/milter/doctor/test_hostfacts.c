/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib.h>

#include "milter/doctor/hostfacts.h"
#include "t/lib/scratch.h"

START_TEST(follows_a_path_to_its_end)
{
	struct host_path steps;
	char *path = scratch_path("file");

	scratch_write("file", "");
	ck_assert_int_eq(chmod(path, 0640), 0);
	host_path_read(path, &steps);
	ck_assert(steps.exists);
	ck_assert_str_eq(steps.path, path);
	ck_assert_uint_ge(steps.count, 3);
	ck_assert_str_eq(steps.steps[0].path, "/");
	ck_assert_str_eq(steps.steps[0].owner, "root");
	ck_assert_str_eq(steps.steps[steps.count - 1].path, path);
	ck_assert_uint_eq(steps.steps[steps.count - 1].mode & 07777, 0640);
	ck_assert_uint_eq(steps.steps[steps.count - 1].uid, geteuid());
	host_path_done(&steps);
	free(path);
}
END_TEST

START_TEST(ends_where_a_path_ends)
{
	struct host_path steps;
	char *path = scratch_path("no/such");
	char *folder = scratch_path("");

	host_path_read(path, &steps);
	ck_assert(!steps.exists);
	ck_assert(!steps.unknown);
	ck_assert_int_eq(strncmp(steps.steps[steps.count - 1].path, folder,
			     strlen(steps.steps[steps.count - 1].path)),
	    0);
	host_path_done(&steps);
	free(folder);
	free(path);
}
END_TEST

/* "/" and so many times "/." */
static bool
reaches(size_t steps)
{
	GString *path = g_string_new(NULL);
	struct host_path read;
	bool exists;

	for (size_t i = 1; i < steps; i++)
		g_string_append(path, "/.");
	host_path_read(path->str, &read);
	exists = read.exists;
	ck_assert_uint_le(read.count, HOST_MAX_STEPS);
	ck_assert(read.exists != read.unknown);
	host_path_done(&read);
	g_string_free(path, TRUE);
	return exists;
}

START_TEST(limits_the_steps_of_a_path)
{
	ck_assert(reaches(HOST_MAX_STEPS));
	ck_assert(!reaches(HOST_MAX_STEPS + 1));
}
END_TEST

START_TEST(knows_users_and_their_groups)
{
	struct host_user user;

	ck_assert(host_user_read("root", &user));
	ck_assert_uint_eq(user.uid, 0);
	ck_assert_int_ge(user.group_count, 1);
	ck_assert_uint_eq(user.groups[0], 0);
	host_user_done(&user);
	ck_assert(!host_user_read("no-such-user-here", &user));
}
END_TEST

START_TEST(runs_a_program)
{
	const char *const good[] = { "/bin/sh", "-c", "echo a; echo b >&2",
		NULL };
	const char *const bad[] = { "/bin/sh", "-c", "echo why >&2; exit 3",
		NULL };
	const char *const none[] = { "/no/such/program", NULL };
	char *error = NULL;
	size_t len = 0;
	char *text = host_run(good, &len, &error);

	ck_assert_str_eq(text, "a\n");
	ck_assert_uint_eq(len, 2);
	g_free(text);
	ck_assert_ptr_null(host_run(bad, &len, &error));
	ck_assert_str_eq(error, "/bin/sh: why");
	g_free(error);
	error = NULL;
	ck_assert_ptr_null(host_run(none, &len, &error));
	ck_assert_ptr_nonnull(strstr(error, "No such file"));
	g_free(error);
}
END_TEST

START_TEST(reads_a_file_or_says_why_not)
{
	char *path = scratch_path("file");
	char *error = NULL;
	size_t len = 0;
	char *text;

	ck_assert_ptr_null(host_file_read(path, &len, &error));
	ck_assert(g_str_has_prefix(error, path));
	g_free(error);
	scratch_write("file", "a\nb");
	text = host_file_read(path, &len, &error);
	ck_assert_str_eq(text, "a\nb");
	ck_assert_uint_eq(len, 3);
	g_free(text);
	error = NULL;
	ck_assert_ptr_null(host_file_read("/", &len, &error));
	g_free(error);
	free(path);
}
END_TEST

static const struct {
	const char *text;
	const char *value;
} confs[] = {
	{ "AuthservID mx.example.net\n", "mx.example.net" },
	{ "# AuthservID a\nauthservid\tb # c\n", "b" },
	{ "AuthservID = x\n", "x" },
	{ "AuthservIDWithJobID yes\n", NULL },
	{ "AuthservID\n", NULL },
	{ "", NULL },
};

START_TEST(finds_the_name_of_another_filter)
{
	char *path = scratch_path("conf");
	char *value;

	scratch_write("conf", confs[_i].text);
	value = host_conf_value(path, "AuthservID");
	ck_assert_pstr_eq(value, confs[_i].value);
	g_free(value);
	free(path);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("hostfacts");
	TCase *tcase = tcase_create("hostfacts");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, scratch_begin, scratch_end);
	tcase_add_test(tcase, follows_a_path_to_its_end);
	tcase_add_test(tcase, ends_where_a_path_ends);
	tcase_add_test(tcase, limits_the_steps_of_a_path);
	tcase_add_test(tcase, knows_users_and_their_groups);
	tcase_add_test(tcase, runs_a_program);
	tcase_add_test(tcase, reads_a_file_or_says_why_not);
	tcase_add_loop_test(tcase, finds_the_name_of_another_filter, 0,
	    sizeof(confs) / sizeof(confs[0]));
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
