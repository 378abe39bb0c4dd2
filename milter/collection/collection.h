/* SPDX-License-Identifier: ISC */
/*
 * collection - what the commands of "smimectl collection" read
 *
 * Room     collection reads, certview.h describes, certpick.h chooses, certfile.h
 *          writes by way of outfile.h; lint.h finds faults, with reach.h for
 *          addresses.  Users' certificates come from dirsearch.h or ldif.h by
 *          way of directory.h and importer.h.  The daemon takes storelog.h and
 *          storelife.h.
 * Shape    any mix of SST, PEM, DER, PKCS#7 and folders (store.h); "-" is
 *          standard input
 * Threads  one thread: it complains on standard error
 */
#ifndef MILTER_COLLECTION_COLLECTION_H
#define MILTER_COLLECTION_COLLECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "milter/collection/certview.h"
#include "smime/store/store.h"

struct collection {
	struct store *store;	/* owned; with store_keep_raw() */
	struct certview *views; /* owned, one for each certificate, in order */
	size_t count;
};

/*
 * Read all of the paths into one store, in their order, or nothing, and look
 * at it as of now.  What is odd but passed over is told on standard error.
 * False after a complaint; else free with collection_done().
 */
bool collection_read(struct collection *collection_r, char *const *paths,
    size_t count, time_t now);
void collection_done(struct collection *collection);

/* False, after a complaint, where private keys were among the input. */
bool collection_is_public(const struct collection *collection);

/*
 * Is there a file, and is it a serialized store, so that it can be changed?
 * False after a complaint.
 */
bool collection_is_sst(const char *path);

#endif
