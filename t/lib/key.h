/* SPDX-License-Identifier: ISC */
/*
 * key - the key of tests that need no more than one, on P-256
 *
 * Threads  one thread
 */
#ifndef T_LIB_KEY_H
#define T_LIB_KEY_H

#include <openssl/evp.h>

extern EVP_PKEY *key;

/* Fixtures: make it, after smime_init(); free it. */
void key_make(void);
void key_free(void);

#endif
