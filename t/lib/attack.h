/* SPDX-License-Identifier: ISC */
/*
 * attack - what a hostile sender has at hand, and what is said of her mail
 *
 * She wants a message to pass that its reader takes for one of ALICE, or for
 * one that says something else than was signed.  She has a certificate of her
 * own, as EVE, of the authority that vouches for Alice, and old mail that
 * Alice signed.  Every function fails the running test rather than return a
 * failure; octets that it returns live to the end of the test.
 *
 * What a single module refuses is in the tests of that module, the attacks of
 * the literature in test_smime_cms.c and test_smime_mime.c, the encodings of
 * CMS in test_sdata.c.
 *
 * Threads  one thread
 */
#ifndef T_LIB_ATTACK_H
#define T_LIB_ATTACK_H

#include <check.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "t/lib/mail.h"

#define ALICE "alice@example.org"
#define EVE   "eve@example.net"
#define PASS  "pass ok"

/* For attack_octets(): an octet of zero, 5000 blanks, 300000 letters. */
#define NUL  "\x1a"
#define LONG "\x1d"
#define HUGE "\x1e"

/* What Alice signs, and what Eve would like her to have signed. */
#define PART "Content-Type: text/plain\r\n\r\nPay Bob 10 euro.\r\n"
#define EVIL "Content-Type: text/plain\r\n\r\nPay Eve 10000 euro.\r\n"

/* Extensions of a certificate for mail, with that subjectAltName. */
#define LEAF(san)                                                              \
	{                                                                      \
		"basicConstraints=CA:FALSE",                                   \
		    "keyUsage=critical,digitalSignature",                      \
		    "extendedKeyUsage=emailProtection", san, KEY_ID, NULL      \
	}
/* Anybody may claim any. */
#define KEY_ID "subjectKeyIdentifier=01020304"

/* Made for each test, of which none may change it. */
struct attack_cast {
	EVP_PKEY *root_key, *alice_key, *eve_key;
	X509 *root, *alice, *eve;
};
extern const struct attack_cast *const attack_cast;

/* The extensions of their certificates. */
extern const char *const attack_of_alice[], *const attack_of_eve[];

/* The main() of a test program: run the tests that add adds. */
int attack_run(const char *suite, void (*add)(TCase *tcase));

/* A certificate for key, signed by the root.  The caller frees it. */
X509 *attack_issue(const char *const *extensions, EVP_PKEY *key);

/* A copy, with what NUL, LONG and HUGE stand for. */
struct octets attack_octets(const char *text);

/* The CMS of one signer, and a message with it. */
struct octets attack_sign(X509 *cert, EVP_PKEY *key, enum mail_shape shape,
    const char *content);
struct octets attack_detached(const char *fields, X509 *cert, EVP_PKEY *key,
    const char *part);

/*
 * Judge a message; fail, with that name, unless result and reason are these:
 * "pass ok", or "neutral" alone where the reason depends on the length that a
 * signature happens to have.
 */
void attack_expect(const char *name, struct octets mail, const char *want);

#endif
