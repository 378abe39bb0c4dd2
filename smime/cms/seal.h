/* SPDX-License-Identifier: ISC */
/*
 * seal - finds the signed layers of a message: what is signed, by what
 *
 * Room     seal finds a layer; sdata.h streams its SignedData, unzip.h its
 *          CompressedData, digest.h hashes what is signed.  At the end bag.h
 *          reads the certificates and sig.h verifies the signers, with attr.h
 *          for what attributes must say.
 * Shape    multipart/signed (RFC 1847): the first part is digested as it
 *          streams, the second is kept.  application/pkcs7-mime: the content
 *          is digested and scanned for further layers, the rest is kept.
 *          Compressed content is expanded and scanned as well.
 * Source   RFC 8551 3.4 to 3.10; RFC 9788 4 (protected header fields), with
 *          the Cryptographic Envelope of RFC 9787
 * Limits   struct limits; SEAL_MAX_NESTED layers around one that is digested,
 *          SEAL_MAX_DIGESTS announced digests that are computed, and
 *          SEAL_MAX_DIGESTS_WITHIN of them within another layer; max_cms is
 *          shared by all layers, of which each may have SEAL_MIN_CMS
 * Threads  one thread at a time
 */
#ifndef SMIME_CMS_SEAL_H
#define SMIME_CMS_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smime/cms/digest.h"
#include "smime/cms/sdata.h"
#include "smime/cms/unzip.h"
#include "smime/mime/entity.h"
#include "smime/mime/mailbox.h"
#include "smime/mime/mime.h"
#include "smime/reason.h"
#include "smime/rules.h"

enum {
	SEAL_MAX_NESTED = 4,
	SEAL_MAX_DIGESTS = 2,
	SEAL_MAX_DIGESTS_WITHIN = 1,
	SEAL_MIN_CMS = 64 * 1024,
};

struct seal;

/* What smime-type says; a hint that the content may contradict. */
enum layer_label {
	LABEL_NONE,
	LABEL_SIGNED,
	LABEL_ENVELOPED,
	LABEL_CERTS_ONLY,
};

/* One signed layer. */
struct layer {
	char part[MIME_PATH_MAX]; /* the part that contains the signature */
	bool outermost;		  /* it is the message's root */
	bool detached;
	bool ours; /* false: not a signature after all */
	enum layer_label label;
	enum reason reason;    /* structure; REASON_OK: sdata is whole */
	struct digest *digest; /* owned; NULL when there was no content */
	struct sdata *sdata; /* owned; NULL when there was no signature part */
	/* The From that the signed content says is its own (RFC 9788 4.4). */
	bool has_protected_from;
	bool protected_from_is_doubtful;
	struct mailbox protected_from; /* owned; NULLs when there is none */

	/* Where reading stands; for seal.c alone. */
	struct seal *seal;	/* borrowed */
	struct layer *envelope; /* borrowed; the outermost one, if around it */
	size_t depth;		/* levels of the message around the content */
	size_t around;		/* layers around this one */
	struct cte_decoder decoder;
	struct mime *inner; /* owned; scans the content of an opaque layer */
	struct unzip
	    *unzip; /* owned; expands the content of a compressed one */
};

/* limits is borrowed.  NULL when out of memory. */
struct seal *seal_new(OSSL_LIB_CTX *libctx, const struct limits *limits);

/*
 * Begin with the entity that the message's own header describes; what it
 * owns is taken over.  Returns false when no signature can be in the body.
 */
bool seal_begin(struct seal *seal, struct entity *root);

/* Some of the body. */
void seal_push(struct seal *seal, const uint8_t *octets, size_t len);

/* The body is complete. */
void seal_end(struct seal *seal);

/* The limit that was crossed or REASON_TEMP_NOMEM; REASON_OK: none. */
enum reason seal_status(const struct seal *seal);

/* The root is encrypted, so that nothing in it can be seen. */
bool seal_is_encrypted(const struct seal *seal);

/* There is a part in TNEF, in which a signature could not be seen. */
bool seal_has_tnef(const struct seal *seal);

/* The layers, in the order in which they begin.  They stay the seal's. */
size_t seal_count(const struct seal *seal);
struct layer *seal_layer(struct seal *seal, size_t index);

void seal_free(struct seal *seal);

#endif
