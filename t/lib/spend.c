/* SPDX-License-Identifier: ISC */
/*
 * Run a command and say what it cost.
 *
 * usage: spend FILE COMMAND [ARGUMENT]...
 *
 * FILE gets one line: seconds of processor time, KiB of memory at the peak.
 * The exit status is that of the command, 128 and the number of the signal
 * that ended it, or 2 when it could not be run.  What takes more than
 * MAX_SECONDS is ended.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_SECONDS = 60, SIGNALLED = 128, CANNOT = 2 };

static void
run(char **command)
{
	const struct rlimit limit = { MAX_SECONDS, MAX_SECONDS };

	setrlimit(RLIMIT_CPU, &limit);
	execvp(command[0], command);
	perror(command[0]);
	_exit(CANNOT);
}

static double
seconds(const struct timeval *time)
{
	return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

static int
report(const char *path, const struct rusage *usage)
{
	FILE *file = fopen(path, "we");

	if (file == NULL) {
		perror(path);
		return CANNOT;
	}
	fprintf(file, "%.3f %ld\n",
	    seconds(&usage->ru_utime) + seconds(&usage->ru_stime),
	    usage->ru_maxrss);
	return fclose(file) == 0 ? 0 : CANNOT;
}

int
main(int argc, char **argv)
{
	struct rusage usage;
	int status;
	pid_t child;

	if (argc < 3) {
		fputs("usage: spend FILE COMMAND [ARGUMENT]...\n", stderr);
		return CANNOT;
	}
	child = fork();
	if (child == 0)
		run(argv + 2);
	if (child < 0 || wait4(child, &status, 0, &usage) != child) {
		perror("spend");
		return CANNOT;
	}
	if (report(argv[1], &usage) != 0)
		return CANNOT;
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   SIGNALLED + WTERMSIG(status);
}
