/* SPDX-License-Identifier: ISC */
#include "pathcache.h"

#include <stdint.h>
#include <stdlib.h>

enum { WAYS = 4 };

struct place {
	struct trust *trust;			  /* one count; NULL: empty */
	X509 *leaf;				  /* one count */
	X509 *untrusted[PATHCACHE_MAX_UNTRUSTED]; /* one count each */
	size_t untrusted_count;
	time_t from;	  /* it holds from then on ... */
	time_t to;	  /* ... until then, inclusive */
	struct path path; /* owned */
	uint64_t used;
};

struct pathcache {
	struct place *places; /* owned; WAYS for each set */
	size_t sets;
	uint64_t clock; /* counts what was found or kept */
};

static size_t
count_of(const struct path_question *question)
{
	return question->untrusted == NULL ?
	    0 :
	    (size_t)sk_X509_num(question->untrusted);
}

static struct place *
set_of(const struct pathcache *cache, const X509 *leaf)
{
	/* The lowest bits of an address are those of its alignment. */
	size_t number = (uintptr_t)leaf / 64;

	return &cache->places[number % cache->sets * WAYS];
}

static bool
has(const struct place *place, const struct path_question *question)
{
	if (place->trust != question->trust || place->leaf != question->leaf ||
	    place->untrusted_count != count_of(question))
		return false;
	for (size_t i = 0; i < place->untrusted_count; i++)
		if (place->untrusted[i] !=
		    sk_X509_value(question->untrusted, (int)i))
			return false;
	return true;
}

static void
empty(struct place *place)
{
	if (place->trust == NULL)
		return;
	trust_unref(place->trust);
	X509_free(place->leaf);
	for (size_t i = 0; i < place->untrusted_count; i++)
		X509_free(place->untrusted[i]);
	path_done(&place->path);
	*place = (struct place){ .trust = NULL };
}

static void
fill(struct place *place, const struct path_question *question)
{
	place->trust = trust_ref(question->trust);
	X509_up_ref(question->leaf);
	place->leaf = question->leaf;
	place->untrusted_count = count_of(question);
	for (size_t i = 0; i < place->untrusted_count; i++) {
		place->untrusted[i] =
		    sk_X509_value(question->untrusted, (int)i);
		X509_up_ref(place->untrusted[i]);
	}
}

/* Nothing but a reload can make a better or a worse answer of this one. */
static bool
is_settled(const struct run *run)
{
	return !run->done || run->reason == REASON_OK ||
	    run->reason == REASON_UNTRUSTED;
}

/* Lower *moment_r to the last second at which a good run still is. */
static bool
last_moment(const struct run *run, time_t *moment_r)
{
	time_t earliest = *moment_r;
	struct tm tm;
	time_t end;

	if (run->reason != REASON_OK)
		return true;
	for (int i = 0; i < sk_X509_num(run->chain); i++) {
		if (ASN1_TIME_to_tm(X509_get0_notAfter(
					sk_X509_value(run->chain, i)),
			&tm) != 1)
			return false;
		end = timegm(&tm);
		if (end < earliest)
			earliest = end;
	}
	*moment_r = earliest;
	return true;
}

static bool
is_worth_keeping(const struct path_question *question, const struct path *path,
    time_t *to_r)
{
	enum trust_who who;

	*to_r = question->now + PATHCACHE_MAX_AGE;
	return path_that_holds(path, &who) != NULL &&
	    is_settled(&path->collection) && is_settled(&path->local) &&
	    count_of(question) <= PATHCACHE_MAX_UNTRUSTED &&
	    last_moment(&path->collection, to_r) &&
	    last_moment(&path->local, to_r) && question->now <= *to_r;
}

struct pathcache *
pathcache_new(size_t room)
{
	struct pathcache *cache = calloc(1, sizeof(*cache));

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

const struct path *
pathcache_find(struct pathcache *cache, const struct path_question *question)
{
	struct place *set = set_of(cache, question->leaf);

	for (size_t i = 0; i < WAYS; i++) {
		if (!has(&set[i], question))
			continue;
		/* A clock that was set back knows nothing of it, either. */
		if (question->now < set[i].from || question->now > set[i].to) {
			empty(&set[i]);
			return NULL;
		}
		set[i].used = ++cache->clock;
		return &set[i].path;
	}
	return NULL;
}

const struct path *
pathcache_keep(struct pathcache *cache, const struct path_question *question,
    struct path *path)
{
	struct place *set = set_of(cache, question->leaf);
	struct place *oldest = set;
	time_t to;

	if (!is_worth_keeping(question, path, &to))
		return NULL;
	for (size_t i = 1; i < WAYS; i++)
		if (set[i].used < oldest->used)
			oldest = &set[i];
	empty(oldest);
	fill(oldest, question);
	oldest->from = question->now;
	oldest->to = to;
	oldest->path = *path;
	oldest->used = ++cache->clock;
	*path = (struct path){ .local = { .reason = REASON_UNTRUSTED } };
	return &oldest->path;
}

void
pathcache_flush(struct pathcache *cache)
{
	for (size_t i = 0; i < cache->sets * WAYS; i++)
		empty(&cache->places[i]);
}

void
pathcache_free(struct pathcache *cache)
{
	if (cache == NULL)
		return;
	pathcache_flush(cache);
	free(cache->places);
	free(cache);
}
