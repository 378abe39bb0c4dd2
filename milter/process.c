/* SPDX-License-Identifier: ISC */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

/* A new socket has the lowest number that is free, and few are taken. */
enum { FIRST_FILES = 256 };

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

static const char *
unix_path(const char *socket)
{
	static const char *const prefixes[] = { "unix:", "local:" };

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		size_t len = strlen(prefixes[i]);

		if (strncmp(socket, prefixes[i], len) == 0)
			return socket + len;
	}
	return NULL;
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

void
process_raise_files(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return;
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
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
process_socket_in_use(const char *socket_name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = unix_path(socket_name);
	bool used;
	int file;

	if (path == NULL || strlen(path) >= sizeof(address.sun_path))
		return false;
	file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (file < 0)
		return false;
	memcpy(address.sun_path, path, strlen(path));
	/* EAGAIN: it listens, but its queue is full. */
	used = connect(file, (const struct sockaddr *)&address,
		   sizeof(address)) == 0 ||
	    errno == EAGAIN;
	close(file);
	return used;
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
	int file = open(path,
	    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	bool good;

	good = file >= 0 && dprintf(file, "%ld\n", (long)getpid()) > 0;
	if (!good &&
	    asprintf(error_r, "pid-file: %s: %s", path, strerror(errno)) < 0)
		*error_r = NULL;
	if (file >= 0)
		close(file);
	return good;
}
