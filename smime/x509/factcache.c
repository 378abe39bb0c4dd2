/* SPDX-License-Identifier: ISC */
#include "smime/x509/factcache.h"

#include <stdlib.h>

#include "smime/lru.h"
#include "smime/x509/certcache.h"

struct entry {
	struct lru_node node;
	X509 *cert;	     /* one count */
	struct facts *facts; /* one count */
};

struct factcache {
	struct lru *entries; /* owned */
};

_Static_assert(offsetof(struct entry, node) == 0, "an entry is its node");

static bool
is_of(const struct lru_node *node, const void *cert)
{
	return ((const struct entry *)node)->cert == cert;
}

static void
drop(struct lru_node *node)
{
	struct entry *entry = (struct entry *)node;

	X509_free(entry->cert);
	facts_unref(entry->facts);
	free(entry);
}

/*
 * An entry holds on to its certificate.  One that no certcache keeps would be
 * another object the next time, too.
 */
static bool
is_worth_keeping(const X509 *cert, const struct facts *facts)
{
	return facts_size(facts) <= FACTCACHE_MAX_SIZE &&
	    cert_weigh(cert, CERTCACHE_MAX_DER) <= CERTCACHE_MAX_WEIGHT;
}

/* Without memory they are found anew the next time. */
static void
keep(struct factcache *cache, X509 *cert, struct facts *facts)
{
	struct entry *entry = malloc(sizeof(*entry));

	if (entry == NULL)
		return;
	X509_up_ref(cert);
	entry->cert = cert;
	entry->facts = facts_ref(facts);
	lru_add(cache->entries, lru_hash(cert), &entry->node);
}

struct factcache *
factcache_new(size_t room)
{
	struct factcache *cache = calloc(1, sizeof(*cache));

	if (cache == NULL)
		return NULL;
	cache->entries = lru_new(room, drop);
	if (cache->entries == NULL) {
		free(cache);
		return NULL;
	}
	return cache;
}

struct facts *
factcache_get1(struct factcache *cache, X509 *cert)
{
	struct lru_node *node;
	struct facts *facts;

	if (cache == NULL)
		return facts_new(cert);
	node = lru_find(cache->entries, lru_hash(cert), is_of, cert);
	if (node != NULL)
		return facts_ref(((struct entry *)node)->facts);
	facts = facts_new(cert);
	if (facts != NULL && is_worth_keeping(cert, facts))
		keep(cache, cert, facts);
	return facts;
}

enum reason
factcache_check_chain(struct factcache *cache, const struct rules *rules,
    const STACK_OF(X509) *chain)
{
	int last = sk_X509_num(chain) - 1;
	enum reason reason = REASON_OK;
	struct facts *facts;

	for (int i = 0; i <= last && reason == REASON_OK; i++) {
		facts = factcache_get1(cache, sk_X509_value(chain, i));
		reason = facts == NULL ? REASON_TEMP_NOMEM :
					 facts_check(facts, rules, i < last);
		facts_unref(facts);
	}
	return reason;
}

void
factcache_flush(struct factcache *cache)
{
	lru_flush(cache->entries);
}

void
factcache_free(struct factcache *cache)
{
	if (cache == NULL)
		return;
	lru_free(cache->entries);
	free(cache);
}
