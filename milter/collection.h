/* SPDX-License-Identifier: ISC */
/*
 * collection - what the commands of "smimectl collection" read
 *
 * Shape    any mix of SST, PEM, DER, PKCS#7 and folders (store.h); "-" is
 *          standard input
 * Threads  one thread: it complains on standard error
 */
#ifndef MILTER_COLLECTION_H
#define MILTER_COLLECTION_H

#include <stddef.h>

#include "store.h"

/*
 * Read all of the paths into one store, in their order, or nothing.  What is
 * odd but passed over is told on standard error.  NULL after a complaint; the
 * caller gives the store back with store_unref().
 */
struct store *collection_read(char *const *paths, size_t count);

#endif
