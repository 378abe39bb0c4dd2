/* SPDX-License-Identifier: ISC */
/*
 * namesake - tell authorities apart that have one name
 *
 * Where a certificate names its issuer and no key of it, OpenSSL takes the
 * first authority of that name, and a path fails whose signature another of
 * them made.  Told to, it asks the signature as well.
 *
 * Source   RFC 5280 4.2.1.1: authorityKeyIdentifier may be absent
 * Limits   a path may cost NAMESAKE_MAX_CHECKS signature checks
 * Threads  no state of its own
 */
#ifndef SMIME_NAMESAKE_H
#define SMIME_NAMESAKE_H

#include <openssl/x509_vfy.h>

enum { NAMESAKE_MAX_CHECKS = 16 };

/* Let paths to the anchors of the store be built as below. */
void namesake_prepare(X509_STORE *anchors);

/*
 * Build this one path by signature; ctx has been initialised with such a
 * store.  *checks_left is counted down while the path is built; at 0 no more
 * issuers are found.
 */
void namesake_tell_apart(X509_STORE_CTX *ctx, unsigned int *checks_left);

#endif
