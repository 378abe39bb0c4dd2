/* SPDX-License-Identifier: ISC */
#include "milter/ctl/forensic/damage_kind.h"

#include <string.h>

/* How lines ended that now end with CRLF, or with CR CRLF. */
enum { ENDS_LF, ENDS_CRLF, ENDS_CRCRLF, ENDS_VARIANTS };

static void
undo_ends_of_line(struct rewrite *rw, const struct line *line)
{
	static const char *const ends[] = { "\n", "\r\n", "\r\r\n" };
	size_t len = line->len;

	while (rw->variant == ENDS_CRLF && len > 0 && line->at[len - 1] == '\r')
		len--;
	rewrite_put(rw, line->at, len);
	if (line->eol > 0)
		rewrite_put_text(rw, ends[rw->variant]);
}

static void
undo_line_ends(struct rewrite *rw)
{
	rewrite_each_line(rw, undo_ends_of_line);
}

const struct damage_kind damage_line_ends = {
	.undo = undo_line_ends,
	.variants = ENDS_VARIANTS,
	.token = "line-ends",
	.words = "line ends other than CRLF were signed, or made of CRLF",
};

/* What stood at the end of lines. */
enum { SPACE_NONE, SPACE_SIGNATURE, SPACE_QUOTES, SPACE_VARIANTS };

static bool
is_quotes(const struct line *line)
{
	for (size_t i = 0; i < line->len; i++)
		if (line->at[i] != '>')
			return false;
	return line->len > 0;
}

/*
 * White space that was removed is known in two places alone: the "-- " that
 * begins a signature (RFC 3676 4.3), and "> " on an empty line of a quotation.
 */
static void
undo_space_of_line(struct rewrite *rw, const struct line *line)
{
	size_t len = line->len;
	bool dashes = len == 2 && memcmp(line->at, "--", 2) == 0;

	while (rw->variant == SPACE_NONE && len > 0 &&
	    (line->at[len - 1] == ' ' || line->at[len - 1] == '\t'))
		len--;
	rewrite_put(rw, line->at, len);
	if ((rw->variant != SPACE_NONE && dashes) ||
	    (rw->variant == SPACE_QUOTES && is_quotes(line)))
		rewrite_put_text(rw, " ");
	rewrite_copy_eol(rw, line);
}

static void
undo_trailing_space(struct rewrite *rw)
{
	rewrite_each_line(rw, undo_space_of_line);
}

const struct damage_kind damage_trailing_space = {
	.undo = undo_trailing_space,
	.variants = SPACE_VARIANTS,
	.token = "trailing-space",
	.words = "white space at the end of lines was added or removed",
};

enum { LONG_LINE = 900 }; /* what is split is never shorter */

/* What was put into a long line: CRLF SP, or "!" CRLF SP, or CRLF. */
enum { SPLIT_SPACE, SPLIT_BANG, SPLIT_BARE, SPLIT_VARIANTS };

/* Does the line go on at octets[next]? */
static bool
is_split(const struct rewrite *rw, const struct line *line, size_t next)
{
	if (line->len < LONG_LINE || next == rw->in->len)
		return false;
	if (rw->variant == SPLIT_BARE)
		return rw->in->octets[next] != '\r';
	if (rw->variant == SPLIT_BANG && line->at[line->len - 1] != '!')
		return false;
	return rw->in->octets[next] == ' ';
}

static void
undo_long_line_split(struct rewrite *rw)
{
	struct line line;
	size_t at = 0;

	while (
	    !rw->failed && line_next(rw->in->octets, rw->in->len, &at, &line)) {
		if (!is_split(rw, &line, at)) {
			rewrite_put(rw, line.at, line.len + line.eol);
			continue;
		}
		rewrite_put(rw, line.at,
		    line.len - (rw->variant == SPLIT_BANG));
		at += rw->variant != SPLIT_BARE;
	}
}

const struct damage_kind damage_long_line_split = {
	.undo = undo_long_line_split,
	.variants = SPLIT_VARIANTS,
	.token = "long-line-split",
	.words = "a long line was split",
};

/* 0: ">" was added; 1: it was removed. */
static void
undo_from_of_line(struct rewrite *rw, const struct line *line)
{
	size_t quotes = 0;
	bool from;

	while (quotes < line->len && line->at[quotes] == '>')
		quotes++;
	from = line->len >= quotes + 5 &&
	    memcmp(line->at + quotes, "From ", 5) == 0;
	if (from && rw->variant == 1)
		rewrite_put_text(rw, ">");
	if (from && rw->variant == 0 && quotes > 0)
		rewrite_put(rw, line->at + 1, line->len - 1);
	else
		rewrite_put(rw, line->at, line->len);
	rewrite_copy_eol(rw, line);
}

static void
undo_from_quoted(struct rewrite *rw)
{
	rewrite_each_line(rw, undo_from_of_line);
}

const struct damage_kind damage_from_quoted = {
	.undo = undo_from_quoted,
	.variants = 2,
	.token = "from-quoted",
	.words = "\">\" was added or removed before \"From \"",
};

/* 0: a dot was added where one was; 1: one of two was removed. */
static void
undo_dots_of_line(struct rewrite *rw, const struct line *line)
{
	bool dot = line->len > 0 && line->at[0] == '.';
	bool two = line->len > 1 && memcmp(line->at, "..", 2) == 0;
	size_t skip = rw->variant == 0 && two;

	if (rw->variant == 1 && dot)
		rewrite_put_text(rw, ".");
	rewrite_put(rw, line->at + skip, line->len - skip);
	rewrite_copy_eol(rw, line);
}

static void
undo_dots(struct rewrite *rw)
{
	rewrite_each_line(rw, undo_dots_of_line);
}

const struct damage_kind damage_dots = {
	.undo = undo_dots,
	.variants = 2,
	.token = "dots",
	.words = "dots at the beginning of lines were doubled or removed",
};
