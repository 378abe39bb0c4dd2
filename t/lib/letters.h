/* SPDX-License-Identifier: ISC */
/*
 * letters - a message of each kind, for what reads mail as an MTA hands it over
 *
 * All is made once for many tests, and is the letters'.  Every function fails
 * the running test rather than return a failure.
 *
 * Shape    lines end with CRLF; the first field is From
 * Threads  one thread
 */
#ifndef T_LIB_LETTERS_H
#define T_LIB_LETTERS_H

#include <openssl/x509.h>

enum kind {
	SIGNED,	    /* by alice@example.org, detached */
	ALTERED,    /* the same, of another content */
	PLAIN,	    /* from her, and not signed */
	ENCRYPTED,  /* from her, and nothing else */
	NO_ADDRESS, /* signed with a certificate that has no address */
	KINDS
};

/* Fixtures for all tests of a case together: make all; free it. */
void letters_begin(void);
void letters_end(void);

const char *letters_text(enum kind kind);

/* Her certificate, and that of the root above it. */
X509 *letters_alice(void);
X509 *letters_root(void);

#endif
