/* SPDX-License-Identifier: ISC */
/*
 * pathcache - paths that were found good a short while ago
 *
 * Shape    a path is known by the very objects that it was sought with: the
 *          trust, the leaf, and the certificates of the message in their
 *          order.  The cache holds a count of each, so that none of them can
 *          be another one at the same place.
 * Units    seconds
 *          A path has the answers of both stores, so that each mode has its
 *          own.
 * Limits   as many paths as were asked for, none older than PATHCACHE_MAX_AGE,
 *          or than any certificate of it holds; PATHCACHE_MAX_UNTRUSTED
 *          certificates of a message, of a cert_weight() of
 *          PATHCACHE_MAX_WEIGHT together
 * Threads  one thread at a time
 */
#ifndef SMIME_TRUST_PATHCACHE_H
#define SMIME_TRUST_PATHCACHE_H

#include <stddef.h>
#include <time.h>

#include <openssl/x509.h>

#include "smime/trust/trust.h"

enum {
	PATHCACHE_MAX_AGE = 300,
	PATHCACHE_MAX_UNTRUSTED = 8,
	PATHCACHE_MAX_WEIGHT = 96 * 1024,
};

struct pathcache;

/* What trust_check() is asked; all borrowed. */
struct path_question {
	struct trust *trust;
	X509 *leaf;
	STACK_OF(X509) *untrusted; /* may be NULL */
	time_t now;
};

/* NULL when out of memory. */
struct pathcache *pathcache_new(size_t room);

/* The answer given before, or NULL.  Borrowed until the next call. */
const struct path *pathcache_find(struct pathcache *cache,
    const struct path_question *question);

/*
 * Remember a path, if path_that_holds() has one, and both answers will be the
 * same for a while.  Returns the path that is then remembered, as
 * pathcache_find() does, and *path is taken over; else NULL, and *path is
 * untouched.
 */
const struct path *pathcache_keep(struct pathcache *cache,
    const struct path_question *question, struct path *path);

/* Forget all. */
void pathcache_flush(struct pathcache *cache);

/* Takes NULL. */
void pathcache_free(struct pathcache *cache);

#endif
