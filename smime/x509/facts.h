/* SPDX-License-Identifier: ISC */
/*
 * facts - what is always the same about one certificate, found once
 *
 * To print names, to split addresses and to ask OpenSSL what a key is takes as
 * long as to verify a signature; the same few certificates sign most mail.
 *
 * Source   as cert.h and algo.h
 * Limits   CERT_MAX_MAILBOXES; names as long as the certificate has them
 * Threads  never changed once made; any number of threads may read it, and
 *          each keeps it alive with facts_ref()
 */
#ifndef SMIME_X509_FACTS_H
#define SMIME_X509_FACTS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include <openssl/x509.h>

#include "smime/reason.h"
#include "smime/rules.h"
#include "smime/x509/algo.h"
#include "smime/x509/cert.h"

enum { FACTS_HEX = 2 * CERT_SHA256_LEN + 1 };

struct facts {
	char *issuer;		    /* owned; cert_name() */
	char *subject;		    /* likewise */
	char *serial;		    /* owned; cert_serial() */
	char *key_name;		    /* owned; cert_key() */
	char sha256[FACTS_HEX];	    /* of the DER, lower-case hex */
	time_t not_after;	    /* 0: cannot be read */
	unsigned int validation;    /* cert_validation() */
	struct mailboxes mailboxes; /* owned */
	struct key_facts key;
	bool has_signature; /* what it was signed with can be read ... */
	int signature_nid;  /* ... and this is its digest; NID_undef: none */
	atomic_uint owners; /* for facts_ref() and facts_unref() only */
};

/* The caller owns one count.  NULL when out of memory. */
struct facts *facts_new(X509 *cert);

/* Return what they are given.  facts_unref() takes NULL. */
struct facts *facts_ref(struct facts *facts);
void facts_unref(struct facts *facts);

/* How many octets their strings and mailboxes take, from above. */
size_t facts_size(const struct facts *facts);

/*
 * Is its key too weak for the rules?  Or, with_signature, what its issuer
 * signed it with?  An anchor's own signature means nothing.  Returns REASON_OK
 * or why.
 */
enum reason facts_check(const struct facts *facts, const struct rules *rules,
    bool with_signature);

#endif
