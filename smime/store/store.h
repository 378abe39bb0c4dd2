/* SPDX-License-Identifier: ISC */
/*
 * store - certificates that may vouch, from files of any usual kind
 *
 * Room     sst.h or pem.h take a file apart; rootprog.h reads what it says of
 *          each certificate into a store_cert.h; certset.h has each once, and
 *          namesake.h lets paths try all that share a name; certraw.h keeps the
 *          octets for whoever writes them again, as p7b.h does.
 * Shape    SST, PEM (any number of blocks, TRUSTED CERTIFICATE and PKCS7
 *          included), one DER certificate, or DER PKCS#7 (.p7b, .p7c); told
 *          apart by content, never by name.  A folder is read file by file.
 * Source   formats: sst.h, pem.h; what a property means for mail:
 *          Microsoft's root program, read so that doubt refuses
 * Limits   a file 16 MiB; a store STORE_MAX_CERTS certificates
 * Threads  built by one thread; once built it is never changed, and any
 *          number of threads may read it.  The count of owners is atomic.
 */
#ifndef SMIME_STORE_STORE_H
#define SMIME_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/x509.h>

#include "smime/store/store_cert.h"

enum { STORE_MAX_FILE = 16 * 1024 * 1024 };

struct store;

/* Counts for a log line and a start-up check. */
struct store_counts {
	size_t anchors;	      /* that may vouch for mail */
	size_t refused;	      /* certificates that may not serve, of any role */
	size_t intermediates; /* that may serve */
	size_t signers;	      /* that may serve */
	size_t crls;
	size_t skipped;	     /* odd elements, one log line each */
	size_t private_keys; /* of those skipped */
	size_t duplicates;
};

/*
 * Told about each oddity that is passed over: "FILE: element 12 at 0x1f3:
 * not one DER certificate; skipped".  Must not keep the text.
 */
typedef void store_log(void *arg, const char *text);

/*
 * An empty store.  Its certificates will be parsed in libctx (NULL for the
 * default one), which must outlive it.  NULL: out of memory.  log may be NULL.
 */
struct store *store_new(OSSL_LIB_CTX *libctx, store_log *log, void *arg);

/*
 * Keep of each certificate that is added from now on what its file says,
 * octet for octet.  For those who write it again; the milter need not.
 */
void store_keep_raw(struct store *store);

/*
 * Add all of a file or folder, or nothing of it.  A certificate that is there
 * already is not added again, but the stricter of both verdicts holds.  A
 * file without any certificate is an error; in a folder, where files that are
 * none of the formats are passed over, a folder without any is.  On failure
 * returns false and sets *error_r to a line "PATH: what is wrong; what would
 * be right" that the caller frees (NULL: out of memory, in all likelihood).
 * Only before the store is shared.
 */
bool store_add_path(struct store *store, const char *path, char **error_r);

/* The same from memory; name is used in messages. */
bool store_add_octets(struct store *store, const char *name,
    const uint8_t *octets, size_t len, char **error_r);

/*
 * Every certificate, in the order of the files.  Borrowed from the store,
 * until the next store_add_...().
 */
const struct store_cert *store_certs(const struct store *store,
    size_t *count_r);

/* The certificate with that DER, by its SHA-256, or NULL. */
const struct store_cert *store_find(const struct store *store,
    const uint8_t sha256[CERT_SHA256_LEN]);

void store_count(const struct store *store, struct store_counts *counts_r);

/*
 * For path building, all borrowed from the store, until the next
 * store_add_...(), and ready to share.  Verdict REASON_OK, but for
 * store_get0_refused(): that holds the anchors with another one.
 */
X509_STORE *store_get0_anchors(const struct store *store);
X509_STORE *store_get0_refused(const struct store *store);
STACK_OF(X509) *store_get0_intermediates(const struct store *store);
STACK_OF(X509) *store_get0_signers(const struct store *store);

/* Count owners; the last store_unref() frees.  Both take NULL. */
struct store *store_ref(struct store *store);
void store_unref(struct store *store);

#endif
