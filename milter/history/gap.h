/* SPDX-License-Identifier: ISC */
/*
 * gap - what would change in the cloud, ranked, and what would close it
 *
 * Shape    the gap is the messages whose result differs between
 *          exchange-2013-sp1 and exchange-online; each counts for the first
 *          of its signatures that is to blame.  With another collection, the
 *          results of exchange-online are those it would have had.
 * Replay   a path holds with another collection when its last certificate is
 *          an anchor of it, and each one between is in it or came with the
 *          message.  Where no path was seen, or the collection puts conditions
 *          on a certificate that a history cannot answer (a date, names), the
 *          result cannot be told: it stays, and is counted as unknown.
 * Memory   as in tally.h
 * Threads  one thread
 */
#ifndef MILTER_HISTORY_GAP_H
#define MILTER_HISTORY_GAP_H

#include <stddef.h>
#include <time.h>

#include <glib.h>

#include "milter/history/tally.h"
#include "smime/store/store.h"

/* Messages of the gap that have something in common. */
struct gap_group {
	const char *name;	       /* "" where it is unknown */
	const char *sha256;	       /* of an anchor; else NULL */
	const struct tally_cert *cert; /* likewise */
	size_t messages;
	size_t signers;
	time_t first, last;
	GPtrArray *domains; /* of struct gap_domain, the greatest first */
	struct gap_sets *sets;
};

/* So many of a group's messages are from there. */
struct gap_domain {
	const char *name; /* "" where it is unknown */
	size_t messages;
};

/* Readable by all, written by gap.c only.  Groups: the greatest first. */
struct gap {
	size_t messages; /* in the gap */
	size_t loses;	 /* of these: pass on premises, and not in the cloud */
	size_t cloud[TALLY_RESULTS];
	size_t unknown;	      /* of all messages: cannot be told */
	size_t changed;	      /* other than in the history */
	GPtrArray *by_anchor; /* of struct gap_group */
	GPtrArray *by_issuer;
	GPtrArray *by_domain;
};

/* with is another collection, or NULL for the one that was in force. */
struct gap *gap_new(const struct tally *tally, const struct store *with);

/* Takes NULL. */
void gap_free(struct gap *gap);

/*
 * What exchange-online would say of such messages with that collection.  Sets
 * *unknown_r to true, and else leaves it alone, when that cannot be told.
 */
enum result gap_replay(const struct tally_row *row, const struct store *with,
    bool *unknown_r);

/*
 * The signature that is to blame, also with that collection (NULL: the one in
 * force), or NULL for a row without any.
 */
const struct tally_signature *gap_blame(const struct tally_row *row,
    const struct store *with);

/*
 * The certificates that would close the gap, of struct gap_group, the most
 * needed first: the anchors that vouched from the local store, and what stood
 * between and did not come with the message.  Each with the messages that need
 * it.  What the collection have already has is left out; it may be NULL.  Free
 * with gap_groups_free().
 */
GPtrArray *gap_needed(const struct tally *tally, const struct store *have);
void gap_groups_free(GPtrArray *groups);

/* The store's certificate with that fingerprint, in hex; or NULL. */
const struct store_cert *gap_find(const struct store *store,
    const char *sha256);

#endif
