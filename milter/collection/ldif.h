/* SPDX-License-Identifier: ISC */
/*
 * ldif - entries of a directory from a text file, one line at a time
 *
 * Shape    records with blank lines between them; a record is "dn: DN", then
 *          lines "NAME: VALUE" or "NAME:: BASE64".  A line that begins with a
 *          space continues the one before; "#" begins a comment.  LF or CRLF.
 *          "version: 1" may come first, and each record may say
 *          "changetype: add", as ldifde of Windows writes.
 *          Refused are other changes, and values to be fetched from
 *          elsewhere ("NAME:< URL"): a dump must not choose what we open.
 * Source   RFC 2849
 * Units    octets
 * Limits   a line LDIF_MAX_LINE, its continuations included; one line is in
 *          memory at a time, so a file may have any size
 * Threads  one thread at a time
 */
#ifndef MILTER_COLLECTION_LDIF_H
#define MILTER_COLLECTION_LDIF_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { LDIF_MAX_LINE = 16 * 1024 * 1024 };

enum ldif_event {
	LDIF_ENTRY, /* an entry begins; the value is its DN */
	LDIF_VALUE, /* one value of it */
	LDIF_END,   /* of the file */
	LDIF_ERROR, /* ldif_error() says what is wrong; no more comes */
};

/* Valid until the next ldif_next().  Both end with a NUL that is not counted. */
struct ldif_item {
	const char *name; /* with its options: "userCertificate;binary" */
	const uint8_t *value;
	size_t len;
};

struct ldif;

/* Read from an open file, which stays the caller's.  NULL: out of memory. */
struct ldif *ldif_new(FILE *file);

/* The next thing in the file.  *item_r is set with LDIF_ENTRY, LDIF_VALUE. */
enum ldif_event ldif_next(struct ldif *ldif, struct ldif_item *item_r);

/* The line where that thing begins, or where the error is; from 1. */
size_t ldif_line(const struct ldif *ldif);

/* What is wrong and what would be right, to follow "FILE:LINE: ". */
const char *ldif_error(const struct ldif *ldif);

void ldif_free(struct ldif *ldif);

#endif
