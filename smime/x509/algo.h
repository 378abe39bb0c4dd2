/* SPDX-License-Identifier: ISC */
/*
 * algo - digests by their many names, and what is too weak
 *
 * Source   RFC 8551 2.1, 3.5.3.2 and 4.3 (micalg, key sizes), RFC 8550 4.3
 * Threads  constant tables: any thread, at any time
 */
#ifndef SMIME_X509_ALGO_H
#define SMIME_X509_ALGO_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "smime/reason.h"
#include "smime/rules.h"

enum algo {
	ALGO_MD5,
	ALGO_SHA1,
	ALGO_SHA224,
	ALGO_SHA256,
	ALGO_SHA384,
	ALGO_SHA512,
	ALGO_SHA3_224,
	ALGO_SHA3_256,
	ALGO_SHA3_384,
	ALGO_SHA3_512,
	ALGO_SHAKE256, /* with 64 octets, RFC 8419 and RFC 8702 */
	ALGO_COUNT
};

/* A set of digests: bit 1 << enum algo. */
typedef unsigned int algo_set;

enum key_kind {
	KEY_NONE,    /* cannot be read, or anybody can sign for it */
	KEY_RSA,     /* signs as of RFC 8017 8.1 and 8.2 */
	KEY_RSA_PSS, /* may sign as of RFC 8017 8.1 only */
	KEY_DSA,
	KEY_EC, /* ECDSA, whatever the curve */
	KEY_ED25519,
	KEY_ED448,
	KEY_ML_DSA, /* of any size */
	KEY_OTHER,  /* OpenSSL has it; no rule is against it */
};

/* To ask OpenSSL for these takes longer than one would think. */
struct key_facts {
	enum key_kind kind;
	int bits;	   /* of the modulus, or of the field of a curve */
	int security_bits; /* NIST SP 800-57 1 5.6.1; 0: unknown */
	bool huge;	   /* one use would cost too much, or may */
};

/* What is hashed when nothing says which digest was used. */
algo_set algo_usual(void);

/* "SHA256", for EVP_MD_fetch(). */
const char *algo_fetch_name(enum algo algo);

/* OpenSSL's number for it. */
int algo_nid(enum algo algo);

/*
 * NIST SP 800-57 1 5.6.1, in bits: against collisions, half of the digest's
 * length.  0 where they can be made.
 */
size_t algo_strength(enum algo algo);

/* The digest of that OID.  False when it is none of ours. */
bool algo_from_object(const ASN1_OBJECT *object, enum algo *algo_r);

/*
 * The digests that a micalg parameter names: one or a list, in any spelling
 * seen in the field ("sha-256", "SHA256", "rsa-sha1", "2.16.840.1...").
 * Words that name none are passed over; 0 when nothing is left.
 */
algo_set algo_from_micalg(const char *micalg);

/* The digests of a SET OF AlgorithmIdentifier in DER or BER; 0: none. */
algo_set algo_from_der(const unsigned char *der, size_t len);

/* key may be NULL.  OpenSSL's error queue is left as found. */
void algo_read_key(const EVP_PKEY *key, struct key_facts *facts_r);

/*
 * Is a digest, or a key, too weak for the rules?  Returns REASON_OK or why.
 * nid may be NID_undef (a signature without a digest of its own).  A key
 * that cannot be read is unsupported.
 */
enum reason algo_check_digest(const struct rules *rules, int nid);
enum reason algo_check_key(const struct rules *rules,
    const struct key_facts *key);

/*
 * What RSASSA-PSS of these parameters makes its mask with.  RFC 4056 2.2
 * recommends the digest of the signature itself.  False when it is none of ours.
 */
bool algo_pss_mask(const X509_ALGOR *signature, enum algo *mask_r);

/*
 * The digest (NID_undef: it names none) and the key that the OID of a signature
 * names, those of RFC 9688 among them, which OpenSSL 3.0 cannot take apart.
 * False when it names no pair.
 */
bool algo_split_signature(const X509_ALGOR *signature, int *digest_r,
    int *key_r);

#endif
