/* SPDX-License-Identifier: ISC */
#include "milter/history/histline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "milter/header/record.h"

enum { HASH_DIGITS = 16 };

static json_t *
when(time_t time)
{
	char text[32];

	record_time(time, text);
	return json_string(text);
}

bool
histline_hash(const uint8_t key[HISTLINE_KEY_LEN], const char *text,
    char out[static 65])
{
	uint8_t mac[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	char *lower = g_ascii_strdown(text, -1);
	bool good;

	good = HMAC(EVP_sha256(), key, HISTLINE_KEY_LEN, (const uint8_t *)lower,
		   strlen(lower), mac, &len) != NULL &&
	    len == 32;
	for (size_t i = 0; good && i < len; i++)
		snprintf(out + 2 * i, 3, "%02x", mac[i]);
	g_free(lower);
	return good;
}

static json_t *
hashed(const struct histline_privacy *privacy, const char *text,
    const char *domain)
{
	char hash[65];

	if (!histline_hash(privacy->key, text, hash))
		return json_null();
	hash[HASH_DIGITS] = '\0';
	return json_sprintf("%s%s", hash, domain);
}

/* An address, as far as it may be told. */
static json_t *
address(const struct histline_privacy *privacy, const char *text)
{
	char *valid;
	const char *domain;
	json_t *json = NULL;

	if (text == NULL || privacy->addresses == HISTORY_ADDRESSES_FULL ||
	    text[0] == '\0')
		return record_text(text);
	valid = g_utf8_make_valid(text, -1);
	domain = strrchr(valid, '@');
	if (privacy->addresses == HISTORY_ADDRESSES_HASH)
		json = hashed(privacy, valid, domain == NULL ? "" : domain);
	else
		json = domain == NULL ? json_null() : json_string(domain);
	g_free(valid);
	return json;
}

static void
hide_address(const struct histline_privacy *privacy, json_t *object,
    const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	if (text != NULL)
		json_object_set_new(object, key, address(privacy, text));
}

static void
hide(json_t *object, const char *key)
{
	json_object_set_new(object, key, json_null());
}

/* One signer's lines can still be told from those of another. */
static void
hide_fingerprint(const struct histline_privacy *privacy, json_t *object)
{
	const char *text = json_string_value(json_object_get(object, "sha256"));
	char hash[65];

	if (text == NULL)
		return;
	if (privacy->addresses == HISTORY_ADDRESSES_HASH &&
	    histline_hash(privacy->key, text, hash))
		json_object_set_new(object, "sha256", json_string(hash));
	else
		hide(object, "sha256");
}

/* A certificate that is its own anchor is named there, too. */
static void
hide_leaf_names(json_t *signature)
{
	json_t *chain = json_object_get(signature, "chain");
	const char *subject =
	    json_string_value(json_object_get(signature, "subject"));
	const char *issuer =
	    json_string_value(json_object_get(signature, "issuer"));

	if (subject != NULL && issuer != NULL && strcmp(subject, issuer) == 0)
		hide(signature, "issuer");
	if (json_array_size(chain) == 1)
		hide(signature, "anchor");
	if (json_array_size(chain) > 0)
		json_array_set_new(chain, 0, json_null());
	hide(signature, "subject");
	hide(signature, "serial");
}

static void
hide_signer(const struct histline_privacy *privacy, json_t *signature)
{
	json_t *leaf = json_array_get(json_object_get(signature, "path"), 0);

	hide_leaf_names(signature);
	hide_address(privacy, signature, "identifier");
	hide_fingerprint(privacy, signature);
	if (leaf != NULL) {
		hide(leaf, "subject");
		hide_fingerprint(privacy, leaf);
	}
}

static void
apply_privacy(const struct histline_privacy *privacy, json_t *object)
{
	json_t *signatures = json_object_get(object, "signatures");

	if (privacy->addresses == HISTORY_ADDRESSES_FULL)
		return;
	hide(object, "header");
	hide_address(privacy, object, "from");
	hide_address(privacy, object, "mail_from");
	for (size_t i = 0; i < json_array_size(signatures); i++)
		hide_signer(privacy, json_array_get(signatures, i));
}

static json_t *
path_object(const struct path_cert *cert)
{
	return json_pack("{s:o, s:o, s:o, s:b}", "subject",
	    record_text(cert->subject), "sha256", record_text(cert->sha256),
	    "not_after", when(cert->not_after), "carried", cert->carried);
}

static json_t *
path(const struct signature *signature)
{
	json_t *list = json_array();

	for (size_t i = 0; i < signature->path_len; i++)
		json_array_append_new(list, path_object(&signature->path[i]));
	return list;
}

static json_t *
modes(const struct signature *s)
{
	enum result on_premises = s->mode_result[TRUST_EXCHANGE_2013_SP1];
	enum result cloud = s->mode_result[TRUST_EXCHANGE_ONLINE];

	return json_pack("{s:o, s:o}", trust_mode_word(TRUST_EXCHANGE_2013_SP1),
	    record_text(result_word(on_premises)),
	    trust_mode_word(TRUST_EXCHANGE_ONLINE),
	    record_text(result_word(cloud)));
}

/* revocation is the same word that record_new() has put among the facts. */
static json_t *
cloud(const struct signature *s, json_t *object)
{
	enum reason reason = s->mode_reason[TRUST_EXCHANGE_ONLINE];
	json_t *facts = json_object_get(object, "facts");

	return json_pack("{s:o, s:s, s:O}", "reason",
	    record_text(reason == REASON_OK ? NULL : reason_token(reason)),
	    "trust", trust_who_word(s->mode_trust[TRUST_EXCHANGE_ONLINE]),
	    "revocation", json_object_get(facts, "revocation"));
}

static void
add_to_signatures(const struct verdict *verdict, json_t *object)
{
	json_t *list = json_object_get(object, "signatures");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const struct signature *s = &verdict->signatures[i];
		json_t *signature = json_array_get(list, i);

		json_object_set_new(signature, "modes", modes(s));
		json_object_set_new(signature, "cloud", cloud(s, signature));
		json_object_set_new(signature, "by",
		    record_text(trust_who_word(s->path_by)));
		json_object_set_new(signature, "path", path(s));
	}
}

static json_t *
domains(const struct histline *line)
{
	json_t *list = json_array();

	for (size_t i = 0;
	     i < line->rcpt_domain_count && i < HISTLINE_MAX_DOMAINS; i++)
		json_array_append_new(list, record_text(line->rcpt_domains[i]));
	return list;
}

static json_t *
about_mail(const struct histline *line)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
	    "time", when(line->time), "host", record_text(line->host),
	    "queue_id", record_text(line->queue_id), "client",
	    record_text(line->client), "mail_from",
	    record_text(line->mail_from), "rcpt_domains", domains(line),
	    "action", record_text(line->action), "policy",
	    record_text(line->policy), "stage", record_text(line->stage),
	    "would", record_text(line->would));
}

json_t *
histline_new(const struct histline *line,
    const struct histline_privacy *privacy)
{
	json_t *object = about_mail(line);
	json_t *verdict = record_new(NULL, line->header, line->verdict);

	if (object == NULL || verdict == NULL ||
	    json_object_update(object, verdict) != 0) {
		json_decref(object);
		json_decref(verdict);
		return NULL;
	}
	json_decref(verdict);
	add_to_signatures(line->verdict, object);
	apply_privacy(privacy, object);
	return object;
}
