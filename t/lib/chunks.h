/* SPDX-License-Identifier: ISC */
/*
 * chunks - one message, split in every way that matters, for push parsers
 *
 * A parser that takes its input in chunks must not care where they end.
 * chunks_each() calls a function of the test once for each way of splitting;
 * that function makes a parser, feeds it with chunks_feed(), and compares
 * what came out with what must come out.
 *
 * Each chunk is handed over in a block of its own, of exactly its size, that
 * is freed afterwards: a parser that reads beyond a chunk, or that keeps a
 * pointer into one, is caught by AddressSanitizer.
 *
 * Units    octets
 * Threads  one thread at a time
 */
#ifndef T_LIB_CHUNKS_H
#define T_LIB_CHUNKS_H

#include <stddef.h>
#include <stdint.h>

/* A message and one way of splitting it. */
struct chunks {
	const uint8_t *octets; /* borrowed */
	size_t len;
	size_t first; /* of the first chunk; 0 is one without octets */
	size_t rest;  /* of each chunk after it, but for the last; not 0 */
};

/* What a test does with one way of splitting. */
typedef void chunks_test(void *arg, const struct chunks *chunks);

/* A parser's push function. */
typedef void chunks_push(void *arg, const uint8_t *octets, size_t len);

/*
 * Call test for one octet at a time, for every split into two chunks (also
 * one where the first is empty), and for the whole in one chunk.
 */
void chunks_each(const void *octets, size_t len, chunks_test *test, void *arg);

/* The whole in one chunk, and in chunks of one size: for long messages. */
void chunks_sized(const void *octets, size_t len, size_t size,
    chunks_test *test, void *arg);

/* Hand the chunks to push, one after the other. */
void chunks_feed(const struct chunks *chunks, chunks_push *push, void *arg);

#endif
