/* SPDX-License-Identifier: ISC */
/*
 * damage_kind - one kind of damage, and where it is undone
 *
 * To add one: a value of enum damage, an object here, its row in damage.c.
 *
 * Threads  no state: any thread, at any time
 */
#ifndef MILTER_CTL_FORENSIC_DAMAGE_KIND_H
#define MILTER_CTL_FORENSIC_DAMAGE_KIND_H

#include <stddef.h>

#include "milter/ctl/forensic/rewrite.h"

struct damage_kind {
	/*
	 * Write the part as it was, if rw->variant is right about what was
	 * done; it is less than variants.  Sets rw->failed where that makes no
	 * sense of this part.
	 */
	void (*undo)(struct rewrite *rw);
	size_t variants;
	const char *token; /* see damage.h */
	const char *words;
};

/* Lines of the whole part, one by one. */
extern const struct damage_kind damage_line_ends;
extern const struct damage_kind damage_trailing_space;
extern const struct damage_kind damage_long_line_split;
extern const struct damage_kind damage_from_quoted;
extern const struct damage_kind damage_dots;

/* The beginning and the end of texts. */
extern const struct damage_kind damage_bom;
extern const struct damage_kind damage_trailing_lines;
extern const struct damage_kind damage_footer;

/* Header fields. */
extern const struct damage_kind damage_header_added;
extern const struct damage_kind damage_header_refolded;

/* Transfer encodings: another one, */
extern const struct damage_kind damage_cte_recoded;

/* or the same one with other line lengths. */
extern const struct damage_kind damage_rewrapped;

#endif
