/* SPDX-License-Identifier: ISC */
/*
 * sdata - a streaming reader of CMS SignedData and CompressedData
 *
 * Octets of a ContentInfo go in as they come, in BER or DER.  The content
 * (eContent) goes out as it comes.  What is said of the signers is kept,
 * re-framed as a detached SignedData that d2i_CMS_ContentInfo() reads.  The
 * certificates are kept apart: those which are known need not be parsed again,
 * and one that nobody can read spoils nothing else.  CRLs are counted, and
 * certificates of other formats passed over.
 *
 * Shape    ContentInfo ::= SEQUENCE { OID, [0] { SEQUENCE {
 *              version, digestAlgorithms,
 *              SEQUENCE { OID, [0] { OCTET STRING } OPTIONAL },
 *              [0] certificates OPTIONAL, [1] crls OPTIONAL, signerInfos }}}
 *          Lengths may be definite or indefinite, and octet strings may be
 *          constructed, at every level.
 * Source   RFC 5652 3 and 5.1, RFC 3274 1.1, X.690 8.1 and 8.7
 * Limits   the octets kept are capped; SDATA_MAX_DEPTH levels
 * Threads  one thread at a time
 */
#ifndef SMIME_CMS_SDATA_H
#define SMIME_CMS_SDATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smime/reason.h"
#include "smime/x509/algo.h"

enum { SDATA_MAX_DEPTH = 32 };

/* What kind of ContentInfo it is, by its OID and by nothing else. */
enum sdata_kind {
	SDATA_UNKNOWN, /* not read so far, or none that we know */
	SDATA_SIGNED,
	SDATA_ENVELOPED, /* EnvelopedData, AuthEnvelopedData, EncryptedData */
	SDATA_COMPRESSED,
};

struct sdata;

struct sdata_sink {
	/*
	 * The content begins; these are the digestAlgorithms, 0: none.  Of
	 * CompressedData, the content is what the compression made.
	 */
	void (*begin)(void *arg, algo_set digests);
	void (*content)(void *arg, const uint8_t *octets, size_t len);
};

/* sink and arg are borrowed; cap is in octets.  NULL when out of memory. */
struct sdata *sdata_new(const struct sdata_sink *sink, void *arg, size_t cap);

/* Read some more.  After a failure nothing is read any more. */
void sdata_push(struct sdata *sdata, const uint8_t *octets, size_t len);

/*
 * All octets have come.  REASON_OK when they were exactly one ContentInfo;
 * otherwise what was wrong, a REASON_TEMP_ one included.
 */
enum reason sdata_end(struct sdata *sdata);

enum sdata_kind sdata_kind(const struct sdata *sdata);

/* There was an eContent, even an empty one. */
bool sdata_has_content(const struct sdata *sdata);

/* The digestAlgorithms that we know; valid as sdata_frame() is. */
algo_set sdata_digests(const struct sdata *sdata);

/*
 * The detached SignedData; only after sdata_end() said REASON_OK.  No octets
 * when the ContentInfo is of another kind.
 */
const uint8_t *sdata_frame(const struct sdata *sdata, size_t *len_r);

/*
 * The certificates that were cut out of it, one DER or BER element of definite
 * length after the other, whatever is inside.
 */
const uint8_t *sdata_certs(const struct sdata *sdata, size_t *len_r);

/* How many CRLs there were. */
size_t sdata_crl_count(const struct sdata *sdata);

/* How many octets are kept. */
size_t sdata_size(const struct sdata *sdata);

void sdata_free(struct sdata *sdata);

#endif
