/* SPDX-License-Identifier: ISC */
#include "smime/cms/bag.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/asn1.h>

#include "smime/buf.h"
#include "smime/x509/cert.h"

/* So many are named, each with so many octets of its subject. */
enum { MAX_NAMED = 3, MAX_SUBJECT = 200, MAX_WORDS = 320 };

/* What is left out, in words. */
struct words {
	struct buf text; /* terminated */
	size_t count;
};

__attribute__((format(printf, 2, 3))) static void
say(struct words *words, const char *format, ...)
{
	char text[MAX_WORDS];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (len > 0)
		buf_push(&words->text, text,
		    (size_t)len < sizeof(text) ? (size_t)len :
						 sizeof(text) - 1);
}

static void
leave_out(struct words *words, size_t number, const char *subject,
    const char *why)
{
	if (++words->count > MAX_NAMED)
		return;
	say(words, "%scertificate %zu that the message carries",
	    words->count > 1 ? "; " : "", number);
	if (subject != NULL)
		say(words, " (%.*s)", MAX_SUBJECT, subject);
	say(words, " %s", why);
}

/* Hands the text over; NULL where nothing is left out. */
static char *
end_words(struct words *words)
{
	if (words->count > MAX_NAMED)
		say(words, "; %zu more are left out as well",
		    words->count - MAX_NAMED);
	if (words->count > 0)
		buf_push(&words->text, "", 1);
	return (char *)words->text.data;
}

/* Names of a megabyte serve nobody, and are printed for every signer. */
static X509 *
read_one(OSSL_LIB_CTX *libctx, struct certcache *cache, const uint8_t *der,
    size_t len, size_t number, struct words *words)
{
	X509 *cert = NULL;
	char *subject;

	if (len > BAG_MAX_CERT) {
		leave_out(words, number, NULL, "is too large");
		return NULL;
	}
	cert = cache != NULL ? certcache_get1(cache, der, len) :
			       cert_read(libctx, der, len);
	if (cert != NULL)
		return cert;
	subject = cert_subject_of(der, len);
	leave_out(words, number, subject, "cannot be read");
	free(subject);
	return NULL;
}

size_t
bag_element(const uint8_t *certs, size_t len)
{
	enum { INVALID = 0x80 };
	const uint8_t *inside = certs;
	long inside_len;
	int tag, class;

	if ((ASN1_get_object(&inside, &inside_len, &tag, &class, (long)len) &
		INVALID) != 0)
		return 0;
	return (size_t)(inside - certs) + (size_t)inside_len;
}

enum reason
bag_read(OSSL_LIB_CTX *libctx, struct certcache *cache, const uint8_t *certs,
    size_t len, size_t max_certs, struct bag *bag_r)
{
	struct words words = { .count = 0 };
	enum reason reason = REASON_OK;
	size_t number = 0, one;
	X509 *cert;

	*bag_r = (struct bag){ .certs = sk_X509_new_null() };
	if (bag_r->certs == NULL)
		return REASON_TEMP_NOMEM;
	buf_init(&words.text, (MAX_NAMED + 1) * MAX_WORDS);
	for (; reason == REASON_OK && len > 0; certs += one, len -= one) {
		one = bag_element(certs, len);
		if (one == 0)
			reason = REASON_CMS_MALFORMED;
		else if (++number > max_certs)
			reason = REASON_TOO_MANY_CERTIFICATES;
		if (reason != REASON_OK)
			break;
		cert = read_one(libctx, cache, certs, one, number, &words);
		if (cert != NULL && sk_X509_push(bag_r->certs, cert) <= 0) {
			X509_free(cert);
			reason = REASON_TEMP_NOMEM;
		}
	}
	bag_r->left_out = end_words(&words);
	return reason;
}

void
bag_done(struct bag *bag)
{
	sk_X509_pop_free(bag->certs, X509_free);
	free(bag->left_out);
	*bag = (struct bag){ .certs = NULL };
}
