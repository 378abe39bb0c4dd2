/* SPDX-License-Identifier: ISC */
/*
 * p7b - certificates without a signature, as SignedData in DER
 *
 * Shape    ContentInfo of SignedData, version 1, id-data without content, no
 *          digest algorithms, no signers.  The certificates keep their octets
 *          and their order, which a reader must not rely on: it is a SET OF.
 * Source   RFC 5652 5.1, RFC 8551 3.8
 * Threads  no state of its own: any thread, at any time
 */
#ifndef SMIME_STORE_P7B_H
#define SMIME_STORE_P7B_H

#include <stddef.h>

#include "smime/buf.h"
#include "smime/store/certraw.h"

/* Add the whole to out.  On failure there may be a part of it in out. */
enum buf_status p7b_write(struct buf *out, const struct certraw *const *certs,
    size_t count);

#endif
