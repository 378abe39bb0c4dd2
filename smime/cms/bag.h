/* SPDX-License-Identifier: ISC */
/*
 * bag - the certificates that a message carries
 *
 * One that cannot be read is left out and named: nobody may need it.  Who does
 * will miss it.
 *
 * Shape    one element after the other, as sdata_certs() has them
 * Source   RFC 5652 10.2.2
 * Limits   max_certs of struct limits, those that are left out included; of
 *          more than BAG_MAX_CERT octets none is read
 * Threads  one thread at a time
 */
#ifndef SMIME_CMS_BAG_H
#define SMIME_CMS_BAG_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/x509.h>

#include "smime/reason.h"
#include "smime/x509/certcache.h"

enum { BAG_MAX_CERT = 32 * 1024 };

/*
 * How many octets the first element has, identifier and length included; 0:
 * there is none.
 */
size_t bag_element(const uint8_t *certs, size_t len);

struct bag {
	STACK_OF(X509) *certs; /* owned */
	/*
	 * Owned; words to follow a sentence, such as "certificate 2 that the
	 * message carries (CN=Old Root) cannot be read"; NULL: all were read.
	 */
	char *left_out;
};

/*
 * Read len octets of certificates, by way of the cache, or if that is NULL in
 * the library context.  *bag_r is always filled; free with bag_done().
 */
enum reason bag_read(OSSL_LIB_CTX *libctx, struct certcache *cache,
    const uint8_t *certs, size_t len, size_t max_certs, struct bag *bag_r);

void bag_done(struct bag *bag);

#endif
