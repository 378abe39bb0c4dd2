/* SPDX-License-Identifier: ISC */
#include "smime/mime/displayname.h"

#include <string.h>

#include <gmime/gmime.h>

/* A character that can be part of an address as people see it. */
static bool
is_word(gunichar c, const char *specials)
{
	if (c >= 0x80)
		return g_unichar_isalnum(c) || g_unichar_ismark(c);
	return g_ascii_isalnum((char)c) ||
	    (c != '\0' && strchr(specials, (int)c) != NULL);
}

static bool
is_gap(gunichar c)
{
	return c != '\0' &&
	    (g_unichar_isspace(c) || g_unichar_iscntrl(c) ||
		c == 0x2800 /* braille without a dot */);
}

static const char *
gap_before(const char *text, const char *at)
{
	while (at > text && is_gap(g_utf8_get_char(g_utf8_prev_char(at))))
		at = g_utf8_prev_char(at);
	return at;
}

static const char *
gap_after(const char *at)
{
	while (is_gap(g_utf8_get_char(at)))
		at = text_next_char(at);
	return at;
}

/* The start of what looks like a local part and ends at at. */
static const char *
local_before(const char *text, const char *at)
{
	static const char specials[] = ".!#$%&'*+-/=?^_`{|}~";
	const char *start = at;

	while (start > text &&
	    is_word(g_utf8_get_char(g_utf8_prev_char(start)), specials))
		start = g_utf8_prev_char(start);
	while (start < at && (*start == '\'' || *start == '.'))
		start++;
	return start;
}

/*
 * The next label of a domain that starts at at and was read up to end, or
 * NULL.  A dot with white space before it joins labels.  One with white space
 * only behind may end a sentence, and joins where there was no dot before.
 */
static const char *
next_label(const char *at, const char *end)
{
	const char *label = gap_after(end);

	if (*label == '.')
		label = gap_after(label + 1);
	else if (memchr(at, '.', (size_t)(end - at)) != end - 1)
		return NULL;
	return is_word(g_utf8_get_char(label), "-_") ? label : NULL;
}

/* The end of what looks like a domain and starts at at. */
static const char *
domain_after(const char *at)
{
	const char *label = at;
	const char *end;

	do {
		end = label;
		while (is_word(g_utf8_get_char(end), ".-_"))
			end = text_next_char(end);
		label = next_label(at, end);
	} while (label != NULL);
	while (end > at && (end[-1] == '.' || end[-1] == '-'))
		end--;
	return end;
}

/* Would a person read the "@" at at as that of some other address? */
static bool
is_other(const char *text, const char *at, const struct mailbox *mailbox)
{
	const char *local_end = gap_before(text, at);
	const char *local = local_before(text, local_end);
	const char *domain = gap_after(at + 1);
	const char *end = domain_after(domain);
	bool quoted = local_end > text && local_end[-1] == '"';
	struct mailbox shown;
	char *addr;
	bool other;

	if (*domain == '[')
		return true;
	if (quoted)
		return end > domain;
	if (local == local_end || end == domain)
		return false;
	/* "Joe @ Work" is no address; "joe @ work.example" looks like one. */
	if ((local_end < at || domain > at + 1) &&
	    memchr(domain, '.', (size_t)(end - domain)) == NULL)
		return false;
	addr = g_strdup_printf("%.*s@%.*s", (int)(local_end - local), local,
	    (int)(end - domain), domain);
	other = true;
	if (mailbox_read(addr, strlen(addr), &shown)) {
		other = !mailbox_equal(&shown, mailbox);
		mailbox_done(&shown);
	}
	g_free(addr);
	return other;
}

/* Zero-width and the like: Unicode's Default_Ignorable_Code_Point. */
static bool
is_invisible(gunichar c)
{
	static const struct {
		gunichar first, last;
	} ranges[] = {
		{ 0x034f, 0x034f },
		{ 0x115f, 0x1160 },
		{ 0x17b4, 0x17b5 },
		{ 0x180b, 0x180f },
		{ 0x2060, 0x206f },
		{ 0x3164, 0x3164 },
		{ 0xfe00, 0xfe0f },
		{ 0xffa0, 0xffa0 },
		{ 0xfff0, 0xfff8 },
		{ 0xe0000, 0xe0fff },
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return g_unichar_type(c) == G_UNICODE_FORMAT;
}

static void
drop_invisible(char *text)
{
	char *to = text;
	size_t len;

	for (; *text != '\0'; text += len) {
		len = (size_t)(text_next_char(text) - text);
		if (is_invisible(g_utf8_get_char(text)))
			continue;
		memmove(to, text, len);
		to += len;
	}
	*to = '\0';
}

/* NFKC makes "@" and "." of the full-width and small ones. */
static bool
shows_other(const char *text, const struct mailbox *mailbox)
{
	char *visible = g_utf8_make_valid(text, -1);
	char *plain;
	bool other = false;

	drop_invisible(visible);
	plain = g_utf8_normalize(visible, -1, G_NORMALIZE_NFKC);
	for (const char *at = strchr(plain, '@'); at != NULL && !other;
	     at = strchr(at + 1, '@'))
		other = is_other(plain, at, mailbox);
	g_free(plain);
	g_free(visible);
	return other;
}

bool
displayname_shows_other(const struct text *text, const struct mailbox *mailbox)
{
	char *decoded;
	bool other;

	if (strchr(text->at, '@') == NULL && strstr(text->at, "=?") == NULL &&
	    text_is_ascii(text->at))
		return false;
	decoded = g_mime_utils_header_decode_text(NULL, text->at);
	other = shows_other(text->at, mailbox) || shows_other(decoded, mailbox);
	g_free(decoded);
	return other;
}
