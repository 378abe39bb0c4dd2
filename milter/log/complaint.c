/* SPDX-License-Identifier: ISC */
#include "milter/log/complaint.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

bool
complaint_set(char **complaint_r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (vasprintf(complaint_r, format, args) < 0)
		*complaint_r = NULL;
	va_end(args);
	return false;
}

void
complaint_print(const char *format, ...)
{
	va_list args;

	fputs("smimectl: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

void
complaint_pass_on(char *complaint)
{
	complaint_print("%s", complaint != NULL ? complaint : "out of memory");
	free(complaint);
}
