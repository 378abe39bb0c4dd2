/* SPDX-License-Identifier: ISC */
#include "milter/doctor/postconf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "milter/doctor/cfline.h"

#define BLANKS " \t\r\n"

/* master(5): service, type, private, unprivileged, chroot, wakeup, maxproc. */
enum { FIELD_NAME, FIELD_TYPE, FIELD_CHROOT = 4, FIELD_COMMAND = 7 };

struct service {
	struct postconf_service is;
	char chroot;	       /* 'y', 'n', or '-' for the default */
	GHashTable *overrides; /* owned; name to value */
};

struct postconf {
	GHashTable *set;      /* owned; name to value */
	GHashTable *defaults; /* owned; before those of the table */
	GPtrArray *services;  /* owned; of struct service */
};

/* What Postfix does where main.cf is silent. */
static const struct {
	const char *name;
	const char *value;
} defaults[] = {
	{ "always_add_missing_headers", "no" },
	{ "compatibility_level", "0" },
	{ "disable_mime_output_conversion", "no" },
	{ "force_mime_input_conversion", "no" },
	{ "local_header_rewrite_clients", "permit_inet_interfaces" },
	{ "mail_owner", "postfix" },
	{ "milter_command_timeout", "30s" },
	{ "milter_connect_timeout", "30s" },
	{ "milter_connect_macros", "j {daemon_name} {daemon_addr} v _" },
	{ "milter_content_timeout", "300s" },
	{ "milter_default_action", "tempfail" },
	{ "milter_end_of_data_macros", "i" },
	{ "milter_protocol", "6" },
	{ "queue_directory", "/var/spool/postfix" },
	{ "smtp_line_length_limit", "998" },
};
enum { DEFAULTS = sizeof(defaults) / sizeof(defaults[0]) };

/* One postconf_value() under way. */
struct expansion {
	const struct postconf *postconf;
	const struct service *service; /* may be NULL */
	GString *out;
	size_t steps;
};

static void expand(struct expansion *expansion, const char *text, size_t len);

static void
service_free(void *pointer)
{
	struct service *service = pointer;

	g_free(service->is.name);
	g_free(service->is.type);
	g_free(service->is.command);
	g_hash_table_unref(service->overrides);
	g_free(service);
}

static bool
fail(char **error_r, const char *name, size_t line, const char *what)
{
	if (asprintf(error_r, "%s:%zu: %s", name, line, what) < 0)
		*error_r = NULL;
	return false;
}

/* Set "name = value" from text; false when it is none. */
static bool
set_pair(GHashTable *table, const char *text)
{
	const char *equals = strchr(text, '=');
	char *name;

	if (equals == NULL)
		return false;
	name = g_strstrip(g_strndup(text, (gsize)(equals - text)));
	if (name[0] == '\0' || name[strcspn(name, BLANKS)] != '\0') {
		g_free(name);
		return false;
	}
	g_hash_table_replace(table, name, g_strstrip(g_strdup(equals + 1)));
	return true;
}

/* Where the element at text ends: at a separator outside of braces. */
static const char *
element_end(const char *text, const char *separators)
{
	size_t depth = 0;

	for (; *text != '\0'; text++) {
		if (*text == '{')
			depth++;
		else if (*text == '}' && depth > 0)
			depth--;
		else if (depth == 0 && strchr(separators, *text) != NULL)
			return text;
	}
	return text;
}

static char **
split(const char *list, const char *separators)
{
	GPtrArray *elements = g_ptr_array_new();

	for (list += strspn(list, separators); *list != '\0';
	     list += strspn(list, separators)) {
		const char *end = element_end(list, separators);
		char *element = g_strndup(list, (gsize)(end - list));

		g_ptr_array_add(elements, g_strstrip(element));
		list = end;
	}
	g_ptr_array_add(elements, NULL);
	return (char **)g_ptr_array_free(elements, FALSE);
}

/* "{ text }" without its braces; other text as it is.  The caller frees. */
static char *
without_braces(const char *text)
{
	size_t len = strlen(text);

	if (len < 2 || text[0] != '{' || text[len - 1] != '}')
		return g_strdup(text);
	return g_strstrip(g_strndup(text + 1, len - 2));
}

/* The words after the command: "-o name=value", "-oname=value", "-v". */
static void
read_overrides(struct service *service, char **words)
{
	for (; *words != NULL; words++) {
		const char *text = *words;
		char *pair;

		if (!g_str_has_prefix(text, "-o"))
			continue;
		if (text[2] != '\0')
			text += 2;
		else if (words[1] != NULL)
			text = *++words;
		pair = without_braces(text);
		set_pair(service->overrides, pair);
		g_free(pair);
	}
}

static struct service *
service_new(char **fields, size_t index)
{
	struct service *service = g_new0(struct service, 1);

	service->is.index = index;
	service->is.name = g_strdup(fields[FIELD_NAME]);
	service->is.type = g_strdup(fields[FIELD_TYPE]);
	service->is.command = g_strdup(fields[FIELD_COMMAND]);
	service->chroot = fields[FIELD_CHROOT][0];
	service->overrides =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	read_overrides(service, fields + FIELD_COMMAND + 1);
	return service;
}

static const char *
find_default(const char *name)
{
	for (size_t i = 0; i < DEFAULTS; i++)
		if (strcmp(defaults[i].name, name) == 0)
			return defaults[i].value;
	return NULL;
}

/* As it was written. */
static const char *
find_raw(const struct postconf *postconf, const struct service *service,
    const char *name)
{
	const char *value = NULL;

	if (service != NULL)
		value = g_hash_table_lookup(service->overrides, name);
	if (value == NULL)
		value = g_hash_table_lookup(postconf->set, name);
	if (value == NULL)
		value = g_hash_table_lookup(postconf->defaults, name);
	if (value == NULL)
		value = find_default(name);
	return value;
}

static bool
is_full(const struct expansion *expansion)
{
	return expansion->steps > POSTCONF_MAX_STEPS ||
	    expansion->out->len >= POSTCONF_MAX_VALUE;
}

static void
put(struct expansion *expansion, const char *text, size_t len)
{
	size_t room = POSTCONF_MAX_VALUE - expansion->out->len;

	g_string_append_len(expansion->out, text,
	    (gssize)(len < room ? len : room));
}

static size_t
name_length(const char *text, size_t len)
{
	size_t n = 0;

	while (n < len &&
	    (g_ascii_isalnum(text[n]) || text[n] == '_' || text[n] == '.'))
		n++;
	return n;
}

static const char *
find_name(const struct expansion *expansion, const char *text, size_t len)
{
	char *name = g_strndup(text, len);
	const char *value =
	    find_raw(expansion->postconf, expansion->service, name);

	g_free(name);
	return value != NULL ? value : "";
}

/* What is in "${...}": name, name?text, name:text, name?{text}. */
static void
expand_braced(struct expansion *expansion, const char *text, size_t len)
{
	size_t n = name_length(text, len);
	const char *value = find_name(expansion, text, n);
	bool wanted = n < len && text[n] == '?';
	bool other = n < len && text[n] == ':';

	if (n == len) {
		expand(expansion, value, strlen(value));
		return;
	}
	if ((wanted && value[0] == '\0') || (other && value[0] != '\0') ||
	    (!wanted && !other))
		return;
	text += n + 1;
	len -= n + 1;
	if (len >= 2 && text[0] == '{' && text[len - 1] == '}') {
		text++;
		len -= 2;
	}
	expand(expansion, text, len);
}

/* The length of "{...}" or "(...)" with those inside, or 0 if it is open. */
static size_t
braced_length(const char *text, size_t len)
{
	char open = text[0], shut = open == '{' ? '}' : ')';
	size_t depth = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == open)
			depth++;
		else if (text[i] == shut && --depth == 0)
			return i + 1;
	}
	return 0;
}

/* What follows a "$": returns how much of it was understood. */
static size_t
expand_name(struct expansion *expansion, const char *text, size_t len)
{
	size_t n = name_length(text, len);
	const char *value;

	if (len == 0)
		return 0;
	if (text[0] == '$') {
		put(expansion, "$", 1);
		return 1;
	}
	if (text[0] == '{' || text[0] == '(') {
		n = braced_length(text, len);
		if (n > 0)
			expand_braced(expansion, text + 1, n - 2);
		return n;
	}
	if (n > 0) {
		value = find_name(expansion, text, n);
		expand(expansion, value, strlen(value));
	}
	return n;
}

static void
expand(struct expansion *expansion, const char *text, size_t len)
{
	const char *end = text + len;

	while (text < end && !is_full(expansion)) {
		const char *dollar = memchr(text, '$', (size_t)(end - text));

		if (dollar == NULL)
			dollar = end;
		put(expansion, text, (size_t)(dollar - text));
		text = dollar;
		if (text == end)
			return;
		expansion->steps++;
		text++;
		text += expand_name(expansion, text, (size_t)(end - text));
	}
}

static void
set_chroots(struct postconf *postconf)
{
	char *level = postconf_value(postconf, NULL, "compatibility_level");
	bool by_default = strtol(level, NULL, 10) < 1;

	for (guint i = 0; i < postconf->services->len; i++) {
		struct service *service = postconf->services->pdata[i];

		service->is.chrooted = service->chroot == 'y' ||
		    (service->chroot == '-' && by_default);
	}
	g_free(level);
}

static bool
read_pairs(struct postconf *postconf, GHashTable *table, const char *name,
    const char *text, size_t len, char **error_r)
{
	struct cfline *scan = cfline_new(text, len);
	const char *flaw = NULL;
	char *line;
	size_t number = 1;

	while (flaw == NULL && (line = cfline_next(scan, &number)) != NULL)
		if (!set_pair(table, line))
			flaw = "no setting; expected NAME = VALUE, as printed "
			       "by postconf -n";
	if (flaw == NULL)
		flaw = cfline_flaw(scan, &number);
	cfline_free(scan);
	set_chroots(postconf);
	return flaw == NULL || fail(error_r, name, number, flaw);
}

static const struct service *
own_service(const struct postconf *postconf,
    const struct postconf_service *service)
{
	return service != NULL ? postconf->services->pdata[service->index] :
				 NULL;
}

struct postconf *
postconf_new(void)
{
	struct postconf *postconf = g_new0(struct postconf, 1);

	postconf->set =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	postconf->defaults =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	postconf->services = g_ptr_array_new_with_free_func(service_free);
	return postconf;
}

void
postconf_free(struct postconf *postconf)
{
	if (postconf == NULL)
		return;
	g_hash_table_unref(postconf->set);
	g_hash_table_unref(postconf->defaults);
	g_ptr_array_unref(postconf->services);
	g_free(postconf);
}

bool
postconf_read_main(struct postconf *postconf, const char *name,
    const char *text, size_t len, char **error_r)
{
	return read_pairs(postconf, postconf->set, name, text, len, error_r);
}

bool
postconf_read_defaults(struct postconf *postconf, const char *name,
    const char *text, size_t len, char **error_r)
{
	return read_pairs(postconf, postconf->defaults, name, text, len,
	    error_r);
}

bool
postconf_read_master(struct postconf *postconf, const char *name,
    const char *text, size_t len, char **error_r)
{
	struct cfline *scan = cfline_new(text, len);
	const char *flaw = NULL;
	char *line;
	size_t number = 1;

	while (flaw == NULL && (line = cfline_next(scan, &number)) != NULL) {
		char **fields = split(line, BLANKS);

		if (g_strv_length(fields) > FIELD_COMMAND)
			g_ptr_array_add(postconf->services,
			    service_new(fields, postconf->services->len));
		else
			flaw = "no service; expected eight fields, as printed "
			       "by postconf -M";
		g_strfreev(fields);
	}
	if (flaw == NULL)
		flaw = cfline_flaw(scan, &number);
	cfline_free(scan);
	set_chroots(postconf);
	return flaw == NULL || fail(error_r, name, number, flaw);
}

size_t
postconf_services(const struct postconf *postconf)
{
	return postconf->services->len;
}

const struct postconf_service *
postconf_service(const struct postconf *postconf, size_t index)
{
	const struct service *service = postconf->services->pdata[index];

	return &service->is;
}

bool
postconf_is_set(const struct postconf *postconf, const char *name)
{
	return g_hash_table_contains(postconf->set, name);
}

bool
postconf_overrides(const struct postconf *postconf,
    const struct postconf_service *service, const char *name)
{
	return service != NULL &&
	    g_hash_table_contains(own_service(postconf, service)->overrides,
		name);
}

char *
postconf_value(const struct postconf *postconf,
    const struct postconf_service *service, const char *name)
{
	struct expansion expansion = {
		.postconf = postconf,
		.service = own_service(postconf, service),
		.out = g_string_new(NULL),
	};
	const char *raw = find_raw(postconf, expansion.service, name);

	if (raw != NULL)
		expand(&expansion, raw, strlen(raw));
	return g_string_free(expansion.out, FALSE);
}

char **
postconf_split(const char *list)
{
	return split(list, BLANKS ",");
}

char *
postconf_milter_socket(const char *element)
{
	char *inside = without_braces(element);
	char **words = split(inside, BLANKS ",");
	char *socket = g_strdup(words[0] != NULL ? words[0] : "");

	g_strfreev(words);
	g_free(inside);
	return socket;
}

char *
postconf_milter_attribute(const char *element, const char *name)
{
	char *inside = without_braces(element);
	char **pairs = split(inside, ",");
	GHashTable *table =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	char *value;

	for (char **pair = pairs; *pair != NULL; pair++) {
		char *bare = without_braces(*pair);

		set_pair(table, bare);
		g_free(bare);
	}
	value = g_strdup(g_hash_table_lookup(table, name));
	g_hash_table_unref(table);
	g_strfreev(pairs);
	g_free(inside);
	return value;
}
