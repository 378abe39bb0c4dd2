/* SPDX-License-Identifier: ISC */
/*
 * roots - two roots, and Alice below the first
 *
 * Threads  one thread
 */
#ifndef T_LIB_ROOTS_H
#define T_LIB_ROOTS_H

#include <openssl/evp.h>
#include <openssl/x509.h>

struct roots {
	EVP_PKEY *key; /* of them all */
	X509 *root;
	X509 *other; /* another root */
	X509 *alice; /* alice@example.org */
};

extern struct roots roots;

/* Fixtures: make them once for all tests of a program; free them. */
void roots_make(void);
void roots_free(void);

#endif
