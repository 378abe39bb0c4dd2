/* SPDX-License-Identifier: ISC */
/*
 * namesake - try one after another the authorities that have one name
 *
 * OpenSSL takes the first certificate that may have issued another, and stays
 * with it.  An authority may have several, from different issuers and with
 * different limits, and two authorities may have one name: so a path that
 * fails may be the wrong one.  What was tried is then passed over, from the
 * anchor down, until no path is left.
 *
 * Source   RFC 8550 4.4.1: several certificates of one name and key;
 *          RFC 5280 4.2.1.1: authorityKeyIdentifier may be absent, and where it
 *          is not it is a hint
 * Limits   NAMESAKE_MAX_TRIES for one path, and what the caller has left for
 *          all paths of a message
 * Threads  no state of its own
 */
#ifndef SMIME_STORE_NAMESAKE_H
#define SMIME_STORE_NAMESAKE_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/x509_vfy.h>

enum { NAMESAKE_MAX_TRIES = 48, NAMESAKE_MAX_OF_MESSAGE = 256 };

/* What one path has passed over: one authority as the issuer of another. */
struct namesakes {
	/*
	 * Whether authorities count that the authority key identifier speaks
	 * against (cert.h), and whether one was met that did not.
	 */
	bool loose, contradicted;
	struct {
		X509 *cert;   /* one count, and of the next */
		X509 *issuer; /* but not of that cert */
		int depth;    /* where in the path the issuer was */
	} passed[NAMESAKE_MAX_TRIES];
	size_t count;
	unsigned int tries; /* so far */
	unsigned int *left; /* how often the message may be tried anew */
};

enum namesake_next {
	NAMESAKE_NEXT,	     /* another path may be there */
	NAMESAKE_NONE,	     /* all have been tried */
	NAMESAKE_TOO_COSTLY, /* not all, but enough */
	NAMESAKE_NOMEM
};

/* Let paths to the anchors of the store be built as below. */
void namesake_prepare(X509_STORE *anchors);

/*
 * Pass over in this one path what the namesakes say; ctx has been initialised
 * with such a store.  They are borrowed.
 */
void namesake_pass_over(X509_STORE_CTX *ctx, struct namesakes *namesakes);

/*
 * A path failed; chain is as far as it came.  Is there another one, with the
 * helpers or to the anchors?  Then namesake_pass_over() leads there.
 */
enum namesake_next namesake_next(struct namesakes *namesakes,
    const STACK_OF(X509) *chain, const STACK_OF(X509) *helpers,
    X509_STORE *anchors);

/*
 * From now on count those that the authority key identifier speaks against, and
 * begin anew.  False: there are none, so that no other path is to be expected.
 */
bool namesake_loosen(struct namesakes *namesakes);

void namesake_done(struct namesakes *namesakes);

#endif
