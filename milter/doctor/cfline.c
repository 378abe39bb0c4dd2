/* SPDX-License-Identifier: ISC */
#include "milter/doctor/cfline.h"

#include <string.h>

#include <glib.h>

struct cfline {
	const char *at; /* borrowed */
	const char *end;
	size_t line; /* of at */
	const char *flaw;
	GString *text; /* owned: the logical line */
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The physical line at scan->at, without its end; moves on to the next. */
static const char *
take_line(struct cfline *scan, size_t *len_r)
{
	const char *begin = scan->at;
	size_t left = (size_t)(scan->end - begin);
	const char *feed = memchr(begin, '\n', left);
	size_t len = feed != NULL ? (size_t)(feed - begin) : left;

	scan->at = begin + len + (feed != NULL ? 1 : 0);
	scan->line++;
	if (len > 0 && begin[len - 1] == '\r')
		len--;
	*len_r = len;
	return begin;
}

static bool
is_comment(const char *line, size_t len)
{
	size_t i = 0;

	while (i < len && is_blank(line[i]))
		i++;
	return i == len || line[i] == '#';
}

static bool
append(struct cfline *scan, const char *line, size_t len)
{
	if (memchr(line, '\0', len) != NULL)
		scan->flaw = "an octet is zero; expected text";
	else if (scan->text->len + len > CFLINE_MAX_LINE)
		scan->flaw = "a line is longer than 64 KiB; expected a "
			     "configuration file";
	else
		g_string_append_len(scan->text, line, (gssize)len);
	return scan->flaw == NULL;
}

/* Does the line at scan->at belong to the one before? */
static bool
continues(const struct cfline *scan)
{
	return scan->at < scan->end && is_blank(*scan->at);
}

/* Pass over comments, then over nothing else. */
static void
skip_comments(struct cfline *scan)
{
	while (scan->at < scan->end) {
		struct cfline ahead = *scan;
		size_t len;
		const char *line = take_line(&ahead, &len);

		if (!is_comment(line, len))
			return;
		scan->at = ahead.at;
		scan->line = ahead.line;
	}
}

struct cfline *
cfline_new(const char *text, size_t len)
{
	struct cfline *scan = g_new0(struct cfline, 1);

	scan->at = text;
	scan->end = text + len;
	scan->line = 1;
	scan->text = g_string_new(NULL);
	if (len > CFLINE_MAX_TEXT)
		scan->flaw = "larger than 4 MiB; expected a configuration "
			     "file";
	return scan;
}

char *
cfline_next(struct cfline *scan, size_t *line_r)
{
	size_t len;
	const char *line;

	if (scan->flaw != NULL)
		return NULL;
	skip_comments(scan);
	if (scan->at == scan->end)
		return NULL;
	g_string_truncate(scan->text, 0);
	*line_r = scan->line;
	do {
		size_t here = scan->line;

		line = take_line(scan, &len);
		if (!append(scan, line, len)) {
			scan->line = here;
			return NULL;
		}
		skip_comments(scan);
	} while (continues(scan));
	return scan->text->str;
}

const char *
cfline_flaw(const struct cfline *scan, size_t *line_r)
{
	if (scan->flaw != NULL)
		*line_r = scan->line;
	return scan->flaw;
}

void
cfline_free(struct cfline *scan)
{
	if (scan == NULL)
		return;
	g_string_free(scan->text, TRUE);
	g_free(scan);
}
