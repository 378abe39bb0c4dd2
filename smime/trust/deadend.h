/* SPDX-License-Identifier: ISC */
/*
 * deadend - where a path ends that leads to nobody who may vouch
 *
 * Shape    a sentence that names the certificate that is missing, by subject
 *          and key identifier, or the root that no store lists
 * Limits   DEADEND_MAX_NAME octets of a name
 * Threads  no state of its own
 */
#ifndef SMIME_TRUST_DEADEND_H
#define SMIME_TRUST_DEADEND_H

#include <stdbool.h>

#include <openssl/x509.h>

enum { DEADEND_MAX_NAME = 300 };

/*
 * Does the chain end at the signer's own certificate, for want of the one of
 * its issuer?  chain may be NULL.
 */
bool deadend_is_at_signer(const STACK_OF(X509) *chain);

/* The sentence; the caller frees it.  NULL: no chain, or out of memory. */
char *deadend_words(const STACK_OF(X509) *chain);

#endif
