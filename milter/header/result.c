/* SPDX-License-Identifier: ISC */
#include "milter/header/result.h"

#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "smime/reason.h"
#include "smime/trust/trust.h"

enum {
	FIELD_NAME_LEN = sizeof("Authentication-Results: ") - 1,
	LINE_MAX_LEN = 78,
	SUMMARY_ROOM = 64, /* kept free for the last resinfo */

	ID_MAX = 253,
	PART_MAX = 80,
	ADDRESS_MAX = 320, /* RFC 5321 4.5.3.1: 64 "@" 255 */
	SERIAL_MAX = 80,   /* RFC 5280 4.1.2.2 allows 40 */
	ISSUER_MAX = 200,

	CLAIM_MAX = 64 * 1024, /* of a field that came with a message */
	CLAIM_ID_MAX = 1023,   /* a U-label may be longer than its A-label */
};

/* A value on one line, as it grows.  Each break may become a fold. */
struct text {
	char data[RESULT_MAX_LEN]; /* not terminated */
	size_t len;
	size_t breaks;
	size_t room; /* for the octets and the folds together */
	bool utf8;
	bool staging;
	bool full; /* something did not fit, and is missing */
};

struct outcome {
	enum result result;
	enum reason reason;
};

/* What is left to read.  Both borrowed from the caller. */
struct input {
	const char *at;
	const char *end;
};

/*
 * Characters.
 */

static bool
is_ascii(char c)
{
	return (c & 0x80) == 0;
}

/* RFC 2045 5.1 */
static bool
is_token_char(char c)
{
	return g_ascii_isgraph(c) && strchr("()<>@,;:\\\"/[]?=", c) == NULL;
}

static bool
is_token(const char *words)
{
	const char *c;

	for (c = words; is_token_char(*c); c++)
		continue;
	return c != words && *c == '\0';
}

/* The character at words, which is not the end.  U+FFFF if not UTF-8. */
static gunichar
get_char(const char *words, size_t *len_r)
{
	gunichar c = g_utf8_get_char_validated(words, -1);
	bool valid = g_unichar_validate(c);

	*len_r = valid ? (size_t)g_unichar_to_utf8(c, NULL) : 1;
	return valid ? c : 0xffff;
}

/* May a reader be shown it?  Not controls, not what turns text around. */
static bool
is_shown(gunichar c, bool utf8)
{
	if (c == ' ')
		return true;
	return (utf8 || c < 0x80) && g_unichar_isprint(c) &&
	    !g_unichar_isspace(c);
}

static bool
is_all_shown(const char *words, bool utf8)
{
	size_t len;

	for (; *words != '\0'; words += len)
		if (!is_shown(get_char(words, &len), utf8))
			return false;
	return true;
}

/*
 * An addr-spec that may stand as a pvalue: [local-part] "@" domain-name.
 */

/* RFC 5322 3.2.3, RFC 6532 3.2 */
static bool
is_atext(char c)
{
	return g_ascii_isalnum(c) || !is_ascii(c) ||
	    (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

/* The length of the dot-atom at addr; 0 when there is none. */
static size_t
dot_atom_len(const char *addr)
{
	size_t len = 0;

	while (is_atext(addr[len])) {
		do
			len++;
		while (is_atext(addr[len]));
		if (addr[len] != '.')
			return len;
		len++;
	}
	return 0;
}

/* The length of the quoted-string at addr; 0 when it does not end. */
static size_t
quoted_len(const char *addr)
{
	size_t len = 1;

	while (addr[len] != '\0' && addr[len] != '"') {
		if (addr[len] == '\\' && addr[len + 1] != '\0')
			len++;
		len++;
	}
	return addr[len] == '"' ? len + 1 : 0;
}

/* sub-domain of RFC 5321 4.1.2; the length, or 0. */
static size_t
label_len(const char *domain)
{
	size_t len = 0;

	while (g_ascii_isalnum(domain[len]) || domain[len] == '-' ||
	    !is_ascii(domain[len]))
		len++;
	if (len > 0 && (domain[0] == '-' || domain[len - 1] == '-'))
		return 0;
	return len;
}

/* RFC 6376 3.5: two labels or more */
static bool
is_domain_name(const char *domain)
{
	size_t len = label_len(domain);
	size_t labels = 1;

	while (len > 0 && domain[len] == '.') {
		domain += len + 1;
		len = label_len(domain);
		labels++;
	}
	return len > 0 && domain[len] == '\0' && labels > 1;
}

/* Not one that some reader could take for a result or a property. */
static bool
is_mailbox(const char *addr, bool utf8)
{
	size_t local;

	if (strlen(addr) > ADDRESS_MAX || !is_all_shown(addr, utf8))
		return false;
	local = dot_atom_len(addr);
	return local > 0 && addr[local] == '@' &&
	    memchr(addr, '=', local) == NULL &&
	    is_domain_name(addr + local + 1);
}

/*
 * Writing.
 */

static void
put_char(struct text *text, char c)
{
	if (text->len + text->breaks >= text->room)
		text->full = true;
	else
		text->data[text->len++] = c;
}

static void
put_octets(struct text *text, const char *octets, size_t len)
{
	for (size_t i = 0; i < len; i++)
		put_char(text, octets[i]);
}

static void
put_words(struct text *text, const char *words)
{
	put_octets(text, words, strlen(words));
}

/* A space, which may become a fold, and the beginning of a word. */
static void
put_word(struct text *text, const char *word)
{
	text->breaks++;
	put_char(text, ' ');
	put_words(text, word);
}

/* A quoted-string of at most max octets of words, escapes not counted. */
static void
put_quoted(struct text *text, const char *words, size_t max)
{
	size_t len;

	put_char(text, '"');
	for (size_t at = 0; words[at] != '\0'; at += len) {
		gunichar c = get_char(words + at, &len);

		if (at + len > max)
			break;
		if (c == '"' || c == '\\')
			put_char(text, '\\');
		if (is_shown(c, text->utf8))
			put_octets(text, words + at, len);
		else
			put_char(text, '?');
	}
	put_char(text, '"');
}

/* RFC 8601 2.2: value = token / quoted-string */
static void
put_value(struct text *text, const char *words, size_t max)
{
	if (is_token(words) && strlen(words) <= max)
		put_words(text, words);
	else
		put_quoted(text, words, max);
}

static void
put_property(struct text *text, const char *name, const char *words, size_t max)
{
	put_word(text, name);
	put_char(text, '=');
	put_value(text, words, max);
}

static void
put_outcome(struct text *text, struct outcome outcome)
{
	const char *word = result_word(outcome.result);

	put_char(text, ';');
	put_word(text, "smime=");
	put_words(text, word != NULL ? word : result_word(RESULT_NEUTRAL));
	if (outcome.result == RESULT_PASS)
		return;
	put_word(text, "reason=");
	put_words(text, reason_token(outcome.reason));
}

/*
 * A name as RFC 4514 writes it.  Within its values nothing stays that could
 * look like another result or property.
 */
static void
put_issuer(struct text *text, const char *issuer)
{
	char words[ISSUER_MAX + 8]; /* more than is written */
	bool in_value = false;
	bool escaped = false;
	size_t len;

	for (len = 0; issuer[len] != '\0' && len < sizeof(words) - 1; len++) {
		char c = issuer[len];

		words[len] = c == ';' || (c == '=' && in_value) ? '?' : c;
		if (c == '=')
			in_value = true;
		else if ((c == ',' || c == '+') && !escaped)
			in_value = false;
		escaped = c == '\\' && !escaped;
	}
	words[len] = '\0';
	put_property(text, "body.smime-issuer", words, ISSUER_MAX);
}

/* RFC 8601 4: nothing that the method did not authenticate. */
static bool
is_vouched_for(const struct signature *signature)
{
	return signature->integrity == INTEGRITY_GOOD &&
	    signature->trust != TRUST_NONE;
}

static bool
is_identified(const struct signature *signature, bool utf8)
{
	return is_vouched_for(signature) && signature->identifier != NULL &&
	    is_mailbox(signature->identifier, utf8);
}

static bool
has_certificate(const struct signature *signature)
{
	return is_vouched_for(signature) && signature->issuer != NULL &&
	    signature->serial != NULL &&
	    strlen(signature->serial) <= SERIAL_MAX;
}

/* Does another signer of the same part have the same address? */
static bool
has_twin(const struct verdict *verdict, const struct signature *signature)
{
	for (size_t i = 0; i < verdict->signature_count; i++) {
		const struct signature *other = &verdict->signatures[i];

		if (other != signature && other->identifier != NULL &&
		    strcmp(other->part, signature->part) == 0 &&
		    g_ascii_strcasecmp(other->identifier,
			signature->identifier) == 0)
			return true;
	}
	return false;
}

/* RFC 7281 3.2 */
static void
put_body_properties(struct text *text, const struct verdict *verdict,
    const struct signature *signature)
{
	bool identified = is_identified(signature, text->utf8);

	if (identified) {
		put_word(text, "body.smime-identifier=");
		put_words(text, signature->identifier);
	}
	put_property(text, "body.smime-part", signature->part, PART_MAX);
	if (!has_certificate(signature) ||
	    (identified && !has_twin(verdict, signature)))
		return;
	put_property(text, "body.smime-serial", signature->serial, SERIAL_MAX);
	put_issuer(text, signature->issuer);
}

/* RFC 8601 2.4: what local policy had to say */
static void
put_policy_properties(struct text *text, const struct signature *signature)
{
	enum result cloud = signature->mode_result[TRUST_EXCHANGE_ONLINE];

	if (signature->integrity == INTEGRITY_GOOD) {
		put_word(text, "policy.smime-trust=");
		put_words(text, trust_who_word(signature->trust));
	}
	if (signature->coverage == COVERAGE_PARTIAL)
		put_word(text, "policy.smime-scope=partial");
	if (signature->identity == IDENTITY_ALIAS)
		put_word(text, "policy.smime-signer=alias");
	if (text->staging && cloud != signature->result &&
	    cloud != RESULT_ABSENT) {
		put_word(text, "policy.smime-cloud=");
		put_words(text, result_word(cloud));
	}
}

/* All of a signature or, when that does not fit, nothing and false. */
static bool
put_signature(struct text *text, const struct verdict *verdict,
    const struct signature *signature)
{
	const struct outcome outcome = { signature->result, signature->reason };
	size_t len = text->len;
	size_t breaks = text->breaks;

	put_outcome(text, outcome);
	put_body_properties(text, verdict, signature);
	put_policy_properties(text, signature);
	if (!text->full)
		return true;
	text->len = len;
	text->breaks = breaks;
	return false;
}

/* The worst of the signatures from first up to, but not with, end. */
static struct outcome
worst(const struct verdict *verdict, size_t first, size_t end)
{
	struct outcome outcome = { RESULT_ABSENT, REASON_OK };

	for (size_t i = first; i < end; i++)
		if (verdict->signatures[i].result > outcome.result) {
			outcome.result = verdict->signatures[i].result;
			outcome.reason = verdict->signatures[i].reason;
		}
	return outcome;
}

/*
 * What the first listed signatures do not say: the worst of the others, or
 * the verdict itself where it is worse than each of its signatures.
 */
static struct outcome
left_unsaid(const struct verdict *verdict, size_t listed)
{
	struct outcome said = worst(verdict, 0, listed);
	struct outcome rest = worst(verdict, listed, verdict->signature_count);

	if (verdict->result > result_worse(said.result, rest.result)) {
		rest.result = verdict->result;
		rest.reason = verdict->reason;
	}
	return rest;
}

static void
put_verdict(struct text *text, const char *authserv_id,
    const struct verdict *verdict)
{
	size_t listed = 0;
	struct outcome rest;

	text->room = sizeof(text->data) - 1 - SUMMARY_ROOM;
	put_value(text, authserv_id, ID_MAX);
	while (listed < verdict->signature_count &&
	    listed < RESULT_MAX_SIGNATURES &&
	    put_signature(text, verdict, &verdict->signatures[listed]))
		listed++;

	/* A pass without a signer would say nothing: leave it out. */
	text->room += SUMMARY_ROOM;
	rest = left_unsaid(verdict, listed);
	if (listed == 0 || rest.result > RESULT_PASS)
		put_outcome(text, rest);
}

/*
 * Folding.
 */

/* Up to the next space that stands outside of quotes. */
static size_t
word_len(const char *line)
{
	size_t len = 0;

	while (line[len] != '\0' && line[len] != ' ')
		len += line[len] == '"' ? quoted_len(line + len) : 1;
	return len;
}

/* A copy of line, with as many octets more as folds were made. */
static char *
fold(const char *line)
{
	size_t column = FIELD_NAME_LEN;
	char *folded = malloc(2 * strlen(line) + 1);
	char *end = folded;
	size_t len;

	if (folded == NULL)
		return NULL;
	for (len = word_len(line);; len = 1 + word_len(line + 1)) {
		if (*line == ' ' && column + len > LINE_MAX_LEN) {
			*end++ = '\n';
			column = 0;
		}
		memcpy(end, line, len);
		end += len;
		column += len;
		line += len;
		if (*line == '\0')
			break;
	}
	*end = '\0';
	return folded;
}

/*
 * Reading a field that came with a message.
 */

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Is the control at value[0..len) one of a fold: [CR] LF, white space? */
static bool
is_fold(const char *value, size_t len)
{
	size_t lf = *value == '\r' ? 1 : 0;

	return lf + 1 < len && value[lf] == '\n' &&
	    (value[lf + 1] == ' ' || value[lf + 1] == '\t');
}

/* Text of one field: UTF-8, folded where it has line ends, no controls. */
static bool
is_field_text(const char *value, size_t len)
{
	if (len > CLAIM_MAX || !g_utf8_validate(value, (gssize)len, NULL))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!g_ascii_iscntrl(value[i]) || value[i] == '\t')
			continue;
		if (!is_fold(value + i, len - i))
			return false;
	}
	return true;
}

/* Pass over a comment.  False when it does not end. */
static bool
skip_comment(struct input *in)
{
	size_t depth = 0;

	while (in->at < in->end) {
		char c = *in->at++;

		if (c == '(')
			depth++;
		else if (c == ')' && --depth == 0)
			return true;
		else if (c == '\\' && in->at < in->end)
			in->at++;
	}
	return false;
}

static bool
skip_cfws(struct input *in)
{
	while (in->at < in->end) {
		if (is_space(*in->at))
			in->at++;
		else if (*in->at != '(')
			return true;
		else if (!skip_comment(in))
			return false;
	}
	return true;
}

/* Pass over a quoted-string.  False when it does not end. */
static bool
skip_quoted(struct input *in)
{
	for (in->at++; in->at < in->end; in->at++) {
		if (*in->at == '"') {
			in->at++;
			return true;
		}
		if (*in->at == '\\' && in->at + 1 < in->end)
			in->at++;
	}
	return false;
}

/*
 * What a quoted-string means.  White space is left out: no id of ours has
 * any, and a reader may trim what it finds.
 */
static size_t
unquote(const char *from, const char *end, char *words_r)
{
	size_t len = 0;

	for (; from < end; from++) {
		if (*from == '\\')
			from++;
		if (!is_space(*from))
			words_r[len++] = *from;
	}
	return len;
}

static bool
take_id(struct input *in, char id_r[CLAIM_ID_MAX + 1])
{
	const char *start = in->at;
	bool quoted = start < in->end && *start == '"';
	size_t len;

	if (quoted && !skip_quoted(in))
		return false;
	while (!quoted && in->at < in->end && is_token_char(*in->at))
		in->at++;
	len = (size_t)(in->at - start);
	if (len > CLAIM_ID_MAX)
		return false;
	if (quoted)
		len = unquote(start + 1, in->at - 1, id_r);
	else
		memcpy(id_r, start, len);
	id_r[len] = '\0';
	return len > 0;
}

/* authres-version: only 1 is known.  What follows it is for the caller. */
static bool
take_version(struct input *in)
{
	while (in->at < in->end && *in->at == '0')
		in->at++;
	if (in->at == in->end || *in->at != '1')
		return false;
	in->at++;
	return true;
}

/* [CFWS] authserv-id [CFWS authres-version] [CFWS], then ";" or the end */
static bool
take_head(struct input *in, char id_r[CLAIM_ID_MAX + 1])
{
	const char *gap;

	if (!skip_cfws(in) || !take_id(in, id_r))
		return false;
	gap = in->at;
	if (!skip_cfws(in))
		return false;
	if (in->at > gap && in->at < in->end && g_ascii_isdigit(*in->at) &&
	    (!take_version(in) || !skip_cfws(in)))
		return false;
	return in->at == in->end || *in->at == ';';
}

/* Does every comment and every quoted-string end? */
static bool
is_closed(struct input in)
{
	while (in.at < in.end) {
		if (*in.at == '(') {
			if (!skip_comment(&in))
				return false;
		} else if (*in.at == '"') {
			if (!skip_quoted(&in))
				return false;
		} else {
			in.at++;
		}
	}
	return true;
}

/*
 * What two spellings of one host name have in common.  Case is folded once
 * more after IDNA: its older and newer rules differ on U+00DF.
 */
static char *
host_key(const char *id)
{
	char *host = g_hostname_to_unicode(id);
	char *key = g_utf8_casefold(host != NULL ? host : id, -1);

	g_free(host);
	return key;
}

static bool
is_same_id(const char *a, const char *b)
{
	char *key_a = host_key(a);
	char *key_b = host_key(b);
	bool same = strcmp(key_a, key_b) == 0;

	g_free(key_a);
	g_free(key_b);
	return same;
}

static bool
is_listed(const struct strings *ids, const char *id)
{
	if (ids == NULL)
		return false;
	for (size_t i = 0; i < ids->count; i++)
		if (is_same_id(ids->list[i], id))
			return true;
	return false;
}

/*
 * Does the id stand in head[0..len) as a word, be it in a comment or in
 * quotes?  A reader that knows no comments or no escapes would find it; one
 * that decodes RFC 2047 first could find anything.
 */
static bool
is_mentioned(const char *id, const char *head, size_t len)
{
	size_t id_len = strlen(id);

	for (size_t i = 0; i + id_len <= len; i++)
		if (g_ascii_strncasecmp(head + i, id, id_len) == 0 &&
		    (i == 0 || !is_token_char(head[i - 1])) &&
		    (i + id_len == len || !is_token_char(head[i + id_len])))
			return true;
	return memmem(head, len, "=?", 2) != NULL;
}

char *
result_write_unfolded(const char *authserv_id, const struct verdict *verdict,
    struct result_form form)
{
	struct text text = { .utf8 = form.utf8, .staging = form.staging };

	if (verdict->result == RESULT_ABSENT)
		return NULL;
	put_verdict(&text, authserv_id, verdict);
	return strndup(text.data, text.len);
}

char *
result_write(const char *authserv_id, const struct verdict *verdict,
    struct result_form form)
{
	char *line = result_write_unfolded(authserv_id, verdict, form);
	char *folded;

	if (line == NULL)
		return NULL;
	folded = fold(line);
	free(line);
	return folded;
}

bool
result_is_forged(const char *authserv_id, const struct strings *trusted,
    const char *value, size_t len)
{
	struct input in = { .at = value, .end = value + len };
	char id[CLAIM_ID_MAX + 1];

	if (!is_field_text(value, len) || !take_head(&in, id) || !is_closed(in))
		return true;
	if (is_listed(trusted, id))
		return false;
	return is_same_id(authserv_id, id) ||
	    is_mentioned(authserv_id, value, (size_t)(in.at - value));
}

/* Quotes and spaces are legal, but come from a slip in a configuration. */
bool
result_id_ok(const char *authserv_id)
{
	size_t len = strlen(authserv_id);

	for (const char *c = authserv_id; *c != '\0'; c++)
		if (!g_ascii_isgraph(*c) || *c == '"' || *c == '\\')
			return false;
	return len > 0 && len <= ID_MAX;
}
