/* SPDX-License-Identifier: ISC */
/*
 * cert - facts of one certificate
 *
 * Room     cert reads one certificate, algo.h its key and signature; facts.h
 *          keeps what every mail asks of it, certcache.h and factcache.h both
 *          from mail to mail; ident.h compares its mailboxes with the author.
 * Source   RFC 5280 4.2, RFC 8550 3 and 4.4, RFC 9598 3; CA/B Forum S/MIME
 *          Baseline Requirements 7.1.6.1
 * Limits   CERT_MAX_MAILBOXES of one certificate, which is more than a
 *          certificate in a message has room for (bag.h)
 * Threads  a certificate may be read by any number of threads
 */
#ifndef SMIME_X509_CERT_H
#define SMIME_X509_CERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <openssl/x509.h>

#include "smime/mime/mailbox.h"

enum { CERT_SHA256_LEN = 32, CERT_SHA1_LEN = 20, CERT_MAX_MAILBOXES = 8192 };

/* The role a certificate can have in a collection. */
enum cert_role {
	CERT_ROLE_ANCHOR,	/* self-signed CA, v1 included */
	CERT_ROLE_INTERMEDIATE, /* any other CA */
	CERT_ROLE_SIGNER,	/* end entity: a known signer */
};

/* The mailboxes a certificate speaks for. */
struct mailboxes {
	struct mailbox *list; /* owned, count of them */
	size_t count;
	size_t room; /* of list */
	bool more;   /* there are further ones, left out */
};

/*
 * Parse exactly one DER certificate in the library context libctx (NULL for
 * the default one).  Returns NULL when der is not one, or is followed by
 * anything.  The caller frees it.  OpenSSL's error queue is left as found.
 */
X509 *cert_read(OSSL_LIB_CTX *libctx, const uint8_t *der, size_t len);

/*
 * The same for the content of a TRUSTED CERTIFICATE block: the certificate,
 * then OpenSSL's auxiliary trust, which may be absent.
 */
X509 *cert_read_trusted(OSSL_LIB_CTX *libctx, const uint8_t *der, size_t len);

/*
 * The subject (RFC 4514) of what looks like a certificate, though cert_read()
 * refuses it; NULL where none can be found.  For messages; the caller frees it.
 */
char *cert_subject_of(const uint8_t *der, size_t len);

/*
 * How many octets of memory the object of a DER certificate may take, from
 * above.  It depends on how many elements there are, not on how long they are:
 * an empty name is two octets, and an object of some hundred.
 */
size_t cert_weight(const uint8_t *der, size_t len);

/* The same for an object; SIZE_MAX when it is larger than max_der, or fails. */
size_t cert_weigh(const X509 *cert, size_t max_der);

/* SHA-256 and SHA-1 of the DER.  False when libcrypto fails. */
bool cert_sha256(const X509 *cert, uint8_t hash_r[CERT_SHA256_LEN]);
bool cert_sha1(const X509 *cert, uint8_t hash_r[CERT_SHA1_LEN]);

/*
 * The first and the last second of its validity.  False when one of them
 * cannot be read; both are then untouched.
 */
bool cert_validity(const X509 *cert, time_t *begin_r, time_t *end_r);

/* Self-issued and the signature verifies with its own key. */
bool cert_is_self_signed(X509 *cert);

/*
 * By its names, is cert issued by issuer?  Its authority key identifier may
 * speak against that, and is but a hint (RFC 5280 4.2.1.1, and 6.1 knows no
 * such test): an authority that was renewed is named by its older certificate.
 * Whether the signature verifies is not asked.
 */
enum cert_issuer {
	CERT_ISSUER_NO,
	CERT_ISSUER_CONTRADICTED, /* by the authority key identifier */
	CERT_ISSUER_LIKELY,
};
enum cert_issuer cert_issuer(X509 *cert, X509 *issuer);

/* It is, and the signature verifies, whatever the hint says. */
bool cert_is_issued_by(X509 *cert, X509 *issuer);

/*
 * A CA is what has cA TRUE in basicConstraints and may sign certificates, or
 * is a self-signed X.509 v1 certificate.  A v3 certificate without
 * basicConstraints is none, whatever its keyUsage (RFC 5280 4.2.1.9).
 */
enum cert_role cert_role(X509 *cert);

/*
 * The bit for the CA/B Forum's policy 2.23.140.1.5.LEVEL.GENERATION: level 1 is
 * mailbox-, 2 organization-, 3 sponsor- and 4 individual-validated; generation
 * 1 is legacy, 2 multipurpose and 3 strict.
 */
#define CERT_VALIDATION(level, generation)                                     \
	(1U << (3 * ((level)-1) + (generation)-1))

/* The bits of all such policies that the certificate claims. */
unsigned int cert_validation(X509 *cert);

/* The extended key usage lists anyExtendedKeyUsage (2.5.29.37.0). */
bool cert_has_any_purpose(X509 *cert);

/*
 * Mailboxes by RFC 8550 3: every rfc822Name and SmtpUTF8Mailbox of the
 * subjectAltName; the subject's emailAddress only where there is neither.
 * A value with a NUL, a control character or no single "@" is left out, as
 * is one that is not ASCII where RFC 5280 has IA5String.  A subjectAltName
 * that cannot be read leaves no mailbox at all.  False only when out of
 * memory; free with cert_mailboxes_done().
 */
bool cert_mailboxes(X509 *cert, struct mailboxes *mailboxes_r);
void cert_mailboxes_done(struct mailboxes *mailboxes);

/* RFC 4514, UTF-8.  The caller frees with free().  NULL: out of memory. */
char *cert_name(const X509_NAME *name);

/*
 * Upper-case hex, even number of digits, "-" before a negative one.  The
 * caller frees with free().  NULL: out of memory.
 */
char *cert_serial(const X509 *cert);

/*
 * "RSA-2048", "RSA-PSS-2048", "EC-P-256", "Ed25519", "DSA-1024", ...; "EC"
 * for a curve without a name, "unknown" for a key that cannot be read.  The
 * caller frees with free().  NULL: out of memory.
 */
char *cert_key(X509 *cert);

#endif
