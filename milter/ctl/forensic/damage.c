/* SPDX-License-Identifier: ISC */
#include "milter/ctl/forensic/damage.h"

#include <string.h>

#include "milter/ctl/forensic/damage_kind.h"
#include "milter/ctl/forensic/line.h"
#include "milter/ctl/forensic/rewrite.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct damage_kind damage_none = {
	.token = "none",
	.words = "",
};

static const struct damage_kind *const kinds[] = {
	[DAMAGE_NONE] = &damage_none,
	[DAMAGE_TRAILING_LINES] = &damage_trailing_lines,
	[DAMAGE_TRAILING_SPACE] = &damage_trailing_space,
	[DAMAGE_LINE_ENDS] = &damage_line_ends,
	[DAMAGE_FROM_QUOTED] = &damage_from_quoted,
	[DAMAGE_DOTS] = &damage_dots,
	[DAMAGE_BOM] = &damage_bom,
	[DAMAGE_LONG_LINE_SPLIT] = &damage_long_line_split,
	[DAMAGE_HEADER_ADDED] = &damage_header_added,
	[DAMAGE_REWRAPPED] = &damage_rewrapped,
	[DAMAGE_CTE_RECODED] = &damage_cte_recoded,
	[DAMAGE_HEADER_REFOLDED] = &damage_header_refolded,
	[DAMAGE_FOOTER] = &damage_footer,
};
_Static_assert(COUNT(kinds) == DAMAGE_COUNT, "kinds");

const char *
damage_token(enum damage damage)
{
	return kinds[damage]->token;
}

const char *
damage_words(enum damage damage)
{
	return kinds[damage]->words;
}

size_t
damage_variants(enum damage damage)
{
	return kinds[damage]->variants;
}

bool
damage_undo(const struct partmap *damaged, enum damage damage, size_t variant,
    struct buf *out)
{
	struct rewrite rw = { .in = damaged, .out = out, .variant = variant };

	buf_reset(out);
	kinds[damage]->undo(&rw);
	if (rw.failed)
		return false;
	return out->len != damaged->len ||
	    (out->len > 0 && memcmp(out->data, damaged->octets, out->len) != 0);
}
