/* SPDX-License-Identifier: ISC */
/*
 * The first octet chooses the size of the pieces.  In pieces must give what
 * the whole gives; and where OpenSSL reads the same octets, it must see the
 * same content and the same rest.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/cms.h>
#include <openssl/err.h>

#include "smime/buf.h"
#include "smime/cms/sdata.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct output {
	bool begun;
	algo_set digests;
	struct buf content;
	struct buf frame;
	struct buf certs;
	enum reason reason;
	enum sdata_kind kind;
};

static void
begin(void *arg, algo_set digests)
{
	struct output *out = arg;

	if (out->begun)
		abort();
	out->begun = true;
	out->digests = digests;
}

static void
content(void *arg, const uint8_t *octets, size_t len)
{
	struct output *out = arg;

	if (!out->begun || buf_push(&out->content, octets, len) != BUF_OK)
		abort();
}

static const struct sdata_sink sink = { begin, content };

static struct output
read_in(const uint8_t *data, size_t size, size_t step)
{
	struct output out = { .begun = false };
	struct sdata *sdata = sdata_new(&sink, &out, size + 64);
	const uint8_t *kept;
	size_t n;

	buf_init(&out.content, size);
	buf_init(&out.frame, size + 64);
	buf_init(&out.certs, size + 64);
	for (; size > 0; data += n, size -= n) {
		n = step < size ? step : size;
		sdata_push(sdata, data, n);
	}
	out.reason = sdata_end(sdata);
	out.kind = sdata_kind(sdata);
	if (out.reason == REASON_OK) {
		kept = sdata_frame(sdata, &n);
		buf_push(&out.frame, kept, n);
		kept = sdata_certs(sdata, &n);
		buf_push(&out.certs, kept, n);
	}
	sdata_free(sdata);
	return out;
}

static void
free_output(struct output *out)
{
	buf_done(&out->content);
	buf_done(&out->frame);
	buf_done(&out->certs);
}

static bool
same_octets(const void *a, size_t a_len, const void *b, size_t b_len)
{
	return a_len == b_len && (a_len == 0 || memcmp(a, b, a_len) == 0);
}

static bool
same_output(const struct output *a, const struct output *b)
{
	return a->begun == b->begun && a->digests == b->digests &&
	    a->reason == b->reason && a->kind == b->kind &&
	    same_octets(a->content.data, a->content.len, b->content.data,
		b->content.len) &&
	    same_octets(a->frame.data, a->frame.len, b->frame.data,
		b->frame.len) &&
	    same_octets(a->certs.data, a->certs.len, b->certs.data,
		b->certs.len);
}

/* The content that OpenSSL sees must be ours. */
static void
compare_content(CMS_ContentInfo *cms, const struct output *ours)
{
	ASN1_OCTET_STRING **pos = CMS_get0_content(cms);

	if (pos == NULL || (*pos != NULL) != ours->begun)
		abort();
	if (*pos != NULL &&
	    !same_octets(ASN1_STRING_get0_data(*pos),
		(size_t)ASN1_STRING_length(*pos), ours->content.data,
		ours->content.len))
		abort();
}

/*
 * Put back what was cut out.  False where a certificate is there twice, which
 * OpenSSL does not allow here, but reads.
 */
static bool
add_certs(CMS_ContentInfo *frame, const struct output *ours)
{
	const unsigned char *at = ours->certs.data;
	size_t left = ours->certs.len;
	X509 *cert;

	for (; left > 0;
	     left = ours->certs.len - (size_t)(at - ours->certs.data)) {
		cert = d2i_X509(NULL, &at, (long)left);
		if (cert == NULL)
			abort();
		if (CMS_add0_cert(frame, cert) != 1) {
			X509_free(cert);
			return false;
		}
	}
	return true;
}

/* Without the content, both must be the same DER. */
static void
compare_rest(CMS_ContentInfo *cms, CMS_ContentInfo *frame)
{
	unsigned char *a = NULL;
	unsigned char *b = NULL;
	int a_len, b_len;

	if (CMS_set_detached(cms, 1) != 1)
		abort();
	a_len = i2d_CMS_ContentInfo(cms, &a);
	b_len = i2d_CMS_ContentInfo(frame, &b);
	if (a_len != b_len || (a_len > 0 && memcmp(a, b, (size_t)a_len) != 0))
		abort();
	OPENSSL_free(a);
	OPENSSL_free(b);
}

static void
compare_with_openssl(const struct output *ours, const uint8_t *data,
    size_t size)
{
	const unsigned char *at = ours->frame.data;
	CMS_ContentInfo *cms, *frame;

	frame = d2i_CMS_ContentInfo(NULL, &at, (long)ours->frame.len);
	if (frame != NULL && at != ours->frame.data + ours->frame.len)
		abort();
	at = data;
	cms = d2i_CMS_ContentInfo(NULL, &at, (long)size);
	if (cms != NULL && frame == NULL)
		abort();
	if (cms != NULL) {
		compare_content(cms, ours);
		if (add_certs(frame, ours))
			compare_rest(cms, frame);
	}
	CMS_ContentInfo_free(cms);
	CMS_ContentInfo_free(frame);
	ERR_clear_error();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct output whole, pieces;

	if (size < 1)
		return 0;
	whole = read_in(data + 1, size - 1, size);
	pieces = read_in(data + 1, size - 1, data[0] + (size_t)1);
	if (!same_output(&whole, &pieces) || ERR_peek_error() != 0)
		abort();
	if (whole.reason == REASON_OK && whole.kind == SDATA_SIGNED)
		compare_with_openssl(&whole, data + 1, size - 1);
	free_output(&whole);
	free_output(&pieces);
	return 0;
}
