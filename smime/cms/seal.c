/* SPDX-License-Identifier: ISC */
#include "smime/cms/seal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smime/mime/field.h"
#include "smime/mime/fold.h"
#include "smime/mime/from.h"

struct seal {
	OSSL_LIB_CTX *libctx;	      /* borrowed */
	const struct limits *limits;  /* borrowed */
	const struct mime_sink *sink; /* for the scanners of contents */
	struct layer message;	      /* what surrounds all layers; not one */
	struct mime *mime;	      /* owned; scans the message itself */
	size_t parts;		      /* of all scanners together */
	size_t max_expanded;	      /* of the next compressed layer */
	enum reason reason;
	bool encrypted;
	bool tnef;
	struct layer **layers; /* owned, count of them */
	size_t count;
	size_t room;
};

static void
fail(struct seal *seal, enum reason reason)
{
	if (seal->reason == REASON_OK)
		seal->reason = reason;
}

/* The first thing that is wrong with a layer is what is reported. */
static void
spoil(struct layer *layer, enum reason reason)
{
	if (layer->reason == REASON_OK)
		layer->reason = reason;
}

static void
layer_free(struct layer *layer)
{
	mime_free(layer->inner);
	unzip_free(layer->unzip);
	mailbox_done(&layer->protected_from);
	digest_free(layer->digest);
	sdata_free(layer->sdata);
	free(layer);
}

static bool
make_room(struct seal *seal)
{
	size_t room = seal->room == 0 ? 2 : seal->room * 2;
	struct layer **layers;

	if (seal->count < seal->room)
		return true;
	layers = realloc(seal->layers, room * sizeof(struct layer *));
	if (layers == NULL)
		return false;
	seal->layers = layers;
	seal->room = room;
	return true;
}

/*
 * The outermost layer, if this part is the root of its content, be it below
 * further layers (the Cryptographic Envelope of RFC 9787); else NULL.
 */
static struct layer *
layer_over(struct layer *within, const struct mime_part *part)
{
	const struct mime_part *parent = part->parent;
	const struct layer *layer = within;

	if (parent != NULL)
		layer =
		    parent->entity.media == MEDIA_SIGNED && part->index == 1 ?
		    parent->owner :
		    NULL;
	return layer != NULL ? layer->envelope : NULL;
}

/* A new layer, or NULL when there are too many or no memory is left. */
static struct layer *
add_layer(struct layer *within, struct mime_part *part)
{
	struct seal *seal = within->seal;
	struct layer *layer;

	if (seal->count >= seal->limits->max_signatures) {
		fail(seal, REASON_TOO_MANY_SIGNATURES);
		return NULL;
	}
	layer = calloc(1, sizeof(*layer));
	if (layer == NULL || !make_room(seal)) {
		free(layer);
		fail(seal, REASON_TEMP_NOMEM);
		return NULL;
	}
	layer->seal = seal;
	layer->ours = true;
	layer->outermost = within == &seal->message && part->parent == NULL;
	layer->envelope = layer->outermost ? layer : layer_over(within, part);
	layer->depth = within->depth;
	layer->around = within == &seal->message ? 0 : within->around + 1;
	for (; part != NULL; part = part->parent) {
		layer->depth++;
		if (part->parent != NULL && part->parent->owner != NULL)
			layer->around++;
	}
	if (layer->around > SEAL_MAX_NESTED)
		spoil(layer, REASON_TOO_DEEP);
	seal->layers[seal->count++] = layer;
	return layer;
}

static void
set_part(struct layer *layer, const char *path, const char *suffix)
{
	snprintf(layer->part, sizeof(layer->part), "%s%s", path, suffix);
}

static void
check_entity(struct layer *layer, const struct entity *entity)
{
	if (entity->ambiguous)
		spoil(layer, REASON_HEADER_AMBIGUOUS);
	else if (entity->cte == CTE_UNKNOWN)
		spoil(layer, REASON_TRANSFER_ENCODING);
}

/*
 * A list of every digest there is announces none.  Nor does a list within
 * another layer, as what is in all of them is hashed for each.
 */
static algo_set
worth_hashing(const struct layer *layer, algo_set announced)
{
	unsigned int most =
	    layer->around == 0 ? SEAL_MAX_DIGESTS : SEAL_MAX_DIGESTS_WITHIN;
	unsigned int count = 0;

	for (algo_set rest = announced; rest != 0; rest &= rest - 1)
		count++;
	return count >= 1 && count <= most ? announced : algo_usual();
}

/*
 * What micalg announces.  Programs that name SHA-1 or MD5 whatever they sign
 * with mean SHA-256.
 */
static algo_set
digests_of(const struct layer *layer, const struct entity *entity)
{
	const algo_set old = 1U << ALGO_MD5 | 1U << ALGO_SHA1;
	algo_set set =
	    entity->micalg == NULL ? 0 : algo_from_micalg(entity->micalg);

	if (layer->around == 0 && (set & ~old) == 0 && set != 0 && set != old)
		set |= 1U << ALGO_SHA256;
	return set;
}

static void
set_digest(struct layer *layer, algo_set set, enum digest_form form)
{
	struct seal *seal = layer->seal;

	layer->digest = digest_new(seal->libctx, worth_hashing(layer, set),
	    form, seal->limits->rehash);
	if (layer->digest == NULL)
		fail(seal, REASON_TEMP_NOMEM);
}

/* Each may have half of what the one before could, so all have twice that. */
static void
set_unzip(struct layer *layer)
{
	struct seal *seal = layer->seal;

	layer->unzip = unzip_new(seal->max_expanded, seal->limits->max_ratio);
	if (layer->unzip == NULL)
		fail(seal, REASON_TEMP_NOMEM);
	seal->max_expanded /= 2;
}

static void
begin_content(void *arg, algo_set digests)
{
	struct layer *layer = arg;

	if (layer->detached)
		return;
	if (sdata_kind(layer->sdata) == SDATA_SIGNED)
		set_digest(layer, digests, DIGEST_AS_IS);
	else
		set_unzip(layer);
}

static void
push_expanded(void *arg, const uint8_t *octets, size_t len)
{
	struct layer *layer = arg;

	mime_push(layer->inner, octets, len);
}

static void
push_content(void *arg, const uint8_t *octets, size_t len)
{
	struct layer *layer = arg;

	if (layer->unzip != NULL)
		unzip_push(layer->unzip, octets, len, push_expanded, layer);
	if (layer->detached || layer->digest == NULL)
		return;
	digest_push(layer->digest, octets, len);
	mime_push(layer->inner, octets, len);
}

static const struct sdata_sink sdata_sink = { begin_content, push_content };

/*
 * All layers share max_cms, so that many large ones cost no more than one; but
 * each may have what a signature usually needs.
 */
static size_t
room_for_cms(const struct seal *seal)
{
	size_t room = seal->limits->max_cms;
	size_t len;

	for (size_t i = 0; i < seal->count; i++) {
		if (seal->layers[i]->sdata == NULL)
			continue;
		len = sdata_size(seal->layers[i]->sdata);
		room -= len < room ? len : room;
	}
	if (room < SEAL_MIN_CMS)
		room = SEAL_MIN_CMS;
	return room < seal->limits->max_cms ? room : seal->limits->max_cms;
}

/* The part's body is SignedData, if it is what it seems to be. */
static enum mime_want
begin_sdata(struct layer *layer, struct mime_part *part)
{
	struct seal *seal = layer->seal;

	set_part(layer, part->path, "");
	check_entity(layer, &part->entity);
	layer->sdata = sdata_new(&sdata_sink, layer, room_for_cms(seal));
	if (layer->sdata == NULL) {
		fail(seal, REASON_TEMP_NOMEM);
		return MIME_NOTHING;
	}
	cte_init(&layer->decoder, part->entity.cte);
	part->owner = layer;
	return MIME_BODY;
}

static enum mime_want
begin_multipart_signed(struct layer *within, struct mime_part *part)
{
	const struct entity *entity = &part->entity;
	struct layer *layer = add_layer(within, part);
	size_t len = strlen(part->path);

	if (layer == NULL)
		return MIME_NOTHING;
	part->owner = layer;
	layer->detached = true;
	/* Where the signature is to be expected, should it never come. */
	set_part(layer, part->path,
	    len == 0 || part->path[len - 1] == '/' ? "2" : ".2");
	check_entity(layer, entity);
	/*
	 * RFC 2045 6.4: a multipart is not encoded.  Apple Mail says that it is
	 * quoted-printable, which means nothing there; base64 would leave no
	 * boundary to be seen.
	 */
	if (entity->cte != CTE_IDENTITY && entity->cte != CTE_QUOTED_PRINTABLE)
		spoil(layer, REASON_TRANSFER_ENCODING);
	if (layer->around > SEAL_MAX_NESTED)
		return MIME_NOTHING;
	set_digest(layer, digests_of(layer, entity), DIGEST_CRLF);
	return layer->digest != NULL ? MIME_FIRST : MIME_NOTHING;
}

/* "x-pkcs7-signature" and "pkcs7-signature" have always meant the same. */
static bool
is_signature_protocol(const char *protocol)
{
	return strcmp(protocol, "application/pkcs7-signature") == 0 ||
	    strcmp(protocol, "application/x-pkcs7-signature") == 0;
}

/* The second part of a multipart/signed. */
static enum mime_want
begin_signature(struct layer *layer, struct mime_part *part)
{
	const char *protocol = part->parent->entity.protocol;

	if (part->entity.media != MEDIA_PKCS7_SIGNATURE) {
		set_part(layer, part->path, "");
		spoil(layer, REASON_PROTOCOL_MISMATCH);
		/* By neither of its two signs is this S/MIME. */
		layer->ours =
		    protocol != NULL && is_signature_protocol(protocol);
		return MIME_NOTHING;
	}
	if (protocol != NULL && !is_signature_protocol(protocol))
		spoil(layer, REASON_PROTOCOL_MISMATCH);
	return begin_sdata(layer, part);
}

static enum layer_label
read_label(const char *smime_type)
{
	static const struct {
		const char *word;
		enum layer_label label;
	} labels[] = {
		{ "signed-data", LABEL_SIGNED },
		{ "enveloped-data", LABEL_ENVELOPED },
		{ "authenveloped-data", LABEL_ENVELOPED },
		{ "certs-only", LABEL_CERTS_ONLY },
	};

	for (size_t i = 0;
	     smime_type != NULL && i < sizeof(labels) / sizeof(labels[0]); i++)
		if (strcmp(smime_type, labels[i].word) == 0)
			return labels[i].label;
	return LABEL_NONE;
}

/* The content of an opaque layer is scanned for further layers. */
static struct mime *
new_inner(struct seal *seal, struct layer *layer, const char *path)
{
	struct mime_budget budget = { .depth = layer->depth,
		.parts = &seal->parts,
		.limits = seal->limits };
	char prefix[MIME_PATH_MAX];
	struct mime *inner;
	int len = snprintf(prefix, sizeof(prefix), "%s/", path);

	if (len < 0 || (size_t)len >= sizeof(prefix)) {
		fail(seal, REASON_TOO_DEEP);
		return NULL;
	}
	inner = mime_new(seal->sink, layer, prefix, &budget);
	if (inner == NULL)
		fail(seal, REASON_TEMP_NOMEM);
	return inner;
}

static enum mime_want
begin_opaque(struct layer *within, struct mime_part *part)
{
	struct layer *layer = add_layer(within, part);

	if (layer == NULL)
		return MIME_NOTHING;
	set_part(layer, part->path, "");
	if (layer->around > SEAL_MAX_NESTED)
		return MIME_NOTHING;
	layer->label = read_label(part->entity.smime_type);
	layer->inner = new_inner(within->seal, layer, part->path);
	return layer->inner != NULL ? begin_sdata(layer, part) : MIME_NOTHING;
}

/*
 * The layer that protects the header fields in this part's header: those of
 * the content's root (RFC 9788; older programs mark them in other ways, or not
 * at all), or of a message that is all of the content (RFC 8551 3.1).  A
 * forwarded message that is signed is none of these.
 */
static struct layer *
layer_protecting(struct layer *within, const struct mime_part *part)
{
	const struct mime_part *parent = part->parent;

	if (parent == NULL || parent->entity.media != MEDIA_MESSAGE)
		return layer_over(within, part);
	if (part->entity.media == MEDIA_SIGNED ||
	    part->entity.media == MEDIA_PKCS7_MIME)
		return NULL;
	return layer_over(within, parent);
}

/* Nobody can say which From a reader will show. */
static void
doubt_protected_from(struct layer *layer)
{
	layer->has_protected_from = true;
	layer->protected_from_is_doubtful = true;
}

/* Of several layers each may have one, if all are the same. */
static void
take_protected_from(struct layer *layer, const struct field *field)
{
	struct mailbox mailbox = { .local = NULL };

	if (from_read(field->value, field->value_len, &mailbox) != FROM_OK)
		doubt_protected_from(layer);
	else if (!layer->has_protected_from)
		layer->protected_from = mailbox;
	else if (layer->protected_from.local == NULL ||
	    !mailbox_equal(&layer->protected_from, &mailbox))
		doubt_protected_from(layer);
	layer->has_protected_from = true;
	if (layer->protected_from.local != mailbox.local)
		mailbox_done(&mailbox);
}

/* Where does word stand, whatever its case, at or after that place?  Or len. */
static size_t
find_word(const char *text, size_t len, size_t at, const char *word)
{
	struct field here = { .name_len = strlen(word) };

	for (; at + here.name_len <= len; at++) {
		here.name = text + at;
		if (field_is(&here, word))
			return at;
	}
	return len;
}

/* "From", white space or what passes for it, and a colon. */
static bool
mentions_from(const char *text, size_t len)
{
	static const char word[] = "From";
	size_t at = find_word(text, len, 0, word);

	while (at < len) {
		at += strlen(word);
		while (at < len &&
		    ((unsigned char)text[at] <= ' ' ||
			(unsigned char)text[at] >= 0x7f))
			at++;
		if (at < len && text[at] == ':')
			return true;
		at = find_word(text, len, at, word);
	}
	return false;
}

/* Could a reader take the part for a message, or find another one in it? */
static bool
may_be_message(const struct mime_part *part)
{
	const struct entity *entity = &part->entity;
	size_t len = part->header_len;

	if (entity->media == MEDIA_MESSAGE) /* RFC 2046 5.2.1: not encoded */
		return entity->cte != CTE_IDENTITY || entity->ambiguous;
	if (part->parent != NULL && part->parent->entity.media == MEDIA_MESSAGE)
		return len == 0; /* blank lines first, for some to skip */
	return entity->media == MEDIA_OTHER && entity->ambiguous &&
	    find_word(part->header, len, 0, "message") < len;
}

/* Readers may differ in where a field begins, but not about a From. */
static void
read_protected_from(struct layer *layer, const struct mime_part *part)
{
	struct field field;
	unsigned int froms = 0;
	bool odd = false;
	size_t at = 0;

	while (field_next(part->header, part->header_len, &at, &field, &odd)) {
		odd = odd || !fold_is_clean(field.value, field.value_len);
		if (!field_is(&field, "From"))
			continue;
		take_protected_from(layer, &field);
		if (++froms > 1)
			doubt_protected_from(layer);
	}
	if ((odd && mentions_from(part->header, part->header_len)) ||
	    may_be_message(part))
		doubt_protected_from(layer);
}

static enum mime_want
begin_part(void *arg, struct mime_part *part)
{
	struct layer *within = arg;
	const struct mime_part *parent = part->parent;
	struct layer *protecting = layer_protecting(within, part);

	if (protecting != NULL)
		read_protected_from(protecting, part);
	if (part->entity.media == MEDIA_TNEF)
		within->seal->tnef = true;
	if (parent != NULL && parent->entity.media == MEDIA_SIGNED &&
	    parent->owner != NULL && part->index == 2)
		return begin_signature(parent->owner, part);
	switch (part->entity.media) {
	case MEDIA_SIGNED:
		return begin_multipart_signed(within, part);
	case MEDIA_PKCS7_MIME:
	case MEDIA_PKCS7_SIGNATURE:
		return begin_opaque(within, part);
	case MEDIA_OTHER:
	case MEDIA_MULTIPART:
	case MEDIA_MESSAGE:
	case MEDIA_TNEF:
		break;
	}
	return MIME_NOTHING;
}

static void
push_first(void *arg, struct mime_part *part, const uint8_t *octets, size_t len)
{
	struct layer *layer = part->owner;

	(void)arg;
	digest_push(layer->digest, octets, len);
}

static void
push_decoded(void *arg, const uint8_t *octets, size_t len)
{
	struct layer *layer = arg;

	sdata_push(layer->sdata, octets, len);
}

static void
push_body(void *arg, struct mime_part *part, const uint8_t *octets, size_t len)
{
	struct layer *layer = part->owner;

	(void)arg;
	cte_push(&layer->decoder, octets, len, push_decoded, layer);
}

static void
end_multipart_signed(struct layer *layer, const struct mime_part *part)
{
	/* RFC 1847 2.1 */
	if (part->children != 2)
		spoil(layer, REASON_NOT_TWO_PARTS);
	if (part->ambiguous)
		spoil(layer, REASON_BOUNDARY_AMBIGUOUS);
	if (!part->closed)
		spoil(layer, REASON_UNTERMINATED);
}

/* What a part turns out to be, when it is not SignedData. */
static void
settle_other(struct layer *layer, enum reason status)
{
	enum sdata_kind kind = sdata_kind(layer->sdata);
	bool claimed = layer->detached || layer->label == LABEL_SIGNED;

	spoil(layer, status);
	if (layer->unzip != NULL)
		spoil(layer, unzip_end(layer->unzip));
	if (layer->reason == REASON_OK && !claimed)
		layer->ours = false; /* RFC 8551 3.10: S/MIME, not signed */
	if (kind == SDATA_ENVELOPED && layer->outermost && !claimed)
		layer->seal->encrypted = true;
	spoil(layer, REASON_CMS_TYPE);
}

static void
settle_signed(struct layer *layer, enum reason status)
{
	bool has_content = sdata_has_content(layer->sdata);

	spoil(layer, status);
	if (layer->label == LABEL_ENVELOPED ||
	    (layer->label == LABEL_CERTS_ONLY && has_content))
		spoil(layer, REASON_CMS_TYPE);
	if (layer->detached && has_content)
		spoil(layer, REASON_CONTENT_IN_DETACHED);
	if (!layer->detached && !has_content)
		spoil(layer, REASON_NO_CONTENT);
}

static void
end_sdata(struct layer *layer)
{
	enum reason status;

	cte_end(&layer->decoder, push_decoded, layer);
	status = sdata_end(layer->sdata);
	if (layer->inner != NULL && sdata_has_content(layer->sdata)) {
		mime_end(layer->inner);
		fail(layer->seal, mime_status(layer->inner));
	}
	if (sdata_kind(layer->sdata) == SDATA_SIGNED)
		settle_signed(layer, status);
	else
		settle_other(layer, status);
	/* RFC 2045 6.8: what is no base64 need not be passed over. */
	if (layer->decoder.damaged)
		spoil(layer, REASON_TRANSFER_ENCODING);
}

static void
end_part(void *arg, struct mime_part *part)
{
	struct layer *layer = part->owner;

	(void)arg;
	if (layer == NULL)
		return;
	if (part->entity.media == MEDIA_SIGNED)
		end_multipart_signed(layer, part);
	else
		end_sdata(layer);
}

static const struct mime_sink mime_sink = {
	.begin = begin_part,
	.first = push_first,
	.body = push_body,
	.end = end_part,
};

struct seal *
seal_new(OSSL_LIB_CTX *libctx, const struct limits *limits)
{
	struct seal *seal = calloc(1, sizeof(*seal));
	struct mime_budget budget = { .limits = limits };

	if (seal == NULL)
		return NULL;
	seal->libctx = libctx;
	seal->limits = limits;
	seal->sink = &mime_sink;
	seal->max_expanded = limits->max_expanded;
	seal->message.seal = seal;
	budget.parts = &seal->parts;
	seal->mime = mime_new(&mime_sink, &seal->message, "", &budget);
	if (seal->mime == NULL) {
		free(seal);
		return NULL;
	}
	return seal;
}

bool
seal_begin(struct seal *seal, struct entity *root)
{
	enum media media = root->media;

	mime_begin(seal->mime, root);
	return media != MEDIA_OTHER && media != MEDIA_TNEF;
}

void
seal_push(struct seal *seal, const uint8_t *octets, size_t len)
{
	mime_push(seal->mime, octets, len);
}

void
seal_end(struct seal *seal)
{
	mime_end(seal->mime);
	fail(seal, mime_status(seal->mime));
}

enum reason
seal_status(const struct seal *seal)
{
	return seal->reason;
}

bool
seal_is_encrypted(const struct seal *seal)
{
	return seal->encrypted;
}

bool
seal_has_tnef(const struct seal *seal)
{
	return seal->tnef;
}

size_t
seal_count(const struct seal *seal)
{
	return seal->count;
}

struct layer *
seal_layer(struct seal *seal, size_t index)
{
	return seal->layers[index];
}

void
seal_free(struct seal *seal)
{
	if (seal == NULL)
		return;
	mime_free(seal->mime);
	for (size_t i = 0; i < seal->count; i++)
		layer_free(seal->layers[i]);
	free(seal->layers);
	free(seal);
}
