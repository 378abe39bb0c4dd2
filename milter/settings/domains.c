/* SPDX-License-Identifier: ISC */
#include "milter/settings/domains.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "milter/log/log.h"
#include "milter/settings/stamp.h"

enum { MAX_TEXT = 1024 };

/* What is known of a domain; the values of the table. */
enum { ITSELF = 1, BELOW = 2 };

struct domains {
	bool all;
	GHashTable *domains;   /* owned; of strings, to ITSELF | BELOW */
	GHashTable *addresses; /* owned; of strings */
};

char *
domains_normal(const char *text, size_t len)
{
	char *copy, *ascii, *lower = NULL;

	while (len > 0 && text[len - 1] == '.')
		len--;
	if (len == 0 || len > MAX_TEXT || memchr(text, '\0', len) != NULL ||
	    !g_utf8_validate(text, (gssize)len, NULL))
		return NULL;
	copy = g_strndup(text, len);
	ascii = g_hostname_to_ascii(copy);
	g_free(copy);
	if (ascii == NULL)
		return NULL;
	len = strlen(ascii);
	while (len > 0 && ascii[len - 1] == '.')
		ascii[--len] = '\0';
	if (domain_is_name(ascii))
		lower = strdup(ascii);
	g_free(ascii);
	for (char *c = lower; c != NULL && *c != '\0'; c++)
		*c = g_ascii_tolower(*c);
	return lower;
}

/* RFC 8550 3: case counts in a local part that is not ASCII. */
static char *
address_key(const struct mailbox *mailbox)
{
	char *local = mailbox->utf8 ? g_strdup(mailbox->local) :
				      g_ascii_strdown(mailbox->local, -1);
	char *key = g_strconcat(local, "@", mailbox->domain, NULL);

	g_free(local);
	return key;
}

static struct domains *
domains_new(void)
{
	struct domains *domains = calloc(1, sizeof(*domains));

	if (domains == NULL)
		return NULL;
	domains->domains =
	    g_hash_table_new_full(g_str_hash, g_str_equal, free, NULL);
	domains->addresses =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	return domains;
}

void
domains_free(struct domains *domains)
{
	if (domains == NULL)
		return;
	g_hash_table_destroy(domains->domains);
	g_hash_table_destroy(domains->addresses);
	free(domains);
}

/* Takes over domain. */
static void
put_domain(struct domains *domains, char *domain, int what)
{
	int known =
	    GPOINTER_TO_INT(g_hash_table_lookup(domains->domains, domain));

	g_hash_table_replace(domains->domains, domain,
	    GINT_TO_POINTER(known | what));
}

/* domains is NULL to check only.  NULL, or what is wrong. */
static const char *
add_domain(struct domains *domains, const char *text, size_t len)
{
	int what = ITSELF | BELOW;
	char *domain;

	if (text[0] == '.')
		what = BELOW;
	else if (text[0] == '=')
		what = ITSELF;
	if (what != (ITSELF | BELOW)) {
		text++;
		len--;
	}
	domain = domains_normal(text, len);
	if (domain == NULL)
		return "is not a domain";
	if (domains != NULL)
		put_domain(domains, domain, what);
	else
		free(domain);
	return NULL;
}

static const char *
add_address(struct domains *domains, const char *text, size_t len)
{
	struct mailbox mailbox;

	if (!mailbox_read(text, len, &mailbox))
		return "is not an address";
	if (domains != NULL)
		g_hash_table_add(domains->addresses, address_key(&mailbox));
	mailbox_done(&mailbox);
	return NULL;
}

static const char *
add(struct domains *domains, enum domains_kind kind, const char *text,
    size_t len)
{
	bool address = memchr(text, '@', len) != NULL;

	if (len == 0)
		return "is empty";
	if (len == 1 && text[0] == '*') {
		if (domains != NULL)
			domains->all = true;
		return NULL;
	}
	if (address && kind == DOMAINS_ONLY)
		return "is not a domain";
	if (!address && kind == DOMAINS_ADDRESSES)
		return "is not an address";
	return address ? add_address(domains, text, len) :
			 add_domain(domains, text, len);
}

static const char *
path_of(const char *text)
{
	return text[0] == '@' && text[1] == '/' ? text + 1 : NULL;
}

const char *
domains_check(enum domains_kind kind, const char *text)
{
	if (path_of(text) != NULL)
		return NULL;
	if (text[0] == '@')
		return "has a relative path after \"@\"";
	return add(NULL, kind, text, strlen(text));
}

static void
explain(const char *name, size_t line, const char *text, size_t len,
    const char *why, enum domains_kind kind, char **error_r)
{
	static const char *const expected[] = {
		[DOMAINS_ONLY] = "a domain, such as example.org",
		[DOMAINS_ADDRESSES] = "an address, such as a@example.org",
		[DOMAINS_BOTH] = "a domain or an address",
	};
	char *copy = strndup(text, len);
	char quoted[200];

	if (copy == NULL ||
	    asprintf(error_r, "%s:%zu: %s %s; expected %s", name, line,
		log_quote(quoted, sizeof(quoted), copy), why,
		expected[kind]) < 0)
		*error_r = NULL;
	free(copy);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* One line of a file, without what is around its only word. */
static void
strip(const char **text, size_t *len)
{
	const char *comment = memchr(*text, '#', *len);

	if (comment != NULL)
		*len = (size_t)(comment - *text);
	while (*len > 0 && is_blank(**text)) {
		(*text)++;
		(*len)--;
	}
	while (*len > 0 && is_blank((*text)[*len - 1]))
		(*len)--;
}

static bool
add_text(struct domains *domains, enum domains_kind kind, const char *name,
    const char *text, size_t len, char **error_r)
{
	const char *end = text + len;
	size_t line = 1;

	for (; text < end; line++) {
		const char *lf = memchr(text, '\n', (size_t)(end - text));
		const char *word = text;
		size_t word_len = (size_t)((lf != NULL ? lf : end) - text);
		const char *why;

		strip(&word, &word_len);
		why = word_len > 0 ? add(domains, kind, word, word_len) : NULL;
		if (why != NULL) {
			explain(name, line, word, word_len, why, kind, error_r);
			return false;
		}
		text = lf != NULL ? lf + 1 : end;
	}
	return true;
}

static bool
complain(const char *path, const char *why, char **error_r)
{
	if (asprintf(error_r, "%s: %s", path, why) < 0)
		*error_r = NULL;
	return false;
}

static bool
add_stream(struct domains *domains, enum domains_kind kind, const char *path,
    FILE *file, char **error_r)
{
	char *text = malloc(DOMAINS_MAX_FILE + 1);
	size_t len;
	bool good;

	if (text == NULL)
		return complain(path, "out of memory", error_r);
	len = fread(text, 1, DOMAINS_MAX_FILE + 1, file);
	if (ferror(file) != 0)
		good = complain(path, strerror(errno), error_r);
	else if (len > DOMAINS_MAX_FILE)
		good = complain(path, "larger than 16 MiB", error_r);
	else
		good = add_text(domains, kind, path, text, len, error_r);
	free(text);
	return good;
}

static bool
add_file(struct domains *domains, enum domains_kind kind, const char *path,
    char **error_r)
{
	FILE *file = fopen(path, "re");
	bool good;

	if (file == NULL)
		return complain(path, strerror(errno), error_r);
	good = add_stream(domains, kind, path, file, error_r);
	fclose(file);
	return good;
}

struct domains *
domains_load(enum domains_kind kind, const struct strings *list, char **error_r)
{
	struct domains *domains = domains_new();

	*error_r = NULL;
	for (size_t i = 0; domains != NULL && i < list->count; i++) {
		const char *item = list->list[i];
		const char *path = path_of(item);

		if (path != NULL ?
			!add_file(domains, kind, path, error_r) :
			add(domains, kind, item, strlen(item)) != NULL) {
			domains_free(domains);
			return NULL;
		}
	}
	return domains;
}

struct domains *
domains_read(enum domains_kind kind, const char *name, const char *text,
    size_t len, char **error_r)
{
	struct domains *domains = domains_new();

	*error_r = NULL;
	if (domains != NULL &&
	    !add_text(domains, kind, name, text, len, error_r)) {
		domains_free(domains);
		return NULL;
	}
	return domains;
}

bool
domains_have_all(const struct domains *domains)
{
	return domains->all;
}

static int
known_of(const struct domains *domains, const char *domain)
{
	return GPOINTER_TO_INT(g_hash_table_lookup(domains->domains, domain));
}

static bool
have_domain(const struct domains *domains, const char *domain)
{
	if ((known_of(domains, domain) & ITSELF) != 0)
		return true;
	while ((domain = strchr(domain, '.')) != NULL) {
		domain++;
		if ((known_of(domains, domain) & BELOW) != 0)
			return true;
	}
	return false;
}

static bool
have_address(const struct domains *domains, const struct mailbox *mailbox)
{
	char *key = address_key(mailbox);
	bool have = g_hash_table_contains(domains->addresses, key);

	g_free(key);
	return have;
}

bool
domains_have(const struct domains *domains, const struct mailbox *mailbox)
{
	if (domains->all)
		return true;
	if (mailbox->domain == NULL)
		return false;
	return have_domain(domains, mailbox->domain) ||
	    (mailbox->local != NULL && have_address(domains, mailbox));
}

void
domains_each(const struct domains *domains, domains_visit *visit, void *arg)
{
	GHashTableIter iter;
	gpointer key, value;

	g_hash_table_iter_init(&iter, domains->domains);
	while (g_hash_table_iter_next(&iter, &key, &value)) {
		char *below = g_strconcat(".", key, NULL);

		if ((GPOINTER_TO_INT(value) & ITSELF) != 0)
			visit(arg, key);
		if ((GPOINTER_TO_INT(value) & BELOW) != 0)
			visit(arg, below);
		g_free(below);
	}
}

uint64_t
domains_stamp(uint64_t stamp, const struct strings *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const char *path = path_of(list->list[i]);

		if (path != NULL)
			stamp = stamp_path(stamp, path);
	}
	return stamp;
}
