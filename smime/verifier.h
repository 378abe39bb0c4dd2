/* SPDX-License-Identifier: ISC */
/*
 * verifier - what one thread verifies with
 *
 * Shape    a library context of its own, because threads that share one wait
 *          for each other wherever OpenSSL fetches or decodes; and what was
 *          parsed, found out and found good in it before
 * Limits   VERIFIER_CERTS certificates, facts of as many, and VERIFIER_PATHS
 *          paths: some 10 MB with what authorities issue.  By the limits of the
 *          three caches, mail that is made to take much can have 90 MB kept,
 *          and 100 MB more if it is signed with a trusted certificate
 * Threads  one thread at a time
 */
#ifndef SMIME_VERIFIER_H
#define SMIME_VERIFIER_H

#include <stdbool.h>

#include <openssl/types.h>

#include "smime/trust/pathcache.h"
#include "smime/x509/certcache.h"
#include "smime/x509/factcache.h"

enum { VERIFIER_CERTS = 1024, VERIFIER_PATHS = 1024 };

/* Readable by all, written by verifier_*() only; spoiled by who uses it. */
struct verifier {
	OSSL_LIB_CTX *libctx;	 /* owned */
	struct certcache *certs; /* owned */
	struct factcache *facts; /* owned */
	struct pathcache *paths; /* owned */
	unsigned int version;	 /* of the trust that the paths are of */
	/*
	 * Memory was lacking while it was used.  It may remember what is wrong,
	 * and its library context may miss an algorithm for ever.
	 */
	bool spoiled;
};

/* NULL when out of memory, or when libcrypto fails. */
struct verifier *verifier_new(void);

/*
 * It is to be used under that version of the trust: forget what was found under
 * another, and with it the stores that it holds on to.
 */
void verifier_begin(struct verifier *verifier, unsigned int version);

/* Takes NULL. */
void verifier_free(struct verifier *verifier);

#endif
