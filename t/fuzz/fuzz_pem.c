/* SPDX-License-Identifier: ISC */
/* pem_read() on any octets: PEM, DER and PKCS#7. */
#include <stdlib.h>

#include <openssl/err.h>

#include "smime/store/pem.h"

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len);

static bool
look(void *arg, const struct pem_item *item)
{
	(void)arg;
	if ((item->kind == PEM_CERT) != (item->cert != NULL) ||
	    (item->kind == PEM_CERT) != (item->der != NULL) ||
	    (item->kind == PEM_PASSED || item->kind == PEM_KEY) !=
		(item->note != NULL))
		abort();
	X509_free(item->cert);
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len)
{
	if (pem_explain(pem_read(NULL, octets, len, look, NULL, NULL)) ==
		NULL ||
	    ERR_peek_error() != 0)
		abort();
	return 0;
}
