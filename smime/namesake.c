/* SPDX-License-Identifier: ISC */
#include "namesake.h"

#include <stdbool.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "algo.h"

/*
 * What OpenSSL asks by itself.  Whether the issuer may sign certificates is
 * asked of the whole path, later, and has a reason of its own.
 */
static bool
is_named(X509 *cert, X509 *issuer)
{
	int answer = X509_check_issued(issuer, cert);

	return answer == X509_V_OK || answer == X509_V_ERR_KEYUSAGE_NO_CERTSIGN;
}

static bool
is_signed_by(X509 *cert, X509 *issuer)
{
	EVP_PKEY *key = X509_get0_pubkey(issuer);
	struct key_facts facts;
	bool signed_by;

	algo_read_key(key, &facts);
	if (facts.kind == KEY_NONE || facts.huge)
		return false;
	ERR_set_mark();
	signed_by = X509_verify(cert, key) == 1;
	ERR_pop_to_mark();
	return signed_by;
}

static int
is_issued(X509_STORE_CTX *ctx, X509 *cert, X509 *issuer)
{
	unsigned int *checks_left = X509_STORE_CTX_get_app_data(ctx);

	if (!is_named(cert, issuer))
		return 0;
	if (checks_left == NULL)
		return 1;
	if (*checks_left == 0)
		return 0;
	--*checks_left;
	return is_signed_by(cert, issuer);
}

void
namesake_prepare(X509_STORE *anchors)
{
	X509_STORE_set_check_issued(anchors, is_issued);
}

void
namesake_tell_apart(X509_STORE_CTX *ctx, unsigned int *checks_left)
{
	X509_STORE_CTX_set_app_data(ctx, checks_left);
}
