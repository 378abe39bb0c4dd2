/* SPDX-License-Identifier: ISC */
#include "t/lib/mload/process.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>

#include "t/lib/mload/die.h"

/* The number behind a name in /proc/PID/status, or 0. */
static long
read_status(long pid, const char *name)
{
	char path[64], line[256];
	size_t len = strlen(name);
	long value = 0;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%ld/status", pid);
	in = fopen(path, "r");
	if (in == NULL)
		die("%s: %s", path, strerror(errno));
	while (fgets(line, sizeof(line), in) != NULL) {
		if (strncmp(line, name, len) == 0)
			value = strtol(line + len, NULL, 10);
	}
	fclose(in);
	return value;
}

struct usage
process_usage(long pid)
{
	struct usage usage = { 0, 0, 0 };
	struct timespec used = { 0, 0 };
	clockid_t clock;

	if (pid == 0)
		return usage;
	usage.resident = read_status(pid, "VmRSS:");
	usage.peak = read_status(pid, "VmHWM:");
	if (clock_getcpuclockid((pid_t)pid, &clock) == 0)
		clock_gettime(clock, &used);
	usage.seconds = (double)used.tv_sec + (double)used.tv_nsec / 1e9;
	return usage;
}

void
process_reset_peak(long pid)
{
	char path[64];
	FILE *out;

	snprintf(path, sizeof(path), "/proc/%ld/clear_refs", pid);
	out = pid == 0 ? NULL : fopen(path, "w");
	if (out == NULL)
		return;
	fputs("5", out);
	fclose(out);
}
