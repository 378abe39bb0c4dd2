/* SPDX-License-Identifier: ISC */
/*
 * store_cert - one certificate of a store, and what its file says about it
 *
 * Limits   a store STORE_MAX_CERTS of them
 * Threads  filled by one thread; any number may read it afterwards
 */
#ifndef SMIME_STORE_STORE_CERT_H
#define SMIME_STORE_STORE_CERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "smime/reason.h"
#include "smime/store/certraw.h"
#include "smime/x509/cert.h"

enum { STORE_MAX_CERTS = 100000 };

/* One certificate of the store, with what its file says about it. */
struct store_cert {
	X509 *cert; /* owned; its auxiliary trust is in verdict */
	uint8_t sha256[CERT_SHA256_LEN];
	enum cert_role role;
	/*
	 * REASON_OK when it may serve mail in its role, else
	 * REASON_ROOT_DISALLOWED (properties 104, 122, 128),
	 * REASON_ROOT_PURPOSE (property 9, or the aux trust of TRUSTED
	 * CERTIFICATE) or REASON_ROOT_CONSTRAINTS (property 84 that cannot
	 * be read, or two of them).  Intermediates and signers have one, too:
	 * a path through a certificate that is found here with another
	 * verdict than REASON_OK must be refused, even if the message
	 * brought it along.
	 */
	enum reason verdict;
	bool has_not_before; /* properties 126, 127: for mail */
	time_t not_before;   /* certificates issued from then on: no */
	size_t again;	     /* how often it was met after the first time */
	NAME_CONSTRAINTS *constraints; /* owned; property 84; may be NULL */
	char *friendly_name;	       /* owned; UTF-8; may be NULL */
	struct certraw *raw;	       /* owned; NULL unless store_keep_raw() */
};

#endif
