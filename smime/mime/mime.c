/* SPDX-License-Identifier: ISC */
#include "smime/mime/mime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smime/buf.h"
#include "smime/mime/field.h"
#include "smime/mime/fold.h"

/* "--", a boundary of 70 octets, "--", white space and the end of line. */
enum { LINE_MAX_OCTETS = 256 };

/* Relays break lines at 998 octets (RFC 5322 2.1.1) or at 990 (Sendmail). */
enum { MAX_LINE = 900 };

enum state {
	STATE_HEADER, /* in the header of the innermost part */
	STATE_BODY,   /* in its body, preamble or epilogue */
};

/* One open part. */
struct level {
	struct mime_part part;
	enum mime_want want;
	const char *boundary; /* borrowed from part.entity; NULL: a leaf */
	size_t outside_line;  /* octets of a line before or after its parts */
	size_t boundary_len;
};

/* Who an end of line, held back for the moment, would belong to. */
struct held {
	uint8_t eol[2];
	size_t len;
	size_t levels;	 /* of the open levels, so many from the outside */
	bool in_content; /* and to the header or body of the innermost part */
};

struct mime {
	const struct mime_sink *sink; /* borrowed */
	void *arg;		      /* borrowed */
	struct mime_budget budget;
	enum reason reason;

	enum state state;
	bool line_start; /* the next octet begins a line */
	bool cr;	 /* the last octet was a CR, held as the EOL's first */
	struct held held;
	uint8_t line[LINE_MAX_OCTETS]; /* a line that may be a delimiter */
	size_t line_len;

	struct level **levels; /* owned; the root first */
	size_t depth;
	size_t room;
	struct buf header;
	char prefix[MIME_PATH_MAX];
};

/* What a line is to one multipart. */
enum match { MATCH_NONE, MATCH_LOOKS_LIKE, MATCH_DELIMITER, MATCH_CLOSE };

static void
fail(struct mime *mime, enum reason reason)
{
	if (mime->reason == REASON_OK)
		mime->reason = reason;
}

static struct level *
innermost(const struct mime *mime)
{
	return mime->levels[mime->depth - 1];
}

static void
keep_header(struct mime *mime, const uint8_t *octets, size_t len)
{
	switch (buf_push(&mime->header, octets, len)) {
	case BUF_OK:
		break;
	case BUF_FULL:
		fail(mime, REASON_HEADER_TOO_LARGE);
		break;
	case BUF_NOMEM:
		fail(mime, REASON_TEMP_NOMEM);
		break;
	}
}

/*
 * Hand octets to every multipart, among the first so many levels, whose first
 * part is open and wanted.
 */
static void
give_first(struct mime *mime, size_t levels, const uint8_t *octets, size_t len)
{
	struct level *level;

	for (size_t i = 0; i < levels && i < mime->depth; i++) {
		level = mime->levels[i];
		if (level->want == MIME_FIRST && level->part.children == 1 &&
		    i + 1 < mime->depth)
			mime->sink->first(mime->arg, &level->part, octets, len);
	}
}

/*
 * Octets before or after the parts of a signed multipart, which nobody signs.
 * They are plain text, or some reader could find parts of its own in them: one
 * that ends lines at a bare CR, or a relay that breaks long lines (RFC 5322
 * 2.1.1) just before what then becomes a delimiter.
 */
static void
look_outside(struct level *level, const uint8_t *octets, size_t len)
{
	for (size_t i = 0; i < len && !level->part.ambiguous; i++) {
		level->outside_line =
		    octets[i] == '\n' ? 0 : level->outside_line + 1;
		if (octets[i] == '\0' || level->outside_line > MAX_LINE ||
		    (octets[i] == '\r' &&
			(i + 1 == len || octets[i + 1] != '\n')))
			level->part.ambiguous = true;
	}
}

/* Hand octets to the header or body of the innermost part. */
static void
give_content(struct mime *mime, const uint8_t *octets, size_t len)
{
	struct level *level = innermost(mime);

	if (mime->state == STATE_HEADER)
		keep_header(mime, octets, len);
	else if (level->want == MIME_BODY)
		mime->sink->body(mime->arg, &level->part, octets, len);
	else if (level->boundary != NULL && level->want == MIME_FIRST)
		look_outside(level, octets, len);
}

/* The line that follows is no delimiter: what was held back is content. */
static void
give_held(struct mime *mime)
{
	struct held *held = &mime->held;

	if (held->len == 0)
		return;
	give_first(mime, held->levels, held->eol, held->len);
	if (held->in_content)
		give_content(mime, held->eol, held->len);
	held->len = 0;
	mime->cr = false;
}

static void
give(struct mime *mime, const uint8_t *octets, size_t len)
{
	if (len == 0)
		return;
	give_held(mime);
	give_first(mime, mime->depth, octets, len);
	give_content(mime, octets, len);
}

/* Hold back the last len octets, an EOL or the CR of one. */
static void
hold(struct mime *mime, const uint8_t *eol, size_t len)
{
	memcpy(mime->held.eol, eol, len);
	mime->held.len = len;
	mime->held.levels = mime->depth;
	mime->held.in_content = true;
}

static bool
make_room(struct mime *mime)
{
	size_t room = mime->room == 0 ? 4 : mime->room * 2;
	struct level **levels;

	if (mime->depth < mime->room)
		return true;
	levels = realloc(mime->levels, room * sizeof(struct level *));
	if (levels == NULL)
		return false;
	mime->levels = levels;
	mime->room = room;
	return true;
}

/* Open a part whose header is still to come. */
static void
open_part(struct mime *mime)
{
	struct level *parent = mime->depth == 0 ? NULL : innermost(mime);
	struct level *level;

	if (mime->budget.depth + mime->depth >= mime->budget.limits->max_depth)
		fail(mime, REASON_TOO_DEEP);
	else if (*mime->budget.parts >= mime->budget.limits->max_parts)
		fail(mime, REASON_TOO_MANY_PARTS);
	if (mime->reason != REASON_OK)
		return;

	level = calloc(1, sizeof(*level));
	if (level == NULL || !make_room(mime)) {
		free(level);
		fail(mime, REASON_TEMP_NOMEM);
		return;
	}
	++*mime->budget.parts;
	entity_init(&level->part.entity);
	if (parent != NULL) {
		level->part.parent = &parent->part;
		level->part.index = ++parent->part.children;
	}
	mime->levels[mime->depth++] = level;
	mime->state = STATE_HEADER;
	buf_reset(&mime->header);
}

static bool
is_multipart(const struct mime_part *part)
{
	return part->entity.media == MEDIA_MULTIPART ||
	    part->entity.media == MEDIA_SIGNED;
}

/* "" or "1/": section numbers follow without a dot. */
static bool
is_bare_prefix(const char *path)
{
	return path[0] == '\0' || path[strlen(path) - 1] == '/';
}

/*
 * RFC 3501 6.4.5: children of a multipart are counted; an attached message
 * adds a level only through its own parts, and its single body is part 1.
 */
static int
write_path(const struct mime *mime, struct mime_part *part)
{
	const struct mime_part *parent = part->parent;
	char *out = part->path;
	size_t size = sizeof(part->path);
	const char *dot = ".";

	if (parent == NULL)
		return snprintf(out, size, "%s%s", mime->prefix,
		    is_multipart(part) ? "" : "1");
	if (is_bare_prefix(parent->path))
		dot = "";
	if (is_multipart(parent))
		return snprintf(out, size, "%s%s%u", parent->path, dot,
		    part->index);
	return snprintf(out, size, "%s%s", parent->path,
	    is_multipart(part) ? "" : ".1");
}

/* The entity of the innermost part is known: tell the sink. */
static void
begin_part(struct mime *mime)
{
	struct level *level = innermost(mime);
	struct mime_part *part = &level->part;
	int len = write_path(mime, part);

	if (len < 0 || (size_t)len >= sizeof(part->path)) {
		fail(mime, REASON_TOO_DEEP);
		return;
	}
	if (is_multipart(part) && part->entity.boundary != NULL) {
		level->boundary = part->entity.boundary;
		level->boundary_len = strlen(level->boundary);
	}
	part->header = (const char *)mime->header.data;
	part->header_len = mime->header.len;
	level->want = mime->sink->begin(mime->arg, part);
	part->header = NULL;
	part->header_len = 0;
	mime->state = STATE_BODY;
	/* RFC 2046 5.2.1: an attached message is never encoded. */
	if (part->entity.media == MEDIA_MESSAGE &&
	    part->entity.cte == CTE_IDENTITY)
		open_part(mime);
}

static void
read_header(struct mime *mime)
{
	struct mime_part *part = &innermost(mime)->part;
	struct entity *entity = &part->entity;
	const char *block = (const char *)mime->header.data;
	struct field field;
	bool odd = false;
	bool typed = false;
	size_t at = 0;

	while (field_next(block, mime->header.len, &at, &field, &odd)) {
		odd = odd || !fold_is_clean(field.value, field.value_len);
		typed = typed || field_is(&field, "Content-Type");
		if (!entity_push(entity, &field))
			fail(mime, REASON_TEMP_NOMEM);
	}
	if (!entity_end(entity))
		fail(mime, REASON_TEMP_NOMEM);
	entity->ambiguous = entity->ambiguous || odd;
	/* RFC 2046 5.1.5: the parts of a digest are messages by default. */
	if (!typed && part->parent != NULL &&
	    strcmp(part->parent->entity.type, "multipart/digest") == 0)
		entity->media = MEDIA_MESSAGE;
}

/* The header is complete, by a blank line or because the part ends. */
static void
end_header(struct mime *mime)
{
	read_header(mime);
	if (mime->reason == REASON_OK)
		begin_part(mime);
}

static void
close_part(struct mime *mime)
{
	struct level *level;

	/* An attached message without a header opens a part of its own. */
	while (mime->reason == REASON_OK && mime->state == STATE_HEADER)
		end_header(mime);
	level = innermost(mime);
	if (mime->reason == REASON_OK)
		mime->sink->end(mime->arg, &level->part);
	entity_done(&level->part.entity);
	free(level);
	mime->depth--;
	mime->state = STATE_BODY;
}

static bool
is_padding(const uint8_t *octets, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (octets[i] != ' ' && octets[i] != '\t')
			return false;
	return true;
}

/* Compare a line without its EOL with the delimiters of one multipart. */
static enum match
match_line(const struct level *level, const uint8_t *line, size_t len)
{
	size_t n = 2 + level->boundary_len;

	if (level->boundary == NULL || len < n || memcmp(line, "--", 2) != 0 ||
	    memcmp(line + 2, level->boundary, level->boundary_len) != 0)
		return MATCH_NONE;
	line += n;
	len -= n;
	if (is_padding(line, len))
		return MATCH_DELIMITER;
	if (len >= 2 && memcmp(line, "--", 2) == 0 &&
	    is_padding(line + 2, len - 2))
		return MATCH_CLOSE;
	return MATCH_LOOKS_LIKE;
}

/*
 * Which multipart does a line delimit, the innermost first?  Every other one
 * whose delimiter the line resembles is marked: RFC 2046 5.1.1 forbids such
 * lines, and readers that compare less strictly would cut there.
 */
static enum match
find_delimited(struct mime *mime, const uint8_t *line, size_t len,
    size_t *index_r)
{
	enum match found = MATCH_NONE;
	enum match match;

	for (size_t i = mime->depth; i-- > 0;) {
		match = match_line(mime->levels[i], line, len);
		if (match == MATCH_NONE)
			continue;
		if (found == MATCH_NONE && match != MATCH_LOOKS_LIKE) {
			found = match;
			*index_r = i;
		} else {
			mime->levels[i]->part.ambiguous = true;
		}
	}
	return found;
}

static size_t
eol_len(const uint8_t *line, size_t len)
{
	if (len == 0 || line[len - 1] != '\n')
		return 0;
	return len >= 2 && line[len - 2] == '\r' ? 2 : 1;
}

/* Hand octets on, but hold back an EOL at their end, or the CR of one. */
static void
give_but_eol(struct mime *mime, const uint8_t *octets, size_t len)
{
	bool cr = octets[len - 1] == '\r';
	size_t eol = cr ? 1 : eol_len(octets, len);

	give(mime, octets, len - eol);
	if (eol > 0) {
		give_held(mime);
		hold(mime, octets + len - eol, eol);
	}
	mime->cr = cr;
}

/*
 * A delimiter of levels[index].  Parts further in end here, without the EOL
 * before the line; for multiparts further out both are content.
 */
static void
delimit(struct mime *mime, size_t index, bool close, size_t eol)
{
	const uint8_t *line = mime->line;
	size_t len = mime->line_len;
	struct level *level = mime->levels[index];

	while (mime->depth > index + 1)
		close_part(mime);
	if (mime->reason != REASON_OK)
		return;
	give_held(mime);
	give_first(mime, index, line, len - eol);
	hold(mime, line + len - eol, eol);
	mime->held.levels = index;
	mime->held.in_content = false;

	if (level->part.closed) /* some readers would go on here */
		level->part.ambiguous = true;
	else if (close)
		level->part.closed = true;
	else
		open_part(mime);
}

/*
 * Before and after the parts of a signed multipart, a line that would delimit
 * under another boundary: a reader that makes something else of the boundary
 * parameter would cut there.
 */
static void
mark_foreign_delimiter(struct mime *mime, const uint8_t *line, size_t len)
{
	struct level *level = innermost(mime);

	if (level->boundary != NULL && level->want == MIME_FIRST &&
	    mime->state == STATE_BODY && len > 2 &&
	    memcmp(line, "--", 2) == 0 && !is_padding(line + 2, len - 2))
		level->part.ambiguous = true;
}

/* The line in mime->line is complete, or can be no delimiter. */
static void
end_line(struct mime *mime)
{
	size_t eol = eol_len(mime->line, mime->line_len);
	size_t len = mime->line_len - eol;
	size_t index = 0;
	enum match match = find_delimited(mime, mime->line, len, &index);

	if (match != MATCH_NONE) {
		delimit(mime, index, match == MATCH_CLOSE, eol);
	} else {
		mark_foreign_delimiter(mime, mime->line, len);
		give_but_eol(mime, mime->line, mime->line_len);
	}
	mime->line_start = true;
	mime->line_len = 0;
}

/* A line longer than any delimiter is none, but may look like one. */
static void
overflow_line(struct mime *mime)
{
	size_t index;

	if (find_delimited(mime, mime->line, mime->line_len, &index) !=
	    MATCH_NONE)
		mime->levels[index]->part.ambiguous = true;
	mark_foreign_delimiter(mime, mime->line, mime->line_len);
	give_but_eol(mime, mime->line, mime->line_len);
	mime->line_len = 0;
	mime->line_start = false;
}

/* Go on with a line that begins with "-". Returns the octets taken. */
static size_t
push_line(struct mime *mime, const uint8_t *octets, size_t len)
{
	size_t room = sizeof(mime->line) - mime->line_len;
	size_t n = len < room ? len : room;
	const uint8_t *lf = memchr(octets, '\n', n);

	if (lf != NULL)
		n = (size_t)(lf - octets) + 1;
	memcpy(mime->line + mime->line_len, octets, n);
	mime->line_len += n;
	if (lf != NULL)
		end_line(mime);
	else if (mime->line_len == sizeof(mime->line))
		overflow_line(mime);
	else if (mime->line_len >= 2 && mime->line[1] != '-')
		overflow_line(mime);
	return n;
}

/* A blank line ends the header; its EOL is not part of the body. */
static void
end_header_line(struct mime *mime, const uint8_t *eol, size_t len)
{
	give_held(mime);
	hold(mime, eol, len);
	mime->held.in_content = false;
	end_header(mime);
	mime->line_start = true;
}

/* One line, or some of one, of a header.  Returns the octets taken. */
static size_t
push_header(struct mime *mime, const uint8_t *octets, size_t len)
{
	const uint8_t *lf = memchr(octets, '\n', len);
	size_t n = lf != NULL ? (size_t)(lf - octets) + 1 : len;
	size_t eol = eol_len(octets, n);

	if (mime->line_start && n == eol) {
		end_header_line(mime, octets, eol);
		return n;
	}
	give_but_eol(mime, octets, n);
	/* A CR alone may become a blank line. */
	mime->line_start = eol > 0 || (mime->line_start && n == 1 && mime->cr);
	return n;
}

/*
 * Where does the next line begin that could be a delimiter?  Returns an
 * offset behind an EOL, or len.
 */
static size_t
find_candidate(const uint8_t *octets, size_t len)
{
	const uint8_t *dash = octets;

	while (
	    (dash = memchr(dash, '-', len - (size_t)(dash - octets))) != NULL) {
		if (dash > octets && dash[-1] == '\n')
			return (size_t)(dash - octets);
		dash++;
	}
	return len;
}

/* Octets of a body, up to a line that may be a delimiter. */
static size_t
push_body(struct mime *mime, const uint8_t *octets, size_t len)
{
	size_t n = find_candidate(octets, len);

	give_but_eol(mime, octets, n);
	mime->line_start = octets[n - 1] == '\n';
	return n;
}

/* The octet after a CR at the end of a chunk: is it the EOL's second? */
static size_t
push_after_cr(struct mime *mime, const uint8_t *octets)
{
	bool blank;

	mime->cr = false;
	if (octets[0] != '\n') {
		mime->line_start = false;
		give_held(mime);
		return 0;
	}
	blank = mime->state == STATE_HEADER && mime->line_start;
	mime->held.eol[1] = '\n';
	mime->held.len = 2;
	mime->line_start = true;
	if (blank) {
		mime->held.in_content = false;
		end_header(mime);
	}
	return 1;
}

/* Is there a multipart whose delimiters may come? */
static bool
has_boundaries(const struct mime *mime)
{
	for (size_t i = 0; i < mime->depth; i++)
		if (mime->levels[i]->boundary != NULL)
			return true;
	return false;
}

static size_t
push_some(struct mime *mime, const uint8_t *octets, size_t len)
{
	if (mime->cr)
		return push_after_cr(mime, octets);
	if (mime->line_len > 0 ||
	    (mime->line_start && octets[0] == '-' && has_boundaries(mime)))
		return push_line(mime, octets, len);
	if (mime->state == STATE_HEADER)
		return push_header(mime, octets, len);
	return push_body(mime, octets, len);
}

struct mime *
mime_new(const struct mime_sink *sink, void *arg, const char *prefix,
    const struct mime_budget *budget)
{
	struct mime *mime = calloc(1, sizeof(*mime));

	if (mime == NULL)
		return NULL;
	mime->sink = sink;
	mime->arg = arg;
	mime->budget = *budget;
	mime->line_start = true;
	buf_init(&mime->header, budget->limits->max_header);
	snprintf(mime->prefix, sizeof(mime->prefix), "%s", prefix);
	return mime;
}

void
mime_begin(struct mime *mime, struct entity *entity)
{
	open_part(mime);
	if (mime->reason == REASON_OK) {
		innermost(mime)->part.entity = *entity;
		entity_init(entity);
		begin_part(mime);
	}
}

void
mime_push(struct mime *mime, const uint8_t *octets, size_t len)
{
	size_t n;

	if (mime->depth == 0)
		open_part(mime);
	while (len > 0 && mime->reason == REASON_OK) {
		n = push_some(mime, octets, len);
		octets += n;
		len -= n;
	}
}

void
mime_end(struct mime *mime)
{
	if (mime->depth == 0)
		open_part(mime);
	if (mime->reason == REASON_OK && mime->line_len > 0)
		end_line(mime);
	if (mime->reason == REASON_OK)
		give_held(mime);
	while (mime->depth > 0)
		close_part(mime);
}

enum reason
mime_status(const struct mime *mime)
{
	return mime->reason;
}

void
mime_free(struct mime *mime)
{
	if (mime == NULL)
		return;
	while (mime->depth > 0) {
		entity_done(&innermost(mime)->part.entity);
		free(innermost(mime));
		mime->depth--;
	}
	free(mime->levels);
	buf_done(&mime->header);
	free(mime);
}
