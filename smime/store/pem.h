/* SPDX-License-Identifier: ISC */
/*
 * pem - certificates from PEM, DER and PKCS#7, told apart by content
 *
 * Shape    PEM blocks: CERTIFICATE, X509 CERTIFICATE, TRUSTED CERTIFICATE
 *          (DER and auxiliary trust), PKCS7, CMS, X509 CRL; a CERTIFICATE
 *          block that holds PKCS#7 is taken as such.  Private keys and other
 *          blocks are passed over, and their contents never shown.  Text
 *          around the blocks is free.
 *          DER: one certificate, or one ContentInfo with SignedData.  A
 *          private key in DER is passed over like one in PEM; so is PKCS#12.
 * Source   RFC 7468, RFC 5652 5.1, RFC 8551 3.8
 * Limits   the size of the input is the caller's to limit; nothing is
 *          allocated that is larger
 * Threads  no state of its own: any thread, at any time
 */
#ifndef SMIME_STORE_PEM_H
#define SMIME_STORE_PEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/x509.h>

#include "smime/buf.h"

enum pem_status {
	PEM_OK,
	PEM_NOMEM,   /* our trouble, or the sink wanted to stop */
	PEM_UTF16,   /* text in UTF-16, as PowerShell's ">" writes it */
	PEM_UNKNOWN, /* none of the formats, or a private key in DER */
	PEM_DAMAGED, /* a format by its beginning, but not readable */
};

enum pem_kind {
	PEM_CERT,   /* cert is set */
	PEM_CRL,    /* of no use here, but worth a count */
	PEM_KEY,    /* a private key, passed over like the others */
	PEM_PASSED, /* passed over; note says what it was */
};

struct pem_item {
	enum pem_kind kind;
	size_t line;	    /* of the BEGIN line, from 1; 0 in DER */
	X509 *cert;	    /* the sink's to free, with its auxiliary trust */
	const uint8_t *der; /* of the certificate alone; during the call */
	size_t len;
	const char *note;    /* "a private key"; a constant; else NULL */
	const char *subject; /* of what cannot be read, or NULL; likewise */
};

/* Takes one thing found.  False stops the reading with PEM_NOMEM. */
typedef bool pem_sink(void *arg, const struct pem_item *item);

/*
 * Read all of it.  sink may have been called before a status other than
 * PEM_OK comes: whoever wants all or nothing keeps what it took apart until
 * then.  *line_r (may be NULL) is set with PEM_DAMAGED: the line of the block
 * that cannot be read, 0 in DER.
 */
enum pem_status pem_read(OSSL_LIB_CTX *libctx, const uint8_t *octets,
    size_t len, pem_sink *sink, void *arg, size_t *line_r);

/* Add one CERTIFICATE block to out, lines of 64 characters. */
enum buf_status pem_write_cert(struct buf *out, const uint8_t *der, size_t len);

/* The reason, worded to follow "FILE: ". Never NULL. */
const char *pem_explain(enum pem_status status);

#endif
