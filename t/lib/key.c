/* SPDX-License-Identifier: ISC */
#include "t/lib/key.h"

#include "smime/smime.h"
#include "t/lib/pki.h"

EVP_PKEY *key;

void
key_make(void)
{
	smime_init();
	key = pki_key("P-256");
}

void
key_free(void)
{
	EVP_PKEY_free(key);
}
