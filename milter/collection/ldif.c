/* SPDX-License-Identifier: ISC */
#include "milter/collection/ldif.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <glib.h>
#include <openssl/evp.h>

#include "smime/buf.h"

struct ldif {
	FILE *file; /* borrowed */
	size_t at;
	size_t len;
	uint8_t octets[64 * 1024];
	size_t number;	   /* of the line read last, from 1 */
	size_t first;	   /* of the line that text begins in */
	struct buf text;   /* the line with its continuations, and a NUL */
	struct buf value;  /* what its base64 stands for, and a NUL */
	bool in_entry;	   /* a dn has come, and no blank line since */
	bool just_begun;   /* that dn was the line before */
	const char *error; /* a constant; NULL: none so far */
};

enum line { LINE_TEXT, LINE_BLANK, LINE_NONE, LINE_ERROR };

static enum ldif_event
fail(struct ldif *ldif, const char *error)
{
	ldif->error = error;
	return LDIF_ERROR;
}

/* The next octet, which stays where it is; EOF at the end of the file. */
static int
look(struct ldif *ldif)
{
	if (ldif->at == ldif->len) {
		ldif->at = 0;
		ldif->len =
		    fread(ldif->octets, 1, sizeof(ldif->octets), ldif->file);
	}
	return ldif->at < ldif->len ? ldif->octets[ldif->at] : EOF;
}

static enum line
push(struct ldif *ldif, const uint8_t *octets, size_t len)
{
	switch (buf_push(&ldif->text, octets, len)) {
	case BUF_OK:
		return LINE_TEXT;
	case BUF_FULL:
		fail(ldif,
		    "a line of more than 16 MiB, which no certificate"
		    " needs");
		break;
	case BUF_NOMEM:
		fail(ldif, "out of memory");
		break;
	}
	return LINE_ERROR;
}

/* One more line of the file, without its end, to what text has already. */
static enum line
push_line(struct ldif *ldif)
{
	const uint8_t *from, *lf = NULL;
	size_t len;

	ldif->number++;
	while (lf == NULL) {
		if (look(ldif) == EOF) {
			fail(ldif,
			    ferror(ldif->file) ?
				"the file cannot be read" :
				"the file stops in the middle of a line; it was"
				" cut, or its last line has no end");
			return LINE_ERROR;
		}
		from = ldif->octets + ldif->at;
		lf = memchr(from, '\n', ldif->len - ldif->at);
		len = lf != NULL ? (size_t)(lf - from) : ldif->len - ldif->at;
		if (push(ldif, from, len) == LINE_ERROR)
			return LINE_ERROR;
		ldif->at += len + (lf != NULL ? 1 : 0);
	}
	len = ldif->text.len;
	if (len > 0 && ldif->text.data[len - 1] == '\r')
		ldif->text.len--;
	return ldif->text.len > 0 ? LINE_TEXT : LINE_BLANK;
}

/* A line with its continuations; a blank line has none. */
static enum line
read_line(struct ldif *ldif)
{
	enum line line;

	buf_reset(&ldif->text);
	if (look(ldif) == EOF && !ferror(ldif->file))
		return LINE_NONE;
	ldif->first = ldif->number + 1;
	line = push_line(ldif);
	while (line == LINE_TEXT && look(ldif) == ' ') {
		ldif->at++;
		if (push_line(ldif) == LINE_ERROR)
			return LINE_ERROR;
	}
	if (line == LINE_TEXT &&
	    memchr(ldif->text.data, '\0', ldif->text.len) != NULL) {
		fail(ldif,
		    "a NUL in the text; LDIF in UTF-8 or ASCII is"
		    " expected");
		return LINE_ERROR;
	}
	return line == LINE_TEXT ? push(ldif, (const uint8_t *)"", 1) : line;
}

/* The same, without comments. */
static enum line
read_content(struct ldif *ldif)
{
	enum line line;

	do
		line = read_line(ldif);
	while (line == LINE_TEXT && ldif->text.data[0] == '#');
	return line;
}

/* RFC 4512 2.5, and what servers make of it: letters, digits, options. */
static size_t
span_of_name(const char *text)
{
	size_t n = 0;

	if (!g_ascii_isalnum(text[0]))
		return 0;
	while (g_ascii_isgraph(text[n]) && text[n] != ':')
		n++;
	return text[n] == ':' ? n : 0;
}

/* RFC 4648 4: whole groups of four, and "=" at the end only. */
static bool
is_base64(const char *text, size_t len)
{
	size_t pad = 0;

	while (pad < 2 && pad < len && text[len - 1 - pad] == '=')
		pad++;
	return len % 4 == 0 &&
	    strspn(text,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789+/") == len - pad;
}

static enum ldif_event
decode(struct ldif *ldif, const char *text, struct ldif_item *item_r)
{
	size_t len = strlen(text);

	while (len > 0 && text[len - 1] == ' ')
		len--;
	if (!is_base64(text, len))
		return fail(ldif, "not base64, which has to follow \"::\"");
	buf_reset(&ldif->value);
	/* Four characters become three octets; one more for the NUL. */
	if (buf_push(&ldif->value, text, len) != BUF_OK ||
	    buf_push(&ldif->value, "", 1) != BUF_OK)
		return fail(ldif, "out of memory");
	EVP_DecodeBlock(ldif->value.data, (const uint8_t *)text, (int)len);
	item_r->len = len / 4 * 3;
	for (size_t i = 0; i < 2 && i < len; i++)
		item_r->len -= text[len - 1 - i] == '=' ? 1 : 0;
	ldif->value.data[item_r->len] = '\0';
	item_r->value = ldif->value.data;
	return LDIF_VALUE;
}

/* Take the line in text apart. */
static enum ldif_event
parse(struct ldif *ldif, struct ldif_item *item_r)
{
	char *text = (char *)ldif->text.data;
	size_t name = span_of_name(text);
	char kind = name > 0 ? text[name + 1] : '\0';
	char *value;

	if (name == 0 && text[0] == '-')
		return fail(ldif,
		    "a list of changes; expected a dump of"
		    " entries");
	if (name == 0)
		return fail(ldif, "expected \"attribute: value\"");
	if (kind == '<')
		return fail(ldif,
		    "the value is in another place, which is not"
		    " read; write the dump with the values in it"
		    " (ldapsearch without -t)");
	value = text + name + 1 + (kind == ':' ? 1 : 0);
	value += strspn(value, " ");
	text[name] = '\0';
	item_r->name = text;
	if (kind == ':')
		return decode(ldif, value, item_r);
	item_r->value = (const uint8_t *)value;
	item_r->len = strlen(value);
	return LDIF_VALUE;
}

static bool
is(const struct ldif_item *item, const char *name, const char *value)
{
	return strcasecmp(item->name, name) == 0 &&
	    (value == NULL ||
		strcasecmp((const char *)item->value, value) == 0);
}

/* The first line of a record. */
static enum ldif_event
begin_entry(struct ldif *ldif, const struct ldif_item *item)
{
	if (!is(item, "dn", NULL))
		return fail(ldif,
		    "expected \"dn:\", with which each entry"
		    " begins (ldapsearch with -LLL)");
	if (memchr(item->value, '\0', item->len) != NULL)
		return fail(ldif, "a NUL in the DN");
	ldif->in_entry = true;
	ldif->just_begun = true;
	return LDIF_ENTRY;
}

/* What a record may say right after its dn, of its own nature. */
static enum ldif_event
check_value(struct ldif *ldif, const struct ldif_item *item)
{
	bool just_begun = ldif->just_begun;

	ldif->just_begun = false;
	if (is(item, "dn", NULL))
		return fail(ldif,
		    "a second \"dn:\"; a blank line has to come"
		    " before it");
	if (just_begun && is(item, "control", NULL))
		return fail(ldif,
		    "a change with a control; expected a dump of"
		    " entries");
	if (just_begun && is(item, "changetype", NULL) &&
	    !is(item, "changetype", "add"))
		return fail(ldif,
		    "a change of an entry; expected a dump of"
		    " entries (of changes, only \"changetype: add\""
		    " is one)");
	return LDIF_VALUE;
}

static bool
starts_with(struct ldif *ldif, const char *octets)
{
	size_t len = strlen(octets);

	return look(ldif) != EOF && ldif->len - ldif->at >= len &&
	    memcmp(ldif->octets + ldif->at, octets, len) == 0;
}

/* Byte order marks, which RFC 2849 knows nothing of. */
static bool
begin_file(struct ldif *ldif)
{
	if (starts_with(ldif, "\xff\xfe") || starts_with(ldif, "\xfe\xff")) {
		fail(ldif,
		    "text in UTF-16; expected UTF-8 or ASCII (ldifde"
		    " without -u)");
		return false;
	}
	if (starts_with(ldif, "\xef\xbb\xbf"))
		ldif->at += strlen("\xef\xbb\xbf");
	return true;
}

static bool
is_version(const struct ldif *ldif, const struct ldif_item *item)
{
	return !ldif->in_entry && is(item, "version", NULL);
}

/* One line that means something; blank ones end the entry before. */
static enum ldif_event
next_item(struct ldif *ldif, struct ldif_item *item_r)
{
	for (;;) {
		switch (read_content(ldif)) {
		case LINE_ERROR:
			return LDIF_ERROR;
		case LINE_NONE:
			return LDIF_END;
		case LINE_BLANK:
			ldif->in_entry = false;
			break;
		case LINE_TEXT:
			if (ldif->text.data[0] == ' ')
				return fail(ldif,
				    "a line that begins with a"
				    " space, and none before that"
				    " it could continue");
			return parse(ldif, item_r);
		}
	}
}

/* The version line, if there is one, can only be the first. */
static enum ldif_event
skip_version(struct ldif *ldif, struct ldif_item *item_r)
{
	enum ldif_event event;

	if (!begin_file(ldif))
		return LDIF_ERROR;
	event = next_item(ldif, item_r);
	if (event != LDIF_VALUE || !is_version(ldif, item_r))
		return event;
	if (!is(item_r, "version", "1"))
		return fail(ldif, "LDIF of another version; expected 1");
	return next_item(ldif, item_r);
}

struct ldif *
ldif_new(FILE *file)
{
	struct ldif *ldif = calloc(1, sizeof(*ldif));

	if (ldif == NULL)
		return NULL;
	ldif->file = file;
	/* Room for the NUL. */
	buf_init(&ldif->text, LDIF_MAX_LINE + 1);
	buf_init(&ldif->value, LDIF_MAX_LINE + 1);
	return ldif;
}

enum ldif_event
ldif_next(struct ldif *ldif, struct ldif_item *item_r)
{
	struct ldif_item item = { .name = NULL };
	enum ldif_event event;

	if (ldif->error != NULL)
		return LDIF_ERROR;
	event = ldif->number == 0 ? skip_version(ldif, &item) :
				    next_item(ldif, &item);
	if (event == LDIF_VALUE)
		event = ldif->in_entry ? check_value(ldif, &item) :
					 begin_entry(ldif, &item);
	if (event == LDIF_ENTRY || event == LDIF_VALUE)
		*item_r = item;
	return event;
}

size_t
ldif_line(const struct ldif *ldif)
{
	return ldif->first > 0 ? ldif->first : 1;
}

const char *
ldif_error(const struct ldif *ldif)
{
	return ldif->error != NULL ? ldif->error : "no error";
}

void
ldif_free(struct ldif *ldif)
{
	if (ldif == NULL)
		return;
	buf_done(&ldif->text);
	buf_done(&ldif->value);
	free(ldif);
}
