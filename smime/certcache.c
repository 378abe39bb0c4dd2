/* SPDX-License-Identifier: ISC */
#include "certcache.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "cert.h"

enum { WAYS = 4 };

struct place {
	X509 *cert; /* one count; NULL: empty */
	uint64_t used;
	uint8_t sha256[CERT_SHA256_LEN];
};

struct certcache {
	OSSL_LIB_CTX *libctx; /* borrowed */
	EVP_MD *md;	      /* owned */
	struct place *places; /* owned; WAYS for each set */
	size_t sets;
	uint64_t clock; /* counts look-ups */
};

static struct place *
set_of(const struct certcache *cache, const uint8_t sha256[CERT_SHA256_LEN])
{
	uint64_t number;

	memcpy(&number, sha256, sizeof(number));
	return &cache->places[number % cache->sets * WAYS];
}

/* The place that has it, or else the one to put it. */
static struct place *
find_place(const struct certcache *cache, const uint8_t sha256[CERT_SHA256_LEN])
{
	struct place *set = set_of(cache, sha256);
	struct place *oldest = set;

	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].cert != NULL &&
		    memcmp(set[i].sha256, sha256, CERT_SHA256_LEN) == 0)
			return &set[i];
		if (set[i].used < oldest->used)
			oldest = &set[i];
	}
	return oldest;
}

static bool
hash(const struct certcache *cache, const uint8_t *der, size_t len,
    uint8_t sha256_r[CERT_SHA256_LEN])
{
	bool done;

	ERR_set_mark();
	done = EVP_Digest(der, len, sha256_r, NULL, cache->md, NULL) == 1;
	ERR_pop_to_mark();
	return done;
}

static void
put(struct place *place, const uint8_t sha256[CERT_SHA256_LEN], X509 *cert)
{
	X509_free(place->cert);
	X509_up_ref(cert);
	place->cert = cert;
	memcpy(place->sha256, sha256, CERT_SHA256_LEN);
}

struct certcache *
certcache_new(OSSL_LIB_CTX *libctx, size_t room)
{
	struct certcache *cache = calloc(1, sizeof(*cache));

	if (cache == NULL)
		return NULL;
	cache->libctx = libctx;
	cache->sets = room / WAYS + 1;
	cache->places = calloc(cache->sets * WAYS, sizeof(*cache->places));
	cache->md = EVP_MD_fetch(libctx, "SHA256", NULL);
	if (cache->places == NULL || cache->md == NULL) {
		certcache_free(cache);
		return NULL;
	}
	return cache;
}

X509 *
certcache_get1(struct certcache *cache, const uint8_t *der, size_t len)
{
	uint8_t sha256[CERT_SHA256_LEN];
	struct place *place;
	X509 *cert;

	if (len > CERTCACHE_MAX_DER || !hash(cache, der, len, sha256))
		return cert_read(cache->libctx, der, len);
	place = find_place(cache, sha256);
	if (place->cert == NULL ||
	    memcmp(place->sha256, sha256, CERT_SHA256_LEN) != 0) {
		cert = cert_read(cache->libctx, der, len);
		if (cert == NULL)
			return NULL;
		put(place, sha256, cert);
	} else {
		cert = place->cert;
		X509_up_ref(cert);
	}
	place->used = ++cache->clock;
	return cert;
}

void
certcache_free(struct certcache *cache)
{
	if (cache == NULL)
		return;
	for (size_t i = 0; cache->places != NULL && i < cache->sets * WAYS; i++)
		X509_free(cache->places[i].cert);
	free(cache->places);
	EVP_MD_free(cache->md);
	free(cache);
}
