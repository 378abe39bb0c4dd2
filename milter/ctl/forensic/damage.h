/* SPDX-License-Identifier: ISC */
/*
 * damage - what relays do to the octets of a MIME part, and how to undo it
 *
 * Nobody can tell from a part how it looked before.  So each kind of damage
 * has some variants, guesses at what has to be undone; whoever calls compares
 * the outcome with a digest.
 *
 * Source   RFC 2045 6 and 6.7 (encodings), RFC 5322 2.2.3 (folding), RFC 5321
 *          4.5.2 (dots) and 4.5.3.1.6 (long lines), RFC 4155 (">From ")
 * Limits   what partmap.h does not tell apart is left alone; the output is
 *          bound by its buf
 * Threads  no state of its own: any thread, at any time
 */
#ifndef MILTER_CTL_FORENSIC_DAMAGE_H
#define MILTER_CTL_FORENSIC_DAMAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "milter/ctl/forensic/partmap.h"
#include "smime/buf.h"

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

/* "footer", "cte-recoded", ...; "none".  Never NULL. */
const char *damage_token(enum damage damage);

/* What was done, as half a sentence; "" for none. */
const char *damage_words(enum damage damage);

/* How many variants there are of undoing it. */
size_t damage_variants(enum damage damage);

/*
 * Write the part with the damage undone into out, which is emptied first.
 * False when this variant has nothing to undo, or when out is too small; what
 * is in out then is only a measure of the work that was done.
 */
bool damage_undo(const struct partmap *damaged, enum damage damage,
    size_t variant, struct buf *out);

#endif
