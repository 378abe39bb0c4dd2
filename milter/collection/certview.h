/* SPDX-License-Identifier: ISC */
/*
 * certview - what there is to tell about a certificate of a collection
 *
 * Source   whether it may vouch: the rules of trust.h, with the documented
 *          defaults for keys (rules.h)
 * Units    days count whole days, rounded down: -1 is less than one day ago
 * Threads  pure: any thread, at any time
 */
#ifndef MILTER_COLLECTION_CERTVIEW_H
#define MILTER_COLLECTION_CERTVIEW_H

#include <stdbool.h>
#include <time.h>

#include <jansson.h>

#include "smime/store/store.h"

enum certview_answer {
	CERTVIEW_NO,
	CERTVIEW_LIMITED, /* for some certificates: see why */
	CERTVIEW_YES,
};

struct certview {
	const struct store_cert *cert; /* borrowed from the store */
	char *subject, *issuer;	       /* owned; RFC 4514; from outside! */
	char *serial;		       /* owned; upper-case hex */
	char *key;		       /* owned; "RSA-2048" */
	char thumbprint[CERT_SHA1_LEN * 2 + 1]; /* as Windows shows it */
	char sha256[CERT_SHA256_LEN * 2 + 1];	/* lower-case hex */
	time_t not_before, not_after;
	long days_left;
	bool expired;
	bool for_mail; /* neither its file nor its own usages say otherwise */
	/* It may do for mail now what its role is for; else the reason. */
	bool serves;
	enum reason reason;
	enum certview_answer vouches; /* a path may end here */
	char why[200];		      /* a phrase for people */
};

/*
 * Describe a certificate of the store as of now.  False: out of memory.  Free
 * with certview_done().
 */
bool certview_init(struct certview *view_r, const struct store *store,
    const struct store_cert *cert, time_t now);
void certview_done(struct certview *view);

/*
 * Everything as an object: no key is ever missing, what is unknown or absent
 * is null.  NULL: out of memory.
 */
json_t *certview_json(const struct certview *view);

/* "root", "intermediate", "signer"; "yes", "limited", "no". */
const char *certview_role(enum cert_role role);
const char *certview_answer_word(enum certview_answer answer);

/* When its validity ends; the far future if that cannot be read. */
time_t certview_not_after(const X509 *cert);

/* "enabled": names of the purposes in DER, or NULL if they cannot be read. */
json_t *certview_purposes(const uint8_t *der, size_t len);

/* The name that wincrypt.h has for a property, or "unknown". */
const char *certview_property(uint32_t id);

#endif
