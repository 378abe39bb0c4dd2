/* SPDX-License-Identifier: ISC */
#include "milter/settings/conftext.h"

#include <string.h>

struct scan {
	char *at;
	char *end;
	size_t line;
	bool starts_token; /* a word of the file may begin here */
	struct conftext_flaw flaw;
};

static bool
refuse(struct scan *scan, size_t line, const char *what, const char *expected)
{
	scan->flaw = (struct conftext_flaw){ line, what, expected };
	return false;
}

static bool
is_control(char c)
{
	unsigned char octet = (unsigned char)c;

	return (octet < ' ' && c != '\t' && c != '\n' && c != '\r') ||
	    octet == 0x7f;
}

static bool
next_is(const struct scan *scan, char c)
{
	return scan->end - scan->at > 1 && scan->at[1] == c;
}

static void
blank_line(struct scan *scan)
{
	while (scan->at < scan->end && *scan->at != '\n')
		*scan->at++ = ' ';
}

static bool
blank_comment(struct scan *scan)
{
	size_t begin = scan->line;
	char *from = scan->at + 2;
	char *close = memmem(from, (size_t)(scan->end - from), "*/", 2);

	if (close == NULL)
		return refuse(scan, begin, "a comment is not closed", "*/");
	for (; scan->at < close + 2; scan->at++) {
		if (*scan->at == '\n')
			scan->line++;
		else
			*scan->at = ' ';
	}
	return true;
}

static bool
refuse_octet(struct scan *scan)
{
	if (*scan->at == '\0')
		return refuse(scan, scan->line, "an octet is zero",
		    "text in UTF-8");
	return refuse(scan, scan->line, "a control character", "text");
}

static bool
refuse_variable(struct scan *scan)
{
	return refuse(scan, scan->line, "variables are not expanded",
	    "the value itself, or \\${ for these characters");
}

static bool
escapes_next(const struct scan *scan)
{
	return *scan->at == '\\' && scan->end - scan->at > 1 &&
	    memchr("\"'\\$", scan->at[1], 4) != NULL;
}

static bool
skip_string(struct scan *scan)
{
	char quote = *scan->at++;

	scan->starts_token = true; /* after the closing quote */
	for (; scan->at < scan->end && *scan->at != '\n'; scan->at++) {
		if (*scan->at == quote) {
			scan->at++;
			return true;
		}
		if (is_control(*scan->at))
			return refuse_octet(scan);
		if (quote == '"' && *scan->at == '$' && next_is(scan, '{'))
			return refuse_variable(scan);
		if (escapes_next(scan))
			scan->at++;
	}
	return refuse(scan, scan->line, "a quote is not closed on its line",
	    quote == '"' ? "\"" : "'");
}

/* One character that is in no comment and in no string. */
static bool
skip_plain(struct scan *scan)
{
	char c = *scan->at;

	if (is_control(c))
		return refuse_octet(scan);
	if (c == '*' || (c == '+' && !next_is(scan, '=')))
		return refuse(scan, scan->line,
		    "\"*\" and \"+\" have no meaning outside of quotes",
		    "the value in quotes");
	if (c == '$' && next_is(scan, '{'))
		return refuse_variable(scan);
	if (c == '\n')
		scan->line++;
	scan->starts_token = strchr(" \t\r\n={}()+,", c) != NULL;
	scan->at++;
	return true;
}

static bool
step(struct scan *scan)
{
	char c = *scan->at;

	if (c == '#' || (c == '/' && scan->starts_token && next_is(scan, '/')))
		blank_line(scan);
	else if (c == '/' && scan->starts_token && next_is(scan, '*'))
		return blank_comment(scan);
	else if (c == '"' || c == '\'')
		return skip_string(scan);
	else
		return skip_plain(scan);
	return true;
}

bool
conftext_clean(char *text, size_t len, struct conftext_flaw *flaw_r)
{
	struct scan scan = {
		.at = text,
		.end = text + len,
		.line = 1,
		.starts_token = true,
	};

	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		memset(text, ' ', 3);
	while (scan.at < scan.end) {
		if (!step(&scan)) {
			*flaw_r = scan.flaw;
			return false;
		}
	}
	return true;
}

size_t
conftext_find_open(char *text, size_t len)
{
	struct scan scan = { .at = text, .end = text + len, .line = 1 };
	size_t depth = 0;
	size_t opened = 0; /* the line of the outermost */

	while (scan.at < scan.end) {
		char c = *scan.at;

		if (c == '"' || c == '\'') {
			skip_string(&scan);
			continue;
		}
		if (c == '{' && depth++ == 0)
			opened = scan.line;
		else if (c == '}' && depth > 0)
			depth--;
		else if (c == '\n')
			scan.line++;
		scan.at++;
	}
	return depth > 0 ? opened : 0;
}
