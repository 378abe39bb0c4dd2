/* SPDX-License-Identifier: ISC */
#include "milter/header/record.h"

#include <stdio.h>
#include <time.h>

#include <glib.h>

json_t *
record_text(const char *octets)
{
	char *valid;
	json_t *json;

	if (octets == NULL)
		return json_null();
	json = json_string(octets);
	if (json != NULL)
		return json;
	valid = g_utf8_make_valid(octets, -1);
	json = json_string(valid);
	g_free(valid);
	return json;
}

static json_t *
reason(enum reason why)
{
	return record_text(why == REASON_OK ? NULL : reason_token(why));
}

static const char *
integrity_word(enum integrity integrity)
{
	static const char *const words[] = {
		[INTEGRITY_UNKNOWN] = "unknown",
		[INTEGRITY_GOOD] = "good",
		[INTEGRITY_BAD] = "bad",
	};

	return words[integrity];
}

static const char *
identity_word(enum identity identity)
{
	static const char *const words[] = {
		[IDENTITY_NONE] = "none",
		[IDENTITY_MATCH] = "match",
		[IDENTITY_ALIAS] = "match",
		[IDENTITY_MISMATCH] = "mismatch",
		[IDENTITY_AMBIGUOUS] = "ambiguous",
	};

	return words[identity];
}

static const char *
revocation_word(enum revocation revocation)
{
	static const char *const words[] = {
		[REVOCATION_NOT_CHECKED] = "not-checked",
		[REVOCATION_GOOD] = "good",
		[REVOCATION_UNKNOWN] = "unknown",
		[REVOCATION_REVOKED] = "revoked",
	};

	return words[revocation];
}

static json_t *
order(enum attr_order order)
{
	static const char *const words[] = {
		[ATTR_ORDER_UNKNOWN] = NULL,
		[ATTR_AS_SENT] = "as-sent",
		[ATTR_SORTED] = "sorted",
	};

	return record_text(words[order]);
}

static const char *
coverage_word(enum coverage coverage)
{
	return coverage == COVERAGE_WHOLE ? "whole" : "partial";
}

static json_t *
facts(const struct signature *signature)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "integrity",
	    integrity_word(signature->integrity), "trust",
	    trust_who_word(signature->trust), "identity",
	    identity_word(signature->identity), "revocation",
	    revocation_word(signature->revocation), "coverage",
	    coverage_word(signature->coverage));
}

static json_t *
chain(const struct signature *signature)
{
	json_t *list = json_array();

	for (size_t i = 0; i < signature->chain_len; i++)
		json_array_append_new(list, record_text(signature->chain[i]));
	return list;
}

static json_t *
signing_time(const struct signature *signature)
{
	char when[32];

	if (!signature->has_signing_time)
		return json_null();
	record_time(signature->signing_time, when);
	return record_text(when);
}

static json_t *
signature_object(const struct signature *s)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o,"
			 " s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:o}",
	    "part", record_text(s->part), "result",
	    record_text(result_word(s->result)), "reason", reason(s->reason),
	    "identifier", record_text(s->identifier), "issuer",
	    record_text(s->issuer), "serial", record_text(s->serial), "subject",
	    record_text(s->subject), "sha256", record_text(s->sha256), "digest",
	    record_text(s->digest), "signature", record_text(s->signature),
	    "attributes", order(s->order), "key", record_text(s->key),
	    "signing_time", signing_time(s), "facts", facts(s), "anchor",
	    record_text(s->anchor), "chain", chain(s), "openssl_error",
	    (json_int_t)s->openssl_error, "detail", record_text(s->detail));
}

static json_t *
signatures(const struct verdict *verdict)
{
	json_t *list = json_array();

	for (size_t i = 0; i < verdict->signature_count; i++)
		json_array_append_new(list,
		    signature_object(&verdict->signatures[i]));
	return list;
}

/* Both modes of Exchange, and the local one where it is in force. */
static json_t *
modes(const struct verdict *verdict)
{
	json_t *object = json_object();
	enum trust_mode mode;

	for (size_t i = 0; i < TRUST_MODES; i++) {
		mode = (enum trust_mode)i;
		if (mode == TRUST_LOCAL && verdict->mode != TRUST_LOCAL)
			continue;
		json_object_set_new(object, trust_mode_word(mode),
		    record_text(result_word(verdict->mode_result[i])));
	}
	return object;
}

static json_t *
trust(const struct verdict *verdict)
{
	if (verdict->signature_count == 0)
		return json_null();
	return record_text(trust_who_word(verdict->trust));
}

json_t *
record_new(const char *file, const char *header, const struct verdict *verdict)
{
	return json_pack("{s:o, s:o, s:o, s:s, s:o, s:s, s:o, s:o, s:o, s:o}",
	    "file", record_text(file), "result",
	    record_text(result_word(verdict->result)), "reason",
	    reason(verdict->reason), "scope", coverage_word(verdict->scope),
	    "from", record_text(verdict->from), "mode",
	    trust_mode_word(verdict->mode), "trust", trust(verdict), "modes",
	    modes(verdict), "header", record_text(header), "signatures",
	    signatures(verdict));
}

bool
record_print(json_t *object)
{
	bool good = object != NULL &&
	    json_dumpf(object, stdout, JSON_COMPACT) == 0 &&
	    putchar('\n') != EOF;

	json_decref(object);
	return good;
}

void
record_time(time_t when, char out[static 32])
{
	char rest[sizeof("-01-02T03:04:05Z")];
	struct tm tm;

	out[0] = '\0';
	/* RFC 3339 has four digits, where %Y may have fewer. */
	if (gmtime_r(&when, &tm) != NULL &&
	    strftime(rest, sizeof(rest), "-%m-%dT%H:%M:%SZ", &tm) > 0)
		snprintf(out, 32, "%04d%s", tm.tm_year + 1900, rest);
}
