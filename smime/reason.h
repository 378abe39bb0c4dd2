/* SPDX-License-Identifier: ISC */
/*
 * reason - every outcome a signature can have, one row each
 *
 * Room     The ground of smime/, which includes nothing of ours: beside reasons,
 *          rules.h (limits, and what is accepted), buf.h (octets up to a cap),
 *          lru.h (what all caches share), nomem.h (was memory lacking?).
 * Shape    A reason has a token (kebab-case, what headers, logs, JSON and
 *          rules use), the result word it leads to, the ActiveSync
 *          ValidateCert status it corresponds to, a sentence for people and
 *          a cure for whoever can mend it.
 * Source   result words: RFC 7281 3.1; ValidateCert: [MS-ASCMD] 2.2.3.177
 * Threads  constant tables: any thread, at any time
 */
#ifndef SMIME_REASON_H
#define SMIME_REASON_H

#include <stdbool.h>

/* From best to worst: the result of several is the greatest of them. */
enum result {
	RESULT_ABSENT,	  /* nothing can be said: encrypted, no method run */
	RESULT_NONE,	  /* the message carries no signature */
	RESULT_PASS,	  /* signed, and acceptable in every respect */
	RESULT_POLICY,	  /* correct, but not acceptable to this verifier */
	RESULT_NEUTRAL,	  /* signed, but cannot be processed */
	RESULT_TEMPERROR, /* a later try may tell */
	RESULT_PERMERROR, /* no later try will tell */
	RESULT_FAIL,	  /* signed, and a test failed */
};

enum reason {
	REASON_OK, /* pass */

	/* There is nothing to verify. */
	REASON_UNSIGNED,
	REASON_CERTS_ONLY,
	REASON_ENCRYPTED,

	/* Correct, but not acceptable here. */
	REASON_UNTRUSTED,
	REASON_INTERMEDIATE_MISSING,
	REASON_ROOT_DISALLOWED,
	REASON_ROOT_PURPOSE,
	REASON_ROOT_NOT_BEFORE,
	REASON_ROOT_CONSTRAINTS,
	REASON_MD5,
	REASON_SHA1,
	REASON_DSA,
	REASON_SHORT_KEY,
	REASON_NO_SIGNED_ATTRIBUTES,
	REASON_NO_FROM,
	REASON_FROM_AMBIGUOUS,
	REASON_FROM_DISPLAY_NAME,
	REASON_FROM_MISMATCH,
	REASON_PROTECTED_FROM,
	REASON_NO_ADDRESS,
	REASON_PARTIAL,

	/* Signed, but cannot be processed. */
	REASON_CMS_MALFORMED,
	REASON_CMS_TRAILING,
	REASON_CMS_TYPE,
	REASON_CONTENT_TYPE,
	REASON_NO_SIGNERS,
	REASON_NO_CONTENT,
	REASON_CONTENT_IN_DETACHED,
	REASON_COMPRESSED,
	REASON_TNEF,
	REASON_NOT_TWO_PARTS,
	REASON_PROTOCOL_MISMATCH,
	REASON_HEADER_AMBIGUOUS,
	REASON_BOUNDARY_AMBIGUOUS,
	REASON_UNTERMINATED,
	REASON_TRANSFER_ENCODING,

	/* A later try may tell. */
	REASON_TEMP_NOMEM,
	REASON_TEMP_CRYPTO,

	/* No later try will tell. */
	REASON_DIGEST_NOT_ANNOUNCED,
	REASON_SIGNER_MISSING,
	REASON_UNSUPPORTED_ALGORITHM,
	REASON_MESSAGE_TOO_LARGE,
	REASON_EXPANDED_TOO_LARGE,
	REASON_TOO_DEEP,
	REASON_TOO_MANY_PARTS,
	REASON_HEADER_TOO_LARGE,
	REASON_CMS_TOO_LARGE,
	REASON_KEY_TOO_LARGE,
	REASON_TOO_MANY_SIGNATURES,
	REASON_TOO_MANY_SIGNERS,
	REASON_TOO_MANY_CERTIFICATES,
	REASON_TOO_MANY_ADDRESSES,
	REASON_CHAIN_TOO_LONG,
	REASON_TOO_COSTLY,

	/* Signed, and a test failed. */
	REASON_DIGEST_MISMATCH,
	REASON_BAD_SIGNATURE,
	REASON_ATTRIBUTE_MISMATCH,
	REASON_EXPIRED,
	REASON_NOT_YET_VALID,
	REASON_CHAIN_SIGNATURE,
	REASON_KEY_PURPOSE,
	REASON_NOT_A_CA,
	REASON_PATH_LENGTH,
	REASON_NAME_CONSTRAINTS,
	REASON_CERTIFICATE_POLICY,
	REASON_CRITICAL_EXTENSION,
	REASON_CHAIN_INVALID,
	REASON_REVOKED,

	REASON_COUNT
};

/* "digest-mismatch".  Never NULL. */
const char *reason_token(enum reason reason);

/* The result word that this reason leads to. */
enum result reason_result(enum reason reason);

/* No path was found: untrusted, or for want of an intermediate. */
bool reason_is_no_path(enum reason reason);

/* [MS-ASCMD] status 1 to 17.  1 is good; 0 where none corresponds. */
int reason_validatecert(enum reason reason);

/* One sentence, without a full stop, that says what was found. */
const char *reason_words(enum reason reason);

/* One sentence that says who can mend it, and how. */
const char *reason_cure(enum reason reason);

/* "pass", "fail", ... as RFC 7281 spells it; NULL for RESULT_ABSENT. */
const char *result_word(enum result result);

/* The greater of two. */
enum result result_worse(enum result a, enum result b);

#endif
