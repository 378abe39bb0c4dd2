/* SPDX-License-Identifier: ISC */
/*
 * cast - who signs the messages of t/data, and who may vouch for them
 *
 * Keys are made anew each time and never written.  Every function aborts the
 * program rather than return a failure.
 *
 * Threads  one thread
 */
#ifndef T_DATA_CAST_H
#define T_DATA_CAST_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "t/lib/mail.h"

/* Authorities, then signers; each stands behind its issuer. */
enum who {
	ROOT, /* in the collection, without a property */
	ROOT_LOCAL,
	ROOT_NOBODYS, /* in no store */
	/* In the collection, with a property that speaks against them. */
	ROOT_DISALLOWED,
	ROOT_PURPOSE,
	ROOT_NOT_BEFORE,
	ROOT_CONSTRAINTS,

	/* Below ROOT; they come with the message. */
	BETWEEN,
	BETWEEN_SHA1,
	BETWEEN_SHORT,
	NO_FURTHER,  /* pathLenConstraint 0 */
	ONE_TOO_FAR, /* below that one */
	ELSEWHERE,   /* may vouch for example.net alone */
	POLICY,	     /* demands a policy of those below */
	NO_AUTHORITY,

	ALICE, /* alice@example.org, P-256, below ROOT */
	ALICE_RSA,
	ALICE_BETWEEN, /* alice as well, below BETWEEN */
	BOB,
	CAROL, /* below ROOT_LOCAL */
	DAVE,  /* in the collection himself */
	GATE,  /* in the aliases, for all of example.org */
	FRANK, /* in two capacities: any purpose, SmtpUTF8Mailbox */

	/* All say alice@example.org, and something is wrong with them. */
	MALLORY,
	DISALLOWED,
	PURPOSE,
	NOT_BEFORE,
	CONSTRAINTS,
	SHA1_CHAIN,
	SHORT,
	BELOW_SHORT,
	DSA_SIGNER,
	EXPIRED,
	NOT_YET,
	BADLY_SIGNED,
	SERVER,
	BELOW_NO_AUTHORITY,
	TOO_FAR,
	BELOW_ELSEWHERE,
	BELOW_POLICY,
	CRITICAL,
	UNREADABLE,
	DECOY, /* the key identifier of ALICE */
	NO_ADDRESS,
	WHO_COUNT
};

void cast_begin(void);
void cast_end(void);

X509 *cast_cert(enum who who);
EVP_PKEY *cast_key(enum who who);

/* Signs with SHA-256 and signed attributes. */
struct mail_signer cast_signer(enum who who);

/* The authorities between a signer and the root, and a NULL. */
void cast_between(enum who who, X509 *certs_r[WHO_COUNT]);

/* A public key of so many bits, with such an exponent.  Caller frees. */
EVP_PKEY *cast_rsa(int modulus_bits, int exponent_bits);

/* Issuer and serial number of who, another key.  Caller frees. */
X509 *cast_impostor(enum who who, EVP_PKEY *key);

/* Below issuer, and an authority itself if ca.  Caller frees. */
X509 *cast_below(X509 *issuer, EVP_PKEY *issuer_key, EVP_PKEY *key,
    const char *cn, bool ca);

/* All the pieces, up to the first without octets, in a row. */
struct octets cast_join(const struct octets *pieces);

/* One element of DER. */
struct octets cast_wrap(int tag, struct octets content);

/* A ContentInfo of CompressedData (RFC 3274) with that in it. */
struct octets cast_compress(struct octets content);

void cast_write_file(const char *folder, const char *name,
    struct octets octets);

/* collection.sst, local.pem and aliases. */
void cast_write_stores(const char *folder);

#endif
