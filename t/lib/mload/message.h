/* SPDX-License-Identifier: ISC */
/*
 * message - a mail out of a file, cut up as the milter protocol wants it
 *
 * Shape    a header field is name NUL value NUL, folds as LF; lines of the body
 *          end in CRLF
 */
#ifndef T_LIB_MLOAD_MESSAGE_H
#define T_LIB_MLOAD_MESSAGE_H

#include <stddef.h>

struct octets {
	char *data; /* owned */
	size_t len;
};

struct message {
	const char *name;      /* borrowed from argv */
	const char *word;      /* the verdict expected; NULL: any, "-": none */
	struct octets *fields; /* owned, field_count of them */
	size_t field_count;
	const char *body; /* borrowed from text */
	size_t body_len;
	struct octets text; /* owned; all lines end in CRLF */
};

/* Read and cut the file m->name, or die(). */
void message_read(struct message *m);

/* Free what was read. */
void message_free(struct message *m);

#endif
