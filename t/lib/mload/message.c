/* SPDX-License-Identifier: ISC */
#include "t/lib/mload/message.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "t/lib/mload/die.h"

/* Read a file, making each end of a line CRLF. */
static struct octets
read_text(const char *path)
{
	FILE *in = fopen(path, "rb");
	struct octets text = { NULL, 0 };
	size_t room = 0;
	int last = 0, c;

	if (in == NULL)
		die("%s: %s", path, strerror(errno));
	while ((c = getc(in)) != EOF) {
		if (text.len + 2 > room) {
			room = room * 2 + 4096;
			text.data = realloc(text.data, room);
			if (text.data == NULL)
				die("out of memory");
		}
		if (c == '\n' && last != '\r')
			text.data[text.len++] = '\r';
		text.data[text.len++] = (char)c;
		last = c;
	}
	fclose(in);
	return text;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The end of the field that begins at "at": where its last CRLF begins. */
static const char *
field_end(const char *at, const char *end)
{
	const char *eol;

	do {
		eol = memmem(at, (size_t)(end - at), "\r\n", 2);
		if (eol == NULL)
			return NULL;
		at = eol + 2;
	} while (at < end && is_blank(*at));
	return eol;
}

/*
 * name NUL value NUL, folds as LF.  The space after the colon stays here:
 * whether it is sent depends on what a connection agrees on.
 */
static struct octets
cut_field(const char *at, const char *eol, const char *path)
{
	const char *colon = memchr(at, ':', (size_t)(eol - at));
	struct octets field = { allocate((size_t)(eol - at) + 2), 0 };

	if (colon == NULL)
		die("%s: a field without a colon", path);
	for (const char *p = at; p < eol; p++) {
		if (p == colon)
			field.data[field.len++] = '\0';
		else if (*p != '\r')
			field.data[field.len++] = *p;
	}
	field.data[field.len++] = '\0';
	return field;
}

void
message_read(struct message *m)
{
	const char *at, *end, *eol;

	m->text = read_text(m->name);
	at = m->text.data;
	end = at + m->text.len;
	while (at < end && *at != '\r') {
		eol = field_end(at, end);
		if (eol == NULL)
			die("%s: no end of the header", m->name);
		m->fields = realloc(m->fields,
		    (m->field_count + 1) * sizeof(*m->fields));
		if (m->fields == NULL)
			die("out of memory");
		m->fields[m->field_count++] = cut_field(at, eol, m->name);
		at = eol + 2;
	}
	m->body = at < end ? at + 2 : end;
	m->body_len = (size_t)(end - m->body);
}

void
message_free(struct message *m)
{
	for (size_t i = 0; i < m->field_count; i++)
		free(m->fields[i].data);
	free(m->fields);
	free(m->text.data);
}
