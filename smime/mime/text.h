/* SPDX-License-Identifier: ISC */
/*
 * text - what was taken from a value
 *
 * Shape    octets with a NUL behind them
 * Units    octets
 * Limits   a display name 2048, and all comments together 2048
 * Threads  one thread at a time for each text
 */
#ifndef SMIME_MIME_TEXT_H
#define SMIME_MIME_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

/* In memory that is as long as the value, and has place for the NUL. */
struct text {
	char *at; /* borrowed; what is in it always ends in NUL */
	size_t len;
};

/* Append an octet, for which there must be memory.  text may be NULL. */
static inline void
text_push(struct text *text, char c)
{
	if (text == NULL)
		return;
	text->at[text->len++] = c;
	text->at[text->len] = '\0';
}

/* g_utf8_next_char() without its cast: text is UTF-8, and not at its end. */
static inline const char *
text_next_char(const char *text)
{
	return text + g_utf8_skip[(unsigned char)*text];
}

/* More than a display name, or all comments, may have?  text may be NULL. */
bool text_is_too_long(const struct text *text);

/* Are all octets of the string ASCII? */
bool text_is_ascii(const char *text);

/* Make ASCII letters of the string lower case, in its place. */
void text_to_lower(char *text);

#endif
