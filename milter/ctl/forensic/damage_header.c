/* SPDX-License-Identifier: ISC */
#include "milter/ctl/forensic/damage_kind.h"

#include <string.h>
#include <strings.h>

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

const struct damage_kind damage_header_added = {
	.undo = undo_header_added,
	.variants = 2,
	.token = "header-added",
	.words = "header fields were added to the part",
};

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

enum { REFOLDED_VARIANTS = (int)COLONS * (int)FOLDS };

const struct damage_kind damage_header_refolded = {
	.undo = undo_header_refolded,
	.variants = REFOLDED_VARIANTS,
	.token = "header-refolded",
	.words = "header fields of the part were folded or spaced anew",
};
