/* SPDX-License-Identifier: ISC */
/*
 * chain - a root, an authority and a signer, in stores and in a message, and
 * what trust makes of them
 *
 * A test makes the chain, puts certificates where they are to be found, has
 * them checked and says what is expected.  Every function fails the running
 * test rather than return a failure.
 *
 * Threads  one thread
 */
#ifndef T_LIB_CHAIN_H
#define T_LIB_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <check.h>
#include <openssl/x509.h>

#include "smime/trust/trust.h"
#include "t/lib/mail.h"
#include "t/lib/pki.h"

enum { CHAIN_NOW = 1767225600 }; /* 2026-01-01 */

/* Where a certificate is to be found. */
enum place {
	IN_COLLECTION = 1,
	IN_LOCAL = 2,
	IN_MESSAGE = 4,
};

#define ANYWHERE (IN_COLLECTION | IN_LOCAL)

/* Empty when a test begins, but for the keys; all of it may be changed. */
struct chain {
	/* One key for each role is enough. */
	EVP_PKEY *root_key, *ca_key, *leaf_key;

	X509 *root, *ca, *leaf;	 /* owned */
	STACK_OF(X509) *message; /* owned; its certificates are borrowed */
	struct mail_voucher collection[8], local[8]; /* borrow them, too */
	size_t collection_count, local_count;
	bool allow_listed;

	/* What was made of it. */
	struct trust *trust;		 /* owned */
	struct path path;		 /* owned */
	unsigned int tries, tries_given; /* left, and at first */
};
extern struct chain chain;

/* The usual certificates. */
extern const struct pki_cert chain_root_is, chain_ca_is, chain_leaf_is;

/* Their extensions, and a certificate that has others. */
#define CA_TRUE "basicConstraints=critical,CA:TRUE"
#define CA_USE	"keyUsage=critical,keyCertSign,cRLSign"
#define ALICE	"subjectAltName=email:alice@example.org"
#define SIGNS	"keyUsage=critical,digitalSignature"
#define FOR(...)                                                               \
	{                                                                      \
		.extensions = (const char *const[])                            \
		{                                                              \
			__VA_ARGS__, NULL                                      \
		}                                                              \
	}

/*
 * What a collection says against a certificate, in the octets of a property:
 * a FILETIME of 2022-01-01, for SST_DISALLOWED_FILETIME; no purpose but that
 * of servers, for SST_ENHKEY_USAGE.
 */
#define IN_2022	    "\x00\x40\xfc\x84\xa2\xfe\xd7\x01"
#define FOR_SERVERS "\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01"

/* Octets and their number. */
#define VALUE(octets) octets, sizeof(octets) - 1

/* The main() of a test program: run the tests that add adds. */
int chain_run(const char *suite, void (*add)(TCase *tcase));

/* The usual one, but for what another one, or NULL, says. */
struct pki_cert chain_but_for(const struct pki_cert *usual,
    const struct pki_cert *other);

/* Root, CA below it, leaf below that; NULL stands for the usual one. */
void chain_make(const struct pki_cert *of_root, const struct pki_cert *of_ca,
    const struct pki_cert *of_leaf);

/*
 * Put a certificate into those of enum place, and with a property into the
 * stores among them.
 */
void chain_put(X509 *cert, unsigned int places);
void chain_put_with(X509 *cert, unsigned int places, uint32_t id,
    const void *value, size_t len);

/* Check the leaf by the stores as they have been filled, under a mode. */
void chain_check(enum trust_mode mode);

/* What a mode answers after that. */
void chain_expect(const char *name, enum trust_mode mode, enum reason reason,
    enum trust_who who);

/*
 * Check that the collection vouches for the leaf because it lists it, if
 * reason is REASON_OK, or else does not for that reason.
 */
void chain_expect_listed(const char *name, enum reason reason);

#endif
