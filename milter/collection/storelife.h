/* SPDX-License-Identifier: ISC */
/*
 * storelife - how long the certificates of a store are good
 *
 * Threads  reads a store that nobody changes: any thread, at any time
 */
#ifndef MILTER_COLLECTION_STORELIFE_H
#define MILTER_COLLECTION_STORELIFE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "smime/store/store.h"

struct storelife {
	size_t count;
	size_t expired;
	bool has_next;	    /* is there one that has not expired? */
	time_t next;	    /* when the next one expires */
	char *next_subject; /* owned; RFC 4514 */
	char next_sha1[2 * CERT_SHA1_LEN + 1]; /* as Windows shows it */
};

/* store may be NULL: none.  Free with storelife_done(). */
void storelife_read(const struct store *store, time_t now,
    struct storelife *life_r);
void storelife_done(struct storelife *life);

#endif
