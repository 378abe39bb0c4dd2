/* SPDX-License-Identifier: ISC */
#include "t/data/cast.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/dsa.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <zlib.h>

#include "t/lib/pki.h"

/* For as long as anybody will run this. */
#define FROM_2026 "20260101000000Z"
#define TO_2046	  "20460101000000Z"

#define AUTHORITY                                                              \
	"basicConstraints=critical,CA:TRUE",                                   \
	    "keyUsage=critical,keyCertSign,cRLSign",                           \
	    "subjectKeyIdentifier=hash"
#define SIGNER(address)                                                        \
	"basicConstraints=CA:FALSE", "keyUsage=critical,digitalSignature",     \
	    "extendedKeyUsage=emailProtection",                                \
	    "subjectAltName=email:" address

/* A key identifier that a certificate claims whatever its key is. */
#define CLAIMED_KEY_ID "subjectKeyIdentifier=0102030405"

struct role {
	const char *cn;
	enum who issuer;     /* itself: self-signed */
	const char *says[7]; /* extensions */
	const char *key;     /* NULL: "P-256" */
	const char *not_before;
	const char *not_after;
	const char *md;
	enum who signed_by; /* instead of the issuer; ROOT: no, the issuer */
};

static const struct role roles[WHO_COUNT] = {
	[ROOT] = { "Root", ROOT, .says = { AUTHORITY } },
	[ROOT_LOCAL] = { "Local root", ROOT_LOCAL, .says = { AUTHORITY } },
	[ROOT_NOBODYS] = { "Root of nobody", ROOT_NOBODYS,
	    .says = { AUTHORITY } },
	[ROOT_DISALLOWED] = { "Disallowed root", ROOT_DISALLOWED,
	    .says = { AUTHORITY } },
	[ROOT_PURPOSE] = { "Root for servers", ROOT_PURPOSE,
	    .says = { AUTHORITY } },
	[ROOT_NOT_BEFORE] = { "Root of the past", ROOT_NOT_BEFORE,
	    .says = { AUTHORITY } },
	[ROOT_CONSTRAINTS] = { "Root for example.net", ROOT_CONSTRAINTS,
	    .says = { AUTHORITY } },

	[BETWEEN] = { "Intermediate", ROOT, .says = { AUTHORITY } },
	[BETWEEN_SHA1] = { "Intermediate by SHA-1", ROOT, .says = { AUTHORITY },
	    .md = "SHA1" },
	[BETWEEN_SHORT] = { "Intermediate with RSA-1024", ROOT,
	    .says = { AUTHORITY }, .key = "RSA-1024" },
	[NO_FURTHER] = { "Intermediate with pathlen 0", ROOT,
	    .says = { "basicConstraints=critical,CA:TRUE,pathlen:0",
		"keyUsage=critical,keyCertSign",
		"subjectKeyIdentifier=hash" } },
	[ONE_TOO_FAR] = { "Intermediate too far", NO_FURTHER,
	    .says = { AUTHORITY } },
	[ELSEWHERE] = { "Intermediate for example.net", ROOT,
	    .says = { AUTHORITY,
		"nameConstraints=critical,permitted;email:"
		"example.net" } },
	[POLICY] = { "Intermediate with policies", ROOT,
	    .says = { AUTHORITY, "certificatePolicies=1.2.3.4",
		"policyConstraints=critical,requireExplicitPolicy:0" } },
	[NO_AUTHORITY] = { "No authority", ROOT,
	    .says = { "basicConstraints=CA:FALSE" } },

	[ALICE] = { "Alice", ROOT,
	    .says = { SIGNER("alice@example.org"), CLAIMED_KEY_ID } },
	[ALICE_RSA] = { "Alice", ROOT, .says = { SIGNER("alice@example.org") },
	    .key = "RSA-2048" },
	[ALICE_BETWEEN] = { "Alice", BETWEEN,
	    .says = { SIGNER("alice@example.org") } },
	[BOB] = { "Bob", ROOT, .says = { SIGNER("bob@example.org") } },
	[CAROL] = { "Carol", ROOT_LOCAL,
	    .says = { SIGNER("carol@example.org") } },
	[DAVE] = { "Dave", ROOT, .says = { SIGNER("dave@example.org") } },
	[GATE] = { "Gate", ROOT, .says = { SIGNER("gate@example.org") } },
	[FRANK] = { "Frank", ROOT,
	    .says = { "keyUsage=critical,nonRepudiation",
		"extendedKeyUsage=anyExtendedKeyUsage",
		/* otherName of SmtpUTF8Mailbox, fr\xc3\xa4nk@example.org */
		"subjectAltName=DER:30:22:a0:20:06:08:2b:06:01:05:05:07:08:"
		"09:a0:14:0c:12:66:72:c3:a4:6e:6b:40:65:78:61:6d:70:6c:65:2e:"
		"6f:72:67" } },

	[MALLORY] = { "Mallory", ROOT_NOBODYS,
	    .says = { SIGNER("alice@example.org") } },
	[DISALLOWED] = { "Below the disallowed root", ROOT_DISALLOWED,
	    .says = { SIGNER("alice@example.org") } },
	[PURPOSE] = { "Below the root for servers", ROOT_PURPOSE,
	    .says = { SIGNER("alice@example.org") } },
	[NOT_BEFORE] = { "Below the root of the past", ROOT_NOT_BEFORE,
	    .says = { SIGNER("alice@example.org") } },
	[CONSTRAINTS] = { "Below the root for example.net", ROOT_CONSTRAINTS,
	    .says = { SIGNER("alice@example.org") } },
	[SHA1_CHAIN] = { "Below SHA-1", BETWEEN_SHA1,
	    .says = { SIGNER("alice@example.org") } },
	[SHORT] = { "RSA-1024", ROOT, .says = { SIGNER("alice@example.org") },
	    .key = "RSA-1024" },
	[BELOW_SHORT] = { "Below RSA-1024", BETWEEN_SHORT,
	    .says = { SIGNER("alice@example.org") } },
	[DSA_SIGNER] = { "DSA", ROOT, .says = { SIGNER("alice@example.org") },
	    .key = "DSA" },
	[EXPIRED] = { "Expired", ROOT, .says = { SIGNER("alice@example.org") },
	    .not_before = "20250101000000Z", .not_after = "20260201000000Z" },
	[NOT_YET] = { "Not yet", ROOT, .says = { SIGNER("alice@example.org") },
	    .not_before = "20450101000000Z" },
	[BADLY_SIGNED] = { "Badly signed", ROOT,
	    .says = { SIGNER("alice@example.org") },
	    .signed_by = ROOT_NOBODYS },
	[SERVER] = { "Server", ROOT,
	    .says = { "keyUsage=critical,digitalSignature",
		"extendedKeyUsage=serverAuth",
		"subjectAltName=email:alice@example.org" } },
	[BELOW_NO_AUTHORITY] = { "Below no authority", NO_AUTHORITY,
	    .says = { SIGNER("alice@example.org") } },
	[TOO_FAR] = { "Too far", ONE_TOO_FAR,
	    .says = { SIGNER("alice@example.org") } },
	[BELOW_ELSEWHERE] = { "From elsewhere", ELSEWHERE,
	    .says = { SIGNER("alice@example.org") } },
	[BELOW_POLICY] = { "Without a policy", POLICY,
	    .says = { SIGNER("alice@example.org") } },
	[CRITICAL] = { "Critical", ROOT,
	    .says = { SIGNER("alice@example.org"),
		"1.2.3.4=critical,DER:05:00" } },
	[UNREADABLE] = { "Unreadable", ROOT,
	    .says = { SIGNER("alice@example.org") } },
	[DECOY] = { "A", ROOT_NOBODYS, /* sorts first in CMS */
	    .says = { SIGNER("alice@example.org"), CLAIMED_KEY_ID } },
	[NO_ADDRESS] = { "No address", ROOT,
	    .says = { "keyUsage=critical,digitalSignature",
		"extendedKeyUsage=emailProtection" } },
};

static struct {
	X509 *cert;    /* owned */
	EVP_PKEY *key; /* owned */
} cast[WHO_COUNT];

/* Properties of the collection that speak against a root. */
static const struct mail_voucher against[WHO_COUNT] = {
	/* 104, disallowed: no date, so from ever */
	[ROOT_DISALLOWED] = { NULL, 104, "\0\0\0\0\0\0\0\0", 8 },
	/* 9, enabled purposes: serverAuth */
	[ROOT_PURPOSE] = { NULL, 9,
	    "\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07"
	    "\x03\x01",
	    12 },
	/* 126, not before: 2021-08-01, as a FILETIME */
	[ROOT_NOT_BEFORE] = { NULL, 126, "\x00\x80\xc8\x2b\x68\x86\xd7\x01",
	    8 },
	/* 84, name constraints: permitted, rfc822Name example.net */
	[ROOT_CONSTRAINTS] = { NULL, 84,
	    "\x30\x11\xa0\x0f\x30\x0d\x81\x0b"
	    "example.net",
	    19 },
};

static void
must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "cast: %s\n", what);
	ERR_print_errors_fp(stderr);
	abort();
}

static EVP_PKEY *
make_dsa_key(void)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DSA", NULL);
	EVP_PKEY *parameters = NULL, *key = NULL;

	must(EVP_PKEY_paramgen_init(ctx) == 1 &&
		EVP_PKEY_CTX_set_dsa_paramgen_bits(ctx, 1024) == 1 &&
		EVP_PKEY_paramgen(ctx, &parameters) == 1,
	    "EVP_PKEY_paramgen");
	EVP_PKEY_CTX_free(ctx);
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, parameters, NULL);
	must(EVP_PKEY_keygen_init(ctx) == 1 && EVP_PKEY_keygen(ctx, &key) == 1,
	    "EVP_PKEY_keygen");
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(parameters);
	return key;
}

static EVP_PKEY *
make_key(const char *kind)
{
	if (kind == NULL)
		return pki_key("P-256");
	return strcmp(kind, "DSA") == 0 ? make_dsa_key() : pki_key(kind);
}

static void
make_cert(enum who who)
{
	const struct role *role = &roles[who];
	const struct pki_cert what = {
		.cn = role->cn,
		.extensions = role->says,
		.not_before =
		    role->not_before != NULL ? role->not_before : FROM_2026,
		.not_after =
		    role->not_after != NULL ? role->not_after : TO_2046,
		.md = role->md,
	};
	enum who by = role->signed_by != ROOT ? role->signed_by : role->issuer;

	cast[who].key = make_key(role->key);
	cast[who].cert = pki_make(&what, cast[who].key,
	    role->issuer == who ? NULL : cast[role->issuer].cert, cast[by].key);
}

/* An end of its time that is no time. */
static void
make_unreadable(X509 *cert)
{
	must(ASN1_STRING_set(X509_getm_notAfter(cert), "4601010000ZZZ", -1) ==
		    1 &&
		X509_sign(cert, cast[ROOT].key, EVP_sha256()) > 0,
	    "X509_sign");
}

static struct octets
octets_of_bio(BIO *bio)
{
	char *at;
	long len = BIO_get_mem_data(bio, &at);
	struct octets octets = mail_print("%*s", (int)len, "");

	/* What mail_print() returns is ours until mail_end(). */
	memcpy((char *)(uintptr_t)octets.at, at, (size_t)len);
	BIO_free(bio);
	return octets;
}

static void
write_collection(const char *folder)
{
	static const enum who listed[] = { ROOT, ROOT_DISALLOWED, ROOT_PURPOSE,
		ROOT_NOT_BEFORE, ROOT_CONSTRAINTS, DAVE };
	const struct mail_voucher *property;
	struct pki_sst sst;

	pki_sst_begin(&sst);
	for (size_t i = 0; i < sizeof(listed) / sizeof(listed[0]); i++) {
		property = &against[listed[i]];
		if (property->id != 0)
			pki_sst_property(&sst, property->id, property->value,
			    property->len);
		pki_sst_cert(&sst, cast[listed[i]].cert);
	}
	pki_sst_end(&sst);
	cast_write_file(folder, "collection.sst",
	    (struct octets){ (const char *)sst.octets, sst.len });
	pki_sst_done(&sst);
}

void
cast_begin(void)
{
	for (enum who who = 0; who < WHO_COUNT; who++)
		make_cert(who);
	make_unreadable(cast[UNREADABLE].cert);
}

void
cast_end(void)
{
	for (enum who who = 0; who < WHO_COUNT; who++) {
		X509_free(cast[who].cert);
		EVP_PKEY_free(cast[who].key);
	}
	mail_end();
}

X509 *
cast_cert(enum who who)
{
	return cast[who].cert;
}

EVP_PKEY *
cast_key(enum who who)
{
	return cast[who].key;
}

struct mail_signer
cast_signer(enum who who)
{
	return (
	    struct mail_signer){ .cert = cast[who].cert, .key = cast[who].key };
}

void
cast_between(enum who who, X509 *certs_r[WHO_COUNT])
{
	size_t count = 0;

	for (who = roles[who].issuer; roles[who].issuer != who;
	     who = roles[who].issuer)
		certs_r[count++] = cast[who].cert;
	certs_r[count] = NULL;
}

EVP_PKEY *
cast_rsa(int modulus_bits, int exponent_bits)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	BIGNUM *n = BN_new(), *e = BN_new();
	OSSL_PARAM *params;
	EVP_PKEY *key = NULL;

	must(BN_rand(n, modulus_bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD) ==
		    1 &&
		BN_rand(e, exponent_bits, BN_RAND_TOP_ONE,
		    BN_RAND_BOTTOM_ODD) == 1,
	    "BN_rand");
	OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n);
	OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e);
	params = OSSL_PARAM_BLD_to_param(builder);
	must(EVP_PKEY_fromdata_init(ctx) == 1 &&
		EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) == 1,
	    "EVP_PKEY_fromdata");
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(builder);
	EVP_PKEY_CTX_free(ctx);
	BN_free(n);
	BN_free(e);
	return key;
}

X509 *
cast_impostor(enum who who, EVP_PKEY *key)
{
	const struct role *role = &roles[who];
	const struct pki_cert what = { .cn = role->cn,
		.extensions = role->says,
		.not_before = FROM_2026,
		.not_after = TO_2046,
		.serial =
		    ASN1_INTEGER_get(X509_get0_serialNumber(cast[who].cert)) };

	return pki_make(&what, key, cast[role->issuer].cert,
	    cast[role->issuer].key);
}

X509 *
cast_below(X509 *issuer, EVP_PKEY *issuer_key, EVP_PKEY *key, const char *cn,
    bool ca)
{
	const struct pki_cert what = { .cn = cn,
		.extensions = roles[ca ? BETWEEN : ALICE].says,
		.not_before = FROM_2026,
		.not_after = TO_2046 };

	return pki_make(&what, key, issuer, issuer_key);
}

struct octets
cast_join(const struct octets *pieces)
{
	BIO *out = BIO_new(BIO_s_mem());

	for (; pieces->at != NULL; pieces++)
		if (pieces->len > 0)
			must(BIO_write(out, pieces->at, (int)pieces->len) > 0,
			    "BIO_write");
	return octets_of_bio(out);
}

struct octets
cast_wrap(int tag, struct octets content)
{
	uint8_t head[16], *end = head;

	ASN1_put_object(&end, 1, (int)content.len, tag & 0x1f, tag & 0xc0);
	head[0] = (uint8_t)tag;
	return cast_join((const struct octets[]){
	    { (char *)head, (size_t)(end - head) }, content, { NULL, 0 } });
}

struct octets
cast_compress(struct octets content)
{
	/* version 0 and zlib; then id-data; then compressed-data */
	static const char begin[] =
	    "\x02\x01\x00\x30\x0d\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10"
	    "\x03\x08";
	static const char data[] =
	    "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
	static const char type[] =
	    "\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x09";
	uLongf len = compressBound(content.len);
	struct octets zlib = mail_print("%*s", (int)len, "");

	must(compress((Bytef *)(uintptr_t)zlib.at, &len,
		 (const Bytef *)content.at, content.len) == Z_OK,
	    "compress");
	zlib.len = len;
	zlib = cast_wrap(0x30,
	    cast_join((const struct octets[]){ { data, sizeof(data) - 1 },
		cast_wrap(0xa0, cast_wrap(0x04, zlib)), { NULL, 0 } }));
	zlib = cast_wrap(0x30,
	    cast_join((const struct octets[]){ { begin, sizeof(begin) - 1 },
		zlib, { NULL, 0 } }));
	return cast_wrap(0x30,
	    cast_join((const struct octets[]){ { type, sizeof(type) - 1 },
		cast_wrap(0xa0, zlib), { NULL, 0 } }));
}

void
cast_write_file(const char *folder, const char *name, struct octets octets)
{
	const char *path = mail_print("%s/%s", folder, name).at;
	FILE *file = fopen(path, "wbe");

	must(file != NULL &&
		fwrite(octets.at, 1, octets.len, file) == octets.len &&
		fclose(file) == 0,
	    path);
}

void
cast_write_stores(const char *folder)
{
	BIO *pem = BIO_new(BIO_s_mem());

	write_collection(folder);
	must(PEM_write_bio_X509(pem, cast[ROOT_LOCAL].cert) == 1,
	    "PEM_write_bio_X509");
	cast_write_file(folder, "local.pem", octets_of_bio(pem));
	cast_write_file(folder, "aliases",
	    mail_print("# signer            author\n"
		       "gate@example.org    @example.org\n"));
}
