/* SPDX-License-Identifier: ISC */
#include "t/lib/pki.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/conf.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

const char *const pki_ca_extensions[] = {
	"basicConstraints=critical,CA:TRUE",
	"keyUsage=critical,keyCertSign,cRLSign",
	"subjectKeyIdentifier=hash",
	NULL,
};

const char *const pki_leaf_extensions_alice[] = {
	"basicConstraints=CA:FALSE",
	"keyUsage=critical,digitalSignature",
	"extendedKeyUsage=emailProtection",
	"subjectAltName=email:alice@example.org",
	NULL,
};

static void
must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "pki: %s\n", what);
	ERR_print_errors_fp(stderr);
	abort();
}

static void
set_time(ASN1_TIME *time, const char *text)
{
	must(ASN1_TIME_set_string_X509(time, text) == 1, text);
}

static void
add_name(X509_NAME *name, const char *type, const char *value)
{
	if (value == NULL)
		return;
	must(X509_NAME_add_entry_by_txt(name, type, MBSTRING_UTF8,
		 (const unsigned char *)value, -1, -1, 0) == 1,
	    value);
}

/* Add one "name=value". */
static void
add_extension(X509V3_CTX *ctx, X509 *cert, const char *text)
{
	const char *equals = strchr(text, '=');
	X509_EXTENSION *extension;
	char *name;

	must(equals != NULL, text);
	name = strndup(text, (size_t)(equals - text));
	must(name != NULL, text);
	extension = X509V3_EXT_nconf(ctx->db, ctx, name, equals + 1);
	must(extension != NULL, text);
	must(X509_add_ext(cert, extension, -1) == 1, text);
	X509_EXTENSION_free(extension);
	free(name);
}

static void
add_extensions(X509 *cert, X509 *issuer, const char *const *extensions)
{
	CONF *empty = NCONF_new(NULL); /* some extensions insist on one */
	X509V3_CTX ctx;

	must(empty != NULL, "NCONF_new");
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	X509V3_set_nconf(&ctx, empty);
	for (; *extensions != NULL; extensions++)
		add_extension(&ctx, cert, *extensions);
	NCONF_free(empty);
}

static void
sign(X509 *cert, EVP_PKEY *key, const char *md_name)
{
	const EVP_MD *md = NULL;

	if (EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519) {
		md = EVP_get_digestbyname(md_name != NULL ? md_name : "SHA256");
		must(md != NULL, md_name);
	}
	must(X509_sign(cert, key, md) > 0, "X509_sign");
}

static void
push(struct pki_sst *sst, const void *octets, size_t len)
{
	if (len == 0)
		return;
	sst->octets = realloc(sst->octets, sst->len + len);
	must(sst->octets != NULL, "realloc");
	memcpy(sst->octets + sst->len, octets, len);
	sst->len += len;
}

static void
push_le32(struct pki_sst *sst, uint32_t value)
{
	const uint8_t octets[] = { (uint8_t)value, (uint8_t)(value >> 8),
		(uint8_t)(value >> 16), (uint8_t)(value >> 24) };

	push(sst, octets, sizeof(octets));
}

EVP_PKEY *
pki_key(const char *kind)
{
	EVP_PKEY *key;

	if (strncmp(kind, "RSA-", 4) == 0)
		key = EVP_RSA_gen((unsigned int)strtoul(kind + 4, NULL, 10));
	else if (strcmp(kind, "ED25519") == 0)
		key = EVP_PKEY_Q_keygen(NULL, NULL, kind);
	else
		key = EVP_EC_gen(kind);
	must(key != NULL, kind);
	return key;
}

X509 *
pki_make(const struct pki_cert *what, EVP_PKEY *key, X509 *issuer,
    EVP_PKEY *issuer_key)
{
	static long next_serial = 1000;
	long serial = what->serial != 0 ? what->serial : next_serial++;
	X509 *cert = X509_new();
	X509_NAME *name;

	must(cert != NULL, "X509_new");
	if (issuer == NULL)
		issuer = cert;
	must(X509_set_version(cert,
		 what->extensions != NULL ? X509_VERSION_3 : X509_VERSION_1),
	    "X509_set_version");
	must(ASN1_INTEGER_set(X509_get_serialNumber(cert), serial), "serial");
	set_time(X509_getm_notBefore(cert),
	    what->not_before != NULL ? what->not_before : "20200101000000Z");
	set_time(X509_getm_notAfter(cert),
	    what->not_after != NULL ? what->not_after : "20400101000000Z");
	name = X509_get_subject_name(cert);
	add_name(name, "CN", what->cn);
	add_name(name, "emailAddress", what->email_dn);
	must(X509_set_issuer_name(cert, X509_get_subject_name(issuer)),
	    "X509_set_issuer_name");
	must(X509_set_pubkey(cert, key), "X509_set_pubkey");
	if (what->extensions != NULL)
		add_extensions(cert, issuer, what->extensions);
	sign(cert, issuer_key != NULL ? issuer_key : key, what->md);
	return cert;
}

X509 *
pki_make_large(size_t len, EVP_PKEY *key)
{
	static const char name[] = "nsComment=";
	char *comment = malloc(sizeof(name) + len);
	const char *const extensions[] = { comment, NULL };
	X509 *cert;

	must(comment != NULL, "malloc");
	memcpy(comment, name, sizeof(name) - 1);
	memset(comment + sizeof(name) - 1, 'x', len);
	comment[sizeof(name) - 1 + len] = '\0';
	cert = pki_make(&(struct pki_cert){ .cn = "Large",
			    .extensions = extensions },
	    key, NULL, NULL);
	free(comment);
	return cert;
}

uint8_t *
pki_der(X509 *cert, size_t *len_r)
{
	int len = i2d_X509(cert, NULL);
	uint8_t *der, *end;

	must(len > 0, "i2d_X509");
	der = end = malloc((size_t)len);
	must(der != NULL, "malloc");
	must(i2d_X509(cert, &end) == len, "i2d_X509");
	*len_r = (size_t)len;
	return der;
}

void
pki_sst_begin(struct pki_sst *sst)
{
	sst->octets = NULL;
	sst->len = 0;
	push_le32(sst, 0);
	push(sst, "CERT", 4);
}

void
pki_sst_property(struct pki_sst *sst, uint32_t id, const void *octets,
    size_t len)
{
	push_le32(sst, id);
	push_le32(sst, 1);
	push_le32(sst, (uint32_t)len);
	push(sst, octets, len);
}

void
pki_sst_cert(struct pki_sst *sst, X509 *cert)
{
	size_t len;
	uint8_t *der = pki_der(cert, &len);

	pki_sst_property(sst, 32, der, len);
	free(der);
}

void
pki_sst_end(struct pki_sst *sst)
{
	static const uint8_t end[12];

	push(sst, end, sizeof(end));
}

void
pki_sst_done(struct pki_sst *sst)
{
	free(sst->octets);
	sst->octets = NULL;
	sst->len = 0;
}
