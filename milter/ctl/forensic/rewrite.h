/* SPDX-License-Identifier: ISC */
/*
 * rewrite - write a part anew, changed here and there
 *
 * Whoever changes a part walks over its lines, or over the headers and bodies
 * of its entities, and writes for each of them what it is to become.
 *
 * Limits   the output is bound by its buf; what does not fit is dropped, and
 *          failed is set
 * Threads  no state of its own: any thread, at any time
 */
#ifndef MILTER_CTL_FORENSIC_REWRITE_H
#define MILTER_CTL_FORENSIC_REWRITE_H

#include <stdbool.h>
#include <stddef.h>

#include "milter/ctl/forensic/line.h"
#include "milter/ctl/forensic/partmap.h"
#include "smime/buf.h"
#include "smime/mime/field.h"

/* One attempt to undo something. */
struct rewrite {
	const struct partmap *in; /* borrowed, as is out */
	struct buf *out;
	size_t variant; /* which of the guesses at what was done */
	bool failed;	/* this is none, or out is too small */
};

/* One field of a header, with the octets that it is made of. */
struct rewrite_field {
	struct field field;
	size_t from, to;
};

typedef void rewrite_line(struct rewrite *rw, const struct line *line);
typedef void rewrite_span(struct rewrite *rw, const struct partmap_span *span);

/* Call it for each line of the part, until it fails. */
void rewrite_each_line(struct rewrite *rw, rewrite_line *rewrite);

/*
 * Call both for each entity of the part, until one fails.  Delimiters, and
 * what is no part of any entity, are copied.
 */
void rewrite_each_span(struct rewrite *rw, rewrite_span *header,
    rewrite_span *body);

/*
 * Find the next field of the entity's header.  *at counts from the beginning
 * of the part.  False at the blank line; *raw_r is of no use then.
 */
bool rewrite_next_field(const struct rewrite *rw,
    const struct partmap_span *span, size_t *at, struct rewrite_field *raw_r);

/* Write octets, or a text without its NUL. */
void rewrite_put(struct rewrite *rw, const void *octets, size_t len);
void rewrite_put_text(struct rewrite *rw, const char *text);

/* Copy octets [from, to) of the part; nothing if to is not behind from. */
void rewrite_copy(struct rewrite *rw, size_t from, size_t to);

/* Copy what ends the line. */
void rewrite_copy_eol(struct rewrite *rw, const struct line *line);

/* Copy one half of an entity, for rewrite_each_span(). */
void rewrite_copy_header(struct rewrite *rw, const struct partmap_span *span);
void rewrite_copy_body(struct rewrite *rw, const struct partmap_span *span);

#endif
