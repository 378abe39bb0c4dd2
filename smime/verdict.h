/* SPDX-License-Identifier: ISC */
/*
 * verdict - all there is to say about a message and its signatures
 *
 * Shape    five facts are stated apart for each signer (integrity, trust,
 *          identity, revocation, coverage), and then what they add up to
 * Source   RFC 7281 3; RFC 8550 3 (identity)
 * Threads  filled by one thread, then only read
 */
#ifndef SMIME_VERDICT_H
#define SMIME_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "smime/cms/attr.h"
#include "smime/reason.h"
#include "smime/trust/trust.h"

/* Five facts about one signature, judged apart. */
enum integrity { INTEGRITY_UNKNOWN, INTEGRITY_GOOD, INTEGRITY_BAD };
enum identity {
	IDENTITY_NONE, /* no From, or no address in the certificate */
	IDENTITY_MATCH,
	IDENTITY_ALIAS, /* accepted through signer-aliases; also a match */
	IDENTITY_MISMATCH,
	IDENTITY_AMBIGUOUS, /* not exactly one From mailbox */
};
enum revocation {
	REVOCATION_NOT_CHECKED,
	REVOCATION_GOOD,
	REVOCATION_UNKNOWN,
	REVOCATION_REVOKED,
};
enum coverage { COVERAGE_PARTIAL, COVERAGE_WHOLE };

/* One certificate of a path that holds.  All lives as long as the verdict. */
struct path_cert {
	const char *subject; /* RFC 4514 */
	const char *sha256;  /* of the DER, lower-case hex */
	time_t not_after;
	bool carried; /* the message brought it along */
	const uint8_t *der;
	size_t der_len;
};

/* One signer of one signed layer.  Strings live as long as the verdict. */
struct signature {
	const char *part; /* RFC 7281 3.2.1, such as "2" or "1/2" */
	bool outermost;	  /* a signer of the message's outermost layer */
	enum result result;
	enum reason reason;
	enum result mode_result[TRUST_MODES]; /* as each mode would have it */
	enum reason mode_reason[TRUST_MODES];
	enum trust_who mode_trust[TRUST_MODES]; /* of the path alone */

	enum integrity integrity;
	enum trust_who trust; /* of the path alone, in the mode in force */
	enum identity identity;
	enum revocation revocation;
	enum coverage coverage;

	/* NULL where unknown. */
	const char *identifier; /* the signer's mailbox */
	const char *issuer;	/* RFC 4514 */
	const char *serial;	/* upper-case hex */
	const char *subject;	/* RFC 4514 */
	const char *sha256;	/* of the certificate, lower-case hex */
	const char *digest;	/* "sha256" */
	const char *signature;	/* "rsaEncryption" */
	enum attr_order order;	/* in which the signed attributes verify */
	const char *key;	/* "RSA-2048" */
	/* As the certificate claims: nothing, unless somebody vouches for it. */
	unsigned int validation; /* bits of cert_validation() */
	size_t strength; /* bits of security of key and digest; 0: unknown */
	/* What the signature says that the content's digest is. */
	const uint8_t *message_digest;
	size_t message_digest_len;
	bool has_signing_time;
	time_t signing_time;	  /* as claimed by the signer */
	const char *anchor;	  /* RFC 4514 */
	const char *const *chain; /* RFC 4514, leaf first; chain_len of them */
	size_t chain_len;
	/*
	 * The path that holds, whatever the mode: that of the collection, else
	 * that of the local store.  Leaf first, path_len of them; none where
	 * path_by is TRUST_NONE, or without smime_want_path().
	 */
	enum trust_who path_by;
	const struct path_cert *path;
	size_t path_len;
	unsigned long openssl_error; /* 0: none */
	const char *detail;	     /* a sentence for people */
};

/* All there is to say about one message. */
struct verdict {
	enum result result;
	enum reason reason;
	enum coverage scope; /* whole: the outermost layer is the signature */
	bool encrypted;	     /* enveloped at the outermost layer */
	enum trust_mode mode;
	enum trust_who trust;
	enum result mode_result[TRUST_MODES];
	enum reason mode_reason[TRUST_MODES];
	const char *from;		    /* "local@domain", or NULL */
	const struct signature *signatures; /* outermost first */
	size_t signature_count;
};

#endif
