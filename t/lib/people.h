/* SPDX-License-Identifier: ISC */
/*
 * people - who signs the messages of tests, and the root above most of them
 *
 * Keys and certificates are made once for many tests.  What is returned is
 * borrowed and lives until people_end().  Every function fails the running
 * test rather than return a failure.
 *
 * Threads  one thread
 */
#ifndef T_LIB_PEOPLE_H
#define T_LIB_PEOPLE_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "t/lib/mail.h"

enum who {
	ALICE,
	BOB,
	STRANGER,   /* says alice, and is vouched for by nobody */
	DECOY,	    /* the same, with the key identifier of Alice */
	BY_ALICE,   /* says alice, and Alice, who is no authority, vouches */
	EVERYBODY,  /* of two addresses */
	NO_ADDRESS, /* the following have Alice's key and authority, too */
	SUBJECT_ONLY,
	SAN_AND_SUBJECT,
	UTF8_MAILBOX,
	OLD,	     /* expired */
	SHA1_SIGNED, /* signed with SHA-1 */
	ALICE_RSA,   /* RSA-2048, says alice */
	SHORT,	     /* RSA-1024, says alice */
	BELOW_SHORT, /* says alice, below an authority with RSA-1024 */
	ALICE_DSA,   /* DSA-1024, says alice */
	NOBODY
};

/* Alice's key identifier, which a certificate claims whatever its key is. */
#define CLAIMED_KEY_ID "subjectKeyIdentifier=0102030405"

/* Fixtures for all tests of a case together: make everybody; free them. */
void people_begin(void);
void people_end(void);

X509 *people_cert(enum who who);
EVP_PKEY *people_key(enum who who);

/* What the certificate of who has as pki_cert.extensions. */
const char *const *people_extensions(enum who who);

/* The root, and an authority below it that has RSA-1024. */
X509 *people_root(void);
EVP_PKEY *people_root_key(void);
X509 *people_short_ca(void);

/* Signs with SHA-256 and signed attributes. */
struct mail_signer people_signer(enum who who);

/* The CMS of one signer. */
struct octets people_sign(enum who who, enum mail_shape shape,
    const char *content);

#endif
