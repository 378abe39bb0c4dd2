/* SPDX-License-Identifier: ISC */
#include "milter/ctl/forensic/damage_kind.h"

#include <string.h>

static const uint8_t bom[] = { 0xef, 0xbb, 0xbf };

static bool
has_prefix(const struct rewrite *rw, const struct partmap_span *span,
    const void *prefix, size_t len)
{
	return span->end - span->body >= len &&
	    memcmp(rw->in->octets + span->body, prefix, len) == 0;
}

/* 0: it was removed; 1: it was added. */
static void
undo_bom_of_body(struct rewrite *rw, const struct partmap_span *span)
{
	static const char encoded[] = "=EF=BB=BF";
	bool qp = span->cte == CTE_QUOTED_PRINTABLE;
	const void *mark = qp ? (const void *)encoded : bom;
	size_t len = qp ? strlen(encoded) : sizeof(bom);

	if (!span->text || span->cte == CTE_BASE64)
		len = 0;
	if (rw->variant == 0)
		rewrite_put(rw, mark, len);
	if (rw->variant == 1 && has_prefix(rw, span, mark, len))
		rewrite_copy(rw, span->body + len, span->end);
	else
		rewrite_copy_body(rw, span);
}

static void
undo_bom(struct rewrite *rw)
{
	rewrite_each_span(rw, rewrite_copy_header, undo_bom_of_body);
}

const struct damage_kind damage_bom = {
	.undo = undo_bom,
	.variants = 2,
	.token = "byte-order-mark",
	.words = "a UTF-8 byte order mark was added or removed",
};

/* 0: none at the end of each text; 1: one more there. */
static void
undo_lines_of_body(struct rewrite *rw, const struct partmap_span *span)
{
	size_t end = span->end;
	size_t eol;

	if (!span->text || span->cte == CTE_BASE64) {
		rewrite_copy_body(rw, span);
		return;
	}
	while (rw->variant == 0 && end > span->body &&
	    (eol = line_eol_before(rw->in->octets, end)) > 0)
		end -= eol;
	rewrite_copy(rw, span->body, end > span->body ? end : span->body);
	if (rw->variant == 1)
		rewrite_put_text(rw, "\r\n");
}

static void
undo_trailing_lines(struct rewrite *rw)
{
	rewrite_each_span(rw, rewrite_copy_header, undo_lines_of_body);
}

const struct damage_kind damage_trailing_lines = {
	.undo = undo_trailing_lines,
	.variants = 2,
	.token = "trailing-lines",
	.words = "blank lines at the end were added or removed",
};

enum {
	FOOTER_LINES = 24, /* so many are cut, at most */
	FOOTER_TEXTS = 8,  /* and of so many texts */
	FOOTER_VARIANTS = FOOTER_TEXTS * FOOTER_LINES * 2,
};

/* Where the last so many lines of octets[from..to) begin. */
static size_t
cut_lines(const uint8_t *octets, size_t from, size_t to, size_t lines)
{
	size_t at = to;

	for (; lines > 0 && at > from; lines--) {
		at -= line_eol_before(octets, at) > 0;
		while (at > from && octets[at - 1] != '\n')
			at--;
	}
	return at;
}

/* The variants of one text: so many lines, and the end of line before. */
static void
undo_footer(struct rewrite *rw)
{
	size_t text = rw->variant / (FOOTER_LINES * 2);
	size_t lines = rw->variant % (FOOTER_LINES * 2) / 2 + 1;
	const struct partmap_span *span;
	size_t at;

	for (size_t i = 0; i < rw->in->count; i++) {
		span = &rw->in->spans[i];
		if (!span->text || span->cte == CTE_BASE64 || text-- > 0)
			continue;
		at = cut_lines(rw->in->octets, span->body, span->end, lines);
		if (at == span->body)
			break;
		if (rw->variant % 2 == 1)
			at -= line_eol_before(rw->in->octets, at);
		rewrite_copy(rw, 0, at);
		rewrite_copy(rw, span->end, rw->in->len);
		return;
	}
	rw->failed = true;
}

const struct damage_kind damage_footer = {
	.undo = undo_footer,
	.variants = FOOTER_VARIANTS,
	.token = "footer",
	.words = "text was added at the end",
};
