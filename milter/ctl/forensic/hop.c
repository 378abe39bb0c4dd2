/* SPDX-License-Identifier: ISC */
#include "milter/ctl/forensic/hop.h"

#include <stdio.h>
#include <string.h>

#include "smime/mime/field.h"

/* The value of the only field of that name; false where there is not one. */
static bool
find_only(const char *header, size_t len, const char *name,
    struct field *field_r)
{
	struct field field;
	bool odd = false;
	size_t at = 0;
	size_t count = 0;

	while (field_next(header, len, &at, &field, &odd))
		if (field_is(&field, name) && count++ == 0)
			*field_r = field;
	return count == 1;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Letters that a host or a list may have; anything else ends the name. */
static bool
is_name_octet(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

/* The name at or behind value[at]; false when there is none. */
static bool
name_at(const struct field *field, size_t at, char *out, size_t size)
{
	size_t n = 0;

	while (at < field->value_len && is_blank(field->value[at]))
		at++;
	for (; at < field->value_len && is_name_octet(field->value[at]) &&
	     n + 1 < size;
	     at++)
		out[n++] = field->value[at];
	out[n] = '\0';
	return n > 0;
}

/* The name behind the word "by". */
static bool
name_behind_by(const struct field *field, char *out, size_t size)
{
	const char *value = field->value;

	for (size_t i = 1; i + 3 < field->value_len; i++)
		if (is_blank(value[i - 1]) && memcmp(value + i, "by", 2) == 0 &&
		    is_blank(value[i + 2]))
			return name_at(field, i + 3, out, size);
	return false;
}

/* RFC 2919 3: the identifier is in angle brackets. */
static bool
name_in_brackets(const struct field *field, char *out, size_t size)
{
	const char *bracket = memchr(field->value, '<', field->value_len);

	return bracket != NULL &&
	    name_at(field, (size_t)(bracket - field->value) + 1, out, size);
}

/* The only hop of a kind; a second one would make it a guess. */
static bool
only_hop(const char *header, size_t len, const char *product, char *out,
    size_t size)
{
	struct field field;
	bool odd = false;
	size_t at = 0;
	size_t count = 0;
	bool named = false;

	while (field_next(header, len, &at, &field, &odd)) {
		if (!field_is(&field, "Received") ||
		    memmem(field.value, field.value_len, product,
			strlen(product)) == NULL)
			continue;
		count++;
		named = name_behind_by(&field, out, size);
	}
	return count == 1 && named;
}

/* What each field, or hop, that is left by a product is evidence of. */
static bool
find_evidence(enum damage cause, const char *header, size_t len,
    const char **by_r, char *name, size_t size)
{
	struct field field;

	if (cause == DAMAGE_CTE_RECODED &&
	    find_only(header, len, "X-MIME-Autoconverted", &field) &&
	    name_behind_by(&field, name, size)) {
		*by_r = "which says so in X-MIME-Autoconverted";
		return true;
	}
	if (cause == DAMAGE_FOOTER &&
	    find_only(header, len, "List-Id", &field) &&
	    name_in_brackets(&field, name, size)) {
		*by_r = "the mailing list named in List-Id";
		return true;
	}
	if ((cause == DAMAGE_CTE_RECODED || cause == DAMAGE_REWRAPPED ||
		cause == DAMAGE_HEADER_REFOLDED) &&
	    find_only(header, len, "X-MS-Exchange-Organization-AuthSource",
		&field) &&
	    name_at(&field, 0, name, size)) {
		*by_r = "an Exchange server that the message went through";
		return true;
	}
	if (cause == DAMAGE_LONG_LINE_SPLIT &&
	    only_hop(header, len, "(Postfix)", name, size)) {
		*by_r = "the only Postfix that the message went through";
		return true;
	}
	return false;
}

bool
hop_find(enum damage cause, const char *header, size_t len,
    char out[static HOP_MAX_TEXT])
{
	char name[HOP_MAX_TEXT - 80];
	const char *by;

	if (!find_evidence(cause, header, len, &by, name, sizeof(name)))
		return false;
	snprintf(out, HOP_MAX_TEXT, "%s, %s", name, by);
	return true;
}
