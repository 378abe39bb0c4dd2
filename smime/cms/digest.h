/* SPDX-License-Identifier: ISC */
/*
 * digest - the signed octets, hashed once per algorithm as they stream by
 *
 * Shape    a chain of BIO_f_md filters that CMS_SignerInfo_verify_content()
 *          reads afterwards; and a copy of the first octets, so that a small
 *          message can be hashed again with a digest nobody announced
 * Source   RFC 1847 2.1 and RFC 8551 3.1.1: detached content is hashed with
 *          CRLF line ends, whatever ends its lines here
 * Threads  one thread at a time
 */
#ifndef SMIME_CMS_DIGEST_H
#define SMIME_CMS_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/bio.h>

#include "smime/x509/algo.h"

struct digest;

/* How line ends are treated. */
enum digest_form {
	DIGEST_AS_IS,
	DIGEST_CRLF, /* a LF without CR gets one */
};

/*
 * Begin.  Digests of the set that libctx does not offer are left out.  copy is
 * the number of octets kept.  NULL when out of memory or libcrypto fails.
 */
struct digest *digest_new(OSSL_LIB_CTX *libctx, algo_set set,
    enum digest_form form, size_t copy);

/* Hash some more.  A failure is remembered, see digest_is_good(). */
void digest_push(struct digest *digest, const uint8_t *octets, size_t len);

/* Nothing has failed so far. */
bool digest_is_good(struct digest *digest);

/*
 * Make sure that a digest is in the chain.  False when it is not, and the
 * content is larger than the copy, or libctx does not offer it.
 */
bool digest_require(struct digest *digest, enum algo algo);

/* The first octet hashed, or -1 when there was none. */
int digest_first_octet(const struct digest *digest);

/*
 * The digest of what was hashed so far, len octets of it: for a digest whose
 * length is not fixed, in a buffer of at least that length.  False when it is
 * not in the chain, has another length, or libcrypto fails.
 */
bool digest_value(struct digest *digest, enum algo algo, uint8_t *out,
    size_t len);

/* All that was hashed, or NULL when it is more than the copy holds. */
const uint8_t *digest_get0_copy(const struct digest *digest, size_t *len_r);

/* The chain; it stays the digest's. */
BIO *digest_get0_chain(struct digest *digest);

void digest_free(struct digest *digest);

#endif
