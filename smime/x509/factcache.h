/* SPDX-License-Identifier: ISC */
/*
 * factcache - facts of certificates that were looked at before
 *
 * Shape    a certificate is known by its very object, of which the cache holds
 *          a count, so that no other can be at the same place
 * Limits   as many certificates as were asked for, and such as a certcache
 *          keeps; facts of others, and facts of a facts_size() of more than
 *          FACTCACHE_MAX_SIZE, are found anew each time
 * Threads  one thread at a time; the facts are counted, and may outlive the
 *          cache
 */
#ifndef SMIME_X509_FACTCACHE_H
#define SMIME_X509_FACTCACHE_H

#include <stddef.h>

#include <openssl/x509.h>

#include "smime/x509/facts.h"

enum { FACTCACHE_MAX_SIZE = 2048 };

struct factcache;

/* NULL when out of memory. */
struct factcache *factcache_new(size_t room);

/*
 * The facts of cert, counted once more for the caller; NULL when out of memory.
 * Without a cache (NULL) they are found anew.
 */
struct facts *factcache_get1(struct factcache *cache, X509 *cert);

/*
 * Is any key of a chain, leaf first, or any signature but the anchor's own, too
 * weak for the rules?  Returns REASON_OK or why.  cache may be NULL.
 */
enum reason factcache_check_chain(struct factcache *cache,
    const struct rules *rules, const STACK_OF(X509) *chain);

/* Forget all. */
void factcache_flush(struct factcache *cache);

/* Takes NULL. */
void factcache_free(struct factcache *cache);

#endif
