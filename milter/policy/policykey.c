/* SPDX-License-Identifier: ISC */
#include "milter/policy/policykey.h"

#include <stdio.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

static bool
add_octets(EVP_MAC_CTX *ctx, const char *octets, size_t len)
{
	return EVP_MAC_update(ctx, (const uint8_t *)octets, len) == 1;
}

/*
 * Without blanks, which not every MTA hands on in the same way, and with an
 * end, so that no two lists of texts look the same.
 */
static bool
add(EVP_MAC_CTX *ctx, const char *text)
{
	static const char blanks[] = " \t\r\n";

	if (text == NULL)
		return add_octets(ctx, "\xff", 2);
	for (text += strspn(text, blanks); *text != '\0';
	     text += strspn(text, blanks)) {
		size_t len = strcspn(text, blanks);

		if (!add_octets(ctx, text, len))
			return false;
		text += len;
	}
	return add_octets(ctx, "", 1);
}

static EVP_MAC_CTX *
begin(const struct keyfile_key *key, OSSL_LIB_CTX *libctx)
{
	static char digest[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest,
		    0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *mac = EVP_MAC_fetch(libctx, "HMAC", NULL);
	EVP_MAC_CTX *ctx = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;

	EVP_MAC_free(mac);
	if (ctx != NULL &&
	    EVP_MAC_init(ctx, key->octets, KEYFILE_LEN, params) == 1)
		return ctx;
	EVP_MAC_CTX_free(ctx);
	return NULL;
}

bool
policykey_draw(const struct keyfile_key *key, OSSL_LIB_CTX *libctx,
    const char *domain, const char *message_id, const char *from,
    unsigned int *lot_r)
{
	EVP_MAC_CTX *ctx = begin(key, libctx);
	uint8_t mac[32];
	uint64_t number = 0;
	size_t len;
	bool good;

	good = ctx != NULL && add(ctx, domain) && add(ctx, message_id) &&
	    add(ctx, from) && EVP_MAC_final(ctx, mac, &len, sizeof(mac)) == 1 &&
	    len == sizeof(mac);
	EVP_MAC_CTX_free(ctx);
	if (!good)
		return false;
	for (size_t i = 0; i < 8; i++)
		number = number << 8 | mac[i];
	*lot_r = (unsigned int)(number % 100);
	return true;
}
