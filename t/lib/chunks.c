/* SPDX-License-Identifier: ISC */
#include "t/lib/chunks.h"

#include <stdlib.h>
#include <string.h>

/* A copy in a block without an octet to spare. */
static void
feed_one(const uint8_t *octets, size_t len, chunks_push *push, void *arg)
{
	uint8_t *block = malloc(len);

	if (block == NULL && len > 0)
		abort();
	if (len > 0)
		memcpy(block, octets, len);
	push(arg, block, len);
	free(block);
}

static void
run(const void *octets, size_t len, size_t first, size_t rest,
    chunks_test *test, void *arg)
{
	test(arg,
	    &(struct chunks){ .octets = octets,
		.len = len,
		.first = first,
		.rest = rest });
}

void
chunks_each(const void *octets, size_t len, chunks_test *test, void *arg)
{
	run(octets, len, 1, 1, test, arg);
	for (size_t cut = 0; cut <= len; cut++)
		run(octets, len, cut, len + 1, test, arg);
}

void
chunks_sized(const void *octets, size_t len, size_t size, chunks_test *test,
    void *arg)
{
	run(octets, len, len, 1, test, arg);
	run(octets, len, size, size, test, arg);
}

void
chunks_feed(const struct chunks *chunks, chunks_push *push, void *arg)
{
	size_t n = chunks->first < chunks->len ? chunks->first : chunks->len;
	size_t at = 0;

	do {
		feed_one(chunks->octets + at, n, push, arg);
		at += n;
		n = chunks->len - at;
		if (n > chunks->rest)
			n = chunks->rest;
	} while (n > 0);
}
