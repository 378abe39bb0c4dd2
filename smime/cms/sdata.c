/* SPDX-License-Identifier: ISC */
#include "smime/cms/sdata.h"

#include <stdlib.h>
#include <string.h>

#include "smime/buf.h"

enum {
	TAG_EOC = 0x00,
	TAG_INTEGER = 0x02,
	TAG_OCTETS = 0x04,
	TAG_OID = 0x06,
	TAG_SEQUENCE = 0x30,
	TAG_SET = 0x31,
	TAG_OCTETS_CONSTRUCTED = 0x24,
	TAG_CONTEXT_0 = 0xa0,
	TAG_CONTEXT_1 = 0xa1,
	CONSTRUCTED = 0x20,
	TAG_NUMBER = 0x1f,
	INDEFINITE = 0x80,

	/* Identifier, length of the length, and up to 8 octets of length. */
	HEAD_MAX = 10,
	/* The same for a length that is not known yet. */
	LATE_HEAD = 6,
	OID_MAX = 32,
};

/* What the children of an open element are. */
enum role {
	ROLE_TOP,	   /* one ContentInfo */
	ROLE_CONTENT_INFO, /* contentType, content */
	ROLE_CONTENT,	   /* one SignedData or CompressedData */
	ROLE_SIGNED_DATA,  /* version, digestAlgorithms, ... */
	ROLE_COMPRESSED,   /* version, algorithm, encapContentInfo */
	ROLE_ENCAP,	   /* eContentType, eContent */
	ROLE_EXPLICIT,	   /* one OCTET STRING */
	ROLE_OCTETS,	   /* pieces of an OCTET STRING */
	ROLE_CERTS,	   /* certificates, cut out one by one */
	ROLE_CERT,	   /* the inside of one of indefinite length */
	ROLE_CERT_INSIDE,  /* further in; kept with its head */
	ROLE_CRLS,	   /* counted, and dropped */
	ROLE_KEEP,	   /* anything; kept with its head */
	ROLE_DROP,	   /* anything; not kept */
};

/* What is done with the octets of a primitive element. */
enum use {
	USE_KEEP,
	USE_CERT,
	USE_CONTENT,
	USE_NOTHING,
	USE_TYPE, /* the contentType OID */
};

struct level {
	enum role role;
	bool indefinite;
	uint64_t end;	    /* position; of the nearest definite level */
	unsigned int child; /* how many have begun */
	uint8_t tag;	    /* of the last child */
};

struct sdata {
	const struct sdata_sink *sink; /* borrowed */
	void *arg;		       /* borrowed */
	enum sdata_kind kind;
	enum reason reason;
	bool ended;    /* the ContentInfo is complete */
	bool trailing; /* something but a line end came after it */
	bool has_content;
	bool ignored; /* not SignedData: the rest is not read */

	uint64_t at; /* octets read */
	struct level levels[SDATA_MAX_DEPTH];
	size_t depth; /* levels[depth - 1] is the innermost */

	uint8_t head[HEAD_MAX];
	size_t head_len;
	enum use use;
	uint64_t left; /* of the primitive element that is open */
	uint8_t type[OID_MAX];
	size_t type_len;

	size_t digests_at;  /* digestAlgorithms in frame: from here */
	size_t digests_end; /* ... to here */
	size_t room;	    /* for the frame and the certificates together */
	size_t cert_at;	    /* in certs: one of indefinite length, from here */
	size_t crls;
	struct buf frame;
	struct buf certs; /* elements of definite length, one by one */
};

/* The head of one element, taken apart. */
struct head {
	uint8_t tag;
	bool indefinite;
	uint64_t len;
};

/* ContentInfo { signedData, [0] { SEQUENCE {, all of indefinite length. */
static const uint8_t frame_begin[] = { TAG_SEQUENCE, INDEFINITE, TAG_OID, 9,
	0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02, TAG_CONTEXT_0,
	INDEFINITE, TAG_SEQUENCE, INDEFINITE };
static const uint8_t frame_end[] = { 0, 0, 0, 0, 0, 0 };
static const uint8_t encap_begin[] = { TAG_SEQUENCE, INDEFINITE };

/* The end of contents of one level of indefinite length. */
static const uint8_t eoc[] = { 0, 0 };

static const struct {
	enum sdata_kind kind;
	uint8_t len;
	uint8_t oid[12];
} types[] = {
	/* RFC 5652: 1.2.840.113549.1.7.2, .3 and .6 */
	{ SDATA_SIGNED, 9,
	    { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02 } },
	{ SDATA_ENVELOPED, 9,
	    { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x03 } },
	{ SDATA_ENVELOPED, 9,
	    { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x06 } },
	/* RFC 5083: 1.2.840.113549.1.9.16.1.23; RFC 3274: ...1.9 */
	{ SDATA_ENVELOPED, 11,
	    { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01,
		0x17 } },
	{ SDATA_COMPRESSED, 11,
	    { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01,
		0x09 } },
};

algo_set
sdata_digests(const struct sdata *sdata)
{
	if (sdata->digests_end == 0) /* it has not come that far */
		return 0;
	return algo_from_der(sdata->frame.data + sdata->digests_at,
	    sdata->digests_end - sdata->digests_at);
}

static void
fail(struct sdata *sdata, enum reason reason)
{
	if (sdata->reason == REASON_OK)
		sdata->reason = reason;
}

static void
keep_in(struct sdata *sdata, struct buf *buf, const void *octets, size_t len)
{
	if (len > sdata->room) {
		fail(sdata, REASON_CMS_TOO_LARGE);
		return;
	}
	switch (buf_push(buf, octets, len)) {
	case BUF_OK:
		sdata->room -= len;
		break;
	case BUF_FULL:
		fail(sdata, REASON_CMS_TOO_LARGE);
		break;
	case BUF_NOMEM:
		fail(sdata, REASON_TEMP_NOMEM);
		break;
	}
}

static void
keep(struct sdata *sdata, const void *octets, size_t len)
{
	keep_in(sdata, &sdata->frame, octets, len);
}

static struct level *
innermost(struct sdata *sdata)
{
	return &sdata->levels[sdata->depth - 1];
}

static void
open_level(struct sdata *sdata, enum role role, const struct head *head)
{
	uint64_t end = innermost(sdata)->end;

	if (sdata->depth == SDATA_MAX_DEPTH) {
		fail(sdata, REASON_TOO_DEEP);
		return;
	}
	if (!head->indefinite)
		end = sdata->at + head->len;
	sdata->levels[sdata->depth++] = (struct level){ .role = role,
		.indefinite = head->indefinite,
		.end = end };
}

static void
open_primitive(struct sdata *sdata, enum use use, const struct head *head)
{
	sdata->use = use;
	sdata->left = head->len;
}

/* Keep an element with its head; its inside matters only to find its end. */
static void
open_kept(struct sdata *sdata, const struct head *head)
{
	keep(sdata, sdata->head, sdata->head_len);
	if (head->indefinite)
		open_level(sdata, ROLE_KEEP, head);
	else
		open_primitive(sdata, USE_KEEP, head);
}

static void
open_dropped(struct sdata *sdata, const struct head *head)
{
	if (head->indefinite)
		open_level(sdata, ROLE_DROP, head);
	else
		open_primitive(sdata, USE_NOTHING, head);
}

/* An element of a certificate, or the whole of one. */
static void
open_cert_inside(struct sdata *sdata, const struct head *head)
{
	keep_in(sdata, &sdata->certs, sdata->head, sdata->head_len);
	if (head->indefinite)
		open_level(sdata, ROLE_CERT_INSIDE, head);
	else
		open_primitive(sdata, USE_CERT, head);
}

/*
 * RFC 5652 10.2.2: beside certificates there may be other formats, which are
 * of no use here.
 */
static void
in_certs(struct sdata *sdata, const struct head *head)
{
	static const uint8_t late_head[LATE_HEAD] = { TAG_SEQUENCE, 0x84 };

	if (head->tag != TAG_SEQUENCE) {
		open_dropped(sdata, head);
	} else if (head->indefinite) {
		sdata->cert_at = sdata->certs.len;
		keep_in(sdata, &sdata->certs, late_head, sizeof(late_head));
		open_level(sdata, ROLE_CERT, head);
	} else {
		open_cert_inside(sdata, head);
	}
}

/* Now the length is known. */
static void
close_cert(struct sdata *sdata)
{
	size_t len;

	if (sdata->reason != REASON_OK)
		return;
	len = sdata->certs.len - sdata->cert_at - LATE_HEAD;
	for (size_t i = 0; i < 4; i++)
		sdata->certs.data[sdata->cert_at + 2 + i] =
		    (uint8_t)(len >> (8 * (3 - i)));
}

static void
in_crls(struct sdata *sdata, const struct head *head)
{
	if (head->tag == TAG_SEQUENCE)
		sdata->crls++;
	open_dropped(sdata, head);
}

static void
begin_content(struct sdata *sdata)
{
	sdata->has_content = true;
	sdata->sink->begin(sdata->arg, sdata_digests(sdata));
}

static void
in_content_info(struct sdata *sdata, unsigned int child,
    const struct head *head)
{
	if (child == 1 && head->tag == TAG_OID && head->len <= OID_MAX) {
		open_primitive(sdata, USE_TYPE, head);
	} else if (child == 2 && head->tag == TAG_CONTEXT_0) {
		if (sdata->kind == SDATA_SIGNED ||
		    sdata->kind == SDATA_COMPRESSED)
			open_level(sdata, ROLE_CONTENT, head);
		else
			sdata->ignored = true;
	} else {
		fail(sdata, REASON_CMS_MALFORMED);
	}
}

/* RFC 5652 5.1: after encapContentInfo come [0], [1] and SET, in this order. */
static bool
may_follow(uint8_t before, uint8_t tag)
{
	switch (tag) {
	case TAG_CONTEXT_0:
		return before == TAG_SEQUENCE;
	case TAG_CONTEXT_1:
		return before == TAG_SEQUENCE || before == TAG_CONTEXT_0;
	case TAG_SET:
		return before != TAG_SET;
	default:
		return false;
	}
}

static void
in_signed_data(struct sdata *sdata, uint8_t before, unsigned int child,
    const struct head *head)
{
	if (child == 1 && head->tag == TAG_INTEGER) {
		open_kept(sdata, head);
	} else if (child == 2 && head->tag == TAG_SET) {
		sdata->digests_at = sdata->frame.len;
		open_kept(sdata, head);
	} else if (child == 3 && head->tag == TAG_SEQUENCE) {
		sdata->digests_end = sdata->frame.len;
		open_level(sdata, ROLE_ENCAP, head);
	} else if (child > 3 && may_follow(before, head->tag)) {
		if (head->tag == TAG_CONTEXT_0)
			open_level(sdata, ROLE_CERTS, head);
		else if (head->tag == TAG_CONTEXT_1)
			open_level(sdata, ROLE_CRLS, head);
		else
			open_kept(sdata, head);
	} else {
		fail(sdata, REASON_CMS_MALFORMED);
	}
}

/* RFC 3274 1.1.  What is kept of it is of no use, and small. */
static void
in_compressed(struct sdata *sdata, unsigned int child, const struct head *head)
{
	if ((child == 1 && head->tag == TAG_INTEGER) ||
	    (child == 2 && head->tag == TAG_SEQUENCE))
		open_kept(sdata, head);
	else if (child == 3 && head->tag == TAG_SEQUENCE)
		open_level(sdata, ROLE_ENCAP, head);
	else
		fail(sdata, REASON_CMS_MALFORMED);
}

static void
in_encap(struct sdata *sdata, unsigned int child, const struct head *head)
{
	if (child == 1 && head->tag == TAG_OID && head->len <= OID_MAX) {
		keep(sdata, encap_begin, sizeof(encap_begin));
		open_kept(sdata, head);
	} else if (child == 2 && head->tag == TAG_CONTEXT_0) {
		open_level(sdata, ROLE_EXPLICIT, head);
	} else {
		fail(sdata, REASON_CMS_MALFORMED);
	}
}

static void
in_octets(struct sdata *sdata, const struct head *head)
{
	if (head->tag == TAG_OCTETS)
		open_primitive(sdata, USE_CONTENT, head);
	else if (head->tag == TAG_OCTETS_CONSTRUCTED)
		open_level(sdata, ROLE_OCTETS, head);
	else
		fail(sdata, REASON_CMS_MALFORMED);
}

static void
in_explicit(struct sdata *sdata, unsigned int child, const struct head *head)
{
	if (child != 1) {
		fail(sdata, REASON_CMS_MALFORMED);
		return;
	}
	begin_content(sdata);
	in_octets(sdata, head);
}

static void
in_one(struct sdata *sdata, enum role role, unsigned int child,
    const struct head *head)
{
	if (child != 1 || head->tag != TAG_SEQUENCE) {
		fail(sdata, REASON_CMS_MALFORMED);
		return;
	}
	if (role == ROLE_SIGNED_DATA)
		keep(sdata, frame_begin, sizeof(frame_begin));
	open_level(sdata, role, head);
}

/* A head is complete: what it opens depends on where it stands. */
static void
open_element(struct sdata *sdata, const struct head *head)
{
	struct level *in = innermost(sdata);
	uint8_t before = in->tag;

	in->child++;
	in->tag = head->tag;
	switch (in->role) {
	case ROLE_TOP:
		in_one(sdata, ROLE_CONTENT_INFO, in->child, head);
		break;
	case ROLE_CONTENT_INFO:
		in_content_info(sdata, in->child, head);
		break;
	case ROLE_CONTENT:
		in_one(sdata,
		    sdata->kind == SDATA_SIGNED ? ROLE_SIGNED_DATA :
						  ROLE_COMPRESSED,
		    in->child, head);
		break;
	case ROLE_SIGNED_DATA:
		in_signed_data(sdata, before, in->child, head);
		break;
	case ROLE_COMPRESSED:
		in_compressed(sdata, in->child, head);
		break;
	case ROLE_ENCAP:
		in_encap(sdata, in->child, head);
		break;
	case ROLE_EXPLICIT:
		in_explicit(sdata, in->child, head);
		break;
	case ROLE_OCTETS:
		in_octets(sdata, head);
		break;
	case ROLE_CERTS:
		in_certs(sdata, head);
		break;
	case ROLE_CERT:
	case ROLE_CERT_INSIDE:
		open_cert_inside(sdata, head);
		break;
	case ROLE_CRLS:
		in_crls(sdata, head);
		break;
	case ROLE_KEEP:
		open_kept(sdata, head);
		break;
	case ROLE_DROP:
		open_dropped(sdata, head);
		break;
	}
}

/* Has a level all the children that it must have? */
static bool
level_is_complete(const struct level *level)
{
	switch (level->role) {
	case ROLE_TOP:
	case ROLE_CONTENT:
	case ROLE_EXPLICIT:
	case ROLE_ENCAP:
		return level->child >= 1;
	case ROLE_CONTENT_INFO:
		return level->child == 2;
	case ROLE_COMPRESSED:
		return level->child == 3;
	case ROLE_SIGNED_DATA:
		return level->child >= 4 && level->tag == TAG_SET;
	case ROLE_OCTETS:
	case ROLE_CERTS:
	case ROLE_CERT:
	case ROLE_CERT_INSIDE:
	case ROLE_CRLS:
	case ROLE_KEEP:
	case ROLE_DROP:
		return true;
	}
	return false;
}

static void
close_level(struct sdata *sdata)
{
	const struct level *level = innermost(sdata);

	if (!level_is_complete(level)) {
		fail(sdata, REASON_CMS_MALFORMED);
		return;
	}
	if (level->role == ROLE_SIGNED_DATA)
		keep(sdata, frame_end, sizeof(frame_end));
	else if (level->role == ROLE_ENCAP || level->role == ROLE_KEEP)
		keep(sdata, eoc, sizeof(eoc));
	else if (level->role == ROLE_CERT_INSIDE)
		keep_in(sdata, &sdata->certs, eoc, sizeof(eoc));
	else if (level->role == ROLE_CERT)
		close_cert(sdata);
	sdata->depth--;
	sdata->ended = sdata->depth == 1;
}

/* Close every level of definite length that ends here. */
static void
close_ended(struct sdata *sdata)
{
	while (sdata->reason == REASON_OK && !innermost(sdata)->indefinite &&
	    innermost(sdata)->end == sdata->at)
		close_level(sdata);
}

static void
set_kind(struct sdata *sdata)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (sdata->type_len == types[i].len &&
		    memcmp(sdata->type, types[i].oid, types[i].len) == 0)
			sdata->kind = types[i].kind;
}

static void
use_octets(struct sdata *sdata, const uint8_t *octets, size_t len)
{
	switch (sdata->use) {
	case USE_KEEP:
		keep(sdata, octets, len);
		break;
	case USE_CERT:
		keep_in(sdata, &sdata->certs, octets, len);
		break;
	case USE_CONTENT:
		sdata->sink->content(sdata->arg, octets, len);
		break;
	case USE_NOTHING:
		break;
	case USE_TYPE:
		memcpy(sdata->type + sdata->type_len, octets, len);
		sdata->type_len += len;
		if (len == sdata->left)
			set_kind(sdata);
		break;
	}
}

/* How many octets the head has, as far as it can be told by now. */
static size_t
head_wants(const struct sdata *sdata)
{
	if (sdata->head_len < 2 || sdata->head[1] <= INDEFINITE)
		return 2;
	return 2 + (sdata->head[1] & 0x7fU);
}

static bool
head_decode(const struct sdata *sdata, struct head *head_r)
{
	uint64_t end = sdata->levels[sdata->depth - 1].end;
	uint64_t len = 0;

	*head_r = (struct head){ .tag = sdata->head[0],
		.indefinite = sdata->head[1] == INDEFINITE };
	if (sdata->head[1] < INDEFINITE)
		len = sdata->head[1];
	for (size_t i = 2; i < sdata->head_len; i++)
		len = len << 8 | sdata->head[i];
	head_r->len = len;
	/* Tags above 30 do not occur in CMS. */
	return (head_r->tag & TAG_NUMBER) != TAG_NUMBER &&
	    (!head_r->indefinite || (head_r->tag & CONSTRUCTED) != 0) &&
	    sdata->at <= end && len <= end - sdata->at;
}

/* X.690 8.1.5: two octets of zero, and nothing longer. */
static void
end_of_contents(struct sdata *sdata)
{
	if (!innermost(sdata)->indefinite || sdata->head[1] != 0)
		fail(sdata, REASON_CMS_MALFORMED);
	else
		close_level(sdata);
}

static void
end_head(struct sdata *sdata)
{
	struct head head;

	if (!head_decode(sdata, &head))
		fail(sdata, REASON_CMS_MALFORMED);
	else if (head.tag == TAG_EOC)
		end_of_contents(sdata);
	else
		open_element(sdata, &head);
	sdata->head_len = 0;
	close_ended(sdata);
}

static void
push_head(struct sdata *sdata, uint8_t octet)
{
	sdata->head[sdata->head_len++] = octet;
	sdata->at++;
	if (head_wants(sdata) > HEAD_MAX)
		fail(sdata, REASON_CMS_MALFORMED);
	else if (sdata->head_len == head_wants(sdata))
		end_head(sdata);
}

static size_t
push_primitive(struct sdata *sdata, const uint8_t *octets, size_t len)
{
	size_t n = len < sdata->left ? len : (size_t)sdata->left;

	use_octets(sdata, octets, n);
	sdata->at += n;
	sdata->left -= n;
	close_ended(sdata);
	return n;
}

/* Line ends may follow in a body that is not encoded. */
static void
push_after(struct sdata *sdata, const uint8_t *octets, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (octets[i] != '\r' && octets[i] != '\n')
			sdata->trailing = true;
}

struct sdata *
sdata_new(const struct sdata_sink *sink, void *arg, size_t cap)
{
	struct sdata *sdata = calloc(1, sizeof(*sdata));

	if (sdata == NULL)
		return NULL;
	sdata->sink = sink;
	sdata->arg = arg;
	sdata->levels[0] = (struct level){ .role = ROLE_TOP,
		.indefinite = true,
		.end = UINT64_MAX };
	sdata->depth = 1;
	sdata->room = cap;
	buf_init(&sdata->frame, cap);
	buf_init(&sdata->certs, cap);
	return sdata;
}

void
sdata_push(struct sdata *sdata, const uint8_t *octets, size_t len)
{
	size_t n;

	while (len > 0 && sdata->reason == REASON_OK && !sdata->ignored) {
		if (sdata->ended) {
			push_after(sdata, octets, len);
			return;
		}
		if (sdata->left > 0) {
			n = push_primitive(sdata, octets, len);
		} else {
			push_head(sdata, octets[0]);
			n = 1;
		}
		octets += n;
		len -= n;
	}
}

enum reason
sdata_end(struct sdata *sdata)
{
	if (sdata->ignored)
		return sdata->reason;
	if (!sdata->ended)
		fail(sdata, REASON_CMS_MALFORMED);
	if (sdata->trailing)
		fail(sdata, REASON_CMS_TRAILING);
	return sdata->reason;
}

enum sdata_kind
sdata_kind(const struct sdata *sdata)
{
	return sdata->kind;
}

bool
sdata_has_content(const struct sdata *sdata)
{
	return sdata->has_content;
}

const uint8_t *
sdata_frame(const struct sdata *sdata, size_t *len_r)
{
	*len_r = sdata->frame.len;
	return sdata->frame.data;
}

const uint8_t *
sdata_certs(const struct sdata *sdata, size_t *len_r)
{
	*len_r = sdata->certs.len;
	return sdata->certs.data;
}

size_t
sdata_crl_count(const struct sdata *sdata)
{
	return sdata->crls;
}

size_t
sdata_size(const struct sdata *sdata)
{
	return sdata->frame.len + sdata->certs.len;
}

void
sdata_free(struct sdata *sdata)
{
	if (sdata == NULL)
		return;
	buf_done(&sdata->frame);
	buf_done(&sdata->certs);
	free(sdata);
}
