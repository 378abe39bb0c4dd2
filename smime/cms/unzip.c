/* SPDX-License-Identifier: ISC */
#include "smime/cms/unzip.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>

#define ZLIB_CONST /* its input is const */
#include <zlib.h>

enum { OUT = 16 * 1024 };

struct unzip {
	z_stream stream;
	size_t max_expanded;
	size_t max_ratio;
	size_t out;
	bool ended; /* the stream is complete */
	enum reason reason;
};

static void
fail(struct unzip *unzip, enum reason reason)
{
	if (unzip->reason == REASON_OK)
		unzip->reason = reason;
}

/*
 * Give out what has come, as far as the bounds allow, whatever comes after it:
 * so that how the input was cut makes no difference.
 */
static void
give_out(struct unzip *unzip, const uint8_t *octets, size_t len,
    unzip_sink *sink, void *arg)
{
	if (len > unzip->max_expanded - unzip->out) {
		fail(unzip, REASON_EXPANDED_TOO_LARGE);
		len = unzip->max_expanded - unzip->out;
	}
	unzip->out += len;
	if (unzip->out > UNZIP_FREE &&
	    unzip->out / unzip->max_ratio > unzip->stream.total_in)
		fail(unzip, REASON_EXPANDED_TOO_LARGE);
	else if (len > 0)
		sink(arg, octets, len);
}

/* Run zlib once.  Returns whether more may come of the same input. */
static bool
expand(struct unzip *unzip, unzip_sink *sink, void *arg)
{
	uint8_t out[OUT];
	int status;

	unzip->stream.next_out = out;
	unzip->stream.avail_out = sizeof(out);
	status = inflate(&unzip->stream, Z_NO_FLUSH);
	give_out(unzip, out, sizeof(out) - unzip->stream.avail_out, sink, arg);
	if (status == Z_MEM_ERROR)
		fail(unzip, REASON_TEMP_NOMEM);
	else if (status != Z_OK && status != Z_STREAM_END &&
	    status != Z_BUF_ERROR)
		fail(unzip, REASON_COMPRESSED);
	unzip->ended = status == Z_STREAM_END;
	return unzip->reason == REASON_OK && !unzip->ended &&
	    unzip->stream.avail_out == 0;
}

struct unzip *
unzip_new(size_t max_expanded, size_t max_ratio)
{
	struct unzip *unzip = calloc(1, sizeof(*unzip));

	if (unzip == NULL)
		return NULL;
	unzip->max_expanded = max_expanded;
	unzip->max_ratio = max_ratio;
	if (inflateInit(&unzip->stream) != Z_OK) {
		free(unzip);
		return NULL;
	}
	return unzip;
}

void
unzip_push(struct unzip *unzip, const uint8_t *octets, size_t len,
    unzip_sink *sink, void *arg)
{
	size_t n;

	while (len > 0 && unzip->reason == REASON_OK) {
		if (unzip->ended) {
			fail(unzip, REASON_COMPRESSED);
			return;
		}
		n = len < UINT_MAX ? len : UINT_MAX;
		unzip->stream.next_in = octets;
		unzip->stream.avail_in = (uInt)n;
		while (expand(unzip, sink, arg))
			continue;
		n -= unzip->stream.avail_in;
		octets += n;
		len -= n;
	}
}

enum reason
unzip_end(struct unzip *unzip)
{
	if (!unzip->ended)
		fail(unzip, REASON_COMPRESSED);
	return unzip->reason;
}

void
unzip_free(struct unzip *unzip)
{
	if (unzip == NULL)
		return;
	inflateEnd(&unzip->stream);
	free(unzip);
}
