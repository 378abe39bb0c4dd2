/* SPDX-License-Identifier: ISC */
#include "t/lib/authres.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

const struct signature authres_good = {
	.part = "2",
	.outermost = true,
	.result = RESULT_PASS,
	.integrity = INTEGRITY_GOOD,
	.trust = TRUST_BY_COLLECTION,
	.identity = IDENTITY_MATCH,
	.coverage = COVERAGE_WHOLE,
	.identifier = "alice@example.org",
	.issuer = "CN=CA",
	.serial = "0A",
};

/*
 * The grammar.
 */

static bool
is_token_octet(char c)
{
	return (c & 0x80) == 0 && isgraph((unsigned char)c) != 0 &&
	    strchr("()<>@,;:\\\"/[]?=", c) == NULL;
}

static bool
is_keyword_octet(char c)
{
	return (c & 0x80) == 0 && (isalnum((unsigned char)c) != 0 || c == '-');
}

static bool
is_atext_octet(char c)
{
	return (c & 0x80) != 0 || isalnum((unsigned char)c) != 0 ||
	    (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static bool
is_label_octet(char c)
{
	return (c & 0x80) != 0 || is_keyword_octet(c);
}

/* Copy what consists of such octets; the number of them. */
static size_t
read_span(const char **at, bool (*is_octet)(char), char *word_r)
{
	size_t len = 0;

	while (is_octet((*at)[len]))
		len++;
	memcpy(word_r, *at, len);
	word_r[len] = '\0';
	*at += len;
	return len;
}

static bool
read_keyword(const char **at, char *word_r)
{
	size_t len = read_span(at, is_keyword_octet, word_r);

	return len > 0 && word_r[len - 1] != '-';
}

static bool
read_quoted(const char **at, char *word_r)
{
	const char *p = *at;

	if (*p++ != '"')
		return false;
	for (; *p != '"'; p++) {
		if (*p == '\\')
			p++;
		if ((*p & 0x80) == 0 && isprint((unsigned char)*p) == 0)
			return false;
		*word_r++ = *p;
	}
	*word_r = '\0';
	*at = p + 1;
	return true;
}

static bool
read_value(const char **at, char *word_r)
{
	return read_quoted(at, word_r) ||
	    read_span(at, is_token_octet, word_r) > 0;
}

/* 1*LABEL joined by dots; the number of labels, 0 when malformed. */
static size_t
read_labels(const char **at, bool (*is_octet)(char), char *word)
{
	size_t labels = 0;
	size_t len;

	for (;; word += len + 1, ++*at) {
		len = read_span(at, is_octet, word);
		if (len == 0)
			return 0;
		labels++;
		if (**at != '.')
			return labels;
		word[len] = '.';
	}
}

/* local-part "@" domain-name */
static bool
read_mailbox(const char **at, char *word_r)
{
	const char *p = *at;
	const char *domain;

	if (!read_quoted(&p, word_r) &&
	    read_labels(&p, is_atext_octet, word_r) == 0)
		return false;
	if (*p++ != '@')
		return false;
	domain = p;
	if (read_labels(&p, is_label_octet, word_r) < 2)
		return false;
	for (const char *c = domain; c < p; c++)
		if (*c == '-')
			ck_assert(c > domain && c[-1] != '.' && c + 1 < p &&
			    c[1] != '.');
	memcpy(word_r, *at, (size_t)(p - *at));
	word_r[p - *at] = '\0';
	*at = p;
	return true;
}

static bool
take(const char **at, const char *words)
{
	size_t len = strlen(words);

	if (strncmp(*at, words, len) != 0)
		return false;
	*at += len;
	return true;
}

static bool
read_property(const char **at, struct property *property_r)
{
	size_t len;

	if (!read_keyword(at, property_r->name) || !take(at, "."))
		return false;
	len = strlen(property_r->name);
	property_r->name[len] = '.';
	return read_keyword(at, property_r->name + len + 1) && take(at, "=") &&
	    (read_mailbox(at, property_r->value) ||
		read_value(at, property_r->value));
}

static bool
read_resinfo(const char **at, struct resinfo *resinfo_r)
{
	*resinfo_r = (struct resinfo){ .count = 0 };
	if (!take(at, "; smime=") || !read_keyword(at, resinfo_r->result))
		return false;
	if (take(at, " reason=") && !read_value(at, resinfo_r->reason))
		return false;
	while (take(at, " ")) {
		ck_assert_uint_lt(resinfo_r->count, MAX_PROPERTIES);
		if (!read_property(at,
			&resinfo_r->properties[resinfo_r->count++]))
			return false;
	}
	return true;
}

static bool
parse(const char *line, struct parsed *parsed_r)
{
	const char *at = line;

	parsed_r->count = 0;
	if (!read_value(&at, parsed_r->id))
		return false;
	do {
		ck_assert_uint_lt(parsed_r->count, MAX_RESINFOS);
		if (!read_resinfo(&at, &parsed_r->resinfos[parsed_r->count++]))
			return false;
	} while (*at != '\0');
	return true;
}

/*
 * What holds for whatever is written.
 */

static void
check_lines(const char *folded)
{
	size_t column = strlen("Authentication-Results: ");

	for (const char *c = folded; *c != '\0'; c++) {
		ck_assert(*c == '\n' || (unsigned char)*c >= ' ');
		ck_assert_int_ne(*c, 0x7f);
		column++;
		if (*c == '\n') {
			ck_assert_int_eq(c[1], ' ');
			ck_assert(c[2] > ' ');
			column = 0;
		}
		ck_assert_uint_le(column, 998);
	}
	ck_assert_uint_lt(strlen(folded), RESULT_MAX_LEN);
}

static void
check_unfolding(const char *folded, const char *line)
{
	for (; *folded != '\0'; folded++)
		if (*folded != '\n')
			ck_assert_int_eq(*folded, *line++);
	ck_assert_int_eq(*line, '\0');
}

static bool
is_ascii_text(const char *text)
{
	for (; *text != '\0'; text++)
		if ((*text & 0x80) != 0)
			return false;
	return true;
}

const struct parsed *
authres_rewrite(const char *name, const char *id, const struct verdict *verdict,
    bool utf8)
{
	const struct result_form form = { .utf8 = utf8 };
	static struct parsed parsed;
	char *folded = result_write(id, verdict, form);
	char *line = result_write_unfolded(id, verdict, form);

	ck_assert_ptr_nonnull(folded);
	ck_assert_ptr_nonnull(line);
	check_lines(folded);
	check_unfolding(folded, line);
	ck_assert_msg(utf8 || is_ascii_text(line), "%s: %s", name, line);
	ck_assert_msg(parse(line, &parsed), "%s: %s", name, line);
	ck_assert_str_eq(parsed.id, id);
	ck_assert(result_is_forged(id, NULL, folded, strlen(folded)));
	ck_assert(result_is_forged(id, NULL, line, strlen(line)));
	free(folded);
	free(line);
	return &parsed;
}

const char *
authres_value(const struct resinfo *resinfo, const char *name)
{
	for (size_t i = 0; i < resinfo->count; i++)
		if (strcmp(resinfo->properties[i].name, name) == 0)
			return resinfo->properties[i].value;
	return NULL;
}

void
authres_check_value(const char *row, const struct resinfo *resinfo,
    const char *name, const char *want)
{
	const char *got = authres_value(resinfo, name);

	if (want == NULL)
		ck_assert_msg(got == NULL, "%s: %s", row, got);
	else
		ck_assert_msg(got != NULL && strcmp(got, want) == 0, "%s: %s",
		    row, got != NULL ? got : "missing");
}

struct verdict
authres_verdict(const struct signature *signatures, size_t count)
{
	struct verdict verdict = { .result = RESULT_NONE,
		.signatures = signatures,
		.signature_count = count };

	for (size_t i = 0; i < count; i++)
		if (signatures[i].result > verdict.result) {
			verdict.result = signatures[i].result;
			verdict.reason = signatures[i].reason;
		}
	return verdict;
}

const char *
authres_word(size_t len, const char *end)
{
	static char word[4096];

	memset(word, 'a', len - strlen(end));
	memcpy(word + len - strlen(end), end, strlen(end) + 1);
	return word;
}
