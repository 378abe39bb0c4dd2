/* SPDX-License-Identifier: ISC */
#include "smime/lru.h"

#include <assert.h>
#include <stdlib.h>

TAILQ_HEAD(order, lru_node);
LIST_HEAD(chain, lru_node);

struct lru {
	lru_drop *drop;
	struct order order;
	struct chain *buckets; /* owned; as many as room */
	size_t room;
	size_t count;
};

static struct chain *
bucket_of(const struct lru *lru, uint64_t hash)
{
	return &lru->buckets[hash % lru->room];
}

struct lru *
lru_new(size_t room, lru_drop *drop)
{
	struct lru *lru;

	assert(room > 0);
	lru = calloc(1, sizeof(*lru));
	if (lru == NULL)
		return NULL;
	lru->drop = drop;
	lru->room = room;
	TAILQ_INIT(&lru->order);
	/* A head of zeros is that of an empty list. */
	lru->buckets = calloc(room, sizeof(*lru->buckets));
	if (lru->buckets == NULL) {
		free(lru);
		return NULL;
	}
	return lru;
}

/* Objects of one kind lie at regular distances: spread them (splitmix64). */
uint64_t
lru_hash(const void *address)
{
	uint64_t hash = (uintptr_t)address;

	hash = (hash ^ hash >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	hash = (hash ^ hash >> 27) * UINT64_C(0x94d049bb133111eb);
	return hash ^ hash >> 31;
}

struct lru_node *
lru_find(struct lru *lru, uint64_t hash, lru_match *match, const void *key)
{
	struct lru_node *node;

	LIST_FOREACH(node, bucket_of(lru, hash), chain)
	{
		if (node->hash != hash || !match(node, key))
			continue;
		TAILQ_REMOVE(&lru->order, node, order);
		TAILQ_INSERT_HEAD(&lru->order, node, order);
		return node;
	}
	return NULL;
}

void
lru_add(struct lru *lru, uint64_t hash, struct lru_node *node)
{
	if (lru->count == lru->room)
		lru_remove(lru, TAILQ_LAST(&lru->order, order));
	node->hash = hash;
	LIST_INSERT_HEAD(bucket_of(lru, hash), node, chain);
	TAILQ_INSERT_HEAD(&lru->order, node, order);
	lru->count++;
}

void
lru_remove(struct lru *lru, struct lru_node *node)
{
	LIST_REMOVE(node, chain);
	TAILQ_REMOVE(&lru->order, node, order);
	lru->count--;
	lru->drop(node);
}

void
lru_flush(struct lru *lru)
{
	while (!TAILQ_EMPTY(&lru->order))
		lru_remove(lru, TAILQ_FIRST(&lru->order));
}

void
lru_free(struct lru *lru)
{
	if (lru == NULL)
		return;
	lru_flush(lru);
	free(lru->buckets);
	free(lru);
}
