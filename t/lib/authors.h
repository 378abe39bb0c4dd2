/* SPDX-License-Identifier: ISC */
/*
 * authors - values of From, and what is to be read in them
 *
 * Every function fails the running test rather than return a failure.
 *
 * Threads  one thread
 */
#ifndef T_LIB_AUTHORS_H
#define T_LIB_AUTHORS_H

#include <stddef.h>

#include "smime/mime/from.h"

#define GOOD "alice@good.example"
#define EVIL "eve@evil.example"

struct author {
	const char *name;
	const char *value;
	size_t len;
	enum from_status want;
	const char *mailbox; /* NULL: untouched */
};

/*
 * Read a value in memory of its own, for ASan; the end is the end.  *mailbox_r
 * is the mailbox as text, which the caller frees, or NULL if there is none.
 */
enum from_status authors_read(const char *value, size_t len, char **mailbox_r);

/* The value is read as the row has it. */
void authors_check(const struct author *author);

/* Whatever is cut off, no other mailbox comes out than is written there. */
void authors_check_truncated(const struct author *author);

#endif
