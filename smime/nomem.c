/* SPDX-License-Identifier: ISC */
#include "smime/nomem.h"

#include <stdlib.h>

#include <openssl/crypto.h>

static _Thread_local unsigned long count;

static void *
counted(void *memory)
{
	if (memory == NULL)
		count++;
	return memory;
}

static void *
allocate(size_t len, const char *file, int line)
{
	(void)file;
	(void)line;
	return len > 0 ? counted(malloc(len)) : NULL;
}

static void
release(void *memory, const char *file, int line)
{
	(void)file;
	(void)line;
	free(memory);
}

static void *
resize(void *memory, size_t len, const char *file, int line)
{
	if (len > 0)
		return counted(realloc(memory, len));
	release(memory, file, line);
	return NULL;
}

bool
nomem_watch(void)
{
	return CRYPTO_set_mem_functions(allocate, resize, release) == 1;
}

void
nomem_note(void)
{
	count++;
}

unsigned long
nomem_count(void)
{
	return count;
}
