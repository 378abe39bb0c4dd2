/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "process.h"
#include "scratch.h"

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

static bool
is_in_use(const char *prefix, const char *path)
{
	char name[500];

	snprintf(name, sizeof(name), "%s%s", prefix, path);
	return process_socket_in_use(name);
}

START_TEST(sees_who_listens_already)
{
	char *path = scratch_path("socket");
	int file;

	ck_assert(!is_in_use("unix:", path));
	file = listen_at(path);
	for (int i = 0; i < 3; i++) { /* the queue is full at last */
		ck_assert(is_in_use("unix:", path));
		ck_assert(is_in_use("local:", path));
	}
	ck_assert(!is_in_use("inet:", path));
	close(file);
	ck_assert(!is_in_use("unix:", path)); /* stale */
	free(path);
}
END_TEST

START_TEST(takes_a_path_that_is_too_long_for_free)
{
	char path[400];

	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	ck_assert(!is_in_use("unix:/", path));
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
	process_raise_files();
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &files), 0);
	ck_assert_uint_eq(files.rlim_cur, 60);
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
	tcase_add_test(tcase, sees_who_listens_already);
	tcase_add_test(tcase, takes_a_path_that_is_too_long_for_free);
	tcase_add_test(tcase, writes_its_id);
	tcase_add_test(tcase, does_not_write_its_id_through_a_link);
	tcase_add_test(tcase, hurries_those_who_listen_and_nobody_else);
	tcase_add_test(tcase, raises_the_limit_of_files);
	tcase_add_test(tcase, the_parent_ends_well_once_the_child_is_ready);
	tcase_add_test(tcase, the_parent_ends_as_a_child_that_is_never_ready);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
