/* SPDX-License-Identifier: ISC */
#include "t/lib/roots.h"

#include "smime/smime.h"
#include "t/lib/pki.h"

struct roots roots;

void
roots_make(void)
{
	const struct pki_cert root = {
		.cn = "Root",
		.extensions = pki_ca_extensions,
	};
	const struct pki_cert other = {
		.cn = "Other root",
		.extensions = pki_ca_extensions,
	};
	const struct pki_cert alice = {
		.cn = "Alice",
		.extensions = pki_leaf_extensions_alice,
	};

	smime_init();
	roots.key = pki_key("P-256");
	roots.root = pki_make(&root, roots.key, NULL, NULL);
	roots.other = pki_make(&other, roots.key, NULL, NULL);
	roots.alice = pki_make(&alice, roots.key, roots.root, roots.key);
}

void
roots_free(void)
{
	EVP_PKEY_free(roots.key);
	X509_free(roots.root);
	X509_free(roots.other);
	X509_free(roots.alice);
}
