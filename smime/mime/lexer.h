/* SPDX-License-Identifier: ISC */
/*
 * lexer - the value of a structured field, read from left to right
 *
 * Shape    white space and comments, quoted strings, tokens; a fold is CRLF or
 *          LF, and a space or a tab
 * Source   RFC 5322 3.2, RFC 6532 3.2, RFC 2045 5.1, RFC 2046 5.1.1
 * Units    octets
 * Limits   comments, if they are wanted, as text_is_too_long() has it
 * Threads  one thread at a time for each lexer
 */
#ifndef SMIME_MIME_LEXER_H
#define SMIME_MIME_LEXER_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <glib.h>

#include "smime/mime/text.h"

/* The value of a structured field, read from left to right. */
struct lexer {
	const char *at;
	const char *end;
	struct text *comments; /* borrowed; NULL: they are not wanted */
	struct text *shown;    /* all words in order; borrowed, or NULL */
	bool folded;	       /* a quoted string went over a line end */
	bool commented;	       /* there was a comment */
	bool escaped;	       /* there was a backslash in quotes */
	bool hiding;	       /* a parameter in the quotes of another */
	bool loose;	       /* a value without the quotes it needs */
};

static inline bool
lexer_is_space(char c)
{
	return c == ' ' || c == '\t';
}

static inline bool
lexer_is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

/* RFC 5322 3.2.3, with RFC 6532 3.2. */
static inline bool
lexer_is_atext(char c)
{
	return (unsigned char)c >= 0x80 || g_ascii_isalnum(c) ||
	    (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

/* RFC 2045 5.1. */
static inline bool
lexer_is_token(char c)
{
	return (unsigned char)c > 0x20 && (unsigned char)c < 0x7f &&
	    strchr("()<>@,;:\\\"/[]?=", c) == NULL;
}

/* RFC 2046 5.1.1; a space only inside. */
static inline bool
lexer_is_boundary_char(char c)
{
	return g_ascii_isalnum(c) ||
	    (c != '\0' && strchr("'()+_,-./:=? ", c) != NULL);
}

/*
 * Skip CFWS of RFC 5322 3.2.2.  False when a comment does not end, is too long
 * or has control characters.
 */
bool lexer_skip_cfws(struct lexer *lx);

/*
 * Read a quoted string, which must begin here, and append it to text without
 * its quotes and backslashes.  text may be NULL.  False when it does not end or
 * has control characters.
 */
bool lexer_read_quoted(struct lexer *lx, struct text *text);

/* Skip a token of RFC 2045.  Returns its length, 0 when there is none. */
size_t lexer_skip_token(struct lexer *lx);

#endif
