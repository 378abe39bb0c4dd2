/* SPDX-License-Identifier: ISC */
/*
 * der - DER by hand, for SignedData that OpenSSL refuses to make
 *
 * Values are passed whole, so nothing has to be freed.  Every function aborts
 * the test program, with OpenSSL's reason on standard error, rather than
 * return a failure.
 *
 * Source   RFC 5652 5.1 and 5.3
 * Limits   DER_MAX octets in a value
 * Threads  one thread
 */
#ifndef T_LIB_DER_H
#define T_LIB_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

enum { DER_MAX = 8192 };

/* Octets: an element, several, or what is inside of one. */
struct der {
	size_t len;
	uint8_t at[DER_MAX];
};

/* Identifier octets. */
enum {
	DER_INTEGER = 0x02,
	DER_OCTETS = 0x04,
	DER_NULL = 0x05,
	DER_OID = 0x06,
	DER_UTC_TIME = 0x17,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	DER_IMPLICIT_0 = 0x80,
	DER_TAG_0 = 0xa0,
	DER_TAG_1 = 0xa1,
	DER_TAG_2 = 0xa2,
	DER_TAG_3 = 0xa3,
};

/* The octets, without an element around them. */
struct der der_octets(const void *at, size_t len);

/* The parts one after the other. */
#define DER_JOIN(...)                                                          \
	der_join((const struct der[]){ __VA_ARGS__ },                          \
	    sizeof((const struct der[]){ __VA_ARGS__ }) / sizeof(struct der))
struct der der_join(const struct der *parts, size_t count);

/* An element with that tag around the content. */
struct der der_wrap(int tag, struct der content);

/* OBJECT IDENTIFIER, from "1.2.3"; INTEGER of one octet; NULL. */
struct der der_oid(const char *oid);
struct der der_integer(uint8_t value);
struct der der_null(void);

/* AlgorithmIdentifier; parameters may be empty. */
struct der der_algorithm(const char *oid, struct der parameters);
extern const struct der der_nothing;

/* Attribute, of the values one after the other. */
struct der der_attribute(const char *oid, struct der values);

/* The attributes that everybody writes, for content of id-data. */
struct der der_content_type(void);
struct der der_message_digest(const char *md, const char *content);
struct der der_signing_time(const char *utc_time);

/* One SignerInfo.  All but cert, key, digest and signature may be zero. */
struct der_signer {
	X509 *cert;	       /* named by issuer and serial number */
	EVP_PKEY *key;	       /* signs */
	bool by_key_id;	       /* named by subjectKeyIdentifier instead */
	const char *md;	       /* what key signs; NULL: the octets themselves */
	const char *pss_mgf;   /* RSASSA-PSS with MGF1 of that digest */
	struct der digest;     /* digestAlgorithm, as it claims to be */
	struct der signature;  /* signatureAlgorithm, likewise */
	bool has_attributes;   /* even if there are none of them */
	struct der attributes; /* signed, in this order */
	struct der sent;       /* the same in another order, if not empty */
	struct der unsigned_attributes;
	const char *content; /* signed where has_attributes is false */
};

/*
 * A ContentInfo with a detached SignedData of id-data; certs ends with NULL.
 */
struct der der_signed_data(const struct der_signer *signers, size_t count,
    X509 *const *certs);

#endif
