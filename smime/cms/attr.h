/* SPDX-License-Identifier: ISC */
/*
 * attr - what signed attributes must say, where OpenSSL does not look
 *
 * Source   RFC 5652 5.3 and 11.1 (contentType), RFC 5035 3 and 4
 *          (signingCertificate, V2), RFC 6211 (CMSAlgorithmProtection),
 *          RFC 8551 2.5 (each attribute once)
 * Threads  one thread at a time
 */
#ifndef SMIME_CMS_ATTR_H
#define SMIME_CMS_ATTR_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/cms.h>
#include <openssl/x509.h>

#include "smime/reason.h"

/*
 * Check what the signed attributes of a SignerInfo, which must have some, say
 * about its content, its algorithms and its signer's certificate.
 */
enum reason attr_check(CMS_SignerInfo *si, const X509 *cert);

/*
 * The octets that are signed: the attributes as a SET OF (RFC 5652 5.4), in
 * the order in which they came.  The caller frees with free().  NULL: out of
 * memory, or there are none.
 */
uint8_t *attr_encode(CMS_SignerInfo *si, size_t *len_r);

#endif
