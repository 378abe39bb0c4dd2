/* SPDX-License-Identifier: ISC */
/*
 * histories - lines of a history, made from a few words
 *
 * Threads  one thread
 */
#ifndef T_LIB_HISTORIES_H
#define T_LIB_HISTORIES_H

#include <stddef.h>

#include "milter/history/tally.h"

/* One message with one signature.  All members may be left zero. */
struct made {
	const char *time;	 /* NULL: 2026-01-02T03:04:05Z */
	const char *from;	 /* NULL: alice@example.org */
	const char *on_premises; /* NULL: pass */
	const char *cloud;	 /* NULL: pass */
	const char *by;		 /* NULL: collection */
	const char *reason;	 /* of the cloud; NULL: untrusted if not pass */
	char leaf, between, root; /* digits of their fingerprints; 0: 1 2 3 */
	const char *carried;	  /* is the one between; NULL: true */
	const char *policy;	  /* NULL: none; else its name, and: */
	const char *would;
	bool is_unsigned;
	bool is_encrypted;
	bool has_no_path;
};

/* The line, without its end.  Valid until the next call. */
const char *histories_line(const struct made *made);

/* Read it and add it. */
void histories_add(struct tally *tally, const struct made *made);

/* 64 of that digit. */
const char *histories_hash(char digit);

#endif
