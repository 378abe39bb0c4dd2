/* SPDX-License-Identifier: ISC */
#include "milter/ctl/forensic/damage.h"

#include <string.h>
#include <strings.h>

#include "milter/ctl/forensic/line.h"
#include "milter/ctl/forensic/rewrite.h"
#include "smime/mime/entity.h"
#include "smime/mime/field.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum {
	FOOTER_LINES = 24, /* so many are cut, at most */
	FOOTER_TEXTS = 8,  /* and of so many texts */
	LONG_LINE = 900,   /* what is split is never shorter */
	CTE_SCOPES = 3,	   /* all entities, the first, the second */
};

/* A field stays where it is. */
#define IN_PLACE SIZE_MAX

static const char cte_name[] = "Content-Transfer-Encoding";
static const uint8_t bom[] = { 0xef, 0xbb, 0xbf };

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

/* What the field said, and before which of the others it stood. */
static const struct {
	const char *word; /* NULL: there was no field */
	size_t place;
} cte_guesses[] = {
	{ "8bit", IN_PLACE },
	{ "7bit", IN_PLACE },
	{ NULL, IN_PLACE },
	{ "8bit", 0 },
	{ "8bit", 1 },
	{ "8bit", 2 },
	{ "8BIT", IN_PLACE },
	{ "8BIT", 1 },
	{ "binary", IN_PLACE },
	{ "7bit", 0 },
	{ "7bit", 1 },
	{ "7bit", 2 },
};

/* What a relay has made of the 8bit entities. */
static const struct {
	bool quoted_printable, base64, identity;
} cte_kinds[] = {
	{ .quoted_printable = true },
	{ .base64 = true },
	{ .quoted_printable = true, .base64 = true },
	{ .identity = true },
};

enum { CTE_VARIANTS = COUNT(cte_guesses) * COUNT(cte_kinds) * CTE_SCOPES * 2 };

static bool
is_recoded(const struct rewrite *rw, const struct partmap_span *span)
{
	size_t kind = rw->variant / COUNT(cte_guesses) % COUNT(cte_kinds);

	if (span->multipart)
		return false;
	switch (span->cte) {
	case CTE_QUOTED_PRINTABLE:
		return cte_kinds[kind].quoted_printable;
	case CTE_BASE64: /* what is no text has been base64 all along */
		return cte_kinds[kind].base64 && span->text;
	case CTE_IDENTITY:
		return cte_kinds[kind].identity;
	case CTE_UNKNOWN:
		break;
	}
	return false;
}

/* Is that entity one of those to be changed? */
static bool
is_chosen(const struct rewrite *rw, const struct partmap_span *span)
{
	size_t rest = rw->variant / COUNT(cte_guesses) / COUNT(cte_kinds);
	size_t scope = rest % CTE_SCOPES;
	bool multiparts = rest / CTE_SCOPES == 1;
	size_t nth = 1;

	if (span->multipart)
		return multiparts && span->has_cte;
	for (const struct partmap_span *s = rw->in->spans; s < span; s++)
		nth += is_recoded(rw, s);
	return is_recoded(rw, span) && (scope == 0 || nth == scope);
}

/* The field with another word, or a new one where raw is NULL. */
static void
put_cte(struct rewrite *rw, const struct rewrite_field *raw, const char *word)
{
	const struct field *field = &raw->field;
	size_t blanks = 0;

	if (word == NULL)
		return;
	while (blanks < field->value_len &&
	    (field->value[blanks] == ' ' || field->value[blanks] == '\t'))
		blanks++;
	rewrite_put(rw, field->name,
	    (size_t)(field->value - field->name) + blanks);
	rewrite_put_text(rw, word);
	rewrite_put_text(rw, "\r\n");
}

/* sendmail leaves a note of what it did in the header of the part. */
static bool
is_note(const struct field *field)
{
	return field_is(field, "X-MIME-Autoconverted");
}

static void
undo_cte_of_header(struct rewrite *rw, const struct partmap_span *span)
{
	size_t guess = rw->variant % COUNT(cte_guesses);
	const char *word = cte_guesses[guess].word;
	size_t place = cte_guesses[guess].place;
	size_t at = span->header;
	struct rewrite_field raw;
	size_t kept = 0;

	if (!is_chosen(rw, span)) {
		rewrite_copy_header(rw, span);
		return;
	}
	while (rewrite_next_field(rw, span, &at, &raw)) {
		if (field_is(&raw.field, cte_name)) {
			if (place == IN_PLACE)
				put_cte(rw, &raw, word);
			continue;
		}
		if (is_note(&raw.field))
			continue;
		if (kept++ == place) {
			rewrite_put_text(rw, cte_name);
			rewrite_put_text(rw, ": ");
			rewrite_put_text(rw, word);
			rewrite_put_text(rw, "\r\n");
		}
		rewrite_copy(rw, raw.from, raw.to);
	}
	rewrite_copy(rw, at, span->body);
}

static void
put_decoded(void *arg, const uint8_t *octets, size_t len)
{
	rewrite_put(arg, octets, len);
}

static void
undo_cte_of_body(struct rewrite *rw, const struct partmap_span *span)
{
	struct cte_decoder decoder;

	if (span->multipart || !is_chosen(rw, span)) {
		rewrite_copy_body(rw, span);
		return;
	}
	cte_init(&decoder, span->cte);
	cte_push(&decoder, rw->in->octets + span->body, span->end - span->body,
	    put_decoded, rw);
	cte_end(&decoder, put_decoded, rw);
	rw->failed = rw->failed || decoder.damaged;
}

/* Would this variant do what no other one does? */
static bool
is_worth_it(const struct rewrite *rw)
{
	size_t kind = rw->variant / COUNT(cte_guesses) % COUNT(cte_kinds);
	size_t rest = rw->variant / COUNT(cte_guesses) / COUNT(cte_kinds);
	size_t recoded = 0;
	unsigned int seen = 0; /* bits 1 << enum cte */
	bool multipart = false;
	const struct partmap_span *span;

	for (size_t i = 0; i < rw->in->count; i++) {
		span = &rw->in->spans[i];
		multipart = multipart || (span->multipart && span->has_cte);
		recoded += is_recoded(rw, span);
		if (is_recoded(rw, span))
			seen |= 1U << span->cte;
	}
	if (cte_kinds[kind].quoted_printable && cte_kinds[kind].base64 &&
	    seen != (1U << CTE_QUOTED_PRINTABLE | 1U << CTE_BASE64))
		return false;
	return recoded > (rest % CTE_SCOPES > 0) &&
	    (rest < CTE_SCOPES || multipart);
}

static void
undo_cte_recoded(struct rewrite *rw)
{
	if (!is_worth_it(rw)) {
		rw->failed = true;
		return;
	}
	rewrite_each_span(rw, undo_cte_of_header, undo_cte_of_body);
}

/* How an encoder breaks lines. */
static const struct wrapping {
	enum cte cte;
	size_t width;	  /* 0: one long line */
	bool looks_ahead; /* a last line may take the room of its "=" */
} wrappings[] = {
	{ CTE_BASE64, 76, false },
	{ CTE_BASE64, 72, false },
	{ CTE_BASE64, 64, false },
	{ CTE_BASE64, 60, false },
	{ CTE_BASE64, 0, false },
	{ CTE_QUOTED_PRINTABLE, 76, false },
	{ CTE_QUOTED_PRINTABLE, 76, true },
	{ CTE_QUOTED_PRINTABLE, 75, false },
	{ CTE_QUOTED_PRINTABLE, 75, true },
	{ CTE_QUOTED_PRINTABLE, 74, false },
	{ CTE_QUOTED_PRINTABLE, 73, false },
	{ CTE_QUOTED_PRINTABLE, 72, false },
	{ CTE_QUOTED_PRINTABLE, 72, true },
	{ CTE_QUOTED_PRINTABLE, 64, false },
	{ CTE_QUOTED_PRINTABLE, 0, false },
};

/* A soft line break at the very end of quoted-printable. */
enum { SOFT_END_GONE = COUNT(wrappings), SOFT_END, SOFT_END_LINE, WRAPPINGS };

static void
wrap_base64(struct rewrite *rw, const struct partmap_span *span, size_t width)
{
	const uint8_t *octets = rw->in->octets;
	uint8_t line[80];
	size_t n = 0;

	for (size_t i = span->body; i < span->end; i++) {
		if (octets[i] == '\r' || octets[i] == '\n')
			continue;
		if (n == width || n == sizeof(line)) {
			rewrite_put(rw, line, n);
			if (width != 0)
				rewrite_put_text(rw, "\r\n");
			n = 0;
		}
		line[n++] = octets[i];
	}
	rewrite_put(rw, line, n);
	if (line_eol_before(octets + span->body, span->end - span->body) > 0)
		rewrite_put_text(rw, "\r\n");
}

/* The octets of a soft line break at octets[at..end), or 0. */
static size_t
soft_break(const uint8_t *octets, size_t at, size_t end)
{
	size_t i = at;

	if (i == end || octets[i++] != '=')
		return 0;
	while (i < end && (octets[i] == ' ' || octets[i] == '\t'))
		i++;
	if (i + 1 < end && octets[i] == '\r')
		i++;
	if (i == end)
		return i - at;
	return octets[i] == '\n' ? i + 1 - at : 0;
}

/* The next character of quoted-printable: "=3D", one octet, or CRLF. */
static size_t
qp_char(const uint8_t *octets, size_t at, size_t end)
{
	size_t len = octets[at] == '=' ? 3 : 1;

	if (octets[at] == '\r' && at + 1 < end && octets[at + 1] == '\n')
		len = 2;
	return len < end - at ? len : end - at;
}

static void
wrap_qp(struct rewrite *rw, const struct partmap_span *span,
    const struct wrapping *how)
{
	const uint8_t *octets = rw->in->octets;
	size_t column = 0;
	size_t next, n, room;
	bool last;

	for (size_t i = span->body; i < span->end; i = next) {
		next = i + soft_break(octets, i, span->end);
		if (next > i)
			continue;
		n = qp_char(octets, i, span->end);
		next = i + n;
		while ((room = soft_break(octets, next, span->end)) > 0)
			next += room;
		last = next == span->end || octets[next] == '\r' ||
		    octets[next] == '\n';
		room = how->looks_ahead && last ? how->width : how->width - 1;
		if (octets[i] == '\r' || octets[i] == '\n') {
			column = 0;
		} else if (how->width != 0 && column + n > room) {
			rewrite_put_text(rw, "=\r\n");
			column = n;
		} else {
			column += n;
		}
		rewrite_put(rw, octets + i, n);
	}
}

/* Put the end of quoted-printable right. */
static void
end_qp(struct rewrite *rw, const struct partmap_span *span)
{
	const uint8_t *octets = rw->in->octets;
	size_t end = span->end - line_eol_before(octets, span->end);

	if (rw->variant == SOFT_END_GONE) {
		if (end > span->body && octets[end - 1] == '=')
			rewrite_copy(rw, span->body, end - 1);
		else
			rewrite_copy_body(rw, span);
		return;
	}
	rewrite_copy_body(rw, span);
	rewrite_put_text(rw, rw->variant == SOFT_END ? "=" : "=\r\n");
}

static void
undo_wrapping(struct rewrite *rw, const struct partmap_span *span)
{
	bool ending = rw->variant >= COUNT(wrappings);
	const struct wrapping *how = ending ? NULL : &wrappings[rw->variant];

	if (ending && span->cte == CTE_QUOTED_PRINTABLE)
		end_qp(rw, span);
	else if (ending || how->cte != span->cte)
		rewrite_copy_body(rw, span);
	else if (span->cte == CTE_BASE64)
		wrap_base64(rw, span, how->width);
	else
		wrap_qp(rw, span, how);
}

static void
undo_rewrapped(struct rewrite *rw)
{
	rewrite_each_span(rw, rewrite_copy_header, undo_wrapping);
}

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

/* White space after the colon, and where a field was folded. */
enum colon { COLON_AS_IS, COLON_SPACE, COLON_NOTHING, COLONS };
enum fold {
	FOLD_AS_IS,
	FOLD_UNFOLDED, /* without the CRLF alone */
	FOLD_ONE_SPACE,
	FOLD_TAB,
	FOLD_SPACE,
	FOLD_PARAMETERS_TAB, /* before each parameter, and nowhere else */
	FOLD_PARAMETERS_SPACE,
	FOLDS
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static size_t
skip_blanks(const struct field *field, size_t at)
{
	while (at < field->value_len && is_blank(field->value[at]))
		at++;
	return at;
}

/* The octets of an end of line in a value, or 0. */
static size_t
fold_at(const struct field *field, size_t at)
{
	size_t left = field->value_len - at;

	if (left >= 2 && memcmp(field->value + at, "\r\n", 2) == 0)
		return 2;
	return left >= 1 && field->value[at] == '\n' ? 1 : 0;
}

/* One fold, with the white space behind it.  Returns where to go on. */
static size_t
put_fold(struct rewrite *rw, const struct field *field, size_t at,
    enum fold fold)
{
	size_t eol = fold_at(field, at);
	size_t next = skip_blanks(field, at + eol);

	switch (fold) {
	case FOLD_UNFOLDED:
		return at + eol;
	case FOLD_TAB:
		rewrite_put_text(rw, "\r\n\t");
		return next;
	case FOLD_SPACE:
		rewrite_put_text(rw, "\r\n ");
		return next;
	case FOLD_ONE_SPACE:
	case FOLD_PARAMETERS_TAB:
	case FOLD_PARAMETERS_SPACE:
		rewrite_put_text(rw, " ");
		return next;
	case FOLD_AS_IS:
	case FOLDS:
		break;
	}
	rewrite_put(rw, field->value + at, next - at);
	return next;
}

/* Behind a ";": fold, whatever white space there was. */
static size_t
put_parameter(struct rewrite *rw, const struct field *field, size_t at,
    enum fold fold)
{
	at = skip_blanks(field, at);
	at = skip_blanks(field, at + fold_at(field, at));
	if (at < field->value_len)
		rewrite_put_text(rw,
		    fold == FOLD_PARAMETERS_TAB ? "\r\n\t" : "\r\n ");
	return at;
}

static void
put_value(struct rewrite *rw, const struct field *field, size_t at,
    enum fold fold)
{
	bool parameters =
	    fold == FOLD_PARAMETERS_TAB || fold == FOLD_PARAMETERS_SPACE;

	while (at < field->value_len) {
		if (fold_at(field, at) > 0) {
			at = put_fold(rw, field, at, fold);
			continue;
		}
		rewrite_put(rw, field->value + at, 1);
		if (field->value[at++] == ';' && parameters)
			at = put_parameter(rw, field, at, fold);
	}
}

static void
undo_folds_of_header(struct rewrite *rw, const struct partmap_span *span)
{
	enum colon colon = (enum colon)(rw->variant % COLONS);
	enum fold fold = (enum fold)(rw->variant / COLONS);
	size_t at = span->header;
	struct rewrite_field raw;
	size_t value;

	while (rewrite_next_field(rw, span, &at, &raw)) {
		rewrite_put(rw, raw.field.name,
		    (size_t)(raw.field.value - raw.field.name));
		value = colon == COLON_AS_IS ? 0 : skip_blanks(&raw.field, 0);
		if (colon == COLON_SPACE)
			rewrite_put_text(rw, " ");
		put_value(rw, &raw.field, value, fold);
		rewrite_put_text(rw, "\r\n");
	}
	rewrite_copy(rw, at, span->body);
}

static void
undo_header_refolded(struct rewrite *rw)
{
	rewrite_each_span(rw, undo_folds_of_header, rewrite_copy_body);
}

/* 0: fields of MIME alone; 1: without MIME-Version, too. */
static void
undo_fields_of_header(struct rewrite *rw, const struct partmap_span *span)
{
	size_t at = span->header;
	struct rewrite_field raw;

	while (rewrite_next_field(rw, span, &at, &raw))
		if (strncasecmp(raw.field.name, "Content-", 8) == 0 ||
		    (rw->variant == 0 && field_is(&raw.field, "MIME-Version")))
			rewrite_copy(rw, raw.from, raw.to);
	rewrite_copy(rw, at, span->body);
}

static void
undo_header_added(struct rewrite *rw)
{
	rewrite_each_span(rw, undo_fields_of_header, rewrite_copy_body);
}

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

static const struct {
	void (*undo)(struct rewrite *rw);
	size_t variants;
} kinds[] = {
	[DAMAGE_NONE] = { NULL, 0 },
	[DAMAGE_TRAILING_LINES] = { undo_trailing_lines, 2 },
	[DAMAGE_TRAILING_SPACE] = { undo_trailing_space, SPACE_VARIANTS },
	[DAMAGE_LINE_ENDS] = { undo_line_ends, ENDS_VARIANTS },
	[DAMAGE_FROM_QUOTED] = { undo_from_quoted, 2 },
	[DAMAGE_DOTS] = { undo_dots, 2 },
	[DAMAGE_BOM] = { undo_bom, 2 },
	[DAMAGE_LONG_LINE_SPLIT] = { undo_long_line_split, SPLIT_VARIANTS },
	[DAMAGE_HEADER_ADDED] = { undo_header_added, 2 },
	[DAMAGE_REWRAPPED] = { undo_rewrapped, WRAPPINGS },
	[DAMAGE_CTE_RECODED] = { undo_cte_recoded, CTE_VARIANTS },
	[DAMAGE_HEADER_REFOLDED] = { undo_header_refolded,
	    (size_t)COLONS *(size_t)FOLDS },
	[DAMAGE_FOOTER] = { undo_footer, FOOTER_TEXTS *FOOTER_LINES * 2 },
};
_Static_assert(COUNT(kinds) == DAMAGE_COUNT, "kinds");

size_t
damage_variants(enum damage damage)
{
	return kinds[damage].variants;
}

bool
damage_undo(const struct partmap *damaged, enum damage damage, size_t variant,
    struct buf *out)
{
	struct rewrite rw = { .in = damaged, .out = out, .variant = variant };

	buf_reset(out);
	kinds[damage].undo(&rw);
	if (rw.failed)
		return false;
	return out->len != damaged->len ||
	    (out->len > 0 && memcmp(out->data, damaged->octets, out->len) != 0);
}
