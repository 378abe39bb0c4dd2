/* SPDX-License-Identifier: ISC */
#include "smime/x509/facts.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

static void
write_hex(const uint8_t *octets, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		*out++ = digits[octets[i] >> 4];
		*out++ = digits[octets[i] & 15];
	}
	*out = '\0';
}

static void
read_signature(X509 *cert, struct facts *facts)
{
	facts->has_signature =
	    X509_get_signature_info(cert, &facts->signature_nid, NULL, NULL,
		NULL) == 1;
}

static bool
read_all(X509 *cert, struct facts *facts)
{
	uint8_t sha256[CERT_SHA256_LEN];
	time_t begin;

	facts->issuer = cert_name(X509_get_issuer_name(cert));
	facts->subject = cert_name(X509_get_subject_name(cert));
	facts->serial = cert_serial(cert);
	facts->key_name = cert_key(cert);
	if (facts->issuer == NULL || facts->subject == NULL ||
	    facts->serial == NULL || facts->key_name == NULL ||
	    !cert_sha256(cert, sha256) ||
	    !cert_mailboxes(cert, &facts->mailboxes))
		return false;
	write_hex(sha256, sizeof(sha256), facts->sha256);
	facts->validation = cert_validation(cert);
	algo_read_key(X509_get0_pubkey(cert), &facts->key);
	cert_validity(cert, &begin, &facts->not_after);
	read_signature(cert, facts);
	return true;
}

struct facts *
facts_new(X509 *cert)
{
	struct facts *facts = calloc(1, sizeof(*facts));
	bool done;

	if (facts == NULL)
		return NULL;
	facts->owners = 1;
	ERR_set_mark(); /* a key that cannot be read leaves an error */
	done = read_all(cert, facts);
	ERR_pop_to_mark();
	if (done)
		return facts;
	facts_unref(facts);
	return NULL;
}

struct facts *
facts_ref(struct facts *facts)
{
	atomic_fetch_add(&facts->owners, 1);
	return facts;
}

void
facts_unref(struct facts *facts)
{
	if (facts == NULL || atomic_fetch_sub(&facts->owners, 1) != 1)
		return;
	free(facts->issuer);
	free(facts->subject);
	free(facts->serial);
	free(facts->key_name);
	cert_mailboxes_done(&facts->mailboxes);
	free(facts);
}

size_t
facts_size(const struct facts *facts)
{
	enum { OF_MALLOC = 32 }; /* what it adds at most to short strings */
	const struct mailboxes *mailboxes = &facts->mailboxes;
	size_t size = sizeof(*facts) + 5 * OF_MALLOC + strlen(facts->issuer) +
	    strlen(facts->subject) + strlen(facts->serial) +
	    strlen(facts->key_name);

	for (size_t i = 0; i < mailboxes->count; i++)
		size += sizeof(mailboxes->list[i]) + 2 * OF_MALLOC +
		    strlen(mailboxes->list[i].local) +
		    strlen(mailboxes->list[i].domain);
	return size;
}

enum reason
facts_check(const struct facts *facts, const struct rules *rules,
    bool with_signature)
{
	enum reason reason = algo_check_key(rules, &facts->key);

	if (reason != REASON_OK || !with_signature)
		return reason;
	if (!facts->has_signature)
		return REASON_UNSUPPORTED_ALGORITHM;
	return algo_check_digest(rules, facts->signature_nid);
}
