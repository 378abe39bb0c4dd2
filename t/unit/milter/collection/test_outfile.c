/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "milter/collection/outfile.h"
#include "t/lib/scratch.h"

static char *path, *error;

static void
set_up(void)
{
	scratch_begin();
	path = scratch_path("out");
	error = NULL;
}

static void
tear_down(void)
{
	free(path);
	free(error);
	scratch_end();
}

/* Open and commit at once. */
static bool
write_text(const char *text, bool replace)
{
	struct outfile *file = outfile_open(path, replace, &error);
	bool good = file != NULL &&
	    outfile_commit(file, (const uint8_t *)text, strlen(text), &error);

	outfile_free(file);
	return good;
}

/* What is in a file, "(none)" where there is none. */
static const char *
read_text(const char *from)
{
	static char text[100];
	FILE *file = fopen(from, "re");
	size_t len;

	if (file == NULL)
		return "(none)";
	len = fread(text, 1, sizeof(text) - 1, file);
	text[len] = '\0';
	fclose(file);
	return text;
}

/* Hidden files in the folder. */
static size_t
count_hidden(void)
{
	char *folder = scratch_path(".");
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	size_t count = 0;

	while ((entry = readdir(dir)) != NULL)
		count += strncmp(entry->d_name, ".smimectl-", 10) == 0;
	closedir(dir);
	free(folder);
	return count;
}

static mode_t
mode_of(const char *of)
{
	struct stat status;

	ck_assert_int_eq(lstat(of, &status), 0);
	return status.st_mode & 07777;
}

START_TEST(makes_a_new_file_by_the_umask)
{
	umask(027);
	ck_assert_msg(write_text("new", false), "%s", error);
	ck_assert_str_eq(read_text(path), "new");
	ck_assert_uint_eq(mode_of(path), 0640);
	ck_assert_uint_eq(count_hidden(), 0);
}
END_TEST

START_TEST(replaces_only_when_told_to)
{
	scratch_write("out", "old");
	ck_assert(!write_text("new", false));
	ck_assert_ptr_nonnull(strstr(error, "--force"));
	ck_assert_str_eq(read_text(path), "old");
	free(error);
	ck_assert_msg(write_text("new", true), "%s", error);
	ck_assert_str_eq(read_text(path), "new");
	ck_assert_uint_eq(count_hidden(), 0);
}
END_TEST

START_TEST(keeps_owner_and_mode)
{
	struct stat status;

	scratch_write("out", "old");
	ck_assert_int_eq(chmod(path, 0604), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(chown(path, 12345, 54321), 0);
	ck_assert_msg(write_text("new", true), "%s", error);
	ck_assert_uint_eq(mode_of(path), 0604);
	ck_assert_int_eq(stat(path, &status), 0);
	if (geteuid() == 0) {
		ck_assert_uint_eq(status.st_uid, 12345);
		ck_assert_uint_eq(status.st_gid, 54321);
	}
}
END_TEST

START_TEST(leaves_a_file_whole_for_who_has_it_open)
{
	char text[4] = "";
	int fd;

	scratch_write("out", "old");
	fd = open(path, O_RDONLY);
	ck_assert(write_text("a longer text", true));
	ck_assert_int_eq(read(fd, text, 3), 3);
	ck_assert_str_eq(text, "old");
	close(fd);
}
END_TEST

START_TEST(writes_to_where_a_link_points)
{
	char *target = scratch_path("target");

	scratch_write("target", "old");
	ck_assert_int_eq(symlink("target", path), 0);
	ck_assert_msg(write_text("new", true), "%s", error);
	ck_assert_str_eq(read_text(target), "new");
	ck_assert_uint_eq(mode_of(path), 0777); /* still a link */
	free(target);
}
END_TEST

START_TEST(does_not_follow_a_link_that_leads_nowhere)
{
	char *target = scratch_path("target");

	ck_assert_int_eq(symlink("target", path), 0);
	ck_assert(!write_text("new", true));
	ck_assert_str_eq(read_text(target), "(none)");
	ck_assert_uint_eq(count_hidden(), 0);
	free(target);
}
END_TEST

START_TEST(refuses_what_is_no_regular_file)
{
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert(!write_text("new", true));
	ck_assert_ptr_nonnull(strstr(error, "not a regular file"));
}
END_TEST

START_TEST(refuses_when_the_file_has_changed_meanwhile)
{
	struct outfile *file;

	scratch_write("out", "old");
	file = outfile_open(path, true, &error);
	ck_assert_ptr_nonnull(file);
	scratch_write("out", "theirs");
	ck_assert(!outfile_commit(file, (const uint8_t *)"new", 3, &error));
	ck_assert_ptr_nonnull(strstr(error, "somebody else"));
	ck_assert_str_eq(read_text(path), "theirs");
	ck_assert_uint_eq(count_hidden(), 0);
	outfile_free(file);
}
END_TEST

START_TEST(refuses_when_a_file_has_appeared_or_vanished_meanwhile)
{
	struct outfile *file = outfile_open(path, true, &error);

	scratch_write("out", "theirs");
	ck_assert(!outfile_commit(file, (const uint8_t *)"new", 3, &error));
	ck_assert_str_eq(read_text(path), "theirs");
	outfile_free(file);
	free(error);
	file = outfile_open(path, true, &error);
	unlink(path);
	ck_assert(!outfile_commit(file, (const uint8_t *)"new", 3, &error));
	ck_assert_str_eq(read_text(path), "(none)");
	outfile_free(file);
}
END_TEST

START_TEST(says_when_the_folder_is_missing)
{
	free(path);
	path = scratch_path("none/out");
	ck_assert(!write_text("new", false));
	ck_assert_ptr_nonnull(strstr(error, "cannot write in folder"));
}
END_TEST

START_TEST(keeps_the_old_file_when_the_new_does_not_fit)
{
	struct rlimit limit = { .rlim_cur = 10, .rlim_max = RLIM_INFINITY };
	bool limited, written;

	scratch_write("out", "old");
	signal(SIGXFSZ, SIG_IGN);
	/* Nothing is asserted meanwhile: libcheck writes to a file, too. */
	limited = setrlimit(RLIMIT_FSIZE, &limit) == 0;
	written = write_text("longer than ten", true);
	limit.rlim_cur = RLIM_INFINITY;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert(limited);
	ck_assert(!written);
	ck_assert_ptr_nonnull(strstr(error, "nothing was changed"));
	ck_assert_str_eq(read_text(path), "old");
	ck_assert_uint_eq(count_hidden(), 0);
}
END_TEST

START_TEST(clears_away_what_a_killed_writer_has_left)
{
	char *busy = scratch_path(".smimectl-bbbbbb");
	char *other = scratch_path(".smimectl-other1234");
	int fd;

	scratch_write(".smimectl-aaaaaa", "half");
	scratch_write(".smimectl-bbbbbb", "of one that is at work");
	scratch_write(".smimectl-other1234", "not ours");
	fd = open(busy, O_RDONLY);
	ck_assert_int_eq(flock(fd, LOCK_EX), 0);
	ck_assert(write_text("new", false));
	ck_assert_uint_eq(count_hidden(), 2);
	ck_assert_str_eq(read_text(busy), "of one that is at work");
	ck_assert_str_eq(read_text(other), "not ours");
	close(fd);
	free(busy);
	free(other);
}
END_TEST

START_TEST(writes_beside_a_name_without_folder)
{
	char *folder = scratch_path(".");

	ck_assert_int_eq(chdir(folder), 0);
	free(path);
	path = strdup("plain");
	ck_assert_msg(write_text("new", false), "%s", error);
	ck_assert_str_eq(read_text("plain"), "new");
	free(folder);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("outfile");
	TCase *tcase = tcase_create("outfile");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, makes_a_new_file_by_the_umask);
	tcase_add_test(tcase, replaces_only_when_told_to);
	tcase_add_test(tcase, keeps_owner_and_mode);
	tcase_add_test(tcase, leaves_a_file_whole_for_who_has_it_open);
	tcase_add_test(tcase, writes_to_where_a_link_points);
	tcase_add_test(tcase, does_not_follow_a_link_that_leads_nowhere);
	tcase_add_test(tcase, refuses_what_is_no_regular_file);
	tcase_add_test(tcase, refuses_when_the_file_has_changed_meanwhile);
	tcase_add_test(tcase,
	    refuses_when_a_file_has_appeared_or_vanished_meanwhile);
	tcase_add_test(tcase, says_when_the_folder_is_missing);
	tcase_add_test(tcase, keeps_the_old_file_when_the_new_does_not_fit);
	tcase_add_test(tcase, clears_away_what_a_killed_writer_has_left);
	tcase_add_test(tcase, writes_beside_a_name_without_folder);
	/* The tests kill who writes, and count on being alone. */
	srunner_set_fork_status(runner, CK_FORK);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
