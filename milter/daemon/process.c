/* SPDX-License-Identifier: ISC */
#include "milter/daemon/process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "milter/log/complaint.h"
#include "milter/settings/endpoint.h"

/* A new socket has the lowest number that is free, and few are taken. */
enum { FIRST_FILES = 256 };

/* Files that are not connections. */
enum { OTHER_FILES = 64 };

/* Never returns: the parent has nothing to do but to wait. */
static void
wait_for_child(pid_t child, int ready)
{
	char octet;
	ssize_t got;
	int status;

	do
		got = read(ready, &octet, 1);
	while (got < 0 && errno == EINTR);
	if (got == 1)
		_exit(EXIT_SUCCESS);
	while (waitpid(child, &status, 0) < 0) {
		if (errno != EINTR)
			_exit(EXIT_FAILURE);
	}
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE);
}

static void
let_go(int file, int null)
{
	if (null >= 0)
		dup2(null, file);
}

static bool
is_answered(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	bool answered;
	int file;

	/* Who does not know takes nothing away. */
	file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (file < 0)
		return true;
	memcpy(address.sun_path, path, strlen(path));
	answered = connect(file, (const struct sockaddr *)&address,
		       sizeof(address)) == 0 ||
	    errno != ECONNREFUSED;
	close(file);
	return answered;
}

/* Can a socket be made in the folder of that path? */
static bool
folder_allows(const char *path, char **error_r)
{
	char *copy = strdup(path);
	const char *folder;
	bool good;

	if (copy == NULL)
		return complaint_set(error_r, "socket: %s: out of memory",
		    path);
	folder = dirname(copy);
	good = access(folder, W_OK | X_OK) == 0;
	if (!good)
		complaint_set(error_r,
		    "socket: %s: %s; expected a folder that the daemon's user "
		    "can write to",
		    folder, strerror(errno));
	free(copy);
	return good;
}

/* Whoever holds a file that was removed meanwhile holds nothing. */
static bool
is_still(int file, const char *path)
{
	struct stat ours, there;

	return fstat(file, &ours) == 0 && lstat(path, &there) == 0 &&
	    ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

static void
refuse_held(const char *path, int file, char **error_r)
{
	char id[32] = "";
	ssize_t len = read(file, id, sizeof(id) - 1);

	id[strspn(id, "0123456789")] = '\0';
	complaint_set(error_r,
	    "pid-file: %s: process %s holds it; expected no other instance",
	    path, len > 0 && id[0] != '\0' ? id : "(unknown)");
}

/* The locked file, or -1. */
static int
lock_pid(const char *path, char **error_r)
{
	int file;

	for (;;) {
		file =
		    open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
		if (file < 0) {
			complaint_set(error_r, "pid-file: %s: %s", path,
			    strerror(errno));
			return -1;
		}
		if (flock(file, LOCK_EX | LOCK_NB) != 0) {
			refuse_held(path, file, error_r);
			close(file);
			return -1;
		}
		if (is_still(file, path))
			return file;
		close(file);
	}
}

static int
socket_option(int file, int option)
{
	int value = 0;
	socklen_t len = sizeof(value);

	if (getsockopt(file, SOL_SOCKET, option, &value, &len) != 0)
		return 0;
	return value;
}

size_t
process_raise_files(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return 0;
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return 0;
	return (size_t)files.rlim_cur;
}

size_t
process_connections(size_t files)
{
	if (files >= 2 * OTHER_FILES)
		return files - OTHER_FILES;
	return files >= 2 ? files / 2 : 1;
}

bool
process_out_of_files(void)
{
	int file = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (file < 0)
		return errno == EMFILE || errno == ENFILE;
	close(file);
	return false;
}

int
process_detach(void)
{
	int ends[2];
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	child = fork();
	if (child < 0) {
		close(ends[0]);
		close(ends[1]);
		return -1;
	}
	if (child > 0) {
		close(ends[1]);
		wait_for_child(child, ends[0]);
	}
	close(ends[0]);
	setsid();
	return ends[1];
}

void
process_ready(int parent, bool keep_stderr)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	ssize_t put;

	let_go(STDIN_FILENO, null);
	let_go(STDOUT_FILENO, null);
	if (!keep_stderr)
		let_go(STDERR_FILENO, null);
	if (null > STDERR_FILENO)
		close(null);
	do
		put = write(parent, "", 1);
	while (put < 0 && errno == EINTR);
	close(parent);
}

bool
process_claim_socket(const char *socket_name, char **error_r)
{
	struct endpoint endpoint;
	const char *path = endpoint.path;
	struct stat found;

	if (!endpoint_read_sendmail(socket_name, &endpoint) ||
	    !endpoint.is_unix)
		return true;
	if (lstat(path, &found) != 0)
		return folder_allows(path, error_r);
	if (!S_ISSOCK(found.st_mode))
		return complaint_set(error_r,
		    "socket: %s: is there and is no socket; expected a path "
		    "that is free",
		    path);
	if (is_answered(path))
		return complaint_set(error_r,
		    "socket: %s: something answers there already; expected no "
		    "other instance",
		    path);
	if (unlink(path) != 0 && errno != ENOENT)
		return complaint_set(error_r,
		    "socket: %s: nobody listens there, but it cannot be "
		    "removed: %s",
		    path, strerror(errno));
	return true;
}

bool
process_give_socket(const char *socket_name, const char *group, char **error_r)
{
	struct endpoint endpoint;
	const char *path = endpoint.path;
	const struct group *found;

	if (!endpoint_read_sendmail(socket_name, &endpoint) ||
	    !endpoint.is_unix || group[0] == '\0')
		return true;
	errno = 0;
	found = getgrnam(group);
	if (found == NULL)
		return complaint_set(error_r,
		    "socket-group: %s: %s; expected a group of this host",
		    group, errno == 0 ? "no such group" : strerror(errno));
	if (lchown(path, (uid_t)-1, found->gr_gid) != 0)
		return complaint_set(error_r,
		    "socket-group: %s: %s; expected a group that the daemon's "
		    "user is a member of",
		    group, strerror(errno));
	return true;
}

void
process_hurry_listeners(void)
{
	const int on = 1;

	for (int file = 0; file < FIRST_FILES; file++) {
		int domain = socket_option(file, SO_DOMAIN);

		if (socket_option(file, SO_ACCEPTCONN) == 1 &&
		    (domain == AF_INET || domain == AF_INET6))
			setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &on,
			    sizeof(on));
	}
}

bool
process_write_pid(const char *path, char **error_r)
{
	int file = lock_pid(path, error_r);

	if (file < 0)
		return false;
	if (ftruncate(file, 0) == 0 &&
	    dprintf(file, "%ld\n", (long)getpid()) > 0)
		return true; /* the lock goes when we do */
	complaint_set(error_r, "pid-file: %s: %s", path, strerror(errno));
	close(file);
	return false;
}
