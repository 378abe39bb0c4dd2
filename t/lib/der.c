/* SPDX-License-Identifier: ISC */
#include "t/lib/der.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

/* RFC 8419 3.1 */
enum { SHAKE256_LEN = 64 };

const struct der der_nothing;

static void
must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "der: %s\n", what);
	ERR_print_errors_fp(stderr);
	abort();
}

static struct der
head(int tag, size_t len)
{
	const uint8_t shortest[] = { (uint8_t)tag, (uint8_t)len };
	const uint8_t of_one[] = { (uint8_t)tag, 0x81, (uint8_t)len };
	const uint8_t of_two[] = { (uint8_t)tag, 0x82, (uint8_t)(len >> 8),
		(uint8_t)len };

	if (len < 0x80)
		return der_octets(shortest, sizeof(shortest));
	if (len < 0x100)
		return der_octets(of_one, sizeof(of_one));
	return der_octets(of_two, sizeof(of_two));
}

static struct der
cert_der(X509 *cert)
{
	struct der der = der_nothing;
	unsigned char *end = der.at;
	int len = i2d_X509(cert, NULL);

	must(len > 0 && len <= DER_MAX, "i2d_X509");
	der.len = (size_t)i2d_X509(cert, &end);
	return der;
}

static struct der
issuer_and_serial(X509 *cert)
{
	const X509_NAME *issuer = X509_get_issuer_name(cert);
	struct der name = der_nothing;
	struct der serial = der_nothing;
	unsigned char *end = name.at;

	name.len = (size_t)i2d_X509_NAME(issuer, &end);
	end = serial.at;
	serial.len =
	    (size_t)i2d_ASN1_INTEGER(X509_get0_serialNumber(cert), &end);
	return der_wrap(DER_SEQUENCE, DER_JOIN(name, serial));
}

static struct der
key_id(X509 *cert)
{
	const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(cert);

	must(id != NULL, "X509_get0_subject_key_id");
	return der_wrap(DER_IMPLICIT_0,
	    der_octets(ASN1_STRING_get0_data(id),
		(size_t)ASN1_STRING_length(id)));
}

static void
use_pss(EVP_PKEY_CTX *ctx, const char *mgf)
{
	must(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
		EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) ==
		    1 &&
		EVP_PKEY_CTX_set_rsa_mgf1_md_name(ctx, mgf, NULL) == 1,
	    "RSASSA-PSS");
}

static struct der
sign(const struct der_signer *signer, struct der octets)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	EVP_PKEY_CTX *ctx = NULL;
	struct der signature = { .len = DER_MAX };

	must(EVP_DigestSignInit_ex(md, &ctx, signer->md, NULL, NULL,
		 signer->key, NULL) == 1,
	    "EVP_DigestSignInit_ex");
	if (signer->pss_mgf != NULL)
		use_pss(ctx, signer->pss_mgf);
	must(EVP_DigestSign(md, signature.at, &signature.len, octets.at,
		 octets.len) == 1,
	    "EVP_DigestSign");
	EVP_MD_CTX_free(md);
	return signature;
}

static struct der
signer_info(const struct der_signer *signer)
{
	struct der name = signer->by_key_id ? key_id(signer->cert) :
					      issuer_and_serial(signer->cert);
	struct der attributes = der_nothing;
	struct der unsigned_attributes = der_nothing;
	struct der octets;

	if (signer->has_attributes) {
		attributes = der_wrap(DER_TAG_0,
		    signer->sent.len > 0 ? signer->sent : signer->attributes);
		octets = der_wrap(DER_SET, signer->attributes);
	} else {
		octets = der_octets(signer->content, strlen(signer->content));
	}
	if (signer->unsigned_attributes.len > 0)
		unsigned_attributes =
		    der_wrap(DER_TAG_1, signer->unsigned_attributes);
	return der_wrap(DER_SEQUENCE,
	    DER_JOIN(der_integer(signer->by_key_id ? 3 : 1), name,
		signer->digest, attributes, signer->signature,
		der_wrap(DER_OCTETS, sign(signer, octets)),
		unsigned_attributes));
}

struct der
der_octets(const void *at, size_t len)
{
	struct der der = { .len = len };

	must(len <= DER_MAX, "more than DER_MAX octets");
	if (len > 0)
		memcpy(der.at, at, len);
	return der;
}

struct der
der_join(const struct der *parts, size_t count)
{
	struct der der = der_nothing;

	for (size_t i = 0; i < count; i++) {
		must(der.len + parts[i].len <= DER_MAX,
		    "more than DER_MAX octets");
		memcpy(der.at + der.len, parts[i].at, parts[i].len);
		der.len += parts[i].len;
	}
	return der;
}

struct der
der_wrap(int tag, struct der content)
{
	return DER_JOIN(head(tag, content.len), content);
}

struct der
der_oid(const char *oid)
{
	ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
	struct der der = der_nothing;
	unsigned char *end = der.at;

	must(object != NULL, oid);
	der.len = (size_t)i2d_ASN1_OBJECT(object, &end);
	ASN1_OBJECT_free(object);
	return der;
}

struct der
der_integer(uint8_t value)
{
	return der_wrap(DER_INTEGER, der_octets(&value, 1));
}

struct der
der_null(void)
{
	return der_wrap(DER_NULL, der_nothing);
}

struct der
der_algorithm(const char *oid, struct der parameters)
{
	return der_wrap(DER_SEQUENCE, DER_JOIN(der_oid(oid), parameters));
}

struct der
der_attribute(const char *oid, struct der values)
{
	return der_wrap(DER_SEQUENCE,
	    DER_JOIN(der_oid(oid), der_wrap(DER_SET, values)));
}

struct der
der_content_type(void)
{
	return der_attribute("1.2.840.113549.1.9.3",
	    der_oid("1.2.840.113549.1.7.1"));
}

struct der
der_message_digest(const char *md_name, const char *content)
{
	EVP_MD *md = EVP_MD_fetch(NULL, md_name, NULL);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct der hash = der_nothing;
	bool is_xof;

	must(md != NULL && EVP_DigestInit_ex2(ctx, md, NULL) == 1 &&
		EVP_DigestUpdate(ctx, content, strlen(content)) == 1,
	    md_name);
	is_xof = (EVP_MD_get_flags(md) & EVP_MD_FLAG_XOF) != 0;
	hash.len = is_xof ? SHAKE256_LEN : (size_t)EVP_MD_get_size(md);
	if (is_xof)
		must(EVP_DigestFinalXOF(ctx, hash.at, hash.len) == 1, md_name);
	else
		must(EVP_DigestFinal_ex(ctx, hash.at, NULL) == 1, md_name);
	EVP_MD_CTX_free(ctx);
	EVP_MD_free(md);
	return der_attribute("1.2.840.113549.1.9.4",
	    der_wrap(DER_OCTETS, hash));
}

struct der
der_signing_time(const char *utc_time)
{
	return der_attribute("1.2.840.113549.1.9.5",
	    der_wrap(DER_UTC_TIME, der_octets(utc_time, strlen(utc_time))));
}

struct der
der_signed_data(const struct der_signer *signers, size_t count,
    X509 *const *certs)
{
	struct der digests = der_nothing;
	struct der infos = der_nothing;
	struct der bag = der_nothing;

	for (size_t i = 0; i < count; i++) {
		digests = DER_JOIN(digests, signers[i].digest);
		infos = DER_JOIN(infos, signer_info(&signers[i]));
	}
	for (; certs != NULL && *certs != NULL; certs++)
		bag = DER_JOIN(bag, cert_der(*certs));
	return der_wrap(DER_SEQUENCE,
	    DER_JOIN(der_oid("1.2.840.113549.1.7.2"),
		der_wrap(DER_TAG_0,
		    der_wrap(DER_SEQUENCE,
			DER_JOIN(der_integer(1), der_wrap(DER_SET, digests),
			    der_wrap(DER_SEQUENCE,
				der_oid("1.2.840.113549.1.7.1")),
			    der_wrap(DER_TAG_0, bag),
			    der_wrap(DER_SET, infos))))));
}
