/* SPDX-License-Identifier: ISC */
/*
 * lru - a table of so many things, which gives up the one used longest ago
 *
 * Shape    intrusive: a thing has a struct lru_node for its first member, and
 *          is found by a hash and a comparison that its module brings along
 * Limits   as many things as were asked for, whatever their hashes
 * Threads  one thread at a time
 */
#ifndef SMIME_LRU_H
#define SMIME_LRU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct lru_node {
	TAILQ_ENTRY(lru_node) order; /* the one used last comes first */
	LIST_ENTRY(lru_node) chain;  /* of one bucket */
	uint64_t hash;
};

struct lru;

/* Is this thing the one that key means? */
typedef bool lru_match(const struct lru_node *node, const void *key);

/* Free a thing that was given up. */
typedef void lru_drop(struct lru_node *node);

/* NULL when out of memory.  room is at least 1. */
struct lru *lru_new(size_t room, lru_drop *drop);

/* An address as a hash. */
uint64_t lru_hash(const void *address);

/*
 * The thing of that hash that matches, which now counts as used; or NULL.  It
 * is borrowed until the table is changed.
 */
struct lru_node *lru_find(struct lru *lru, uint64_t hash, lru_match *match,
    const void *key);

/* Take over a thing.  If there are too many then, another is given up. */
void lru_add(struct lru *lru, uint64_t hash, struct lru_node *node);

/* Give up one thing, or all. */
void lru_remove(struct lru *lru, struct lru_node *node);
void lru_flush(struct lru *lru);

/* Gives up all.  Takes NULL. */
void lru_free(struct lru *lru);

#endif
