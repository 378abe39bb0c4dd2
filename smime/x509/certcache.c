/* SPDX-License-Identifier: ISC */
#include "smime/x509/certcache.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "smime/lru.h"
#include "smime/x509/cert.h"

struct entry {
	struct lru_node node;
	X509 *cert; /* one count */
	uint8_t sha256[CERT_SHA256_LEN];
};

struct certcache {
	OSSL_LIB_CTX *libctx; /* borrowed */
	EVP_MD *md;	      /* owned */
	struct lru *entries;  /* owned */
};

/* Some of it is as good as all. */
static uint64_t
hash_of(const uint8_t sha256[CERT_SHA256_LEN])
{
	uint64_t hash;

	memcpy(&hash, sha256, sizeof(hash));
	return hash;
}

_Static_assert(offsetof(struct entry, node) == 0, "an entry is its node");

static bool
is_of(const struct lru_node *node, const void *sha256)
{
	return memcmp(((const struct entry *)node)->sha256, sha256,
		   CERT_SHA256_LEN) == 0;
}

static void
drop(struct lru_node *node)
{
	struct entry *entry = (struct entry *)node;

	X509_free(entry->cert);
	free(entry);
}

static bool
digest(const struct certcache *cache, const uint8_t *der, size_t len,
    uint8_t sha256_r[CERT_SHA256_LEN])
{
	bool done;

	ERR_set_mark();
	done = EVP_Digest(der, len, sha256_r, NULL, cache->md, NULL) == 1;
	ERR_pop_to_mark();
	return done;
}

/* Without memory it is parsed anew the next time. */
static void
keep(struct certcache *cache, const uint8_t sha256[CERT_SHA256_LEN], X509 *cert)
{
	struct entry *entry = malloc(sizeof(*entry));

	if (entry == NULL)
		return;
	X509_up_ref(cert);
	entry->cert = cert;
	memcpy(entry->sha256, sha256, CERT_SHA256_LEN);
	lru_add(cache->entries, hash_of(sha256), &entry->node);
}

struct certcache *
certcache_new(OSSL_LIB_CTX *libctx, size_t room)
{
	struct certcache *cache = calloc(1, sizeof(*cache));

	if (cache == NULL)
		return NULL;
	cache->libctx = libctx;
	cache->entries = lru_new(room, drop);
	cache->md = EVP_MD_fetch(libctx, "SHA256", NULL);
	if (cache->entries == NULL || cache->md == NULL) {
		certcache_free(cache);
		return NULL;
	}
	return cache;
}

X509 *
certcache_get1(struct certcache *cache, const uint8_t *der, size_t len)
{
	uint8_t sha256[CERT_SHA256_LEN];
	struct lru_node *node;
	X509 *cert;

	if (len > CERTCACHE_MAX_DER || !digest(cache, der, len, sha256))
		return cert_read(cache->libctx, der, len);
	node = lru_find(cache->entries, hash_of(sha256), is_of, sha256);
	if (node != NULL) {
		cert = ((struct entry *)node)->cert;
		X509_up_ref(cert);
		return cert;
	}
	cert = cert_read(cache->libctx, der, len);
	if (cert != NULL && cert_weight(der, len) <= CERTCACHE_MAX_WEIGHT)
		keep(cache, sha256, cert);
	return cert;
}

void
certcache_free(struct certcache *cache)
{
	if (cache == NULL)
		return;
	lru_free(cache->entries);
	EVP_MD_free(cache->md);
	free(cache);
}
