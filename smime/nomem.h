/* SPDX-License-Identifier: ISC */
/*
 * nomem - was there an allocation that failed, and nobody said so?
 *
 * OpenSSL reports most of them as if what it reads were malformed or unknown,
 * so that a good signature would fail for lack of memory.
 *
 * Threads  each has its own count
 */
#ifndef SMIME_NOMEM_H
#define SMIME_NOMEM_H

#include <stdbool.h>

/*
 * Have them counted from now on.  Once per process, before OpenSSL allocates
 * anything; false when that is too late, and nothing will be counted.
 */
bool nomem_watch(void);

/* One of our own failed, where what is returned cannot say so. */
void nomem_note(void);

/* How many failed in this thread: more than before says that one did. */
unsigned long nomem_count(void);

#endif
