/* SPDX-License-Identifier: ISC */
#include "t/lib/mload/die.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void
die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("mload: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(2);
}

void *
allocate(size_t size)
{
	void *memory = calloc(1, size);

	if (memory == NULL)
		die("out of memory");
	return memory;
}
