/* SPDX-License-Identifier: ISC */
/*
 * lint - what is wrong with a collection, before somebody relies on it
 *
 * Shape    A store, a time and whose rules to apply go in; findings come out,
 *          the gravest first, then by code, then in the order of the store.
 *          What has to leave the collection anyway (expired, disallowed, not
 *          for mail, no CA) is not examined further, and serves as issuer of
 *          nothing.
 * Source   Set-SmimeConfig: one expired certificate makes it refuse a file;
 *          Exchange Online trusts no signer whose CRL it cannot fetch;
 *          RFC 5280 4.2.1.3, 4.2.1.9, 4.2.1.12 and 4.2.1.13, RFC 8550 4.4
 * Units    seconds; days of 86400 of them
 * Threads  pure: any thread, at any time
 */
#ifndef MILTER_COLLECTION_LINT_H
#define MILTER_COLLECTION_LINT_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "smime/store/store.h"
#include "smime/trust/trust.h"

enum lint_severity {
	LINT_NOTICE,  /* worth knowing; no mail is judged otherwise for it */
	LINT_WARNING, /* some mail will not verify, or soon will not */
	LINT_ERROR,   /* refused, vouches for nobody, or tells a secret */
};
enum { LINT_SEVERITIES = 3 };

enum lint_code {
	LINT_EXPIRED,
	LINT_BAD_DATE,
	LINT_PRIVATE_KEY, /* in the file */
	LINT_NO_ROOT,
	LINT_EXPIRES_SOON,
	LINT_NOT_YET_VALID,
	LINT_ISSUER_MISSING,  /* of an intermediate */
	LINT_ROOT_MISSING,    /* of a listed signer */
	LINT_NOT_A_CA,	      /* but it issued one, or was meant to */
	LINT_DISALLOWED,      /* properties 104, 122, 128 */
	LINT_BAD_CONSTRAINTS, /* property 84 cannot be read */
	LINT_PURPOSE,	      /* property 9, extended key usage, key usage */
	LINT_WEAK_KEY,
	LINT_WEAK_SIGNATURE,
	LINT_NO_ADDRESS,      /* a listed signer without a mail address */
	LINT_CRL_UNREACHABLE, /* from the cloud */
	LINT_NO_CRL,	      /* it says nowhere where its CRL is */
	LINT_SKIPPED,	      /* elements that are no certificates */
	LINT_NOT_BEFORE,      /* properties 126, 127 */
	LINT_DUPLICATE,
	LINT_NOT_SST,
};
enum { LINT_CODES = LINT_NOT_SST + 1 };

/* What is checked; all borrowed. */
struct lint_input {
	const struct store *store;
	bool is_sst;	      /* in the form that Set-SmimeConfig takes */
	enum trust_mode mode; /* TRUST_LOCAL is as TRUST_EXCHANGE_2013_SP1 */
	time_t now;
	unsigned int days; /* how long before it expires to warn */
};

struct lint_finding {
	enum lint_code code;
	enum lint_severity severity;
	const struct store_cert *cert; /* borrowed from the store; NULL: all */
	char *detail; /* owned; ready to print (log_quote()); or NULL */
};

struct lint {
	struct lint_finding *findings; /* owned, count of them */
	size_t count;
	size_t by_severity[LINT_SEVERITIES];
	/* Which expires first, as Get-SmimeConfig shows; NULL: none can. */
	const struct store_cert *earliest; /* borrowed from the store */
	time_t expiry;			   /* of that one */
};

/*
 * Find all there is to find.  False only when out of memory; *lint_r is then
 * untouched.  Free with lint_done().  OpenSSL's error queue is left as found.
 */
bool lint_check(const struct lint_input *in, struct lint *lint_r);
void lint_done(struct lint *lint);

/* "expires-soon"; what it means; what to do: a sentence each, never NULL. */
const char *lint_token(enum lint_code code);
const char *lint_words(enum lint_code code);
const char *lint_cure(enum lint_code code);

/* "notice", "warning", "error". */
const char *lint_severity_word(enum lint_severity severity);

#endif
