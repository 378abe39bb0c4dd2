/* SPDX-License-Identifier: ISC */
#include "smime/store/certset.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "smime/store/namesake.h"
#include "smime/store/rootprog.h"

enum { FIRST_ROOM = 64 };

/*
 * slots is a hash table without chains: a certificate's SHA-256 says where
 * to begin, and the slot there or after it has the certificate's index in
 * list, plus 1.  A free slot has 0.  Half of them at least are free.
 */
static size_t *
find_slot(const struct certset *set, const uint8_t *sha256)
{
	size_t mask = set->room * 2 - 1;
	size_t at, index;

	memcpy(&at, sha256, sizeof(at));
	for (at &= mask; set->slots[at] != 0; at = (at + 1) & mask) {
		index = set->slots[at] - 1;
		if (memcmp(set->list[index].sha256, sha256, CERT_SHA256_LEN) ==
		    0)
			break;
	}
	return &set->slots[at];
}

/* Make room for one more. */
static bool
grow(struct certset *set)
{
	size_t room = set->room == 0 ? FIRST_ROOM : set->room * 2;
	struct store_cert *list;
	size_t *slots;

	if (set->count < set->room)
		return true;
	list = realloc(set->list, room * sizeof(*list));
	if (list == NULL)
		return false;
	set->list = list;
	slots = calloc(room * 2, sizeof(*slots));
	if (slots == NULL)
		return false;
	free(set->slots);
	set->slots = slots;
	set->room = room;
	for (size_t i = 0; i < set->count; i++)
		*find_slot(set, list[i].sha256) = i + 1;
	return true;
}

static bool
copy_cert(const struct store_cert *cert, struct store_cert *copy)
{
	*copy = *cert;
	X509_up_ref(copy->cert);
	copy->constraints = NULL;
	copy->friendly_name = NULL;
	copy->raw = NULL;
	if (cert->raw != NULL) {
		copy->raw = certraw_new(cert->raw->der, cert->raw->len,
		    cert->raw->properties, cert->raw->property_count);
		if (copy->raw == NULL)
			return false;
	}
	if (cert->constraints != NULL) {
		copy->constraints =
		    ASN1_item_dup(ASN1_ITEM_rptr(NAME_CONSTRAINTS),
			cert->constraints);
		if (copy->constraints == NULL)
			return false;
	}
	if (cert->friendly_name != NULL) {
		copy->friendly_name = strdup(cert->friendly_name);
		if (copy->friendly_name == NULL)
			return false;
	}
	return true;
}

static bool
copy_certs(const struct certset *set, struct certset *copy)
{
	struct store_cert *cert;

	for (size_t i = 0; i < set->count; i++) {
		if (!grow(copy))
			return false;
		cert = &copy->list[copy->count++];
		if (!copy_cert(&set->list[i], cert))
			return false;
		*find_slot(copy, cert->sha256) = copy->count;
	}
	return true;
}

/* Put one certificate where path building looks for it. */
static bool
build_one(struct certset *set, const struct store_cert *cert)
{
	bool good = cert->verdict == REASON_OK;

	switch (cert->role) {
	case CERT_ROLE_ANCHOR:
		return X509_STORE_add_cert(good ? set->anchors : set->refused,
			   cert->cert) == 1;
	case CERT_ROLE_INTERMEDIATE:
		return !good ||
		    sk_X509_push(set->intermediates, cert->cert) > 0;
	case CERT_ROLE_SIGNER:
		return !good || sk_X509_push(set->signers, cert->cert) > 0;
	}
	return false;
}

bool
certset_copy(const struct certset *set, struct certset *copy_r)
{
	struct certset copy = { .duplicates = set->duplicates };

	if (!copy_certs(set, &copy)) {
		certset_done(&copy);
		return false;
	}
	*copy_r = copy;
	return true;
}

enum certset_status
certset_push(struct certset *set, struct store_cert *cert)
{
	enum certset_status status = CERTSET_NOMEM;
	size_t *slot;

	if (grow(set)) {
		slot = find_slot(set, cert->sha256);
		if (*slot != 0) {
			if (rootprog_merge(&set->list[*slot - 1], cert)) {
				set->list[*slot - 1].again++;
				set->duplicates++;
				status = CERTSET_OK;
			}
		} else if (set->count == STORE_MAX_CERTS) {
			status = CERTSET_FULL;
		} else {
			set->list[set->count++] = *cert;
			*slot = set->count;
			return CERTSET_OK;
		}
	}
	store_cert_done(cert);
	return status;
}

bool
certset_build(struct certset *set)
{
	bool done;

	ERR_set_mark();
	set->anchors = X509_STORE_new();
	set->refused = X509_STORE_new();
	set->intermediates = sk_X509_new_null();
	set->signers = sk_X509_new_null();
	done = set->anchors != NULL && set->refused != NULL &&
	    set->intermediates != NULL && set->signers != NULL;
	if (done) {
		namesake_prepare(set->anchors);
		namesake_prepare(set->refused);
	}
	for (size_t i = 0; done && i < set->count; i++)
		done = build_one(set, &set->list[i]);
	ERR_pop_to_mark();
	return done;
}

const struct store_cert *
certset_find(const struct certset *set, const uint8_t sha256[CERT_SHA256_LEN])
{
	size_t slot;

	if (set->count == 0)
		return NULL;
	slot = *find_slot(set, sha256);
	return slot != 0 ? &set->list[slot - 1] : NULL;
}

void
certset_done(struct certset *set)
{
	for (size_t i = 0; i < set->count; i++)
		store_cert_done(&set->list[i]);
	free(set->list);
	free(set->slots);
	X509_STORE_free(set->anchors);
	X509_STORE_free(set->refused);
	sk_X509_free(set->intermediates);
	sk_X509_free(set->signers);
	*set = (struct certset){ .count = 0 };
}

void
store_cert_done(struct store_cert *cert)
{
	X509_free(cert->cert);
	NAME_CONSTRAINTS_free(cert->constraints);
	free(cert->friendly_name);
	certraw_free(cert->raw);
}
