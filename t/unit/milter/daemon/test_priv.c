/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "milter/daemon/priv.h"

/*
 * libcheck runs each test in a child of its own, so that one may give up what
 * it has.  As another user only the refusals can be tested.
 */
static bool
skipped(void)
{
	if (geteuid() == 0)
		return false;
	printf("skipped: only root can become another user\n");
	return true;
}

static const struct passwd *
nobody(void)
{
	const struct passwd *user = getpwnam("nobody");

	ck_assert_ptr_nonnull(user);
	return user;
}

/* The line of /proc/self/status that begins with that key. */
static const char *
status_line(const char *key)
{
	static char line[200];
	FILE *file = fopen("/proc/self/status", "r");
	bool found = false;

	ck_assert_ptr_nonnull(file);
	while (!found && fgets(line, sizeof(line), file) != NULL)
		found = strncmp(line, key, strlen(key)) == 0;
	fclose(file);
	ck_assert(found);
	return line;
}

static void
assert_refused(const char *user, const char *want)
{
	uid_t uid = geteuid();
	char *error = NULL;

	ck_assert(!priv_drop(user, &error));
	ck_assert_ptr_nonnull(error);
	ck_assert_msg(strstr(error, want) != NULL, "%s", error);
	ck_assert_uint_eq(geteuid(), uid);
	free(error);
}

START_TEST(becomes_the_user_for_good)
{
	gid_t groups[] = { 0, 1, 2 };
	unsigned int uid[4];
	unsigned int gid[4];
	char *error = NULL;

	if (skipped())
		return;
	ck_assert_int_eq(setgroups(3, groups), 0);
	ck_assert_msg(priv_drop("nobody", &error), "%s", error);
	ck_assert_int_eq(sscanf(status_line("Uid:"), "Uid: %u %u %u %u",
			     &uid[0], &uid[1], &uid[2], &uid[3]),
	    4);
	ck_assert_int_eq(sscanf(status_line("Gid:"), "Gid: %u %u %u %u",
			     &gid[0], &gid[1], &gid[2], &gid[3]),
	    4);
	for (size_t i = 0; i < 4; i++) {
		ck_assert_uint_eq(uid[i], nobody()->pw_uid);
		ck_assert_uint_eq(gid[i], nobody()->pw_gid);
	}
	ck_assert_str_eq(status_line("CapEff:"), "CapEff:\t0000000000000000\n");
	ck_assert_int_ne(setuid(0), 0);
}
END_TEST

START_TEST(keeps_no_group_of_root)
{
	gid_t groups[] = { 0, 1, 2 };
	gid_t left[16];
	char *error = NULL;
	int count;

	if (skipped())
		return;
	ck_assert_int_eq(setgroups(3, groups), 0);
	ck_assert_msg(priv_drop("nobody", &error), "%s", error);
	count = getgroups(16, left);
	ck_assert_int_ge(count, 0);
	for (int i = 0; i < count; i++)
		ck_assert_uint_gt(left[i], 2);
}
END_TEST

START_TEST(takes_the_named_group_and_no_other)
{
	gid_t groups[] = { 0, 1, 2 };
	const struct group *mail = getgrnam("mail");
	gid_t left[16];
	char *error = NULL;

	if (skipped())
		return;
	ck_assert_ptr_nonnull(mail);
	ck_assert_int_eq(setgroups(3, groups), 0);
	ck_assert_msg(priv_drop("nobody:mail", &error), "%s", error);
	ck_assert_uint_eq(getuid(), nobody()->pw_uid);
	ck_assert_uint_eq(getgid(), mail->gr_gid);
	ck_assert_int_eq(getgroups(16, left), 1);
	ck_assert_uint_eq(left[0], mail->gr_gid);
}
END_TEST

START_TEST(refuses_to_stay_root)
{
	if (skipped())
		return;
	assert_refused("", "user: is empty; expected ");
	assert_refused("root", "user root: is root; expected ");
	assert_refused("root:mail", "user root: is root; expected ");
}
END_TEST

START_TEST(refuses_names_that_nobody_has)
{
	assert_refused("no-such-user", "user no-such-user: no such name");
	assert_refused("nobody:no-such-group",
	    "group no-such-group: no such name");
	assert_refused("nobody:", "group : no such name");
	assert_refused(":mail", "user : no such name");
}
END_TEST

/* The real user is somebody else, and the saved one is root. */
START_TEST(is_not_fooled_by_a_saved_root)
{
	char *error = NULL;

	if (skipped())
		return;
	ck_assert_int_eq(seteuid(nobody()->pw_uid), 0);
	assert_refused("", "user: is empty; expected ");
	assert_refused("nobody", "user nobody: ");
	ck_assert_int_eq(seteuid(0), 0);
	ck_assert_msg(priv_drop("nobody", &error), "%s", error);
}
END_TEST

START_TEST(stays_who_we_are_without_root)
{
	const struct passwd *me;
	char *error = NULL;

	if (geteuid() == 0)
		ck_assert_msg(priv_drop("nobody", &error), "%s", error);
	me = getpwuid(geteuid());
	ck_assert_msg(priv_drop("", &error), "%s", error);
	if (me != NULL)
		ck_assert_msg(priv_drop(me->pw_name, &error), "%s", error);
	assert_refused("root", "user root: only root can become another user");
}
END_TEST

START_TEST(takes_no_other_group_without_root)
{
	char *error = NULL;

	if (skipped())
		return;
	ck_assert_msg(priv_drop("nobody:mail", &error), "%s", error);
	ck_assert_msg(priv_drop("nobody:mail", &error), "%s", error);
	assert_refused("nobody:daemon",
	    "group daemon: only root can take another group");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("priv");
	TCase *tcase = tcase_create("priv_drop");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, becomes_the_user_for_good);
	tcase_add_test(tcase, keeps_no_group_of_root);
	tcase_add_test(tcase, takes_the_named_group_and_no_other);
	tcase_add_test(tcase, refuses_to_stay_root);
	tcase_add_test(tcase, refuses_names_that_nobody_has);
	tcase_add_test(tcase, is_not_fooled_by_a_saved_root);
	tcase_add_test(tcase, stays_who_we_are_without_root);
	tcase_add_test(tcase, takes_no_other_group_without_root);
	srunner_set_fork_status(runner, CK_FORK);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
