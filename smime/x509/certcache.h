/* SPDX-License-Identifier: ISC */
/*
 * certcache - certificates that were parsed before
 *
 * OpenSSL 3.0 builds a decoder for the key of each certificate it parses, which
 * takes longer than all other work on a short message.
 *
 * Shape    known by the SHA-256 of the DER; the one used longest ago is given up
 * Limits   as many certificates as were asked for, each of a DER of at most
 *          CERTCACHE_MAX_DER octets and a cert_weight() of at most
 *          CERTCACHE_MAX_WEIGHT; others are parsed each time
 * Threads  one thread at a time; the certificates are counted, and may outlive
 *          the cache, but not its library context
 */
#ifndef SMIME_X509_CERTCACHE_H
#define SMIME_X509_CERTCACHE_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/x509.h>

enum { CERTCACHE_MAX_DER = 4096, CERTCACHE_MAX_WEIGHT = 40 * 1024 };

struct certcache;

/*
 * Certificates are parsed in libctx, which is borrowed.  NULL when out of
 * memory, or when libcrypto fails.
 */
struct certcache *certcache_new(OSSL_LIB_CTX *libctx, size_t room);

/*
 * The certificate with exactly that DER, counted once more for the caller;
 * NULL when it is none.  OpenSSL's error queue is left as found.
 */
X509 *certcache_get1(struct certcache *cache, const uint8_t *der, size_t len);

/* Takes NULL. */
void certcache_free(struct certcache *cache);

#endif
