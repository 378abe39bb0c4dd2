/* SPDX-License-Identifier: ISC */
/*
 * constraint - do name constraints exclude an address, however it is written?
 *
 * OpenSSL compares what is in the certificate octet for octet, with domains as
 * U-labels.  Whoever looks for an author's address does not: quotes, the case
 * of letters and A-labels make no difference (mailbox.h).  So what is excluded
 * has to be looked for in the same way.
 *
 * Source   RFC 5280 4.2.1.10; RFC 9598 6
 * Threads  no state of its own
 */
#ifndef SMIME_TRUST_CONSTRAINT_H
#define SMIME_TRUST_CONSTRAINT_H

#include <openssl/x509v3.h>

#include "smime/reason.h"

/*
 * REASON_OK, REASON_NAME_CONSTRAINTS where one of the addresses of leaf is
 * excluded, or REASON_TEMP_NOMEM.
 */
enum reason constraint_check(const NAME_CONSTRAINTS *constraints, X509 *leaf);

#endif
