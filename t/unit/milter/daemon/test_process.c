/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "milter/daemon/process.h"
#include "t/lib/scratch.h"

enum { CHILD_STATUS = 78 };

/* A Unix socket at path that listens. */
static int
listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int file = socket(AF_UNIX, SOCK_STREAM, 0);

	memcpy(address.sun_path, path, strlen(path));
	ck_assert_int_eq(bind(file, (struct sockaddr *)&address,
			     sizeof(address)),
	    0);
	ck_assert_int_eq(listen(file, 0), 0);
	return file;
}

/* NULL when the socket can be made there; else why not. */
static const char *
claim(const char *prefix, const char *path)
{
	static char error[600];
	char name[500];
	char *why = NULL;

	snprintf(name, sizeof(name), "%s%s", prefix, path);
	if (process_claim_socket(name, &why))
		return NULL;
	ck_assert_ptr_nonnull(why);
	snprintf(error, sizeof(error), "%s", why);
	free(why);
	return error;
}

static void
assert_says(const char *error, const char *want)
{
	ck_assert_ptr_nonnull(error);
	ck_assert_msg(strstr(error, want) != NULL, "%s", error);
}

START_TEST(removes_a_socket_that_nobody_listens_on_and_no_other)
{
	char *path = scratch_path("socket");
	int file;

	ck_assert_ptr_null(claim("unix:", path));
	file = listen_at(path);
	for (int i = 0; i < 3; i++) { /* the queue is full at last */
		assert_says(claim("unix:", path), "answers there already");
		assert_says(claim("local:", path), "answers there already");
	}
	ck_assert_ptr_null(claim("inet:", path));
	ck_assert_int_eq(access(path, F_OK), 0);
	close(file);
	ck_assert_ptr_null(claim("unix:", path)); /* stale */
	ck_assert_int_ne(access(path, F_OK), 0);
	free(path);
}
END_TEST

START_TEST(removes_nothing_that_is_no_socket)
{
	char *path = scratch_path("file");
	char *link = scratch_path("link");
	char *live = scratch_path("live");
	int file = listen_at(live);

	scratch_write("file", "precious");
	assert_says(claim("unix:", path), "is no socket; expected");
	ck_assert_int_eq(symlink(live, link), 0);
	close(file);
	assert_says(claim("unix:", link), "is no socket; expected");
	ck_assert_int_eq(access(path, F_OK), 0);
	ck_assert_int_eq(access(live, F_OK), 0);
	free(live);
	free(link);
	free(path);
}
END_TEST

START_TEST(names_the_folder_that_is_missing)
{
	char *path = scratch_path("no/such/folder");
	const char *error = claim("unix:", path);

	assert_says(error, "no/such: No such file or directory; expected ");
	free(path);
}
END_TEST

/* In a child that is nobody, from then on. */
static void
refuses_a_group_of_others(const char *name)
{
	char *error = NULL;
	int status;
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		if (setgroups(0, NULL) != 0 || setgid(65534) != 0 ||
		    setuid(65534) != 0)
			_exit(2);
		_exit(!process_give_socket(name, "root", &error) &&
			    strstr(error, "socket-group: root: ") == error &&
			    strstr(error, "is a member of") != NULL ?
			0 :
			1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}

START_TEST(gives_the_socket_to_a_group)
{
	char *path = scratch_path("socket");
	int file = listen_at(path);
	const struct group *mail = getgrnam("mail");
	char name[500];
	char *error = NULL;
	struct stat found;

	snprintf(name, sizeof(name), "unix:%s", path);
	ck_assert_ptr_nonnull(mail);
	ck_assert(process_give_socket(name, "", &error));
	ck_assert(process_give_socket("inet:1@127.0.0.1", "no-such", &error));
	ck_assert(!process_give_socket(name, "no-such-group", &error));
	assert_says(error, "socket-group: no-such-group: no such group");
	free(error);
	if (geteuid() == 0) {
		ck_assert(process_give_socket(name, "mail", &error));
		ck_assert_int_eq(stat(path, &found), 0);
		ck_assert_uint_eq(found.st_gid, mail->gr_gid);
		refuses_a_group_of_others(name);
	}
	close(file);
	free(path);
}
END_TEST

START_TEST(writes_its_id)
{
	char *path = scratch_path("pid");
	char *error = NULL;
	long id = 0;
	FILE *file;

	scratch_write("pid", "a much longer text than any number\n");
	ck_assert(process_write_pid(path, &error));
	file = fopen(path, "r");
	ck_assert_int_eq(fscanf(file, "%ld\n", &id), 1);
	ck_assert_int_eq(id, getpid());
	ck_assert_int_eq(fgetc(file), EOF);
	fclose(file);
	free(path);
}
END_TEST

START_TEST(does_not_write_its_id_through_a_link)
{
	char *path = scratch_path("pid");
	char *target = scratch_path("target");
	char *error = NULL;

	ck_assert_int_eq(symlink(target, path), 0);
	ck_assert(!process_write_pid(path, &error));
	ck_assert_ptr_nonnull(strstr(error, "pid-file: "));
	ck_assert_int_ne(access(target, F_OK), 0);
	free(error);
	free(target);
	free(path);
}
END_TEST

/* What a second instance is told that wants the same file. */
static void
try_second_instance(const char *path, const char *want)
{
	char *error = NULL;
	int status;
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		bool held = !process_write_pid(path, &error) && error != NULL &&
		    strstr(error, want) != NULL;

		_exit(held ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}

START_TEST(refuses_a_second_instance_with_the_same_pid_file)
{
	char *path = scratch_path("pid");
	char *error = NULL;
	char want[100];

	ck_assert(process_write_pid(path, &error));
	snprintf(want, sizeof(want), "process %ld holds it", (long)getpid());
	try_second_instance(path, want);
	/* Removed by somebody: the lock on the old file counts for nothing. */
	ck_assert_int_eq(unlink(path), 0);
	ck_assert(process_write_pid(path, &error));
	try_second_instance(path, want);
	free(path);
}
END_TEST

START_TEST(takes_a_pid_file_that_a_dead_instance_left)
{
	char *path = scratch_path("pid");
	char *error = NULL;
	int status;
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(process_write_pid(path, &error) ? 0 : 1);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(access(path, F_OK), 0);
	ck_assert(process_write_pid(path, &error));
	free(path);
}
END_TEST

START_TEST(keeps_files_for_other_things_than_connections)
{
	ck_assert_uint_eq(process_connections(65536), 65536 - 64);
	ck_assert_uint_eq(process_connections(128), 64);
	ck_assert_uint_eq(process_connections(127), 63);
	ck_assert_uint_eq(process_connections(2), 1);
	ck_assert_uint_eq(process_connections(1), 1);
	ck_assert_uint_eq(process_connections(0), 1);
}
END_TEST

START_TEST(hurries_those_who_listen_and_nobody_else)
{
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int other = socket(AF_INET, SOCK_STREAM, 0);
	int value = 0;
	socklen_t len = sizeof(value);

	ck_assert_int_eq(listen(listener, 1), 0);
	process_hurry_listeners();
	getsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &value, &len);
	ck_assert_int_ne(value, 0);
	getsockopt(other, IPPROTO_TCP, TCP_NODELAY, &value, &len);
	ck_assert_int_eq(value, 0);
	close(listener);
	close(other);
}
END_TEST

START_TEST(raises_the_limit_of_files)
{
	struct rlimit files;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &files), 0);
	files.rlim_cur = 50;
	files.rlim_max = 60;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &files), 0);
	ck_assert_uint_eq(process_raise_files(), 60);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &files), 0);
	ck_assert_uint_eq(files.rlim_cur, 60);
}
END_TEST

START_TEST(notices_when_there_are_no_files_left)
{
	struct rlimit files = { .rlim_cur = 50, .rlim_max = 50 };
	int list[50];
	int count = 0;

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &files), 0);
	ck_assert(!process_out_of_files());
	while ((list[count] = dup(STDERR_FILENO)) >= 0)
		count++;
	ck_assert(process_out_of_files());
	close(list[--count]);
	ck_assert(!process_out_of_files());
	while (count > 0)
		close(list[--count]);
}
END_TEST

/* Detach in a process of its own; *status_r is what its parent returned. */
static void
detach(void (*child)(int parent), int *status_r)
{
	pid_t starter = fork();

	ck_assert_int_ge(starter, 0);
	if (starter == 0)
		child(process_detach());
	ck_assert_int_eq(waitpid(starter, status_r, 0), starter);
	ck_assert(WIFEXITED(*status_r));
	*status_r = WEXITSTATUS(*status_r);
}

static void
serve_a_while(int parent)
{
	if (parent < 0 || getsid(0) != getpid())
		_exit(1);
	process_ready(parent, false);
	if (isatty(STDERR_FILENO) || write(STDERR_FILENO, "x", 1) != 1)
		_exit(1);
	scratch_write("served", "");
	_exit(0);
}

static void
serve_nobody(int parent)
{
	(void)parent;
	_exit(CHILD_STATUS);
}

static void
crash(int parent)
{
	(void)parent;
	kill(getpid(), SIGKILL);
}

START_TEST(the_parent_ends_well_once_the_child_is_ready)
{
	const struct timespec moment = { .tv_nsec = 10000000 };
	char *path = scratch_path("served");
	char *log;
	int status;

	detach(serve_a_while, &status);
	ck_assert_int_eq(status, 0);
	for (int i = 0; i < 500 && access(path, F_OK) != 0; i++)
		nanosleep(&moment, NULL);
	ck_assert_int_eq(access(path, F_OK), 0);
	log = scratch_log();
	ck_assert_str_eq(log, ""); /* it has let go of the terminal */
	free(log);
	free(path);
}
END_TEST

START_TEST(the_parent_ends_as_a_child_that_is_never_ready)
{
	int status;

	detach(serve_nobody, &status);
	ck_assert_int_eq(status, CHILD_STATUS);
	detach(crash, &status);
	ck_assert_int_eq(status, EXIT_FAILURE);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("process");
	TCase *tcase = tcase_create("process");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, scratch_begin, scratch_end);
	tcase_add_test(tcase,
	    removes_a_socket_that_nobody_listens_on_and_no_other);
	tcase_add_test(tcase, removes_nothing_that_is_no_socket);
	tcase_add_test(tcase, names_the_folder_that_is_missing);
	tcase_add_test(tcase, gives_the_socket_to_a_group);
	tcase_add_test(tcase, writes_its_id);
	tcase_add_test(tcase, does_not_write_its_id_through_a_link);
	tcase_add_test(tcase, refuses_a_second_instance_with_the_same_pid_file);
	tcase_add_test(tcase, takes_a_pid_file_that_a_dead_instance_left);
	tcase_add_test(tcase, keeps_files_for_other_things_than_connections);
	tcase_add_test(tcase, hurries_those_who_listen_and_nobody_else);
	tcase_add_test(tcase, raises_the_limit_of_files);
	tcase_add_test(tcase, notices_when_there_are_no_files_left);
	tcase_add_test(tcase, the_parent_ends_well_once_the_child_is_ready);
	tcase_add_test(tcase, the_parent_ends_as_a_child_that_is_never_ready);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
