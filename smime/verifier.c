/* SPDX-License-Identifier: ISC */
#include "smime/verifier.h"

#include <stdlib.h>

#include <openssl/crypto.h>

#include "smime/nomem.h"

struct verifier *
verifier_new(void)
{
	unsigned long failed = nomem_count();
	struct verifier *verifier = calloc(1, sizeof(*verifier));

	if (verifier == NULL)
		return NULL;
	verifier->libctx = OSSL_LIB_CTX_new();
	if (verifier->libctx != NULL)
		verifier->certs =
		    certcache_new(verifier->libctx, VERIFIER_CERTS);
	verifier->facts = factcache_new(VERIFIER_CERTS);
	verifier->paths = pathcache_new(VERIFIER_PATHS);
	if (verifier->certs == NULL || verifier->facts == NULL ||
	    verifier->paths == NULL || nomem_count() != failed) {
		verifier_free(verifier);
		return NULL;
	}
	return verifier;
}

void
verifier_begin(struct verifier *verifier, unsigned int version)
{
	if (verifier->version != version) {
		pathcache_flush(verifier->paths);
		factcache_flush(verifier->facts);
	}
	verifier->version = version;
}

void
verifier_free(struct verifier *verifier)
{
	if (verifier == NULL)
		return;
	pathcache_free(verifier->paths);
	factcache_free(verifier->facts);
	certcache_free(verifier->certs);
	OSSL_LIB_CTX_free(verifier->libctx);
	free(verifier);
}
