/* SPDX-License-Identifier: ISC */
#include "milter/ctl/forensic/partfile.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "smime/mime/mime.h"

struct cutter {
	const char *signature_part; /* borrowed, as are the two that follow */
	struct buf *header;
	struct buf *part;
	bool found;
	uint8_t last; /* the last octet of the part so far */
	enum partfile_status status;
};

static void
keep(struct cutter *cutter, struct buf *buf, const void *octets, size_t len)
{
	if (cutter->status != PARTFILE_OK)
		return;
	switch (buf_push(buf, octets, len)) {
	case BUF_OK:
		break;
	case BUF_FULL:
		cutter->status = PARTFILE_TOO_LARGE;
		break;
	case BUF_NOMEM:
		cutter->status = PARTFILE_FAILED;
		break;
	}
}

static enum mime_want
begin_part(void *arg, struct mime_part *part)
{
	struct cutter *cutter = arg;
	size_t len = strlen(part->path);
	bool bare = len == 0 || part->path[len - 1] == '/';
	char second[MIME_PATH_MAX + 2];

	if (part->parent == NULL)
		keep(cutter, cutter->header, part->header, part->header_len);
	if (part->entity.media != MEDIA_SIGNED)
		return MIME_NOTHING;
	snprintf(second, sizeof(second), "%s%s2", part->path, bare ? "" : ".");
	if (strcmp(second, cutter->signature_part) != 0)
		return MIME_NOTHING;
	cutter->found = true;
	return MIME_FIRST;
}

/* RFC 8551 3.1.1: a line ends with CRLF, however it does in the file. */
static void
push_first(void *arg, struct mime_part *part, const uint8_t *octets, size_t len)
{
	struct cutter *cutter = arg;
	size_t done = 0;

	(void)part;
	for (size_t i = 0; i < len; i++) {
		if (octets[i] == '\n' && cutter->last != '\r') {
			keep(cutter, cutter->part, octets + done, i - done);
			keep(cutter, cutter->part, "\r", 1);
			done = i;
		}
		cutter->last = octets[i];
	}
	keep(cutter, cutter->part, octets + done, len - done);
}

static void
push_body(void *arg, struct mime_part *part, const uint8_t *octets, size_t len)
{
	(void)arg;
	(void)part;
	(void)octets;
	(void)len;
}

static void
end_part(void *arg, struct mime_part *part)
{
	(void)arg;
	(void)part;
}

static enum partfile_status
push_file(const struct partfile_place *place, struct mime *mime)
{
	uint8_t octets[16 * 1024];
	off_t at = place->from;
	size_t want;
	ssize_t got;

	while (at < place->to) {
		want = place->to - at < (off_t)sizeof(octets) ?
		    (size_t)(place->to - at) :
		    sizeof(octets);
		got = pread(place->fd, octets, want, at);
		if (got < 0 && errno == ESPIPE)
			return PARTFILE_PIPE;
		if (got <= 0)
			return PARTFILE_FAILED;
		mime_push(mime, octets, (size_t)got);
		at += got;
	}
	mime_end(mime);
	return mime_status(mime) == REASON_OK ? PARTFILE_OK : PARTFILE_FAILED;
}

enum partfile_status
partfile_read(const struct partfile_place *place, const struct limits *limits,
    const char *signature_part, struct buf *header_r, struct buf *part_r)
{
	static const struct mime_sink sink = { begin_part, push_first,
		push_body, end_part };
	struct cutter cutter = { .signature_part = signature_part,
		.header = header_r,
		.part = part_r };
	struct limits wide = *limits;
	size_t parts = 0;
	struct mime_budget budget = { .parts = &parts, .limits = &wide };
	enum partfile_status status;
	struct mime *mime;

	/* The limit is one of parts; a message's own header may be longer. */
	wide.max_header = PARTFILE_MAX_HEADER;
	mime = mime_new(&sink, &cutter, "", &budget);
	if (mime == NULL)
		return PARTFILE_FAILED;
	status = push_file(place, mime);
	mime_free(mime);
	if (status != PARTFILE_OK)
		return status;
	return cutter.found ? cutter.status : PARTFILE_FAILED;
}
