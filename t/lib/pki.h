/* SPDX-License-Identifier: ISC */
/*
 * pki - keys, certificates and collections made on the spot, for tests
 *
 * Every function aborts the test program, with OpenSSL's reason on standard
 * error, rather than return a failure.
 *
 * Threads  one thread
 */
#ifndef T_LIB_PKI_H
#define T_LIB_PKI_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

/* What a certificate says.  All members may be left zero. */
struct pki_cert {
	const char *cn;	      /* NULL: the subject has no commonName */
	const char *email_dn; /* emailAddress of the subject, or NULL */
	/*
	 * As in openssl.cnf, "basicConstraints=critical,CA:TRUE", the last one
	 * NULL.  NULL itself makes an X.509 v1 certificate.
	 */
	const char *const *extensions;
	const char *not_before; /* "20260101000000Z"; NULL: 2020 */
	const char *not_after;	/* NULL: 2040 */
	const char *md;		/* NULL: "SHA256"; Ed25519 takes none */
	long serial;		/* 0: a number not given out before */
};

/* A self-signed root, or an intermediate below one. */
extern const char *const pki_ca_extensions[];

/* digitalSignature, emailProtection, SAN email:alice@example.org */
extern const char *const pki_leaf_extensions_alice[];

/* A new key: "P-256", "RSA-2048" (any size) or "ED25519".  Caller frees. */
EVP_PKEY *pki_key(const char *kind);

/*
 * A certificate for key, signed by issuer_key in the name of issuer.  Both
 * are NULL for a self-signed one.  Caller frees.
 */
X509 *pki_make(const struct pki_cert *what, EVP_PKEY *key, X509 *issuer,
    EVP_PKEY *issuer_key);

/* A self-signed certificate of more than so many octets.  Caller frees. */
X509 *pki_make_large(size_t len, EVP_PKEY *key);

/* The DER in a block of exactly that size.  Caller frees with free(). */
uint8_t *pki_der(X509 *cert, size_t *len_r);

/* A serialized certificate store (SST) in the making, and then complete. */
struct pki_sst {
	uint8_t *octets; /* owned */
	size_t len;
};

/* Write the eight octets that every store begins with. */
void pki_sst_begin(struct pki_sst *sst);

/* A property of the certificate that comes next; any other element, too. */
void pki_sst_property(struct pki_sst *sst, uint32_t id, const void *octets,
    size_t len);

void pki_sst_cert(struct pki_sst *sst, X509 *cert);

/* Write the end element: octets[0..len) is then a whole store. */
void pki_sst_end(struct pki_sst *sst);

/* Free the octets. */
void pki_sst_done(struct pki_sst *sst);

#endif
