/* SPDX-License-Identifier: ISC */
#include "smime/trust/deadend.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/x509v3.h>

#include "smime/x509/cert.h"

/* SHA-1 has 20 octets; some write more, and nobody needs them. */
enum { MAX_KEY_ID = 32 };

static X509 *
last_of(const STACK_OF(X509) *chain)
{
	int count = chain == NULL ? 0 : sk_X509_num(chain);

	return count <= 0 ? NULL : sk_X509_value(chain, count - 1);
}

static bool
is_self_issued(X509 *cert)
{
	return X509_NAME_cmp(X509_get_subject_name(cert),
		   X509_get_issuer_name(cert)) == 0;
}

/* ", key identifier 0A0B", or nothing. */
static void
write_key_id(X509 *cert, char *out, size_t size)
{
	const ASN1_OCTET_STRING *id = X509_get0_authority_key_id(cert);
	size_t len = id == NULL ? 0 : (size_t)ASN1_STRING_length(id);
	size_t at;

	out[0] = '\0';
	if (len == 0 || len > MAX_KEY_ID)
		return;
	at = (size_t)snprintf(out, size, ", key identifier ");
	for (size_t i = 0; i < len && at + 2 < size; i++)
		at += (size_t)snprintf(out + at, size - at, "%02X",
		    ASN1_STRING_get0_data(id)[i]);
}

bool
deadend_is_at_signer(const STACK_OF(X509) *chain)
{
	X509 *last = last_of(chain);

	return last != NULL && sk_X509_num(chain) == 1 && !is_self_issued(last);
}

char *
deadend_words(const STACK_OF(X509) *chain)
{
	X509 *last = last_of(chain);
	char key_id[2 * MAX_KEY_ID + 32];
	char *subject, *issuer, *words = NULL;
	int len = -1;

	if (last == NULL)
		return NULL;
	subject = cert_name(X509_get_subject_name(last));
	issuer = cert_name(X509_get_issuer_name(last));
	write_key_id(last, key_id, sizeof(key_id));
	if (subject == NULL || issuer == NULL)
		len = -1;
	else if (is_self_issued(last))
		len = asprintf(&words, "no store lists the root %.*s",
		    DEADEND_MAX_NAME, subject);
	else
		len = asprintf(&words,
		    "neither the message nor a store has the certificate of"
		    " %.*s%s, which issued that of %.*s",
		    DEADEND_MAX_NAME, issuer, key_id, DEADEND_MAX_NAME,
		    subject);
	free(subject);
	free(issuer);
	return len < 0 ? NULL : words;
}
