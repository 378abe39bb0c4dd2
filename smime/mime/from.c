/* SPDX-License-Identifier: ISC */
#include "smime/mime/from.h"

#include <stdlib.h>
#include <string.h>

#include <gmime/gmime.h>

#include "smime/mime/displayname.h"
#include "smime/mime/lexer.h"
#include "smime/mime/opinion.h"
#include "smime/mime/text.h"

enum { FROM_MAX = 8192 };

/* What stands before an angle bracket, or before the end of the value. */
struct span {
	const char *start; /* borrowed from the value; NULL: nothing there */
	const char *end;
	bool at;   /* an "@" outside a quoted string */
	bool odd;  /* any other special but "." */
	char stop; /* the bracket, or NUL at the end of the value */
};

/* text may be NULL. */
static void
push_words(struct text *text, const char *words)
{
	while (*words != '\0')
		text_push(text, *words++);
}

static void
clear(struct text *text)
{
	text->len = 0;
	text->at[0] = '\0';
}

/* One octet, or one quoted string, of a span. */
static bool
read_piece(struct lexer *lx, struct text *phrase, struct span *span)
{
	char c = *lx->at;

	if (c == '"')
		return lexer_read_quoted(lx, phrase);
	if (lexer_is_control(c))
		return false;
	span->at = span->at || c == '@';
	span->odd = span->odd || !(c == '@' || c == '.' || lexer_is_atext(c));
	text_push(phrase, c);
	lx->at++;
	return true;
}

/* Read up to a bracket and over it.  The words go to phrase, if not NULL. */
static bool
read_span(struct lexer *lx, struct text *phrase, struct span *span_r)
{
	struct span span = { .start = NULL };
	const char *before;
	size_t len;

	for (;;) {
		before = lx->at;
		len = phrase != NULL ? phrase->len : 0;
		if (!lexer_skip_cfws(lx))
			return false;
		if (lx->at == lx->end || *lx->at == '<' || *lx->at == '>')
			break;
		if (span.start == NULL)
			span.start = lx->at;
		else if (lx->at > before)
			text_push(phrase, ' ');
		if (!read_piece(lx, phrase, &span))
			return false;
		if (phrase != NULL)
			push_words(lx->shown, phrase->at + len);
		span.end = lx->at;
	}
	if (lx->at < lx->end)
		span.stop = *lx->at++;
	*span_r = span;
	return !text_is_too_long(phrase);
}

/*
 * The addr-spec that a span is.  RFC 5322 3.4.1 would have white space around
 * the "@" understood but not written; readers differ, so it is not taken.
 */
static enum mailbox_status
split_span(const struct span *span, struct mailbox *mailbox_r)
{
	size_t len =
	    span->start != NULL ? (size_t)(span->end - span->start) : 0;

	if (len == 0 || memmem(span->start, len, "=?", 2) != NULL)
		return MAILBOX_BAD;
	return mailbox_split(span->start, len, mailbox_r);
}

/* Some programs write 'a@b' <a@b>. */
static void
strip_apostrophes(struct span *span)
{
	if (span->end - span->start > 2 && *span->start == '\'' &&
	    span->end[-1] == '\'') {
		span->start++;
		span->end--;
	}
}

/* Must be the address that the angle brackets have. */
static enum mailbox_status
compare_span(const struct span *span, const struct mailbox *mailbox)
{
	struct mailbox twin;
	enum mailbox_status status = split_span(span, &twin);

	if (status != MAILBOX_OK)
		return status;
	if (!mailbox_equal(&twin, mailbox))
		status = MAILBOX_BAD;
	mailbox_done(&twin);
	return status;
}

/* "head <mailbox>", read up to the "<": the rest. */
static enum mailbox_status
read_angle(struct lexer *lx, const struct span *head, struct mailbox *mailbox_r)
{
	struct span twin = *head;
	struct span angle, tail;
	struct mailbox mailbox;
	enum mailbox_status status;

	if (head->odd || !read_span(lx, NULL, &angle) || angle.stop != '>' ||
	    !read_span(lx, NULL, &tail) || tail.stop != '\0' ||
	    tail.start != NULL)
		return MAILBOX_BAD;
	status = split_span(&angle, &mailbox);
	if (status != MAILBOX_OK)
		return status;
	if (head->at) {
		strip_apostrophes(&twin);
		status = compare_span(&twin, &mailbox);
	}
	if (status == MAILBOX_OK)
		*mailbox_r = mailbox;
	else
		mailbox_done(&mailbox);
	return status;
}

/* Of no meaning, or of one that no two readers differ about. */
static bool
is_usual(char c)
{
	return g_ascii_isalnum(c) ||
	    (c != '\0' && strchr(" .,-_+'\"@<>", c) != NULL);
}

/*
 * Without comment, backslash, fold, encoded word, group or A-label, and with no
 * dot in front: what was read of such a value as one mailbox needs no second
 * opinion, which would cost more than all else in an unsigned message.
 */
static bool
is_beyond_doubt(const char *value, size_t len)
{
	const char *end = value + len;
	size_t opened = 0;
	size_t ats = 0;

	if (memmem(value, len, "--", 2) != NULL)
		return false;
	while (value < end && *value == ' ')
		value++;
	if (value < end && *value == '.')
		return false;
	for (; value < end; value++) {
		if (!is_usual(*value))
			return false;
		opened += *value == '<' ? 1 : 0;
		ats += *value == '@' ? 1 : 0;
	}
	return opened <= 1 && ats == 1;
}

/* Does GMime, that way, find the same one mailbox, and nothing else? */
static enum mailbox_status
ask_gmime(GMimeParserOptions *how, const char *text,
    const struct mailbox *mailbox)
{
	InternetAddressList *list = internet_address_list_parse(how, text);
	InternetAddress *first = NULL;
	enum mailbox_status status = MAILBOX_BAD;
	struct span span = { .start = NULL };

	if (list != NULL && internet_address_list_length(list) == 1)
		first = internet_address_list_get_address(list, 0);
	if (first != NULL && INTERNET_ADDRESS_IS_MAILBOX(first))
		span.start = internet_address_mailbox_get_idn_addr(
		    INTERNET_ADDRESS_MAILBOX(first));
	if (span.start != NULL) {
		span.end = span.start + strlen(span.start);
		status = compare_span(&span, mailbox);
	}
	if (list != NULL)
		g_object_unref(list);
	return status;
}

/*
 * Readers are strict or lenient.  The lenient way comes first, because where
 * GMime 3.2 is strict it loses the memory of a word that a ">" follows; where
 * it is lenient, that word is another address.
 */
static enum mailbox_status
compare_gmime(const char *value, size_t len, const struct mailbox *mailbox)
{
	char *text = opinion_unfold(value, len);
	enum mailbox_status status =
	    ask_gmime(opinion_lenient(), text, mailbox);

	if (status == MAILBOX_OK)
		status = ask_gmime(NULL, text, mailbox);
	g_free(text);
	return status;
}

/* The one mailbox of a From field; what else it shows goes to phrase. */
static enum mailbox_status
read_author(struct lexer *lx, struct text *phrase, struct mailbox *mailbox_r)
{
	const char *value = lx->at;
	struct span head;
	struct mailbox mailbox;
	enum mailbox_status status;

	if (!read_span(lx, phrase, &head) || head.stop == '>')
		return MAILBOX_BAD;
	if (head.stop == '<') {
		status = read_angle(lx, &head, &mailbox);
	} else {
		status = split_span(&head, &mailbox);
		clear(phrase); /* it is the address */
		clear(lx->shown);
	}
	if (status != MAILBOX_OK)
		return status;

	/* GMime refuses "a@b <a@b>", which is common and does no harm. */
	if (head.stop == '<' && head.at)
		value = head.end;
	if (!is_beyond_doubt(value, (size_t)(lx->end - value)))
		status =
		    compare_gmime(value, (size_t)(lx->end - value), &mailbox);
	if (status == MAILBOX_OK)
		*mailbox_r = mailbox;
	else
		mailbox_done(&mailbox);
	return status;
}

/* With memory for four times the value, a NUL each. */
static enum from_status
read_from(const char *value, size_t len, char *memory,
    struct mailbox *mailbox_r)
{
	struct text phrase = { .at = memory };
	struct text comments = { .at = memory + len + 1 };
	struct text shown = { .at = memory + 2 * (len + 1) };
	struct lexer lx = { .at = value,
		.end = value + len,
		.comments = &comments,
		.shown = &shown };
	enum mailbox_status status = read_author(&lx, &phrase, mailbox_r);

	if (status == MAILBOX_NOMEM)
		return FROM_NOMEM;
	if (status == MAILBOX_BAD)
		return FROM_AMBIGUOUS;
	if (displayname_shows_other(&phrase, mailbox_r) ||
	    displayname_shows_other(&comments, mailbox_r) ||
	    displayname_shows_other(&shown, mailbox_r))
		return FROM_DISPLAY_NAME;
	return FROM_OK;
}

enum from_status
from_read(const char *value, size_t len, struct mailbox *mailbox_r)
{
	char *memory;
	enum from_status status;

	if (len > FROM_MAX)
		return FROM_AMBIGUOUS;
	memory = calloc(4, len + 1);
	if (memory == NULL)
		return FROM_NOMEM;
	status = read_from(value, len, memory, mailbox_r);
	free(memory);
	return status;
}
