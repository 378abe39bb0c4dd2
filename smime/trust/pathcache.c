/* SPDX-License-Identifier: ISC */
#include "smime/trust/pathcache.h"

#include <stdlib.h>

#include "smime/lru.h"
#include "smime/x509/certcache.h"

struct entry {
	struct lru_node node;
	struct trust *trust;			  /* one count */
	X509 *leaf;				  /* one count */
	X509 *untrusted[PATHCACHE_MAX_UNTRUSTED]; /* one count each */
	size_t untrusted_count;
	time_t from;	  /* it holds from then on ... */
	time_t to;	  /* ... until then, inclusive */
	struct path path; /* owned */
};

struct pathcache {
	struct lru *entries; /* owned */
};

static size_t
count_of(const struct path_question *question)
{
	return question->untrusted == NULL ?
	    0 :
	    (size_t)sk_X509_num(question->untrusted);
}

_Static_assert(offsetof(struct entry, node) == 0, "an entry is its node");

static bool
answers(const struct lru_node *node, const void *key)
{
	const struct entry *entry = (const struct entry *)node;
	const struct path_question *question = key;

	if (entry->trust != question->trust || entry->leaf != question->leaf ||
	    entry->untrusted_count != count_of(question))
		return false;
	for (size_t i = 0; i < entry->untrusted_count; i++)
		if (entry->untrusted[i] !=
		    sk_X509_value(question->untrusted, (int)i))
			return false;
	return true;
}

static void
drop(struct lru_node *node)
{
	struct entry *entry = (struct entry *)node;

	trust_unref(entry->trust);
	X509_free(entry->leaf);
	for (size_t i = 0; i < entry->untrusted_count; i++)
		X509_free(entry->untrusted[i]);
	path_done(&entry->path);
	free(entry);
}

static void
fill(struct entry *entry, const struct path_question *question)
{
	entry->trust = trust_ref(question->trust);
	X509_up_ref(question->leaf);
	entry->leaf = question->leaf;
	entry->untrusted_count = count_of(question);
	for (size_t i = 0; i < entry->untrusted_count; i++) {
		entry->untrusted[i] =
		    sk_X509_value(question->untrusted, (int)i);
		X509_up_ref(entry->untrusted[i]);
	}
}

/*
 * Hardly anything but a reload makes a better or a worse answer of this one.
 * Where several paths failed, the time may, but for PATHCACHE_MAX_AGE at most.
 */
static bool
is_settled(const struct run *run)
{
	return !run->done || run->reason == REASON_OK ||
	    reason_is_no_path(run->reason);
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

/*
 * Such that a certcache keeps them: others would be other objects the next
 * time, and would only take memory.
 */
static bool
are_light(const struct path_question *question)
{
	size_t count = count_of(question);
	size_t left = PATHCACHE_MAX_WEIGHT;
	size_t weight;

	if (count > PATHCACHE_MAX_UNTRUSTED)
		return false;
	for (size_t i = 0; i < count; i++) {
		weight = cert_weigh(sk_X509_value(question->untrusted, (int)i),
		    CERTCACHE_MAX_DER);
		if (weight > CERTCACHE_MAX_WEIGHT || weight > left)
			return false;
		left -= weight;
	}
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
	    are_light(question) && last_moment(&path->collection, to_r) &&
	    last_moment(&path->local, to_r) && question->now <= *to_r;
}

struct pathcache *
pathcache_new(size_t room)
{
	struct pathcache *cache = calloc(1, sizeof(*cache));

	if (cache == NULL)
		return NULL;
	cache->entries = lru_new(room, drop);
	if (cache->entries == NULL) {
		free(cache);
		return NULL;
	}
	return cache;
}

const struct path *
pathcache_find(struct pathcache *cache, const struct path_question *question)
{
	struct entry *entry = (struct entry *)lru_find(cache->entries,
	    lru_hash(question->leaf), answers, question);

	if (entry == NULL)
		return NULL;
	/* A clock that was set back knows nothing of it, either. */
	if (question->now < entry->from || question->now > entry->to) {
		lru_remove(cache->entries, &entry->node);
		return NULL;
	}
	return &entry->path;
}

const struct path *
pathcache_keep(struct pathcache *cache, const struct path_question *question,
    struct path *path)
{
	struct entry *entry;
	time_t to;

	if (!is_worth_keeping(question, path, &to))
		return NULL;
	entry = malloc(sizeof(*entry));
	if (entry == NULL)
		return NULL;
	fill(entry, question);
	entry->from = question->now;
	entry->to = to;
	entry->path = *path;
	*path = (struct path){ .local = { .reason = REASON_UNTRUSTED } };
	lru_add(cache->entries, lru_hash(question->leaf), &entry->node);
	return &entry->path;
}

void
pathcache_flush(struct pathcache *cache)
{
	lru_flush(cache->entries);
}

void
pathcache_free(struct pathcache *cache)
{
	if (cache == NULL)
		return;
	lru_free(cache->entries);
	free(cache);
}
