/* SPDX-License-Identifier: ISC */
#include "milter/policy/envelope.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <gmime/gmime.h>

#include "milter/settings/condition.h"
#include "milter/settings/domains.h"
#include "smime/mime/field.h"
#include "smime/mime/fold.h"
#include "smime/mime/from.h"

/* What costs time with its square, or never ends; RFC 5321 4.5.3.1.1. */
enum { MAX_UNCLOSED = 16, MAX_QUOTED = 256, MAX_ATS = 1000 };

static const char blanks[] = " \t\r\n";

void
envelope_init(struct envelope *envelope)
{
	*envelope = (struct envelope){ .null_sender = false };
}

static void
list_done(struct mailbox_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		mailbox_done(&list->list[i]);
	free(list->list);
}

void
envelope_done(struct envelope *envelope)
{
	free(envelope->user);
	free(envelope->tls_subject);
	free(envelope->tls_issuer);
	free(envelope->from.text);
	free(envelope->of_sender.text);
	free(envelope->message_id.text);
	mailbox_done(&envelope->sender);
	list_done(&envelope->rcpts);
	list_done(&envelope->authors);
	envelope_init(envelope);
}

/* Takes over what the mailbox owns. */
static bool
list_push(struct mailbox_list *list, struct mailbox *mailbox)
{
	size_t room = list->room == 0 ? 4 : 2 * list->room;
	struct mailbox *bigger;

	if (list->count == list->room) {
		bigger = reallocarray(list->list, room, sizeof(*bigger));
		if (bigger == NULL) {
			mailbox_done(mailbox);
			return false;
		}
		list->list = bigger;
		list->room = room;
	}
	list->list[list->count++] = *mailbox;
	return true;
}

static bool
is_ascii(const char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text > 0x7f)
			return false;
	}
	return true;
}

/* A line feed that is not of a fold ends a field. */
static bool
ends_field(const char *text)
{
	return *text == '\n' && text[1] != ' ' && text[1] != '\t';
}

/* Behind a comment; or behind its first octet, where it is not closed. */
static const char *
skip_comment(const char *begin)
{
	size_t depth = 0;

	for (const char *text = begin; *text != '\0' && !ends_field(text);
	     text++) {
		if (*text == '\\' && text[1] != '\0')
			text++;
		else if (*text == '(')
			depth++;
		else if (*text == ')' && --depth == 0)
			return text + 1;
	}
	return begin + 1;
}

/*
 * RFC 5322 4.4: comments and blanks may stand anywhere in an address.  The
 * caller frees it.  NULL when out of memory.  Of comments that are not closed
 * no more than MAX_UNCLOSED are looked into; *unclosed_r says how many there
 * are.
 */
static char *
squeeze(const char *text, size_t *unclosed_r)
{
	char *copy = malloc(strlen(text) + 1);
	size_t len = 0;

	*unclosed_r = 0;
	while (copy != NULL && *text != '\0') {
		const char *begin = text;

		if (*text == '(') {
			text = *unclosed_r < MAX_UNCLOSED ? skip_comment(text) :
							    text + 1;
			*unclosed_r += text == begin + 1 ? 1 : 0;
		} else if (strchr(blanks, *text) != NULL && !ends_field(text))
			text++;
		else
			copy[len++] = *text++;
	}
	if (copy != NULL)
		copy[len] = '\0';
	return copy;
}

/* In place: without quotes, and with what stands behind a backslash. */
static void
unquote(char *text)
{
	char *out = text;

	for (; *text != '\0'; text++) {
		if (*text == '"')
			continue;
		if (*text == '\\' && text[1] != '\0')
			text++;
		*out++ = *text;
	}
	*out = '\0';
}

/* At the last "@".  All stays NULL when out of memory. */
static void
split_odd(const char *text, size_t len, struct mailbox *mailbox_r)
{
	size_t unclosed;
	char *copy = strndup(text, len);
	char *plain = copy != NULL ? squeeze(copy, &unclosed) : NULL;
	char *at = plain != NULL ? strrchr(plain, '@') : NULL;

	free(copy);
	*mailbox_r = (struct mailbox){ .local = plain };
	if (at != NULL) {
		mailbox_r->domain = domains_normal(at + 1, strlen(at + 1));
		*at = '\0';
	}
	if (plain != NULL) {
		unquote(plain);
		mailbox_r->utf8 = !is_ascii(plain);
	}
}

/*
 * Whatever it is: for addresses that an MTA has taken and for those that
 * somebody may take it for.
 */
static void
split(const char *text, size_t len, struct mailbox *mailbox_r)
{
	while (len > 0 && text[len - 1] == '.')
		len--;
	if (!mailbox_read(text, len, mailbox_r))
		split_odd(text, len, mailbox_r);
}

/* RFC 5321 4.1.2: "<" [ "@a,@b:" ] mailbox ">". */
static size_t
strip_path(const char **path)
{
	const char *text = *path;
	const char *route;
	size_t len;

	text += strspn(text, blanks);
	len = strlen(text);
	while (len > 0 && strchr(blanks, text[len - 1]) != NULL)
		len--;
	if (len >= 2 && text[0] == '<' && text[len - 1] == '>') {
		text++;
		len -= 2;
	}
	route = len > 0 && text[0] == '@' ? memchr(text, ':', len) : NULL;
	if (route != NULL) {
		len -= (size_t)(route + 1 - text);
		text = route + 1;
	}
	*path = text;
	return len;
}

bool
envelope_set_sender(struct envelope *envelope, const char *path)
{
	size_t len = strip_path(&path);

	mailbox_done(&envelope->sender);
	envelope->null_sender = len == 0;
	if (len == 0)
		return true;
	split(path, len, &envelope->sender);
	return envelope->sender.local != NULL;
}

bool
envelope_add_rcpt(struct envelope *envelope, const char *path)
{
	size_t len = strip_path(&path);
	struct mailbox mailbox;

	if (envelope->rcpts.count >= ENVELOPE_MAX_RCPTS)
		return false;
	split(path, len, &mailbox);
	return mailbox.local != NULL && list_push(&envelope->rcpts, &mailbox);
}

bool
envelope_is_anybodys(const struct mailbox *rcpt)
{
	return rcpt->domain == NULL || strpbrk(rcpt->local, "%@!") != NULL;
}

static bool
is_full(const struct field_values *values)
{
	return values->len >= ENVELOPE_MAX_FROM;
}

/* Beyond the limit only the count goes on. */
static bool
keep(struct field_values *values, const char *value)
{
	size_t len = strlen(value);
	char *text;

	values->count++;
	if (is_full(values) || len + 1 > ENVELOPE_MAX_FROM - values->len) {
		values->len = ENVELOPE_MAX_FROM;
		return true;
	}
	text = realloc(values->text, values->len + len + 2);
	if (text == NULL)
		return false;
	memcpy(text + values->len, value, len);
	text[values->len + len] = '\n';
	text[values->len + len + 1] = '\0';
	values->text = text;
	values->len += len + 1;
	return true;
}

/* Is that its value, or what its parameters are to? */
static bool
is_word(const char *value, const char *word)
{
	size_t len = strlen(word);

	value += strspn(value, blanks);
	return strncasecmp(value, word, len) == 0 &&
	    strchr(" \t\r\n;(", value[len]) != NULL;
}

bool
envelope_push_field(struct envelope *envelope, const char *name,
    size_t name_len, const char *value)
{
	const struct field field = { .name = name, .name_len = name_len };

	/* Some reader may see another From begin in it. */
	if (!fold_is_clean(value, strlen(value)) &&
	    !keep(&envelope->from, value))
		return false;
	if (field_is(&field, "From"))
		return keep(&envelope->from, value);
	if (field_is(&field, "Sender"))
		return keep(&envelope->of_sender, value);
	if (field_is(&field, "Message-ID"))
		return keep(&envelope->message_id, value);
	if (field_is(&field, "Content-Type") &&
	    is_word(value, "multipart/report"))
		envelope->report = true;
	if (field_is(&field, "Auto-Submitted") && !is_word(value, "no"))
		envelope->auto_reply = true;
	return true;
}

static bool
is_known(const struct mailbox_list *list, const struct mailbox *mailbox)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct mailbox *one = &list->list[i];

		if (strcmp(one->domain, mailbox->domain) == 0 &&
		    one->local != NULL && mailbox->local != NULL &&
		    strcasecmp(one->local, mailbox->local) == 0)
			return true;
	}
	return false;
}

/*
 * Add it once.  What is no domain to us, some reader may make one of: of
 * control characters, of those that nobody sees, of octets that are no UTF-8.
 */
static bool
add_author(struct envelope *envelope, const char *text, size_t len)
{
	struct mailbox mailbox;

	split(text, len, &mailbox);
	if (mailbox.local == NULL)
		return false;
	if (mailbox.domain != NULL && is_known(&envelope->authors, &mailbox)) {
		mailbox_done(&mailbox);
		return true;
	}
	if (mailbox.domain != NULL &&
	    envelope->authors.count < ENVELOPE_MAX_AUTHORS)
		return list_push(&envelope->authors, &mailbox);
	envelope->anybody = true;
	mailbox_done(&mailbox);
	return true;
}

/* A word goes on until one of these, and what lies beyond ASCII is in it. */
static bool
is_delimiter(char c)
{
	return strchr("<>()[]{},;:\"'\\ \t\r\n", c) != NULL;
}

/* The quote that one before end closes; or end. */
static const char *
open_quote(const char *text, const char *end)
{
	const char *close = end - 1;

	for (const char *quote = close;
	     quote > text && close - quote < MAX_QUOTED; quote--) {
		if (quote[-1] == '"' &&
		    (quote - 1 == text || quote[-2] != '\\'))
			return quote - 1;
	}
	return end;
}

/* Where the local part begins that ends there. */
static const char *
begin_of(const char *text, const char *end)
{
	const char *begin = end;

	if (begin > text && begin[-1] == '"')
		return open_quote(text, end);
	while (begin > text && !is_delimiter(begin[-1]) && begin[-1] != '@')
		begin--;
	return begin;
}

/* A quote or a backslash in the middle of a word, which some reader drops. */
static bool
is_quoted_on(const char *end)
{
	return *end == '\\' ||
	    (*end == '"' && strchr("<>,; \t\r\n", end[1]) == NULL);
}

/* "a@b", and "a @ b", as some reader may see them. */
static bool
add_around(struct envelope *envelope, const char *text, const char *at,
    bool as_written)
{
	const char *domain = at + 1 + strspn(at + 1, " \t\r\n\"'<[(");
	const char *end = domain;
	const char *begin;
	char *address;
	bool good;

	while (at > text && strchr(blanks, at[-1]) != NULL)
		at--;
	begin = begin_of(text, at);
	while (*end != '\0' && !is_delimiter(*end) && *end != '@')
		end++;
	if (as_written && is_quoted_on(end))
		envelope->anybody = true;
	if (end == domain)
		return true;
	if (asprintf(&address, "%.*s@%.*s", (int)(at - begin), begin,
		(int)(end - domain), domain) < 0)
		return false;
	good = add_author(envelope, address, strlen(address));
	free(address);
	return good;
}

/* as_written: blanks and comments are still there. */
static bool
add_every_at(struct envelope *envelope, const char *text, bool as_written)
{
	size_t count = 0;

	for (const char *at = strchr(text, '@');
	     at != NULL && !envelope->anybody; at = strchr(at + 1, '@')) {
		if (!add_around(envelope, text, at, as_written))
			return false;
		if (++count > MAX_ATS)
			envelope->anybody = true;
	}
	return true;
}

/* Every address in a text as it is, and without comments and blanks. */
static bool
add_both(struct envelope *envelope, const char *text)
{
	size_t unclosed;
	char *plain = squeeze(text, &unclosed);
	bool good;

	if (plain == NULL)
		return false;
	if (unclosed > MAX_UNCLOSED)
		envelope->anybody = true;
	good = add_every_at(envelope, text, true) &&
	    add_every_at(envelope, plain, false);
	free(plain);
	return good;
}

/* With encoded words decoded, and full-width characters as plain ones. */
static bool
add_decoded(struct envelope *envelope, const char *text)
{
	char *decoded = g_mime_utils_header_decode_text(NULL, text);
	char *plain = decoded == NULL ?
	    NULL :
	    g_utf8_normalize(decoded, -1, G_NORMALIZE_NFKC);
	bool good = plain == NULL || add_both(envelope, plain);

	g_free(plain);
	g_free(decoded);
	return good;
}

/*
 * Every address that any reader might find.  Not by GMime's parser: for some
 * of the lists that are no good it leaks memory.
 */
static bool
add_all(struct envelope *envelope, const struct field_values *values)
{
	if (is_full(values))
		envelope->anybody = true;
	return values->text == NULL ||
	    (add_both(envelope, values->text) &&
		add_decoded(envelope, values->text));
}

/* The one mailbox of the one From, if that is beyond doubt. */
static bool
find_author(struct envelope *envelope, struct mailbox *author_r)
{
	const struct field_values *from = &envelope->from;
	enum from_status status;

	if (from->count != 1 || is_full(from))
		return false;
	status = from_read(from->text, from->len - 1, author_r);
	return status == FROM_OK || status == FROM_DISPLAY_NAME;
}

static bool
copy_sender(struct envelope *envelope)
{
	const struct mailbox *sender = &envelope->sender;
	struct mailbox copy = { .utf8 = sender->utf8 };

	if (sender->domain == NULL)
		return true;
	copy.local = strdup(sender->local);
	copy.domain = strdup(sender->domain);
	if (copy.local == NULL || copy.domain == NULL) {
		mailbox_done(&copy);
		return false;
	}
	return list_push(&envelope->authors, &copy);
}

bool
envelope_settle(struct envelope *envelope)
{
	struct mailbox author;

	if (find_author(envelope, &author))
		return list_push(&envelope->authors, &author);
	if (!add_all(envelope, &envelope->from))
		return false;
	if (envelope->authors.count > 0 || envelope->anybody)
		return true;
	if (!add_all(envelope, &envelope->of_sender))
		return false;
	if (envelope->authors.count > 0 || envelope->anybody)
		return true;
	return copy_sender(envelope);
}

const char *
envelope_message_id(const struct envelope *envelope)
{
	const struct field_values *id = &envelope->message_id;

	if (id->count != 1 || is_full(id) ||
	    id->text[strspn(id->text, blanks)] == '\0')
		return NULL;
	return id->text;
}

unsigned int
envelope_classes(const struct envelope *envelope)
{
	unsigned int classes = 0;

	if (envelope->null_sender)
		classes |= CLASS_BOUNCE;
	if (envelope->report)
		classes |= CLASS_REPORT;
	if (envelope->auto_reply)
		classes |= CLASS_AUTO_REPLY;
	return classes != 0 ? classes : CLASS_MAIL;
}
