/* SPDX-License-Identifier: ISC */
#include "smime/x509/ident.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More pairs than any site has; a bound on what a wrong file can cost. */
enum { MAX_ALIASES = 100000 };

/* The signer may stand for one mailbox, or for all of a domain. */
struct alias {
	struct mailbox signer;
	struct mailbox from; /* local is NULL: every mailbox of the domain */
	bool below;	     /* of every domain below it, not of itself */
};

struct aliases {
	struct alias *list; /* owned, count of them */
	size_t count;
	size_t room;
};

/* One line of the file, taken apart; borrowed from the file. */
struct pair {
	const char *signer;
	size_t signer_len;
	const char *from;
	size_t from_len;
};

static size_t
span_of_blanks(const char *text, size_t len)
{
	size_t n = 0;

	while (
	    n < len && (text[n] == ' ' || text[n] == '\t' || text[n] == '\r'))
		n++;
	return n;
}

static size_t
span_of_word(const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && text[n] != ' ' && text[n] != '\t' &&
	    text[n] != '\r' && text[n] != '#')
		n++;
	return n;
}

/* Two words and nothing else; signer_len 0 for an empty line. */
static bool
split_line(const char *line, size_t len, struct pair *pair_r)
{
	size_t at = span_of_blanks(line, len);

	pair_r->signer = line + at;
	pair_r->signer_len = span_of_word(line + at, len - at);
	at += pair_r->signer_len;
	at += span_of_blanks(line + at, len - at);
	pair_r->from = line + at;
	pair_r->from_len = span_of_word(line + at, len - at);
	at += pair_r->from_len;
	at += span_of_blanks(line + at, len - at);
	return at == len || line[at] == '#';
}

/* "a@b", "*@b", "@b" or "@.b". */
static bool
read_from(const char *text, size_t len, struct alias *alias)
{
	struct mailbox *from = &alias->from;
	char any[256] = "x@";
	size_t skip = len > 1 && text[0] == '*' ? 1 : 0;

	if (len <= skip || text[skip] != '@')
		return mailbox_read(text, len, from);
	skip++;
	alias->below = skip < len && text[skip] == '.';
	if (alias->below)
		skip++;
	/* Any local part will do to have the domain read. */
	if (len - skip + 2 > sizeof(any))
		return false;
	memcpy(any + 2, text + skip, len - skip);
	if (!mailbox_read(any, len - skip + 2, from))
		return false;
	free(from->local);
	from->local = NULL;
	return true;
}

/* "*@b" is a mailbox to RFC 5322, and a mistake as the signer of a pair. */
static bool
read_signer(const char *text, size_t len, struct mailbox *signer_r)
{
	return text[0] != '*' && mailbox_read(text, len, signer_r);
}

static bool
make_room(struct aliases *aliases)
{
	size_t room = aliases->room == 0 ? 16 : aliases->room * 2;
	struct alias *list;

	if (aliases->count >= MAX_ALIASES)
		return false;
	if (aliases->count < aliases->room)
		return true;
	list = realloc(aliases->list, room * sizeof(*list));
	if (list == NULL)
		return false;
	aliases->list = list;
	aliases->room = room;
	return true;
}

/* NULL, or what is wrong with the line. */
static const char *
read_line(struct aliases *aliases, const char *line, size_t len)
{
	struct alias alias = { .from = { .local = NULL } };
	struct pair pair;
	bool two = split_line(line, len, &pair);

	if (two && pair.signer_len == 0)
		return NULL;
	if (!two || pair.from_len == 0)
		return "not two addresses";
	if (!make_room(aliases))
		return "too many lines, or out of memory";
	if (!read_signer(pair.signer, pair.signer_len, &alias.signer))
		return "the first word is not a mail address";
	if (!read_from(pair.from, pair.from_len, &alias)) {
		mailbox_done(&alias.signer);
		return "the second word is not a mail address or @domain";
	}
	aliases->list[aliases->count++] = alias;
	return NULL;
}

static void
explain(char **error_r, const char *name, size_t line, const char *what)
{
	if (asprintf(error_r,
		"%s:%zu: %s; expected \"signer@example.org from@example.org\""
		" or \"signer@example.org *@example.org\"",
		name, line, what) < 0)
		*error_r = NULL;
}

static bool
is_below(const char *domain, const char *above)
{
	size_t len = strlen(domain), above_len = strlen(above);

	return len > above_len + 1 && domain[len - above_len - 1] == '.' &&
	    strcmp(domain + len - above_len, above) == 0;
}

static bool
covers(const struct alias *alias, const struct mailbox *from)
{
	if (alias->from.local != NULL)
		return mailbox_equal(&alias->from, from);
	if (alias->below)
		return is_below(from->domain, alias->from.domain);
	return strcmp(alias->from.domain, from->domain) == 0;
}

static bool
may_stand_for(const struct aliases *aliases, const struct mailbox *signer,
    const struct mailbox *from)
{
	const struct alias *alias;

	for (size_t i = 0; i < aliases->count; i++) {
		alias = &aliases->list[i];
		if (mailbox_equal(&alias->signer, signer) &&
		    covers(alias, from))
			return true;
	}
	return false;
}

struct aliases *
aliases_read(const char *name, const char *text, size_t len, char **error_r)
{
	struct aliases *aliases = calloc(1, sizeof(*aliases));
	const char *end = text + len;
	const char *what = aliases == NULL ? "out of memory" : NULL;
	const char *lf;
	size_t line = 0;

	while (what == NULL && text < end) {
		line++;
		lf = memchr(text, '\n', (size_t)(end - text));
		if (lf == NULL)
			lf = end;
		what = read_line(aliases, text, (size_t)(lf - text));
		text = lf < end ? lf + 1 : end;
	}
	if (what == NULL)
		return aliases;
	explain(error_r, name, line, what);
	aliases_free(aliases);
	return NULL;
}

void
aliases_free(struct aliases *aliases)
{
	if (aliases == NULL)
		return;
	for (size_t i = 0; i < aliases->count; i++) {
		mailbox_done(&aliases->list[i].signer);
		mailbox_done(&aliases->list[i].from);
	}
	free(aliases->list);
	free(aliases);
}

enum ident_match
ident_match(const struct mailboxes *signer, const struct mailbox *from,
    const struct aliases *aliases, size_t *which_r)
{
	if (signer->count == 0)
		return IDENT_NO_ADDRESS;
	for (size_t i = 0; i < signer->count; i++) {
		if (mailbox_equal(&signer->list[i], from)) {
			*which_r = i;
			return IDENT_MATCH;
		}
	}
	for (size_t i = 0; aliases != NULL && i < signer->count; i++) {
		if (may_stand_for(aliases, &signer->list[i], from)) {
			*which_r = i;
			return IDENT_ALIAS;
		}
	}
	return IDENT_MISMATCH;
}
