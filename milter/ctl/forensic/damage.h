/* SPDX-License-Identifier: ISC */
/*
 * damage - what relays do to the octets of a MIME part, and how to undo it
 *
 * Nobody can tell from a part how it looked before.  So each kind of damage
 * has some variants, guesses at what has to be undone; whoever calls compares
 * the outcome with a digest.
 *
 * Shape    a part is its header, a blank line and its body, with CRLF
 * Source   RFC 2045 6 and 6.7 (encodings), RFC 5322 2.2.3 (folding), RFC 5321
 *          4.5.2 (dots) and 4.5.3.1.6 (long lines), RFC 4155 (">From ")
 * Limits   DAMAGE_MAX_SPANS entities of a part are told apart, and
 *          DAMAGE_MAX_HEADER octets of a header; what is beyond is left
 *          alone.  The output is bound by its buf.
 * Threads  no state of its own: any thread, at any time
 */
#ifndef MILTER_CTL_FORENSIC_DAMAGE_H
#define MILTER_CTL_FORENSIC_DAMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smime/buf.h"
#include "smime/mime/cte.h"

enum { DAMAGE_MAX_SPANS = 64, DAMAGE_MAX_HEADER = 64 * 1024 };

/* Cheap and common ones first. */
enum damage {
	DAMAGE_NONE,
	DAMAGE_TRAILING_LINES,	/* blank lines at the end of a body */
	DAMAGE_TRAILING_SPACE,	/* white space at the end of lines */
	DAMAGE_LINE_ENDS,	/* signed with LF alone, or CR CR LF */
	DAMAGE_FROM_QUOTED,	/* ">" before "From " */
	DAMAGE_DOTS,		/* dots at the beginning of lines */
	DAMAGE_BOM,		/* UTF-8 byte order mark at the beginning */
	DAMAGE_LONG_LINE_SPLIT, /* an end of line within a long line */
	DAMAGE_HEADER_ADDED,	/* header fields that were not there */
	DAMAGE_REWRAPPED,	/* an encoded body has other line lengths */
	DAMAGE_CTE_RECODED,	/* 8bit became another transfer encoding */
	DAMAGE_HEADER_REFOLDED, /* white space within header fields */
	DAMAGE_FOOTER,		/* lines added at the end of a text */
	DAMAGE_COUNT
};

/* One entity: header [header, body), body [body, end). */
struct damage_span {
	size_t header;
	size_t body; /* behind the blank line */
	size_t end;  /* before the end of line that a delimiter owns */
	enum cte cte;
	bool has_cte;	/* there is a Content-Transfer-Encoding field */
	bool multipart; /* what is called its body is the preamble */
	bool text;	/* text/... */
};

/* A part and the entities in it, in order.  Written by damage_map() only. */
struct damaged {
	const uint8_t *octets; /* borrowed */
	size_t len;
	struct damage_span spans[DAMAGE_MAX_SPANS];
	size_t count;
};

/* Find the entities of octets[0..len), which must outlive *damaged_r. */
void damage_map(struct damaged *damaged_r, const uint8_t *octets, size_t len);

/* How many variants there are of undoing it. */
size_t damage_variants(enum damage damage);

/*
 * Write the part with the damage undone into out, which is emptied first.
 * False when this variant has nothing to undo, or when out is too small; what
 * is in out then is only a measure of the work that was done.
 */
bool damage_undo(const struct damaged *damaged, enum damage damage,
    size_t variant, struct buf *out);

#endif
