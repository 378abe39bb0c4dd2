/* SPDX-License-Identifier: ISC */
/*
 * verifiers - lent to whichever thread judges a message
 *
 * Callbacks of one connection run on different threads, so a verifier belongs
 * to nobody for longer than one judgement.  The one given back last is lent
 * first, because it remembers most.
 *
 * Limits   two for each processor are kept; who finds them all lent waits up to
 *          100 ms for one, and is made one of his own then
 * Threads  any thread, at any time
 */
#ifndef MILTER_DAEMON_VERIFIERS_H
#define MILTER_DAEMON_VERIFIERS_H

#include "smime/verifier.h"

struct verifiers;

/* NULL when out of memory. */
struct verifiers *verifiers_new(void);

/*
 * One that nobody else uses; give it back soon.  Paths found under another
 * version of the trust are forgotten.  NULL when there is no memory for one.
 */
struct verifier *verifiers_lend(struct verifiers *verifiers,
    unsigned int version);

/* Takes NULL. */
void verifiers_give_back(struct verifiers *verifiers,
    struct verifier *verifier);

/* All must have been given back.  Takes NULL. */
void verifiers_free(struct verifiers *verifiers);

#endif
