/* SPDX-License-Identifier: ISC */
/*
 * tally - a history, added up
 *
 * Shape    one row for each way in which a message of certain signers was
 *          judged; beside it the days, the authors, and the hits of policies
 * Limits   memory is bounded by how many different signers, authors and
 *          certificates there are, never by the number of messages; of rows,
 *          authors and hits TALLY_MAX each, of days TALLY_MAX_DAYS.  A message
 *          beyond any of these is in the totals, and counted as left_out.
 * Memory   out of memory ends the process: not for the daemon
 * Threads  one thread
 */
#ifndef MILTER_HISTORY_TALLY_H
#define MILTER_HISTORY_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include <glib.h>

#include "milter/history/histread.h"

enum {
	TALLY_MAX = 1000000,
	TALLY_MAX_DAYS = 40000,
	TALLY_MAX_HOSTS = 1000,
	TALLY_RESULTS = RESULT_FAIL + 1,
	TALLY_REVOCATIONS = REVOCATION_REVOKED + 1,
};

/* Strings are owned by the tally; each may be NULL where it is unknown. */
struct tally_cert {
	const char *sha256; /* never NULL */
	const char *subject;
	time_t not_after;
	bool has_not_after;
	time_t last; /* when it was part of a path */
	bool is_leaf, is_anchor;
	size_t messages;
};

struct tally_link {
	struct tally_cert *cert; /* NULL: its fingerprint is not told */
	bool carried;
};

/* How one signature was judged. */
struct tally_signature {
	const char *identifier;
	const char *issuer;
	const char *sha256;
	const char *cloud_reason;
	enum result on_premises;
	enum result cloud;
	enum revocation revocation;
	enum trust_who by;
	struct tally_link path[HISTREAD_MAX_PATH]; /* leaf first */
	size_t path_len;
};

struct tally_row {
	const char *domain; /* of the author; "" where there is none */
	enum result on_premises;
	enum result cloud;
	size_t messages;
	time_t first, last;
	struct tally_signature *signatures; /* owned; count of them */
	size_t count;
};

struct tally_day {
	long number; /* days since 1970-01-01, in UTC */
	size_t signed_mail;
	size_t on_premises; /* that pass there */
	size_t cloud;
	size_t differ;
};

/* Who has signed, and perhaps stopped. */
struct tally_author {
	const char *from;
	size_t passed; /* messages under exchange-2013-sp1 */
	size_t unsigned_mail;
	time_t first_signed, last_signed;
	time_t first_unsigned, last_unsigned;
};

/* Messages of one sender that one policy would have hit. */
struct tally_hit {
	const char *policy;
	const char *stage;
	const char *would;
	const char *action;
	const char *from; /* "" where there is none */
	const char *reason;
	size_t messages;
	time_t first, last;
};

/* Readable by all, written by tally.c only. */
struct tally {
	size_t messages; /* that are signed */
	size_t unsigned_mail;
	size_t encrypted; /* of these nothing can be said */
	size_t on_premises[TALLY_RESULTS];
	size_t cloud[TALLY_RESULTS];
	size_t revocation[TALLY_REVOCATIONS]; /* of signatures */
	size_t left_out; /* messages that do not appear in all of the below */
	time_t first, last; /* of all messages */
	GPtrArray *rows;    /* of struct tally_row */
	GPtrArray *days;    /* of struct tally_day, in no order */
	GPtrArray *authors; /* of struct tally_author */
	GPtrArray *hits;    /* of struct tally_hit */
	GPtrArray *certs;   /* of struct tally_cert */
	GHashTable *hosts;  /* their names */
	struct tally_index *index;
};

struct tally *tally_new(void);
void tally_add(struct tally *tally, const struct hist_message *message);

/* Takes NULL. */
void tally_free(struct tally *tally);

/*
 * Did the author always sign, and then stop?  That takes unsigned mail, all of
 * it after the last that was signed; without history-unsigned = yes there is
 * none.
 */
bool tally_has_stopped(const struct tally_author *author);

#endif
