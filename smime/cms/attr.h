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

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/cms.h>
#include <openssl/x509.h>

#include "smime/reason.h"

/* How the attributes stood when their signature was found to hold. */
enum attr_order {
	ATTR_ORDER_UNKNOWN, /* there are none, or nothing held */
	ATTR_AS_SENT,
	ATTR_SORTED, /* as DER has a SET OF, but they came otherwise */
};

/* The attributes as they came, while others stand in their place. */
struct attr_sent;

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

/*
 * RFC 5652 5.4 has the DER encoding signed, and so a sorted one, whatever was
 * sent.  Put the attributes into that order until attr_unsort().  NULL when
 * they are in it already, one type is there twice, or memory is lacking;
 * *good_r is false only where they could not be left as they were, and then
 * nothing may be read of them any more.
 */
struct attr_sent *attr_sort(CMS_SignerInfo *si, bool *good_r);

/* Put them back as they came, and free sent.  False: as above. */
bool attr_unsort(CMS_SignerInfo *si, struct attr_sent *sent);

#endif
