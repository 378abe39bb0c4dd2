/* SPDX-License-Identifier: ISC */
/*
 * mime - a push scanner that cuts MIME entities, octet for octet
 *
 * Octets go in at any split; begin, octets and end of each part come out.
 *
 * Room     mime cuts; of the header of each part, field.h makes fields and
 *          entity.h what they say (with media.h and param.h); from.h reads From
 *          into a mailbox.h; cte.h undoes transfer encodings.
 * Shape    delimiter = "--" boundary [ "--" ] *WSP EOL, at the start of a
 *          line; the EOL before it belongs to it.  EOL is CRLF or LF.
 * Source   RFC 2046 5.1.1 and 5.2.1; RFC 1847 2.1; section numbers as in
 *          RFC 3501 6.4.5 and RFC 7281 3.2.1
 * Limits   depth, parts and the header of a part, from struct limits; the
 *          memory used does not grow with the octets of a body
 * Threads  one thread at a time
 */
#ifndef SMIME_MIME_MIME_H
#define SMIME_MIME_MIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smime/mime/entity.h"
#include "smime/reason.h"
#include "smime/rules.h"

enum { MIME_PATH_MAX = 160 };

/* One entity.  Lives from begin to end; owner is the sink's to use. */
struct mime_part {
	/*
	 * The section number.  A multipart that is the root, or the whole of
	 * an attached message, has none of its own: then path is the prefix
	 * of its children.
	 */
	char path[MIME_PATH_MAX];
	struct entity entity;
	struct mime_part *parent; /* borrowed; NULL for the root */
	unsigned int index;	  /* in its parent, from 1 */
	unsigned int children;	  /* how many have begun */
	bool closed;		  /* its closing delimiter has come */
	bool ambiguous;		  /* a line only looks like its delimiter */
	const char *header;	  /* its own header block, during begin */
	size_t header_len;
	void *owner; /* borrowed from the sink */
};

/* What the sink wants to see of a part; the answer of begin. */
enum mime_want {
	MIME_NOTHING, /* its parts, if it has any */
	MIME_BODY,    /* a leaf: its octets, still transfer-encoded */
	MIME_FIRST, /* a multipart: its first part's octets, header included */
};

struct mime_sink {
	enum mime_want (*begin)(void *arg, struct mime_part *part);
	/* part is the multipart, the octets are those of its first part */
	void (*first)(void *arg, struct mime_part *part, const uint8_t *octets,
	    size_t len);
	void (*body)(void *arg, struct mime_part *part, const uint8_t *octets,
	    size_t len);
	/* the part is freed after this */
	void (*end)(void *arg, struct mime_part *part);
};

/* Counted over all scanners of one message. */
struct mime_budget {
	size_t depth;  /* levels that surround the scanner's root */
	size_t *parts; /* borrowed; how many have begun */
	const struct limits *limits; /* borrowed */
};

struct mime;

/*
 * A scanner.  prefix is what section numbers begin with: "" or "1/".  sink
 * and arg are borrowed; budget is copied.  NULL when out of memory.
 */
struct mime *mime_new(const struct mime_sink *sink, void *arg,
    const char *prefix, const struct mime_budget *budget);

/*
 * Begin with a root whose header is already known; the scanner takes over
 * what entity owns.  Without this call the octets begin with a header.
 */
void mime_begin(struct mime *mime, struct entity *entity);

/* Some more octets.  After a failure nothing is scanned any more. */
void mime_push(struct mime *mime, const uint8_t *octets, size_t len);

/* All octets have come: end every part that is open. */
void mime_end(struct mime *mime);

/* REASON_OK, the limit that was crossed, or REASON_TEMP_NOMEM. */
enum reason mime_status(const struct mime *mime);

void mime_free(struct mime *mime);

#endif
