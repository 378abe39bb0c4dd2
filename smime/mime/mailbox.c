/* SPDX-License-Identifier: ISC */
#include "smime/mime/mailbox.h"

#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "smime/mime/lexer.h"
#include "smime/mime/text.h"
#include "smime/nomem.h"

enum { DOMAIN_MAX = 253, LABEL_MAX = 63 };

static bool
is_dot_atom(const char *text, size_t len)
{
	char last = '.';

	for (size_t i = 0; i < len; last = text[i++])
		if (text[i] == '.' ? last == '.' : !lexer_is_atext(text[i]))
			return false;
	return last != '.';
}

/* Could two readers take this character for different ones, or for none? */
static bool
is_treacherous(gunichar c)
{
	GUnicodeType type = g_unichar_type(c);

	return type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT ||
	    type == G_UNICODE_LINE_SEPARATOR ||
	    type == G_UNICODE_PARAGRAPH_SEPARATOR ||
	    (type == G_UNICODE_SPACE_SEPARATOR && c != ' ') || c == 0xfe6b ||
	    c == 0xff20; /* "@", small and full-width */
}

/* May that be the local part of a mailbox, once unquoted? */
static bool
is_local(const char *local, size_t len)
{
	if (len == 0 || !g_utf8_validate(local, (gssize)len, NULL))
		return false;
	for (; *local != '\0'; local = text_next_char(local))
		if (is_treacherous(g_utf8_get_char(local)))
			return false;
	return true;
}

static enum mailbox_status
read_local(const char *local, size_t len, struct mailbox *mailbox)
{
	struct lexer lx = { .at = local, .end = local + len };
	struct text text = { .at = malloc(len + 1) };
	bool good;

	if (text.at == NULL)
		return MAILBOX_NOMEM;
	if (*local == '"') {
		good = lexer_read_quoted(&lx, &text) && lx.at == lx.end &&
		    !lx.folded;
	} else {
		good = is_dot_atom(local, len);
		while (lx.at < lx.end)
			text_push(&text, *lx.at++);
	}
	if (!good || !is_local(text.at, text.len)) {
		free(text.at);
		return MAILBOX_BAD;
	}
	mailbox->local = text.at;
	mailbox->utf8 = !text_is_ascii(text.at);
	return MAILBOX_OK;
}

static bool
is_domain(const char *domain)
{
	return domain_is_name(domain) && !g_hostname_is_ip_address(domain);
}

/*
 * A domain as A-labels, or NULL.  Where the conversion loses something but
 * case, as with full-width letters, two readers could find two domains.
 */
static char *
to_a_labels(const char *domain)
{
	char *ascii = g_hostname_to_ascii(domain);
	char *back = ascii != NULL ? g_hostname_to_unicode(ascii) : NULL;
	char *lower = g_utf8_strdown(domain, -1);
	char *composed = g_utf8_normalize(lower, -1, G_NORMALIZE_NFC);

	if (back == NULL || strcmp(back, composed) != 0) {
		g_free(ascii);
		ascii = NULL;
	}
	g_free(back);
	g_free(lower);
	g_free(composed);
	return ascii;
}

/* Put A-labels in the place of a domain. */
static enum mailbox_status
convert(char **domain)
{
	char *ascii = to_a_labels(*domain);
	char *copy;

	if (ascii == NULL)
		return MAILBOX_BAD;
	copy = strdup(ascii);
	g_free(ascii);
	if (copy == NULL)
		return MAILBOX_NOMEM;
	free(*domain);
	*domain = copy;
	return MAILBOX_OK;
}

static enum mailbox_status
read_domain(const char *domain, size_t len, struct mailbox *mailbox)
{
	enum mailbox_status status = MAILBOX_OK;
	char *copy;

	/* A U-label of n octets is never an A-label of less than n / 4. */
	if (len > 4 * DOMAIN_MAX || memchr(domain, '\0', len) != NULL ||
	    !g_utf8_validate(domain, (gssize)len, NULL))
		return MAILBOX_BAD;
	copy = strndup(domain, len);
	if (copy == NULL)
		return MAILBOX_NOMEM;
	if (!text_is_ascii(copy))
		status = convert(&copy);
	if (status == MAILBOX_OK && !is_domain(copy))
		status = MAILBOX_BAD;
	if (status != MAILBOX_OK) {
		free(copy);
		return status;
	}
	text_to_lower(copy);
	mailbox->domain = copy;
	return MAILBOX_OK;
}

enum mailbox_status
mailbox_split(const char *addr, size_t len, struct mailbox *mailbox_r)
{
	/* The first, even if quoted: an address with two is refused. */
	const char *at = memchr(addr, '@', len);
	struct mailbox mailbox = { .local = NULL };
	enum mailbox_status status;

	if (at == NULL || at == addr)
		return MAILBOX_BAD;
	status = read_local(addr, (size_t)(at - addr), &mailbox);
	if (status == MAILBOX_OK)
		status = read_domain(at + 1, (size_t)(addr + len - at - 1),
		    &mailbox);
	if (status == MAILBOX_OK)
		*mailbox_r = mailbox;
	else
		mailbox_done(&mailbox);
	return status;
}

bool
mailbox_read(const char *addr, size_t len, struct mailbox *mailbox_r)
{
	enum mailbox_status status = mailbox_split(addr, len, mailbox_r);

	if (status == MAILBOX_NOMEM)
		nomem_note();
	return status == MAILBOX_OK;
}

bool
mailbox_equal(const struct mailbox *a, const struct mailbox *b)
{
	if (g_ascii_strcasecmp(a->domain, b->domain) != 0)
		return false;
	if (a->utf8 || b->utf8)
		return strcmp(a->local, b->local) == 0;
	return g_ascii_strcasecmp(a->local, b->local) == 0;
}

char *
mailbox_write(const struct mailbox *mailbox)
{
	bool quote = !is_dot_atom(mailbox->local, strlen(mailbox->local));
	size_t len = 2 * strlen(mailbox->local) + strlen(mailbox->domain) + 4;
	struct text text = { .at = malloc(len) };

	if (text.at == NULL)
		return NULL;
	if (quote)
		text_push(&text, '"');
	for (const char *c = mailbox->local; *c != '\0'; c++) {
		if (*c == '"' || *c == '\\')
			text_push(&text, '\\');
		text_push(&text, *c);
	}
	if (quote)
		text_push(&text, '"');
	text_push(&text, '@');
	memcpy(text.at + text.len, mailbox->domain,
	    strlen(mailbox->domain) + 1);
	return text.at;
}

bool
domain_is_name(const char *domain)
{
	size_t label = 0;
	size_t len = 0;

	for (; domain[len] != '\0'; len++) {
		if (domain[len] == '.' && label > 0)
			label = 0;
		else if (g_ascii_isalnum(domain[len]) || domain[len] == '-' ||
		    domain[len] == '_')
			label++;
		else
			return false;
		if (label > LABEL_MAX)
			return false;
	}
	return label > 0 && len <= DOMAIN_MAX;
}

void
mailbox_done(struct mailbox *mailbox)
{
	free(mailbox->local);
	free(mailbox->domain);
	memset(mailbox, 0, sizeof(*mailbox));
}
