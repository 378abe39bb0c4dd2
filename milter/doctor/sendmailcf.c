/* SPDX-License-Identifier: ISC */
#include "milter/doctor/sendmailcf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "milter/doctor/cfline.h"

struct sendmailcf {
	GHashTable *options; /* owned; name in lower case to value */
	GPtrArray *daemons;  /* owned; of char * */
	GPtrArray *filters;  /* owned; of struct sendmailcf_filter */
	GPtrArray *mailers;  /* owned; of struct sendmailcf_mailer */
	bool has_version;    /* a V line: it is a sendmail.cf */
};

static void
filter_free(void *pointer)
{
	struct sendmailcf_filter *filter = pointer;

	g_free(filter->name);
	g_free(filter->socket);
	g_free(filter->flags);
	g_free(filter->timeouts);
	g_free(filter);
}

static void
mailer_free(void *pointer)
{
	struct sendmailcf_mailer *mailer = pointer;

	g_free(mailer->name);
	g_free(mailer->flags);
	g_free(mailer);
}

/* "Name=value"; an old "Oxvalue" has a letter and is passed over. */
static const char *
read_option(struct sendmailcf *cf, const char *text)
{
	const char *equals = strchr(text, '=');
	char *name, *value;

	if (text[0] != ' ')
		return NULL;
	if (equals == NULL)
		return "an option without a value; expected O NAME=VALUE";
	name = g_strstrip(g_strndup(text, (gsize)(equals - text)));
	value = g_strstrip(g_strdup(equals + 1));
	if (g_ascii_strcasecmp(name, "DaemonPortOptions") == 0)
		g_ptr_array_add(cf->daemons, g_strdup(value));
	g_hash_table_replace(cf->options, g_ascii_strdown(name, -1), value);
	g_free(name);
	return NULL;
}

/* What is before the first comma. */
static char *
read_name(const char *text)
{
	return g_strstrip(g_strndup(text, strcspn(text, ",")));
}

static char *
key_or_empty(const char *text, char letter)
{
	char *value = sendmailcf_key(text + strcspn(text, ","), letter);

	return value != NULL ? value : g_strdup("");
}

static const char *
read_filter(struct sendmailcf *cf, const char *text, size_t line)
{
	struct sendmailcf_filter *filter = g_new0(struct sendmailcf_filter, 1);

	filter->name = read_name(text);
	filter->socket = key_or_empty(text, 'S');
	filter->flags = key_or_empty(text, 'F');
	filter->timeouts = key_or_empty(text, 'T');
	filter->line = line;
	g_ptr_array_add(cf->filters, filter);
	return filter->name[0] != '\0' ?
	    NULL :
	    "a filter without a name; expected XNAME, S=SOCKET, F=T";
}

static const char *
read_mailer(struct sendmailcf *cf, const char *text, size_t line)
{
	struct sendmailcf_mailer *mailer = g_new0(struct sendmailcf_mailer, 1);

	mailer->name = read_name(text);
	mailer->flags = key_or_empty(text, 'F');
	mailer->line = line;
	g_ptr_array_add(cf->mailers, mailer);
	return mailer->name[0] != '\0' ?
	    NULL :
	    "a mailer without a name; expected MNAME, P=PATH, F=FLAGS";
}

static const char *
read_line(struct sendmailcf *cf, const char *text, size_t line)
{
	switch (text[0]) {
	case 'V':
		cf->has_version = true;
		return NULL;
	case 'O':
		return read_option(cf, text + 1);
	case 'X':
		return read_filter(cf, text + 1, line);
	case 'M':
		return read_mailer(cf, text + 1, line);
	default:
		return NULL;
	}
}

static const char *
read_lines(struct sendmailcf *cf, struct cfline *scan, size_t *line_r)
{
	const char *flaw = NULL;
	const char *text;

	while (flaw == NULL && (text = cfline_next(scan, line_r)) != NULL)
		flaw = read_line(cf, text, *line_r);
	if (flaw == NULL)
		flaw = cfline_flaw(scan, line_r);
	if (flaw == NULL && !cf->has_version)
		flaw = "no V line; expected a sendmail.cf, not a sendmail.mc";
	return flaw;
}

struct sendmailcf *
sendmailcf_read(const char *name, const char *text, size_t len, char **error_r)
{
	struct sendmailcf *cf = g_new0(struct sendmailcf, 1);
	struct cfline *scan = cfline_new(text, len);
	const char *flaw;
	size_t line = 1;

	cf->options =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	cf->daemons = g_ptr_array_new_with_free_func(g_free);
	cf->filters = g_ptr_array_new_with_free_func(filter_free);
	cf->mailers = g_ptr_array_new_with_free_func(mailer_free);
	flaw = read_lines(cf, scan, &line);
	cfline_free(scan);
	if (flaw == NULL)
		return cf;
	sendmailcf_free(cf);
	if (asprintf(error_r, "%s:%zu: %s", name, line, flaw) < 0)
		*error_r = NULL;
	return NULL;
}

void
sendmailcf_free(struct sendmailcf *cf)
{
	if (cf == NULL)
		return;
	g_hash_table_unref(cf->options);
	g_ptr_array_unref(cf->daemons);
	g_ptr_array_unref(cf->filters);
	g_ptr_array_unref(cf->mailers);
	g_free(cf);
}

const char *
sendmailcf_option(const struct sendmailcf *cf, const char *name)
{
	char *key = g_ascii_strdown(name, -1);
	const char *value = g_hash_table_lookup(cf->options, key);

	g_free(key);
	return value;
}

size_t
sendmailcf_daemons(const struct sendmailcf *cf)
{
	return cf->daemons->len;
}

const char *
sendmailcf_daemon(const struct sendmailcf *cf, size_t index)
{
	return cf->daemons->pdata[index];
}

char *
sendmailcf_key(const char *pairs, char letter)
{
	char **list = g_strsplit(pairs, ",", -1);
	char *value = NULL;

	for (char **pair = list; *pair != NULL && value == NULL; pair++) {
		const char *equals;

		g_strchug(*pair);
		equals = strchr(*pair, '=');
		if (equals != NULL &&
		    g_ascii_toupper((*pair)[0]) == g_ascii_toupper(letter))
			value = g_strstrip(g_strdup(equals + 1));
	}
	g_strfreev(list);
	return value;
}

size_t
sendmailcf_filters(const struct sendmailcf *cf)
{
	return cf->filters->len;
}

const struct sendmailcf_filter *
sendmailcf_filter(const struct sendmailcf *cf, size_t index)
{
	return cf->filters->pdata[index];
}

const struct sendmailcf_filter *
sendmailcf_find_filter(const struct sendmailcf *cf, const char *name)
{
	for (guint i = 0; i < cf->filters->len; i++) {
		const struct sendmailcf_filter *filter = cf->filters->pdata[i];

		if (strcmp(filter->name, name) == 0)
			return filter;
	}
	return NULL;
}

size_t
sendmailcf_mailers(const struct sendmailcf *cf)
{
	return cf->mailers->len;
}

const struct sendmailcf_mailer *
sendmailcf_mailer(const struct sendmailcf *cf, size_t index)
{
	return cf->mailers->pdata[index];
}
