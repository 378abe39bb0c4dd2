/* SPDX-License-Identifier: ISC */
/*
 * certset - the certificates of a store, each one once, in order
 *
 * Units    STORE_MAX_CERTS limits the certificates, not the duplicates
 * Threads  one thread while it is filled; any number once it is built
 */
#ifndef SMIME_STORE_CERTSET_H
#define SMIME_STORE_CERTSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/x509.h>

#include "smime/store/store_cert.h"

enum certset_status {
	CERTSET_OK,
	CERTSET_NOMEM,
	CERTSET_FULL, /* it holds STORE_MAX_CERTS */
};

/* Readable by all, written by certset_*() only.  All zero when empty. */
struct certset {
	struct store_cert *list; /* owned, count of them */
	size_t count;
	size_t room;	   /* of list: 0 or a power of two */
	size_t *slots;	   /* owned, twice room of them; see certset.c */
	size_t duplicates; /* pushed, and there already */

	/* What path building reads, with the verdicts of store.h. */
	X509_STORE *anchors;	       /* owned */
	X509_STORE *refused;	       /* owned */
	STACK_OF(X509) *intermediates; /* owned; members borrowed from list */
	STACK_OF(X509) *signers;       /* owned; members borrowed from list */
};

/*
 * A copy that can be filled further; not built.  On failure, out of memory,
 * *copy_r is untouched.
 */
bool certset_copy(const struct certset *set, struct certset *copy_r);

/*
 * Add a certificate, or make the one that is there as strict.  Takes over
 * what cert owns, on failure, too.
 */
enum certset_status certset_push(struct certset *set, struct store_cert *cert);

/* All is pushed: make what path building reads.  False: out of memory. */
bool certset_build(struct certset *set);

/* The certificate with that SHA-256, or NULL.  Borrowed from the set. */
const struct store_cert *certset_find(const struct certset *set,
    const uint8_t sha256[CERT_SHA256_LEN]);

/* Free all; the set is then empty. */
void certset_done(struct certset *set);

/* Free what one certificate owns. */
void store_cert_done(struct store_cert *cert);

#endif
