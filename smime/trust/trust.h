/* SPDX-License-Identifier: ISC */
/*
 * trust - who vouches for a signer: two stores, two runs, three modes
 *
 * Room     trust asks OpenSSL for a path and then the stores about it, with
 *          constraint.h for names and deadend.h for what is missing;
 *          pathcache.h remembers the answer.
 * Shape    The collection and the local store are never merged.  A path is
 *          sought in each by itself, and the mode says which answer counts.
 *          Where there is no path, a signer that the collection lists may
 *          vouch for itself, if trust_allow_listed() was called.
 * Source   RFC 5280 6.1 (with policy processing, initial set anyPolicy),
 *          RFC 8550 4.4; the order of stores: Exchange 2013 SP1
 * Limits   TRUST_MAX_DEPTH certificates between leaf and anchor
 * Threads  a struct trust is never changed once it is shared; any number of
 *          threads may use it, and each keeps it alive with trust_ref()
 */
#ifndef SMIME_TRUST_TRUST_H
#define SMIME_TRUST_TRUST_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include <openssl/x509.h>

#include "smime/reason.h"
#include "smime/store/store.h"

enum { TRUST_MAX_DEPTH = 8 };

enum trust_mode {
	TRUST_EXCHANGE_2013_SP1, /* the collection; if it fails, the local store */
	TRUST_EXCHANGE_ONLINE, /* the collection only */
	TRUST_LOCAL,	       /* the local store only */
};
enum { TRUST_MODES = 3 };

enum trust_who { TRUST_NONE, TRUST_BY_COLLECTION, TRUST_BY_LOCAL };

/* Which signer addresses may stand for which From. */
struct aliases;

struct trust;

/* What one run, through one store, found. */
struct run {
	bool done;	    /* false: this store was not asked */
	enum reason reason; /* REASON_OK: a path that holds */
	bool final;	    /* no other store may overrule it */
	bool listed; /* the signer stands for itself: the chain is its own */
	int error;   /* X509_V_ERR_..., X509_V_OK */
	int depth;   /* where, 0 = the signer's certificate */
	STACK_OF(X509) *chain; /* owned; leaf first, to the anchor; or NULL */
};

/* What the stores say about one signer's certificate. */
struct path {
	struct run collection;
	struct run local;
};

/*
 * Takes over one count of each store, which may be NULL, and the aliases,
 * which may be NULL.  NULL when out of memory; the stores are then unref'd.
 */
struct trust *trust_new(enum trust_mode mode, struct store *collection,
    struct store *local, struct aliases *aliases);

/*
 * Let an end-entity certificate that the collection lists vouch for itself,
 * and for no other certificate, where no path to an anchor is found and
 * nothing final speaks against it.  Purpose, time, what the collection says
 * of it, and whether the collection disallows who issued it, count as
 * always.  Only before the trust is shared.
 */
void trust_allow_listed(struct trust *trust);

struct trust *trust_ref(struct trust *trust);
void trust_unref(struct trust *trust);

enum trust_mode trust_mode(const struct trust *trust);
const struct store *trust_get0_collection(const struct trust *trust);
const struct store *trust_get0_local(const struct trust *trust);

/* The same stores for another trust, counted once more; or NULL. */
struct store *trust_get1_collection(const struct trust *trust);
struct store *trust_get1_local(const struct trust *trust);

const struct aliases *trust_get0_aliases(const struct trust *trust);

/*
 * Seek a path from leaf at the time now.  untrusted are the certificates of
 * the message, which help to build but never vouch; may be NULL.  Both stores
 * are asked where a mode needs them.  *tries is how many more paths may be
 * tried when one fails (namesake.h), and is counted down; what is not found
 * for lack of them is REASON_TOO_COSTLY, which no other store overrules.  Free
 * with path_done().
 */
void trust_check(const struct trust *trust, OSSL_LIB_CTX *libctx, X509 *leaf,
    STACK_OF(X509) *untrusted, time_t now, unsigned int *tries,
    struct path *path_r);

/* The answer of a path under a mode, and who gave it. */
const struct run *path_answer(const struct path *path, enum trust_mode mode,
    enum trust_who *who_r);

/*
 * The run whose path holds, whatever the mode: that of the collection, else
 * that of the local store, else NULL and TRUST_NONE.
 */
const struct run *path_that_holds(const struct path *path,
    enum trust_who *who_r);

void path_done(struct path *path);

/* "exchange-2013-sp1", ...; "collection", "local", "none".  Never NULL. */
const char *trust_mode_word(enum trust_mode mode);
const char *trust_who_word(enum trust_who who);

/* False when word is no mode; *mode_r is then untouched. */
bool trust_mode_read(const char *word, enum trust_mode *mode_r);

#endif
