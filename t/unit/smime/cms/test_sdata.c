/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/cms.h>
#include <openssl/err.h>

#include "smime/buf.h"
#include "smime/cms/sdata.h"
#include "t/lib/chunks.h"
#include "t/lib/pki.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum { MAX_TEXT = 1024 * 1024, CAP = 65536 };

/* What came out of one reading. */
struct output {
	unsigned int begun;
	algo_set digests;
	struct buf content;
	struct buf frame;
	struct buf certs;
	enum reason reason;
	enum sdata_kind kind;
	bool has_content;
	size_t crls;
};

static void
add_octets(struct buf *buf, const void *octets, size_t len)
{
	ck_assert_int_eq(buf_push(buf, octets, len), BUF_OK);
}

static void
begin(void *arg, algo_set digests)
{
	struct output *out = arg;

	out->begun++;
	out->digests = digests;
}

static void
content(void *arg, const uint8_t *octets, size_t len)
{
	struct output *out = arg;

	ck_assert_uint_eq(out->begun, 1);
	ck_assert_uint_gt(len, 0);
	add_octets(&out->content, octets, len);
}

static const struct sdata_sink sink = { begin, content };

static void
push(void *arg, const uint8_t *octets, size_t len)
{
	sdata_push(arg, octets, len);
}

static struct output
read_chunks(const struct chunks *chunks, size_t cap)
{
	struct output out = { .begun = 0 };
	struct sdata *sdata = sdata_new(&sink, &out, cap);
	const uint8_t *kept;
	size_t len;

	buf_init(&out.content, MAX_TEXT);
	buf_init(&out.frame, MAX_TEXT);
	buf_init(&out.certs, MAX_TEXT);
	ck_assert_int_eq(sdata_kind(sdata), SDATA_UNKNOWN);
	ck_assert(!sdata_has_content(sdata));
	chunks_feed(chunks, push, sdata);
	out.reason = sdata_end(sdata);
	out.kind = sdata_kind(sdata);
	out.has_content = sdata_has_content(sdata);
	out.crls = sdata_crl_count(sdata);
	ck_assert_uint_eq(out.begun, out.has_content);
	if (out.reason == REASON_OK) {
		kept = sdata_frame(sdata, &len);
		add_octets(&out.frame, kept, len);
		kept = sdata_certs(sdata, &len);
		add_octets(&out.certs, kept, len);
		ck_assert_uint_eq(sdata_size(sdata),
		    out.frame.len + out.certs.len);
	}
	sdata_free(sdata);
	return out;
}

/* All at once. */
static struct output
read_octets(const void *octets, size_t len, size_t cap)
{
	return read_chunks(&(struct chunks){ .octets = octets,
			       .len = len,
			       .first = len,
			       .rest = 1 },
	    cap);
}

static void
free_output(struct output *out)
{
	buf_done(&out->content);
	buf_done(&out->frame);
	buf_done(&out->certs);
}

static bool
same_octets(const struct buf *a, const struct buf *b)
{
	return a->len == b->len &&
	    (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

static void
compare(void *arg, const struct chunks *chunks)
{
	const struct output *want = arg;
	struct output got = read_chunks(chunks, CAP);

	ck_assert_msg(got.reason == want->reason && got.kind == want->kind &&
		got.has_content == want->has_content &&
		got.digests == want->digests &&
		same_octets(&got.content, &want->content) &&
		same_octets(&got.frame, &want->frame) &&
		same_octets(&got.certs, &want->certs),
	    "chunks of %zu and %zu: %s", chunks->first, chunks->rest,
	    reason_token(got.reason));
	free_output(&got);
}

/*
 * Real SignedData, in many forms.
 */

enum encoding {
	DER,
	STREAM,	    /* as OpenSSL streams it */
	INDEFINITE, /* every length but those of primitive elements */
	PIECES,	    /* and the content in nested pieces */
};

static const struct form {
	const char *name;
	enum encoding encoding;
	unsigned int flags;
	size_t content_len;
	bool unsigned_data; /* no signer at all */
	bool sha512;	    /* a second signer, with SHA-512 */
	bool crl;
} forms[] = {
	{ "attached", DER, 0, 30, false, false, false },
	{ "attached, streamed", STREAM, 0, 30, false, false, false },
	{ "attached, indefinite", INDEFINITE, 0, 30, false, false, false },
	{ "attached, in pieces", PIECES, 0, 30, false, false, false },
	{ "detached", DER, CMS_DETACHED, 30, false, false, false },
	{ "detached, indefinite", INDEFINITE, CMS_DETACHED, 30, false, false,
	    false },
	{ "without certificates", DER, CMS_NOCERTS, 30, false, false, false },
	{ "without certificates, with CRL", PIECES, CMS_NOCERTS, 30, false,
	    false, true },
	{ "with certificates and CRL", DER, 0, 30, false, false, true },
	{ "with CRL, indefinite", INDEFINITE, 0, 30, false, false, true },
	{ "without signed attributes", DER, CMS_NOATTR, 30, false, false,
	    false },
	{ "without signed attributes, in pieces", PIECES, CMS_NOATTR, 30, false,
	    false, false },
	{ "by key identifier", DER, CMS_USE_KEYID, 30, false, false, false },
	{ "two signers", DER, 0, 30, false, true, false },
	{ "two signers, streamed", STREAM, 0, 30, false, true, false },
	{ "two signers, in pieces", PIECES, 0, 30, false, true, true },
	{ "no signers", DER, 0, 30, true, false, false },
	{ "certificates only", DER, CMS_DETACHED, 30, true, false, false },
	{ "empty content", DER, 0, 0, false, false, false },
	{ "empty content, indefinite", INDEFINITE, 0, 0, false, false, false },
	{ "one octet of content", DER, 0, 1, false, false, false },
	{ "127 octets", DER, 0, 127, false, false, false },
	{ "128 octets", DER, 0, 128, false, false, false },
	{ "256 octets, in pieces", PIECES, 0, 256, false, false, false },
};

static EVP_PKEY *key;
static X509 *alice;
static X509_CRL *crl;
static STACK_OF(X509) *certs;
static uint8_t text[70000];

static const char *const extensions[] = {
	"keyUsage=critical,digitalSignature",
	"subjectKeyIdentifier=hash",
	"subjectAltName=email:alice@example.org",
	NULL,
};

static void
make_crl(void)
{
	crl = X509_CRL_new();
	ck_assert(X509_CRL_set_version(crl, 1));
	ck_assert(X509_CRL_set_issuer_name(crl, X509_get_subject_name(alice)));
	ck_assert(X509_CRL_set1_lastUpdate(crl, X509_get0_notBefore(alice)));
	ck_assert_int_gt(X509_CRL_sign(crl, key, EVP_sha256()), 0);
}

static void
make_alice(void)
{
	key = pki_key("P-256");
	alice = pki_make(&(struct pki_cert){ .cn = "Alice",
			     .extensions = extensions },
	    key, NULL, NULL);
	certs = sk_X509_new_null();
	ck_assert_int_gt(sk_X509_push(certs, alice), 0);
	make_crl();
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)(i * 3 + i / 100);
}

static void
free_alice(void)
{
	sk_X509_free(certs);
	X509_CRL_free(crl);
	X509_free(alice);
	EVP_PKEY_free(key);
}

static void
add_signers(CMS_ContentInfo *cms, const struct form *form, unsigned int flags)
{
	ck_assert_ptr_nonnull(
	    CMS_add1_signer(cms, alice, key, EVP_sha256(), flags));
	if (form->sha512)
		ck_assert_ptr_nonnull(CMS_add1_signer(cms, alice, key,
		    EVP_sha512(), flags | CMS_NOCERTS));
}

/* As an octet string in pieces of pieces. */
static void
write_pieces(struct buf *out, const uint8_t *octets, size_t len)
{
	static const uint8_t begin_outer[] = { 0x24, 0x80 };
	static const uint8_t empty[] = { 0x04, 0x00, 0x24, 0x80, 0x24, 0x00, 0,
		0 };
	static const uint8_t ends[] = { 0, 0 };
	uint8_t piece[] = { 0x24, 0x03, 0x04, 0x01, 0 };

	add_octets(out, begin_outer, sizeof(begin_outer));
	for (size_t i = 0; i < len; i++) {
		piece[sizeof(piece) - 1] = octets[i];
		/* Some with the definite level around them, some without. */
		if (i % 3 == 0)
			add_octets(out, piece, sizeof(piece));
		else
			add_octets(out, piece + 2, sizeof(piece) - 2);
		if (i % 10 == 0)
			add_octets(out, empty, sizeof(empty));
	}
	add_octets(out, ends, sizeof(ends));
}

/* A primitive element; its length in a longer form than DER allows. */
static void
write_primitive(struct buf *out, uint8_t tag, const uint8_t *octets, long len)
{
	const uint8_t head[] = { tag, 0x82, (uint8_t)(len >> 8), (uint8_t)len };

	ck_assert_int_lt(len, 65536);
	add_octets(out, head, sizeof(head));
	add_octets(out, octets, (size_t)len);
}

/* The same elements with indefinite lengths. */
static void
write_indefinite(struct buf *out, const uint8_t *der, size_t len,
    bool in_context_0, bool pieces)
{
	static const uint8_t ends[] = { 0, 0 };
	const uint8_t *at = der;
	int tag, class, form;
	uint8_t head[] = { 0, 0x80 };
	long size;

	for (; at < der + len; at += size) {
		head[0] = *at;
		form = ASN1_get_object(&at, &size, &tag, &class,
		    (long)(der + len - at));
		ck_assert((form & 0x80) == 0);
		if ((form & V_ASN1_CONSTRUCTED) != 0) {
			add_octets(out, head, sizeof(head));
			write_indefinite(out, at, (size_t)size, head[0] == 0xa0,
			    pieces);
			add_octets(out, ends, sizeof(ends));
		} else if (pieces && in_context_0 && head[0] == 0x04) {
			write_pieces(out, at, (size_t)size);
		} else {
			write_primitive(out, head[0], at, size);
		}
	}
}

static void
encode(CMS_ContentInfo *cms, const struct form *form, struct buf *out)
{
	unsigned char *der = NULL;
	int len = i2d_CMS_ContentInfo(cms, &der);

	ck_assert_int_gt(len, 0);
	if (form->encoding == DER)
		add_octets(out, der, (size_t)len);
	else
		write_indefinite(out, der, (size_t)len, false,
		    form->encoding == PIECES);
	OPENSSL_free(der);
}

static void
encode_stream(CMS_ContentInfo *cms, BIO *in, unsigned int flags,
    struct buf *out)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data;
	long len;

	ck_assert_int_eq(i2d_CMS_bio_stream(bio, cms, in, (int)flags), 1);
	len = BIO_get_mem_data(bio, &data);
	add_octets(out, data, (size_t)len);
	BIO_free(bio);
}

/* CMS_final() insists on a digest, and so on a signer. */
static void
finish(CMS_ContentInfo *cms, BIO *in, const struct form *form,
    unsigned int flags)
{
	ASN1_OCTET_STRING **pos = CMS_get0_content(cms);

	if (!form->unsigned_data)
		ck_assert_int_eq(CMS_final(cms, in, NULL, flags), 1);
	else if ((flags & CMS_DETACHED) == 0)
		ck_assert(
		    ASN1_OCTET_STRING_set(*pos, text, (int)form->content_len));
}

/* The encoded ContentInfo. */
static struct buf
make_form(const struct form *form)
{
	/* SMIMECapabilities would have to stay in DER. */
	unsigned int flags =
	    form->flags | CMS_BINARY | CMS_PARTIAL | CMS_NOSMIMECAP;
	BIO *in = BIO_new_mem_buf(text, (int)form->content_len);
	CMS_ContentInfo *cms;
	struct buf out;

	if (form->encoding == STREAM)
		flags |= CMS_STREAM;
	buf_init(&out, MAX_TEXT);
	cms =
	    CMS_sign(NULL, NULL, form->unsigned_data ? certs : NULL, in, flags);
	ck_assert_ptr_nonnull(cms);
	if (!form->unsigned_data)
		add_signers(cms, form, flags);
	if (form->crl)
		ck_assert(CMS_add1_crl(cms, crl));
	if (form->encoding == STREAM) {
		encode_stream(cms, in, flags, &out);
	} else {
		finish(cms, in, form, flags);
		encode(cms, form, &out);
	}
	CMS_ContentInfo_free(cms);
	BIO_free(in);
	return out;
}

static CMS_ContentInfo *
decode(const struct buf *octets)
{
	const unsigned char *at = octets->data;
	CMS_ContentInfo *cms;

	cms = d2i_CMS_ContentInfo(NULL, &at, (long)octets->len);
	ck_assert_ptr_nonnull(cms);
	ck_assert_ptr_eq(at, octets->data + octets->len);
	return cms;
}

static void
add_certs(CMS_ContentInfo *cms, const struct buf *octets)
{
	const unsigned char *at = octets->data;
	X509 *cert;

	while (at != octets->data + octets->len) {
		cert = d2i_X509(NULL, &at,
		    (long)(octets->data + octets->len - at));
		ck_assert_ptr_nonnull(cert);
		ck_assert_int_eq(CMS_add0_cert(cms, cert), 1);
	}
}

/* The DER of a ContentInfo, without its content.  Takes over cms. */
static struct buf
der_without_content(CMS_ContentInfo *cms)
{
	unsigned char *der = NULL;
	struct buf out;
	int len;

	ck_assert_int_eq(CMS_set_detached(cms, 1), 1);
	len = i2d_CMS_ContentInfo(cms, &der);
	ck_assert_int_gt(len, 0);
	buf_init(&out, MAX_TEXT);
	add_octets(&out, der, (size_t)len);
	OPENSSL_free(der);
	CMS_ContentInfo_free(cms);
	return out;
}

/*
 * Frame and certificates say all that the original said, but its content and
 * its CRL.
 */
static void
expect_same_cms(const struct output *out, const struct form *form,
    const struct buf *original)
{
	CMS_ContentInfo *cms = decode(&out->frame);
	struct buf a, b;

	ck_assert_int_eq(CMS_is_detached(cms), 1);
	add_certs(cms, &out->certs);
	if (form->crl)
		ck_assert(CMS_add1_crl(cms, crl));
	a = der_without_content(cms);
	b = der_without_content(decode(original));
	ck_assert(same_octets(&a, &b));
	buf_done(&a);
	buf_done(&b);
}

/* The signatures in the frame fit the content. */
static void
expect_verifies(const struct buf *frame, const struct form *form)
{
	BIO *in = BIO_new_mem_buf(text, (int)form->content_len);
	CMS_ContentInfo *cms = decode(frame);

	ck_assert_msg(CMS_verify(cms, certs, NULL, in, NULL,
			  CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY) == 1,
	    "%s", form->name);
	CMS_ContentInfo_free(cms);
	BIO_free(in);
}

static algo_set
digests_of(const struct form *form)
{
	algo_set set = form->unsigned_data ? 0 : 1U << ALGO_SHA256;

	return form->sha512 ? set | 1U << ALGO_SHA512 : set;
}

START_TEST(splits_content_and_frame)
{
	const struct form *form = &forms[_i];
	struct buf octets = make_form(form);
	struct output out = read_octets(octets.data, octets.len, CAP);

	ck_assert_msg(out.reason == REASON_OK, "%s: %s", form->name,
	    reason_token(out.reason));
	ck_assert_int_eq(out.kind, SDATA_SIGNED);
	ck_assert_int_eq(out.has_content, (form->flags & CMS_DETACHED) == 0);
	if (out.has_content) {
		ck_assert_uint_eq(out.digests, digests_of(form));
		ck_assert_uint_eq(out.content.len, form->content_len);
		if (form->content_len > 0)
			ck_assert_mem_eq(out.content.data, text,
			    form->content_len);
	}
	/* OpenSSL would encode the CRL as it was, and not as ours is. */
	if (!form->crl || form->encoding == DER)
		expect_same_cms(&out, form, &octets);
	ck_assert_int_eq(out.certs.len > 0, (form->flags & CMS_NOCERTS) == 0);
	ck_assert_uint_eq(out.crls, form->crl);
	if (!form->unsigned_data)
		expect_verifies(&out.frame, form);
	free_output(&out);
	buf_done(&octets);
}
END_TEST

START_TEST(reads_the_same_at_every_split)
{
	struct buf octets = make_form(&forms[_i]);
	struct output want = read_octets(octets.data, octets.len, CAP);

	chunks_each(octets.data, octets.len, compare, &want);
	free_output(&want);
	buf_done(&octets);
}
END_TEST

START_TEST(refuses_every_truncation)
{
	struct buf octets = make_form(&forms[_i]);
	struct output out;

	for (size_t n = 0; n < octets.len; n++) {
		out = read_octets(octets.data, n, CAP);
		ck_assert_msg(out.reason == REASON_CMS_MALFORMED,
		    "%s: %zu octets: %s", forms[_i].name, n,
		    reason_token(out.reason));
		free_output(&out);
	}
	buf_done(&octets);
}
END_TEST

START_TEST(keeps_no_octet_beyond_the_cap)
{
	struct buf octets = make_form(&forms[_i]);
	struct output out = read_octets(octets.data, octets.len, CAP);
	size_t need = out.frame.len + out.certs.len;

	free_output(&out);
	out = read_octets(octets.data, octets.len, need);
	ck_assert_msg(out.reason == REASON_OK, "%s", forms[_i].name);
	ck_assert_uint_eq(out.frame.len + out.certs.len, need);
	free_output(&out);
	for (size_t cap = need; cap-- > 0;) {
		out = read_octets(octets.data, octets.len, cap);
		ck_assert_msg(out.reason == REASON_CMS_TOO_LARGE, "%s: %zu",
		    forms[_i].name, cap);
		free_output(&out);
	}
	buf_done(&octets);
}
END_TEST

static const enum encoding encodings[] = { DER, STREAM, INDEFINITE };

START_TEST(bears_content_larger_than_the_cap)
{
	const struct form form = { .name = "large",
		.encoding = encodings[_i],
		.content_len = _i == 2 ? 65535 : sizeof(text) };
	struct buf octets = make_form(&form);
	struct output out = read_octets(octets.data, octets.len, 4096);

	ck_assert_int_eq(out.reason, REASON_OK);
	ck_assert_uint_eq(out.content.len, form.content_len);
	ck_assert_mem_eq(out.content.data, text, form.content_len);
	expect_verifies(&out.frame, &form);
	chunks_sized(octets.data, octets.len, 7, compare, &out);
	free_output(&out);
	buf_done(&octets);
}
END_TEST

/*
 * Encodings written by hand.
 */

#define OID_SIGNED "06092a864886f70d010702"
#define OID_DATA   "06092a864886f70d010701"

/* Up to where encapContentInfo begins, all of indefinite length. */
#define HEAD	  "3080" OID_SIGNED "a08030800201013100"
/* encapContentInfo up to where the octet string begins, and behind it. */
#define ENCAP	  "3080" OID_DATA "a080"
#define END_ENCAP "00000000"
#define CONTENT	  ENCAP "0403616263" END_ENCAP
/* No signers, and the end. */
#define TAIL	  "3100000000000000"
/* A whole SignedData. */
#define SIGNED	  "30800201013100" CONTENT "31000000"

static const struct {
	const char *name;
	const char *hex;
	enum reason want;
	const char *content; /* NULL: none */
} encoded[] = {
	/* What is right. */
	{ "smallest", HEAD CONTENT TAIL, REASON_OK, "abc" },
	{ "definite",
	    "302a" OID_SIGNED "a01d"
	    "301b"
	    "020101"
	    "3100"
	    "3012" OID_DATA "a005"
	    "0403616263"
	    "3100",
	    REASON_OK, "abc" },
	{ "lengths of eight octets",
	    "30880000000000000084068800000000000000092a864886f70d010702a0"
	    "8800000000000000673088000000000000005d0288000000000000000101"
	    "318800000000000000003088000000000000003406880000000000000009"
	    "2a864886f70d010701a08800000000000000172488000000000000000d04"
	    "88000000000000000361626331880000000000000000",
	    REASON_OK, "abc" },
	{ "definite in indefinite", HEAD "3012" OID_DATA "a0050403616263" TAIL,
	    REASON_OK, "abc" },
	{ "no content", HEAD "3080" OID_DATA "0000" TAIL, REASON_OK, NULL },
	{ "no content, definite", HEAD "300b" OID_DATA TAIL, REASON_OK, NULL },
	{ "empty content", HEAD ENCAP "0400" END_ENCAP TAIL, REASON_OK, "" },
	{ "empty constructed content", HEAD ENCAP "2400" END_ENCAP TAIL,
	    REASON_OK, "" },
	{ "empty indefinite content", HEAD ENCAP "24800000" END_ENCAP TAIL,
	    REASON_OK, "" },
	{ "empty pieces", HEAD ENCAP "2406040024000400" END_ENCAP TAIL,
	    REASON_OK, "" },
	{ "pieces",
	    HEAD ENCAP "2480"
		       "040161"
		       "2480"
		       "040162"
		       "0000"
		       "2403040163"
		       "0000" END_ENCAP TAIL,
	    REASON_OK, "abc" },
	{ "indefinite digestAlgorithms",
	    "3080" OID_SIGNED "a0803080"
	    "020101"
	    "31803080"
	    "060960864801650304020100000000" CONTENT TAIL,
	    REASON_OK, "abc" },
	{ "certificates", HEAD CONTENT "a000" TAIL, REASON_OK, "abc" },
	{ "CRLs", HEAD CONTENT "a100" TAIL, REASON_OK, "abc" },
	{ "certificates and CRLs", HEAD CONTENT "a000a100" TAIL, REASON_OK,
	    "abc" },

	/* What comes after. */
	{ "line ends behind", HEAD CONTENT TAIL "0d0a0a0d", REASON_OK, "abc" },
	{ "a blank behind", HEAD CONTENT TAIL "20", REASON_CMS_TRAILING,
	    "abc" },
	{ "a zero behind", HEAD CONTENT TAIL "00", REASON_CMS_TRAILING, "abc" },
	{ "end of contents behind", HEAD CONTENT TAIL "0000",
	    REASON_CMS_TRAILING, "abc" },
	{ "line ends, then more", HEAD CONTENT TAIL "0d0a30",
	    REASON_CMS_TRAILING, "abc" },
	{ "the same again", HEAD CONTENT TAIL HEAD CONTENT TAIL,
	    REASON_CMS_TRAILING, "abc" },

	/* Elements in the wrong place. */
	{ "nothing", "", REASON_CMS_MALFORMED, NULL },
	{ "only zeros", "00000000", REASON_CMS_MALFORMED, NULL },
	{ "text", "436f6e74656e742d54797065", REASON_CMS_MALFORMED, NULL },
	{ "a SET at the top", "3180" OID_SIGNED "a080" SIGNED "00000000",
	    REASON_CMS_MALFORMED, NULL },
	{ "an empty ContentInfo", "3000", REASON_CMS_MALFORMED, NULL },
	{ "an empty ContentInfo, indefinite", "30800000", REASON_CMS_MALFORMED,
	    NULL },
	{ "a type and nothing else", "300b" OID_SIGNED, REASON_CMS_MALFORMED,
	    NULL },
	{ "content before type", "3080a080", REASON_CMS_MALFORMED, NULL },
	{ "two types", "3080" OID_SIGNED OID_SIGNED, REASON_CMS_MALFORMED,
	    NULL },
	{ "[1] for content", "3080" OID_SIGNED "a180" SIGNED "00000000",
	    REASON_CMS_MALFORMED, NULL },
	{ "primitive [0]", "3080" OID_SIGNED "8000", REASON_CMS_MALFORMED,
	    NULL },
	{ "an empty [0]", "3080" OID_SIGNED "a0000000", REASON_CMS_MALFORMED,
	    NULL },
	{ "an empty [0], indefinite", "3080" OID_SIGNED "a0800000",
	    REASON_CMS_MALFORMED, NULL },
	{ "a SET for SignedData",
	    "3080" OID_SIGNED "a08031800201013100" CONTENT "3100"
	    "000000000000",
	    REASON_CMS_MALFORMED, NULL },
	{ "two SignedData", "3080" OID_SIGNED "a080" SIGNED SIGNED "00000000",
	    REASON_CMS_MALFORMED, "abc" },
	{ "something behind [0]",
	    "3080" OID_SIGNED "a080" SIGNED "000005000000",
	    REASON_CMS_MALFORMED, "abc" },
	{ "an empty SignedData", "3080" OID_SIGNED "a0803000",
	    REASON_CMS_MALFORMED, NULL },
	{ "no version", "3080" OID_SIGNED "a08030803100" CONTENT TAIL,
	    REASON_CMS_MALFORMED, NULL },
	{ "no digestAlgorithms",
	    "3080" OID_SIGNED "a0803080020101" CONTENT TAIL,
	    REASON_CMS_MALFORMED, NULL },
	{ "a SET for version",
	    "3080" OID_SIGNED "a080308031003100" CONTENT TAIL,
	    REASON_CMS_MALFORMED, NULL },
	{ "an octet string for version",
	    "3080" OID_SIGNED "a08030800401013100" CONTENT TAIL,
	    REASON_CMS_MALFORMED, NULL },
	{ "a SEQUENCE for digestAlgorithms",
	    "3080" OID_SIGNED "a08030800201013000" CONTENT TAIL,
	    REASON_CMS_MALFORMED, NULL },
	{ "[0] for encapContentInfo", HEAD "a080" OID_DATA "0000" TAIL,
	    REASON_CMS_MALFORMED, NULL },
	{ "nothing behind digestAlgorithms", HEAD "000000000000",
	    REASON_CMS_MALFORMED, NULL },
	{ "no encapContentInfo", HEAD TAIL, REASON_CMS_MALFORMED, NULL },
	{ "no signerInfos", HEAD CONTENT "000000000000", REASON_CMS_MALFORMED,
	    "abc" },
	{ "certificates for signerInfos", HEAD CONTENT "a000000000000000",
	    REASON_CMS_MALFORMED, "abc" },
	{ "CRLs before certificates", HEAD CONTENT "a100a000" TAIL,
	    REASON_CMS_MALFORMED, "abc" },
	{ "certificates twice", HEAD CONTENT "a000a000" TAIL,
	    REASON_CMS_MALFORMED, "abc" },
	{ "CRLs twice", HEAD CONTENT "a100a100" TAIL, REASON_CMS_MALFORMED,
	    "abc" },
	{ "signerInfos twice", HEAD CONTENT "3100" TAIL, REASON_CMS_MALFORMED,
	    "abc" },
	{ "certificates behind signerInfos",
	    HEAD CONTENT "3100a000000000000000", REASON_CMS_MALFORMED, "abc" },
	{ "CRLs behind signerInfos", HEAD CONTENT "3100a100000000000000",
	    REASON_CMS_MALFORMED, "abc" },
	{ "[2] behind the content", HEAD CONTENT "a200" TAIL,
	    REASON_CMS_MALFORMED, "abc" },
	{ "a second encapContentInfo", HEAD CONTENT CONTENT TAIL,
	    REASON_CMS_MALFORMED, "abc" },
	{ "a second encapContentInfo later", HEAD CONTENT "a000" CONTENT TAIL,
	    REASON_CMS_MALFORMED, "abc" },
	{ "an empty encapContentInfo", HEAD "3000" TAIL, REASON_CMS_MALFORMED,
	    NULL },
	{ "eContent without its type", HEAD "3080a080040161000000000000" TAIL,
	    REASON_CMS_MALFORMED, NULL },
	{ "two eContents",
	    HEAD "3080" OID_DATA "a080"
		 "040161"
		 "0000"
		 "a080"
		 "040162"
		 "0000"
		 "0000" TAIL,
	    REASON_CMS_MALFORMED, "a" },
	{ "two octet strings in eContent",
	    HEAD ENCAP "040161"
		       "040162" END_ENCAP TAIL,
	    REASON_CMS_MALFORMED, "a" },
	{ "an empty eContent", HEAD "3080" OID_DATA "a0000000" TAIL,
	    REASON_CMS_MALFORMED, NULL },
	{ "eContent as [1]",
	    HEAD "3080" OID_DATA "a180"
		 "040161" END_ENCAP TAIL,
	    REASON_CMS_MALFORMED, NULL },
	{ "eContent as a SEQUENCE (PKCS #7)",
	    HEAD ENCAP "3003040161" END_ENCAP TAIL, REASON_CMS_MALFORMED, "" },
	{ "a SEQUENCE among the pieces",
	    HEAD ENCAP "2480"
		       "040161"
		       "3000"
		       "0000" END_ENCAP TAIL,
	    REASON_CMS_MALFORMED, "a" },
	{ "content as [0] IMPLICIT",
	    HEAD "3080" OID_DATA "8003616263"
		 "0000" TAIL,
	    REASON_CMS_MALFORMED, NULL },

	/* Heads that are none. */
	{ "the reserved length", "30ff", REASON_CMS_MALFORMED, NULL },
	{ "nine octets of length", "30890000000000000000000000000000000000",
	    REASON_CMS_MALFORMED, NULL },
	{ "a tag above 30", "3f1f80", REASON_CMS_MALFORMED, NULL },
	{ "a tag above 30 that is kept",
	    HEAD CONTENT "a080"
			 "1f00"
			 "0000" TAIL,
	    REASON_CMS_MALFORMED, "abc" },
	{ "an indefinite OID", "30800680", REASON_CMS_MALFORMED, NULL },
	{ "an indefinite INTEGER", "3080" OID_SIGNED "a08030800280",
	    REASON_CMS_MALFORMED, NULL },
	{ "an indefinite octet string", HEAD ENCAP "0480", REASON_CMS_MALFORMED,
	    NULL },
	{ "an indefinite primitive that is kept",
	    HEAD CONTENT "a080"
			 "0480"
			 "0000"
			 "0000" TAIL,
	    REASON_CMS_MALFORMED, "abc" },
	{ "end of contents with a length",
	    HEAD ENCAP "2480"
		       "000100",
	    REASON_CMS_MALFORMED, "" },
	{ "end of contents in long form",
	    HEAD ENCAP "2480"
		       "008100" END_ENCAP TAIL,
	    REASON_CMS_MALFORMED, "" },
	{ "end of contents in a definite level",
	    HEAD ENCAP "2402"
		       "0000" END_ENCAP TAIL,
	    REASON_CMS_MALFORMED, "" },

	/* Lengths that lie. */
	{ "2^64-1 at the top", "3088ffffffffffffffff" OID_SIGNED "a080",
	    REASON_CMS_MALFORMED, NULL },
	{ "2^63 at the top", "30888000000000000000" OID_SIGNED "a080",
	    REASON_CMS_MALFORMED, NULL },
	{ "2^64-1 within 2^63",
	    "30888000000000000000" OID_SIGNED "a088ffffffffffffffff",
	    REASON_CMS_MALFORMED, NULL },
	{ "2^64-1 of content",
	    HEAD ENCAP "0488ffffffffffffffff"
		       "616263",
	    REASON_CMS_MALFORMED, NULL },
	{ "2^64-256 of content",
	    HEAD ENCAP "0488ffffffffffffff00"
		       "616263",
	    REASON_CMS_MALFORMED, "abc" },
	{ "2^64-1 of version",
	    "3080" OID_SIGNED "a0803080"
	    "0288ffffffffffffffff",
	    REASON_CMS_MALFORMED, NULL },
	{ "2^64-1 of signerInfos", HEAD CONTENT "3188ffffffffffffffff",
	    REASON_CMS_MALFORMED, "abc" },
	{ "2^32 of signerInfos",
	    HEAD CONTENT "31850100000000"
			 "0000",
	    REASON_CMS_MALFORMED, "abc" },
	{ "a child longer than its parent by one",
	    HEAD "3012" OID_DATA "a005"
		 "0404616263" TAIL,
	    REASON_CMS_MALFORMED, NULL },
	{ "a level longer than its parent by one",
	    HEAD "3012" OID_DATA "a006"
		 "0403616263" TAIL,
	    REASON_CMS_MALFORMED, NULL },
	{ "a head that crosses its parent's end",
	    HEAD ENCAP "2401"
		       "040161" END_ENCAP TAIL,
	    REASON_CMS_MALFORMED, "" },
	{ "a long head that crosses its parent's end",
	    HEAD "300d" OID_DATA "a083000000" TAIL, REASON_CMS_MALFORMED,
	    NULL },
	{ "a parent longer by one",
	    HEAD "3013" OID_DATA "a005"
		 "0403616263" TAIL,
	    REASON_CMS_MALFORMED, "abc" },
	{ "a parent longer by two",
	    HEAD "3014" OID_DATA "a005"
		 "0403616263" TAIL,
	    REASON_CMS_MALFORMED, "abc" },
	{ "a parent shorter by one",
	    HEAD "3011" OID_DATA "a005"
		 "0403616263" TAIL,
	    REASON_CMS_MALFORMED, NULL },
	{ "an indefinite level cut by a definite one",
	    HEAD ENCAP "2405"
		       "2480040161"
		       "040162"
		       "0000" END_ENCAP TAIL,
	    REASON_CMS_MALFORMED, "a" },
};

/* The octets of that text, in a block of their own size, for ASan. */
static uint8_t *
unhex(const char *hex, size_t *len_r)
{
	size_t room = strlen(hex) / 2;
	uint8_t *octets = malloc(room);

	*len_r = 0;
	if (room > 0)
		ck_assert(
		    OPENSSL_hexstr2buf_ex(octets, room, len_r, hex, '\0'));
	return octets;
}

static void
expect_content(const struct output *out, const char *want)
{
	ck_assert_uint_eq(out->content.len, strlen(want));
	if (want[0] != '\0')
		ck_assert_mem_eq(out->content.data, want, strlen(want));
}

START_TEST(judges_encodings)
{
	size_t len;
	uint8_t *octets = unhex(encoded[_i].hex, &len);
	struct output out = read_octets(octets, len, CAP);

	ck_assert_msg(out.reason == encoded[_i].want, "%s: %s",
	    encoded[_i].name, reason_token(out.reason));
	ck_assert_msg(out.has_content == (encoded[_i].content != NULL), "%s",
	    encoded[_i].name);
	if (encoded[_i].content != NULL)
		expect_content(&out, encoded[_i].content);
	if (out.reason == REASON_OK)
		CMS_ContentInfo_free(decode(&out.frame));
	chunks_each(octets, len, compare, &out);
	free_output(&out);
	free(octets);
}
END_TEST

#define REST "a080deadbeef"

static const struct {
	const char *name;
	const char *hex;
	enum sdata_kind kind;
	enum reason want;
} kinds[] = {
	{ "envelopedData", "308006092a864886f70d010703" REST, SDATA_ENVELOPED,
	    REASON_OK },
	{ "encryptedData", "308006092a864886f70d010706" REST, SDATA_ENVELOPED,
	    REASON_OK },
	{ "authEnvelopedData", "3080060b2a864886f70d0109100117" REST,
	    SDATA_ENVELOPED, REASON_OK },
	{ "compressedData", "3080060b2a864886f70d0109100109" REST,
	    SDATA_COMPRESSED, REASON_CMS_MALFORMED },
	{ "data", "308006092a864886f70d010701" REST, SDATA_UNKNOWN, REASON_OK },
	{ "digestedData", "308006092a864886f70d010705" REST, SDATA_UNKNOWN,
	    REASON_OK },
	{ "the beginning of an OID", "308006082a864886f70d0107" REST,
	    SDATA_UNKNOWN, REASON_OK },
	{ "an OID that goes on", "3080060a2a864886f70d01070201" REST,
	    SDATA_UNKNOWN, REASON_OK },
	{ "an empty OID", "30800600" REST, SDATA_UNKNOWN, REASON_OK },
	{ "an OID of 32 octets",
	    "30800620"
	    "2a0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f" REST,
	    SDATA_UNKNOWN, REASON_OK },
	{ "an OID of 33 octets",
	    "30800621"
	    "2a0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20" REST,
	    SDATA_UNKNOWN, REASON_CMS_MALFORMED },
	{ "enveloped, cut off before its content", "308006092a864886f70d010703",
	    SDATA_ENVELOPED, REASON_CMS_MALFORMED },
	{ "enveloped, with an empty content", "300d06092a864886f70d010703a000",
	    SDATA_ENVELOPED, REASON_OK },
	{ "signed, cut off before its content", "3080" OID_SIGNED, SDATA_SIGNED,
	    REASON_CMS_MALFORMED },
};

START_TEST(knows_the_kind_by_the_oid)
{
	size_t len;
	uint8_t *octets = unhex(kinds[_i].hex, &len);
	struct output out = read_octets(octets, len, CAP);

	ck_assert_msg(out.kind == kinds[_i].kind, "%s", kinds[_i].name);
	ck_assert_msg(out.reason == kinds[_i].want, "%s: %s", kinds[_i].name,
	    reason_token(out.reason));
	ck_assert_uint_eq(out.frame.len, 0);
	chunks_each(octets, len, compare, &out);
	free_output(&out);
	free(octets);
}
END_TEST

START_TEST(knows_what_openssl_encrypted)
{
	BIO *in = BIO_new_mem_buf(text, 100);
	CMS_ContentInfo *cms;
	unsigned char *der = NULL;
	struct output out;
	int len;

	cms = CMS_encrypt(certs, in, EVP_aes_128_cbc(), CMS_BINARY);
	ck_assert_ptr_nonnull(cms);
	len = i2d_CMS_ContentInfo(cms, &der);
	ck_assert_int_gt(len, 0);
	out = read_octets(der, (size_t)len, 0); /* and keeps nothing of it */
	ck_assert_int_eq(out.reason, REASON_OK);
	ck_assert_int_eq(out.kind, SDATA_ENVELOPED);
	chunks_each(der, (size_t)len, compare, &out);
	free_output(&out);
	OPENSSL_free(der);
	CMS_ContentInfo_free(cms);
	BIO_free(in);
}
END_TEST

/* Where levels can be nested, and how many are already there. */
static const struct {
	const char *name;
	const char *before;
	const char *level;
	size_t outer; /* the top, ContentInfo, [0], SignedData, ... */
	const char *inside;
	const char *after;
} nests[] = {
	{ "pieces of pieces", HEAD ENCAP, "2480", 6, "040161", END_ENCAP TAIL },
	{ "certificates", HEAD CONTENT "a080", "3080", 5, "0500", "0000" TAIL },
	{ "digestAlgorithms",
	    "3080" OID_SIGNED "a0803080"
	    "020101"
	    "3180",
	    "3080", 5, "0500", "0000" CONTENT TAIL },
};

static char *
nest(size_t row, size_t count)
{
	char *out = NULL;
	size_t size;
	FILE *file = open_memstream(&out, &size);

	fputs(nests[row].before, file);
	for (size_t i = 0; i < count; i++)
		fputs(nests[row].level, file);
	fputs(nests[row].inside, file);
	for (size_t i = 0; i < count; i++)
		fputs("0000", file);
	fputs(nests[row].after, file);
	fclose(file);
	return out;
}

static enum reason
read_nest(size_t row, size_t count)
{
	char *hex = nest(row, count);
	size_t len;
	uint8_t *octets = unhex(hex, &len);
	struct output out = read_octets(octets, len, MAX_TEXT);
	enum reason reason = out.reason;

	free_output(&out);
	free(octets);
	free(hex);
	return reason;
}

START_TEST(goes_so_deep_and_no_deeper)
{
	size_t room = SDATA_MAX_DEPTH - nests[_i].outer;

	ck_assert_msg(read_nest((size_t)_i, room) == REASON_OK, "%s",
	    nests[_i].name);
	ck_assert_msg(read_nest((size_t)_i, room + 1) == REASON_TOO_DEEP, "%s",
	    nests[_i].name);
	ck_assert_msg(read_nest((size_t)_i, 100000) == REASON_TOO_DEEP, "%s",
	    nests[_i].name);
}
END_TEST

START_TEST(reads_nothing_after_a_failure)
{
	size_t len;
	uint8_t *octets = unhex(HEAD CONTENT TAIL, &len);
	struct output out = { .begun = 0 };
	struct sdata *sdata = sdata_new(&sink, &out, CAP);

	sdata_push(sdata, (const uint8_t *)"\x31", 1);
	sdata_push(sdata, (const uint8_t *)"\x00", 1);
	sdata_push(sdata, octets, len);
	ck_assert_int_eq(sdata_end(sdata), REASON_CMS_MALFORMED);
	ck_assert_uint_eq(out.begun, 0);
	sdata_free(sdata);
	sdata_free(NULL);
	free(octets);
}
END_TEST

static TCase *
forms_case(void)
{
	TCase *tcase = tcase_create("forms");

	tcase_add_unchecked_fixture(tcase, make_alice, free_alice);
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, splits_content_and_frame, 0, COUNT(forms));
	tcase_add_loop_test(tcase, reads_the_same_at_every_split, 0,
	    COUNT(forms));
	tcase_add_loop_test(tcase, refuses_every_truncation, 0, COUNT(forms));
	tcase_add_loop_test(tcase, keeps_no_octet_beyond_the_cap, 0,
	    COUNT(forms));
	tcase_add_loop_test(tcase, bears_content_larger_than_the_cap, 0,
	    COUNT(encodings));
	tcase_add_test(tcase, knows_what_openssl_encrypted);
	return tcase;
}

static TCase *
encodings_case(void)
{
	TCase *tcase = tcase_create("encodings");

	tcase_add_loop_test(tcase, judges_encodings, 0, COUNT(encoded));
	tcase_add_loop_test(tcase, knows_the_kind_by_the_oid, 0, COUNT(kinds));
	tcase_add_loop_test(tcase, goes_so_deep_and_no_deeper, 0, COUNT(nests));
	tcase_add_test(tcase, reads_nothing_after_a_failure);
	return tcase;
}

int
main(void)
{
	Suite *suite = suite_create("sdata");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, forms_case());
	suite_add_tcase(suite, encodings_case());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
