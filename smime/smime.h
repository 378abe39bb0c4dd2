/* SPDX-License-Identifier: ISC */
/*
 * smime - the door: a message goes in once, in pieces; a verdict comes out
 *
 * Room     The top of smime/: smime feeds cms/ and hands each layer to judge.h,
 *          which asks cms/ for signers, trust/ for paths and x509/ who it is, and
 *          writes a verdict.h.  verifier.h is what one thread keeps between
 *          messages: a library context, and the caches.
 * Order    smime_new, smime_push_field..., smime_end_header,
 *          smime_push_body..., smime_finish..., smime_free.  Pieces may be cut
 *          anywhere.
 * Source   RFC 8551, RFC 8550, RFC 5652, RFC 1847; result words RFC 7281
 * Units    octets; times are seconds since 1970
 * Limits   struct limits; memory does not grow with the message
 * Threads  smime_init() once before any thread; a struct smime belongs to
 *          one thread at a time, and to one library context
 */
#ifndef SMIME_SMIME_H
#define SMIME_SMIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <openssl/types.h>

#include "smime/rules.h"
#include "smime/trust/trust.h"
#include "smime/verdict.h"
#include "smime/verifier.h"

struct smime;

/*
 * Prepare the libraries this one stands on.  Once per process, before OpenSSL
 * is used: later its lack of memory can no longer be told from bad input.
 */
void smime_init(void);

/*
 * Begin a message.  libctx (NULL: the default one) is used for all of its
 * cryptography and must outlive it; limits and rules are copied.  NULL when
 * out of memory.
 */
struct smime *smime_new(OSSL_LIB_CTX *libctx, const struct limits *limits,
    const struct rules *rules);

/* What may be spent on the message, beside its limits; copied. */
void smime_set_budget(struct smime *smime, const struct budget *budget);

/*
 * Have the message judged with what the verifier knows; it is borrowed until
 * smime_finish() returns.  Without one nothing is remembered.
 */
void smime_set_verifier(struct smime *smime, struct verifier *verifier);

/*
 * Have the verdict describe the certificates of the path that holds; their
 * fingerprints take longer than all else that is said of a signature.
 */
void smime_want_path(struct smime *smime);

/*
 * One field of the message's own header, in order.  The value is as it came
 * after the colon, folded with LF or CRLF, with or without the leading space.
 */
void smime_push_field(struct smime *smime, const char *name, size_t name_len,
    const char *value, size_t value_len);

/*
 * The header is complete.  Returns false when the message cannot be signed,
 * so that its body need not be pushed; pushing it does no harm.
 */
bool smime_end_header(struct smime *smime);

/* Some of the body.  Line ends may be CRLF or LF. */
void smime_push_body(struct smime *smime, const uint8_t *octets, size_t len);

/*
 * The message is complete: judge it, under trust at the time now.  It may be
 * judged again under another trust.  Returns a verdict that lives as long as
 * smime; never NULL.
 */
const struct verdict *smime_finish(struct smime *smime, struct trust *trust,
    time_t now);

/* Takes NULL and messages that were never finished. */
void smime_free(struct smime *smime);

#endif
