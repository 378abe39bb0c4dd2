/* SPDX-License-Identifier: ISC */
#include "milter/collection/storelog.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/crypto.h>

#include "milter/log/log.h"
#include "smime/store/store.h"

enum { DAY = 24 * 60 * 60 };

/* A certificate, and when it ends. */
struct end {
	time_t when;
	const struct store_cert *cert;
};

/* "0123...CDEF \"CN=...\"", cut at size. */
static const char *
describe(const struct store_cert *cert, char *out, size_t size)
{
	char thumbprint[2 * CERT_SHA1_LEN + 1] = "unknown";
	char quoted[400];
	uint8_t hash[CERT_SHA1_LEN];
	char *name = cert_name(X509_get_subject_name(cert->cert));

	if (cert_sha1(cert->cert, hash))
		OPENSSL_buf2hexstr_ex(thumbprint, sizeof(thumbprint), NULL,
		    hash, sizeof(hash), '\0');
	snprintf(out, size, "%s %s", thumbprint,
	    log_quote(quoted, sizeof(quoted), name));
	free(name);
	return out;
}

/* A store that is NULL has nothing. */
static const struct store_cert *
certs_of(const struct store *store, size_t *count_r)
{
	*count_r = 0;
	return store == NULL ? NULL : store_certs(store, count_r);
}

/* Log what is in one store and not in the other. */
static void
log_missing(const char *which, const char *done, const struct store *from,
    const struct store *in)
{
	const struct store_cert *certs;
	size_t count, found = 0;
	char text[500];

	certs = certs_of(from, &count);
	for (size_t i = 0; i < count; i++) {
		if (in != NULL && store_find(in, certs[i].sha256) != NULL)
			continue;
		if (found++ < STORELOG_MAX)
			log_line(LOG_INFO, "%s: %s %s", which, done,
			    describe(&certs[i], text, sizeof(text)));
	}
	if (found > STORELOG_MAX)
		log_line(LOG_INFO, "%s: %s %zu more", which, done,
		    found - STORELOG_MAX);
}

static void
log_changes(const char *which, const struct store *before,
    const struct store *after)
{
	if (before == after)
		return;
	log_missing(which, "added", after, before);
	log_missing(which, "removed", before, after);
}

static int
compare_ends(const void *a, const void *b)
{
	const struct end *x = a, *y = b;

	if (x->when != y->when)
		return x->when < y->when ? -1 : 1;
	return (x->cert > y->cert) - (x->cert < y->cert);
}

/* Those that end up to then, sorted.  NULL: none, or out of memory. */
static struct end *
find_ends(const struct store *store, time_t until, size_t *count_r)
{
	const struct store_cert *certs;
	size_t all, count = 0;
	struct end *ends;
	time_t begin, end;

	certs = certs_of(store, &all);
	ends = calloc(all + 1, sizeof(*ends));
	for (size_t i = 0; ends != NULL && i < all; i++)
		if (cert_validity(certs[i].cert, &begin, &end) && end <= until)
			ends[count++] =
			    (struct end){ .when = end, .cert = &certs[i] };
	if (count > 0)
		qsort(ends, count, sizeof(*ends), compare_ends);
	*count_r = count;
	return ends;
}

static void
log_end(const struct end *end, time_t now)
{
	long long days = (long long)(end->when - now) / DAY;
	char text[500], date[LOG_DATE];

	log_line(LOG_WARNING, "collection: expires on %s, in %lld day%s: %s",
	    log_date(date, end->when), days, days == 1 ? "" : "s",
	    describe(end->cert, text, sizeof(text)));
}

void
storelog_changes(const struct trust *before, const struct trust *after)
{
	log_changes("collection", trust_get0_collection(before),
	    trust_get0_collection(after));
	log_changes("local store", trust_get0_local(before),
	    trust_get0_local(after));
}

void
storelog_expiry(const struct trust *trust, time_t now, size_t days)
{
	struct end *ends;
	size_t count, expired = 0;

	if (days == 0)
		return;
	ends = find_ends(trust_get0_collection(trust), now + (time_t)days * DAY,
	    &count);
	if (ends == NULL)
		return;
	while (expired < count && ends[expired].when <= now)
		expired++;
	for (size_t i = expired; i < count && i < expired + STORELOG_MAX; i++)
		log_end(&ends[i], now);
	if (count - expired > STORELOG_MAX)
		log_line(LOG_WARNING,
		    "collection: %zu more expire within %zu days",
		    count - expired - STORELOG_MAX, days);
	if (expired > 0)
		log_line(LOG_WARNING,
		    "collection: %zu certificate%s expired; smimectl "
		    "collection lint names them",
		    expired, expired == 1 ? " has" : "s have");
	free(ends);
}
