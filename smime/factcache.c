/* SPDX-License-Identifier: ISC */
#include "factcache.h"

#include <stdint.h>
#include <stdlib.h>

enum { WAYS = 8 };

struct place {
	X509 *cert; /* one count; NULL: empty */
	struct facts *facts;
	uint64_t used;
};

struct factcache {
	struct place *places; /* owned; WAYS for each set */
	size_t sets;
	uint64_t clock; /* counts look-ups */
};

static struct place *
set_of(const struct factcache *cache, const X509 *cert)
{
	/* The lowest bits of an address are those of its alignment. */
	size_t number = (uintptr_t)cert / 64;

	return &cache->places[number % cache->sets * WAYS];
}

/* The place that has it, or else the one to put it. */
static struct place *
find_place(const struct factcache *cache, const X509 *cert)
{
	struct place *set = set_of(cache, cert);
	struct place *oldest = set;

	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].cert == cert)
			return &set[i];
		if (set[i].used < oldest->used)
			oldest = &set[i];
	}
	return oldest;
}

static void
empty(struct place *place)
{
	X509_free(place->cert);
	facts_unref(place->facts);
	*place = (struct place){ .cert = NULL };
}

static void
fill(struct place *place, X509 *cert, struct facts *facts)
{
	empty(place);
	X509_up_ref(cert);
	place->cert = cert;
	place->facts = facts_ref(facts);
}

struct factcache *
factcache_new(size_t room)
{
	struct factcache *cache = calloc(1, sizeof(*cache));

	if (cache == NULL)
		return NULL;
	cache->sets = room / WAYS + 1;
	cache->places = calloc(cache->sets * WAYS, sizeof(*cache->places));
	if (cache->places == NULL) {
		free(cache);
		return NULL;
	}
	return cache;
}

struct facts *
factcache_get1(struct factcache *cache, X509 *cert)
{
	struct place *place;
	struct facts *facts;

	if (cache == NULL)
		return facts_new(cert);
	place = find_place(cache, cert);
	if (place->cert == cert) {
		place->used = ++cache->clock;
		return facts_ref(place->facts);
	}
	facts = facts_new(cert);
	if (facts != NULL && facts_size(facts) <= FACTCACHE_MAX_SIZE) {
		fill(place, cert, facts);
		place->used = ++cache->clock;
	}
	return facts;
}

void
factcache_flush(struct factcache *cache)
{
	for (size_t i = 0; i < cache->sets * WAYS; i++)
		empty(&cache->places[i]);
}

void
factcache_free(struct factcache *cache)
{
	if (cache == NULL)
		return;
	factcache_flush(cache);
	free(cache->places);
	free(cache);
}
