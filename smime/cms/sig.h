/* SPDX-License-Identifier: ISC */
/*
 * sig - CMS SignedData: its signers and the cryptographic facts, no trust
 *
 * Source   RFC 5652 5.3 to 5.6 and 11, RFC 8551 2.5 and 2.6, RFC 8933 3;
 *          RFC 8419 and RFC 9882 (keys that sign octets); where the
 *          attributes are present, RFC 5035 5.4 and RFC 6211 2
 * Limits   max_signers and max_certs of struct limits; for one signer
 *          SIG_MAX_TRIALS keys of the message, and as many that are known,
 *          each for the attributes as sent and, if that fails, sorted
 * Threads  one thread at a time
 */
#ifndef SMIME_CMS_SIG_H
#define SMIME_CMS_SIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <openssl/x509.h>

#include "smime/cms/attr.h"
#include "smime/cms/bag.h"
#include "smime/cms/digest.h"
#include "smime/reason.h"
#include "smime/rules.h"
#include "smime/x509/certcache.h"
#include "smime/x509/factcache.h"

enum { SIG_MAX_DIGEST = 64 };

enum { SIG_MAX_TRIALS = 8 };

/* One SignerInfo, as one certificate has it. */
struct signer {
	X509 *cert;	     /* owned; NULL when it was not found */
	struct facts *facts; /* of cert; one count owned; NULL: no memory */
	/*
	 * REASON_OK: the signature over the content verifies.  A reason that
	 * leads to fail: it does not.  Any other: it cannot be told.
	 */
	enum reason reason;
	enum reason weakness; /* of digest or key; REASON_OK: none */
	bool doubtful; /* no signed attributes, and content that may be some */
	enum attr_order order;	/* in which the signed attributes verify */
	unsigned long error;	/* OpenSSL's code; 0: none */
	const char *digest;	/* OpenSSL's long name; static; NULL: unknown */
	const char *signature;	/* likewise */
	size_t digest_strength; /* bits, algo_strength(); 0: unknown as well */
	bool has_signing_time;
	time_t signing_time;
	/* The messageDigest attribute; empty where there is none. */
	uint8_t message_digest[SIG_MAX_DIGEST];
	size_t message_digest_len;
	/*
	 * Certificates may share a key, and so its identifier: what else the
	 * SignerInfo may mean, alike but for what its certificate says.
	 */
	struct signer *others; /* owned, other_count of them; they have none */
	size_t other_count;
};

struct sig {
	enum reason reason;	/* REASON_OK: signers can be looked at */
	struct signer *signers; /* owned, count of them */
	size_t count;
	struct bag bag; /* owned; what the message brought */
};

/* What sig_check() works on; everything is borrowed. */
struct sig_input {
	OSSL_LIB_CTX *libctx;
	const struct limits *limits;
	const struct rules *rules;
	const struct budget *budget;
	const uint8_t *frame; /* a detached SignedData, len octets */
	size_t len;
	/* The certificates that it carries (bag.h); or NULL. */
	const uint8_t *certs;
	size_t certs_len;
	struct certcache *cache; /* to look them up in; or NULL */
	struct factcache *facts; /* likewise */
	struct digest *digest;	 /* of the content; NULL: only read the frame */
	algo_set listed;	 /* its digestAlgorithms */
	/* How many more keys the message may have tried; NULL: any number. */
	size_t *trials;
	/* To look for signers in, beside the message; or NULL. */
	STACK_OF(X509) *known;
};

/*
 * Verify every signer.  *sig_r is always filled; free with sig_done().
 * OpenSSL's error queue is left as found.
 */
void sig_check(const struct sig_input *in, struct sig *sig_r);

void sig_done(struct sig *sig);

#endif
