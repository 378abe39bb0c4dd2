/* SPDX-License-Identifier: ISC */
#include "milter/ctl/forensic/damage_kind.h"

#include <stdint.h>

#include "smime/mime/cte.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum { CTE_SCOPES = 3 }; /* all entities, the first, the second */

/* A field stays where it is. */
#define IN_PLACE SIZE_MAX

static const char cte_name[] = "Content-Transfer-Encoding";

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

const struct damage_kind damage_cte_recoded = {
	.undo = undo_cte_recoded,
	.variants = CTE_VARIANTS,
	.token = "cte-recoded",
	.words =
	    "text was given another transfer encoding, as relays do to 8bit",
};
