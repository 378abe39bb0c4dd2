/* SPDX-License-Identifier: ISC */
#include "smime/mime/field.h"

#include <string.h>

#include <glib.h>

#include "smime/mime/lexer.h"

/* The first line end at or after at, and all lines that continue it. */
static size_t
field_end(const char *block, size_t len, size_t at)
{
	const char *eol;

	do {
		eol = memchr(block + at, '\n', len - at);
		if (eol == NULL)
			return len;
		at = (size_t)(eol - block) + 1;
	} while (at < len && lexer_is_space(block[at]));
	return at;
}

static bool
split_field(const char *text, size_t len, struct field *field_r)
{
	const char *colon = memchr(text, ':', len);
	size_t name_len = colon != NULL ? (size_t)(colon - text) : 0;

	while (name_len > 0 && lexer_is_space(text[name_len - 1]))
		name_len--;
	for (size_t i = 0; i < name_len; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	if (name_len == 0)
		return false;
	if (text[len - 1] == '\n')
		len -= text[len - 2] == '\r' ? 2 : 1;
	field_r->name = text;
	field_r->name_len = name_len;
	field_r->value = colon + 1;
	field_r->value_len = (size_t)(text + len - field_r->value);
	return true;
}

/* The empty line that ends a header. */
static bool
is_empty_line(const char *text, size_t len)
{
	return text[0] == '\n' ||
	    (len >= 2 && text[0] == '\r' && text[1] == '\n');
}

bool
field_next(const char *block, size_t len, size_t *at, struct field *field_r,
    bool *odd_r)
{
	size_t start;

	while (*at < len && !is_empty_line(block + *at, len - *at)) {
		start = *at;
		*at = field_end(block, len, start);
		if (split_field(block + start, *at - start, field_r))
			return true;
		*odd_r = true;
	}
	return false;
}

bool
field_is(const struct field *field, const char *name)
{
	return strlen(name) == field->name_len &&
	    g_ascii_strncasecmp(field->name, name, field->name_len) == 0;
}
