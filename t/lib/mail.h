/* SPDX-License-Identifier: ISC */
/*
 * mail - signed messages made on the spot, and who may vouch for them
 *
 * Every function aborts the test program, with OpenSSL's reason on standard
 * error, rather than return a failure.  What they return lives until
 * mail_end(), the fixture that is to end each test.
 *
 * Shape    lines end with CRLF
 * Threads  one thread
 */
#ifndef T_LIB_MAIL_H
#define T_LIB_MAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "smime/smime.h"
#include "smime/store/store.h"

/* Octets of any kind, with a NUL behind them. */
struct octets {
	const char *at;
	size_t len;
};

/* As printf(). */
struct octets mail_print(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* A copy with the first of old replaced, which must be there. */
struct octets mail_replace(struct octets in, const char *old, const char *new);

/* A copy with the lowest bit of one octet changed. */
struct octets mail_flip(struct octets in, size_t at);

/* A copy with LF for each CRLF. */
struct octets mail_to_lf(struct octets in);

/* Where part begins in it; it must be there. */
size_t mail_find(struct octets in, const char *part);

/* One SignerInfo.  All but cert and key may be left zero. */
struct mail_signer {
	X509 *cert;
	EVP_PKEY *key;
	const char *md;	    /* NULL: "SHA256" */
	bool by_key_id;	    /* named by its subjectKeyIdentifier */
	bool no_attributes; /* no signed attributes */
	bool no_cert;	    /* its certificate is left out */
	bool pss;	    /* RSASSA-PSS */
	/* Change the signed attributes, which are then signed again. */
	void (*change)(CMS_SignerInfo *si);
};

enum mail_shape {
	MAIL_DETACHED,
	MAIL_OPAQUE,   /* DER */
	MAIL_STREAMED, /* opaque as well, in BER of indefinite length */
};

/* One SignedData. */
struct mail_cms {
	enum mail_shape shape;
	const struct mail_signer *signers; /* count of them, or NULL */
	size_t count;
	X509 *const *certs; /* added; the last one NULL; or NULL */
	const char *type;   /* eContentType; NULL: id-data */
};

/* The ContentInfo in DER or BER. */
struct octets mail_sign(const struct mail_cms *cms, struct octets content);

/* How a message is put together.  All of it may be left zero. */
struct mail_form {
	/* Complete lines of the message's header; NULL: From alice. */
	const char *fields;
	/* The parameters of multipart/signed; "" leaves one out. */
	const char *boundary; /* NULL: "b" */
	const char *micalg;   /* NULL: "sha-256" */
	const char *protocol; /* NULL: "application/pkcs7-signature" */
	/* Of the part that has the CMS; NULL: what suits, and base64. */
	const char *type;
	const char *cte;
};

/*
 * A multipart/signed; part is its first part, header and all, with CRLF or
 * LF.  mail_opaque() makes an application/pkcs7-mime.
 */
struct octets mail_detached(const struct mail_form *form, struct octets part,
    struct octets cms);
struct octets mail_opaque(const struct mail_form *form, struct octets cms);

/* Push a message into smime.  The header alone: where its body begins. */
void mail_push(struct smime *smime, struct octets mail);
size_t mail_push_header(struct smime *smime, struct octets mail);

/* One certificate of a store, with one property where id is not 0. */
struct mail_voucher {
	X509 *cert;
	uint32_t id;
	const void *value;
	size_t len;
};

/* A new store of them, up to the first without cert.  Caller unrefs it. */
struct store *mail_store(const struct mail_voucher *vouchers);

/* Free everything that was returned. */
void mail_end(void);

#endif
