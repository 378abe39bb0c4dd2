/* SPDX-License-Identifier: ISC */
/*
 * The first octet chooses the size of the pieces.  In pieces must give the
 * parts, and the octets of each, that the whole gives.
 */
#include <stdlib.h>
#include <string.h>

#include "smime/mime/mime.h"
#include "smime/mime/opinion.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Small, so that inputs reach them. */
enum { MAX_DEPTH = 6, MAX_PARTS = 40, MAX_HEADER = 400 };

struct trace {
	uint64_t parts[MAX_PARTS]; /* a checksum of the octets of each */
	size_t begun;
	size_t ended;
	uint64_t events; /* a checksum of all that was told */
	enum reason status;
};

static void
add(uint64_t *sum, const void *octets, size_t len)
{
	const uint8_t *p = octets;

	for (size_t i = 0; i < len; i++)
		*sum = (*sum ^ p[i]) * 0x100000001b3U;
}

static enum mime_want
begin(void *arg, struct mime_part *part)
{
	struct trace *trace = arg;

	if (trace->begun == MAX_PARTS)
		abort();
	part->owner = &trace->parts[trace->begun++];
	add(&trace->events, part->path, strlen(part->path) + 1);
	add(&trace->events, part->entity.type, strlen(part->entity.type));
	add(&trace->events, part->header, part->header_len);
	return part->entity.media == MEDIA_MULTIPART ||
		part->entity.media == MEDIA_SIGNED ?
	    MIME_FIRST :
	    MIME_BODY;
}

static void
take(void *arg, struct mime_part *part, const uint8_t *octets, size_t len)
{
	(void)arg;
	if (len == 0)
		abort();
	add(part->owner, octets, len);
}

static void
end(void *arg, struct mime_part *part)
{
	struct trace *trace = arg;
	const uint64_t *sum = part->owner;

	trace->ended++;
	add(&trace->events, part->path, strlen(part->path) + 1);
	add(&trace->events, &part->children, sizeof(part->children));
	add(&trace->events, &part->closed, sizeof(part->closed));
	add(&trace->events, &part->ambiguous, sizeof(part->ambiguous));
	add(&trace->events, sum, sizeof(*sum));
}

static const struct mime_sink sink = { begin, take, take, end };

static struct trace
scan(const uint8_t *data, size_t size, size_t step)
{
	struct limits limits = { .max_depth = MAX_DEPTH,
		.max_parts = MAX_PARTS,
		.max_header = MAX_HEADER };
	size_t parts = 0;
	struct mime_budget budget = { .parts = &parts, .limits = &limits };
	struct trace trace = { .begun = 0 };
	struct mime *mime = mime_new(&sink, &trace, "", &budget);
	size_t n;

	for (; size > 0; data += n, size -= n) {
		n = step < size ? step : size;
		mime_push(mime, data, n);
	}
	mime_end(mime);
	trace.status = mime_status(mime);
	mime_free(mime);
	if (trace.status == REASON_OK &&
	    (trace.begun != trace.ended || trace.begun != parts))
		abort();
	return trace;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool ready;
	struct trace whole, pieces;

	if (!ready)
		opinion_init();
	ready = true;
	if (size < 1)
		return 0;
	whole = scan(data + 1, size - 1, size);
	pieces = scan(data + 1, size - 1, data[0] + (size_t)1);
	if (whole.status != pieces.status || whole.begun != pieces.begun ||
	    whole.ended != pieces.ended || whole.events != pieces.events)
		abort();
	return 0;
}
