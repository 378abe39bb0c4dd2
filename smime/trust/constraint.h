/* SPDX-License-Identifier: ISC */
/*
 * constraint - name constraints, where OpenSSL does not look
 *
 * OpenSSL compares what is in the certificate octet for octet, with domains as
 * U-labels.  Whoever looks for an author's address does not: quotes, the case
 * of letters and A-labels make no difference (mailbox.h).  So what is excluded
 * has to be looked for in the same way.
 *
 * Nor does it know user principal names (otherName 1.3.6.1.4.1.311.20.2.3),
 * which the certificates of Windows have beside their addresses.
 *
 * Shape    a constraint on user principal names has the forms of one on
 *          addresses: "user@host", "host", "@host", ".domain", "" for all
 * Source   RFC 5280 4.2.1.10; RFC 9598 6
 * Threads  no state of its own
 */
#ifndef SMIME_TRUST_CONSTRAINT_H
#define SMIME_TRUST_CONSTRAINT_H

#include <stdbool.h>

#include <openssl/x509v3.h>

#include "smime/reason.h"

/*
 * REASON_OK, REASON_NAME_CONSTRAINTS where one of the addresses of leaf is
 * excluded, or REASON_TEMP_NOMEM.
 */
enum reason constraint_check(const NAME_CONSTRAINTS *constraints, X509 *leaf);

/* Has it subtrees of a form that OpenSSL cannot process? */
bool constraint_has_foreign(const NAME_CONSTRAINTS *constraints);

/*
 * For those: does what they constrain allow all names of cert?  A form that
 * nobody can process refuses a name of that form where the extension is
 * critical, and says nothing where it is not.  REASON_OK,
 * REASON_NAME_CONSTRAINTS or REASON_TEMP_NOMEM.
 */
enum reason constraint_check_foreign(const NAME_CONSTRAINTS *constraints,
    bool critical, X509 *cert);

#endif
