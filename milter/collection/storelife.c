/* SPDX-License-Identifier: ISC */
#include "milter/collection/storelife.h"

#include <stdio.h>
#include <stdlib.h>

/* False for a time that cannot be read: such a certificate counts as good. */
static bool
end_of(X509 *cert, time_t *end_r)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(X509_get0_notAfter(cert), &tm) != 1)
		return false;
	*end_r = timegm(&tm);
	return true;
}

static void
name_next(struct storelife *life, X509 *cert)
{
	uint8_t sha1[CERT_SHA1_LEN];

	life->next_subject = cert_name(X509_get_subject_name(cert));
	if (!cert_sha1(cert, sha1))
		return;
	for (size_t i = 0; i < sizeof(sha1); i++)
		snprintf(life->next_sha1 + 2 * i, 3, "%02X", sha1[i]);
}

void
storelife_read(const struct store *store, time_t now, struct storelife *life_r)
{
	struct storelife life = { .count = 0 };
	const struct store_cert *certs = NULL;
	X509 *next = NULL;
	time_t end;

	if (store != NULL)
		certs = store_certs(store, &life.count);
	for (size_t i = 0; i < life.count; i++) {
		if (!end_of(certs[i].cert, &end))
			continue;
		if (end < now) {
			life.expired++;
		} else if (!life.has_next || end < life.next) {
			life.has_next = true;
			life.next = end;
			next = certs[i].cert;
		}
	}
	if (next != NULL)
		name_next(&life, next);
	*life_r = life;
}

void
storelife_done(struct storelife *life)
{
	free(life->next_subject);
}
