/* SPDX-License-Identifier: ISC */
#include "smime/store/pem.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pkcs12.h>

#include "smime/cms/bag.h"
#include "smime/cms/sdata.h"
#include "smime/x509/cert.h"

#define BEGIN  "-----BEGIN "
#define END    "-----END "
#define DASHES "-----"

/*
 * What sdata.h puts around the octets that it keeps; a certificate of
 * indefinite length becomes two octets longer, and never twice as long.
 */
enum { CMS_FRAME = 64 };

/* Some octets of the input. */
struct span {
	const char *at; /* borrowed from the caller of pem_read() */
	size_t len;
};

/* Where reading stands, and where things found go to. */
struct reader {
	OSSL_LIB_CTX *libctx;
	pem_sink *sink;
	void *arg;
	struct span left; /* not yet cut into lines */
	size_t line;	  /* of the line cut last, from 1; 0 in DER */
	size_t begin;	  /* of the BEGIN line, 0 in DER */
};

struct block {
	struct span label;
	struct span body; /* whole lines of base64 */
};

static bool
starts_with(struct span span, const char *words)
{
	size_t len = strlen(words);

	return span.len >= len && memcmp(span.at, words, len) == 0;
}

static bool
is(struct span span, const char *words)
{
	return span.len == strlen(words) && starts_with(span, words);
}

static bool
ends_with(struct span span, const char *words)
{
	size_t len = strlen(words);

	return span.len >= len &&
	    memcmp(span.at + span.len - len, words, len) == 0;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Cut off the next line, without white space around it. */
static bool
next_line(struct reader *reader, struct span *line_r)
{
	struct span *left = &reader->left;
	struct span line = *left;
	const char *lf;

	if (left->len == 0)
		return false;
	lf = memchr(line.at, '\n', line.len);
	if (lf != NULL)
		line.len = (size_t)(lf - line.at) + 1;
	left->at += line.len;
	left->len -= line.len;
	reader->line++;

	while (line.len > 0 && is_space(line.at[line.len - 1]))
		line.len--;
	while (line.len > 0 && is_space(line.at[0])) {
		line.at++;
		line.len--;
	}
	*line_r = line;
	return true;
}

/* The label in a line such as "-----BEGIN LABEL-----". */
static bool
find_label(struct span line, const char *start, struct span *label_r)
{
	size_t before = strlen(start);
	size_t after = strlen(DASHES);

	if (line.len < before + after || !starts_with(line, start) ||
	    !ends_with(line, DASHES))
		return false;
	label_r->at = line.at + before;
	label_r->len = line.len - before - after;
	return true;
}

/* Find the next BEGIN line.  False at the end of the text. */
static bool
find_begin(struct reader *reader, struct block *block_r)
{
	struct span line;

	while (next_line(reader, &line))
		if (find_label(line, BEGIN, &block_r->label)) {
			reader->begin = reader->line;
			return true;
		}
	return false;
}

/* Find its END line.  False where that of another comes, or none. */
static bool
find_end(struct reader *reader, struct block *block)
{
	struct span line, label;

	block->body.at = reader->left.at;
	while (next_line(reader, &line)) {
		if (!find_label(line, END, &label))
			continue;
		block->body.len = (size_t)(line.at - block->body.at);
		return label.len == block->label.len &&
		    memcmp(label.at, block->label.at, label.len) == 0;
	}
	return false;
}

/* Undo base64.  *octets_r is then the caller's to free with free(). */
static enum pem_status
decode(struct span body, uint8_t **octets_r, size_t *len_r)
{
	EVP_ENCODE_CTX *ctx = EVP_ENCODE_CTX_new();
	uint8_t *octets = malloc(body.len + 1);
	int len = 0, rest = 0;
	bool good = false;

	if (ctx == NULL || octets == NULL || body.len > INT_MAX) {
		EVP_ENCODE_CTX_free(ctx);
		free(octets);
		return PEM_NOMEM;
	}
	EVP_DecodeInit(ctx);
	/* A dash would end the decoding without a word. */
	if (memchr(body.at, '-', body.len) == NULL &&
	    EVP_DecodeUpdate(ctx, octets, &len, (const uint8_t *)body.at,
		(int)body.len) >= 0)
		good = EVP_DecodeFinal(ctx, octets + len, &rest) == 1;
	EVP_ENCODE_CTX_free(ctx);
	if (!good) {
		free(octets);
		return PEM_DAMAGED;
	}
	*octets_r = octets;
	*len_r = (size_t)len + (size_t)rest;
	return PEM_OK;
}

static enum pem_status
give(const struct reader *reader, enum pem_kind kind, const char *note)
{
	const struct pem_item item = { .kind = kind,
		.line = reader->begin,
		.note = note };

	return reader->sink(reader->arg, &item) ? PEM_OK : PEM_NOMEM;
}

static enum pem_status
give_cert(const struct reader *reader, X509 *cert, const uint8_t *der,
    size_t len)
{
	const struct pem_item item = { .kind = PEM_CERT,
		.line = reader->begin,
		.cert = cert,
		.der = der,
		.len = len };

	return reader->sink(reader->arg, &item) ? PEM_OK : PEM_NOMEM;
}

/* What should be a certificate and cannot be read, named where it can be. */
static enum pem_status
give_odd(const struct reader *reader, const uint8_t *der, size_t len)
{
	char *subject = cert_subject_of(der, len);
	const struct pem_item item = { .kind = PEM_PASSED,
		.line = reader->begin,
		.note = "not a certificate in DER",
		.subject = subject };
	bool good = reader->sink(reader->arg, &item);

	free(subject);
	return good ? PEM_OK : PEM_NOMEM;
}

static enum pem_status
give_signed_data(const struct reader *reader, const struct sdata *sdata)
{
	enum pem_status status = PEM_OK;
	size_t len, left;
	const uint8_t *at = sdata_certs(sdata, &left);
	X509 *cert;

	for (; status == PEM_OK && left > 0; at += len, left -= len) {
		len = bag_element(at, left);
		if (len == 0)
			return PEM_DAMAGED;
		cert = cert_read(reader->libctx, at, len);
		status = cert != NULL ? give_cert(reader, cert, at, len) :
					give_odd(reader, at, len);
	}
	for (size_t i = 0; status == PEM_OK && i < sdata_crl_count(sdata); i++)
		status = give(reader, PEM_CRL, NULL);
	return status;
}

static void
ignore_begin(void *arg, algo_set digests)
{
	(void)arg;
	(void)digests;
}

static void
ignore_content(void *arg, const uint8_t *octets, size_t len)
{
	(void)arg;
	(void)octets;
	(void)len;
}

/* Signatures in it are of no interest and are not verified. */
static enum pem_status
read_cms(const struct reader *reader, const uint8_t *der, size_t len)
{
	static const struct sdata_sink nothing = { ignore_begin,
		ignore_content };
	struct sdata *sdata = sdata_new(&nothing, NULL, 2 * len + CMS_FRAME);
	enum pem_status status = PEM_DAMAGED;
	enum reason reason;

	if (sdata == NULL)
		return PEM_NOMEM;
	sdata_push(sdata, der, len);
	reason = sdata_end(sdata);
	if (reason == REASON_TEMP_NOMEM)
		status = PEM_NOMEM;
	else if (reason == REASON_OK && sdata_kind(sdata) == SDATA_SIGNED)
		status = give_signed_data(reader, sdata);
	sdata_free(sdata);
	return status;
}

/* A certificate, or SignedData: the octets know better than the label. */
static enum pem_status
read_der(const struct reader *reader, const uint8_t *der, size_t len)
{
	X509 *cert = cert_read(reader->libctx, der, len);

	if (cert != NULL)
		return give_cert(reader, cert, der, len);
	return read_cms(reader, der, len);
}

static enum pem_status
read_trusted(const struct reader *reader, const uint8_t *der, size_t len)
{
	X509 *cert = cert_read_trusted(reader->libctx, der, len);
	enum pem_status status;
	uint8_t *bare = NULL;
	int bare_len;

	if (cert == NULL)
		return PEM_DAMAGED;
	bare_len = i2d_X509(cert, &bare);
	if (bare_len < 0) {
		X509_free(cert);
		return PEM_NOMEM;
	}
	status = give_cert(reader, cert, bare, (size_t)bare_len);
	OPENSSL_free(bare);
	return status;
}

typedef enum pem_status content_reader(const struct reader *reader,
    const uint8_t *der, size_t len);

/*
 * The base64 of a file that was cut or garbled is damaged, and so is the
 * file.  Good base64 of something that is no certificate harms nothing else.
 */
static enum pem_status
read_content(const struct reader *reader, struct span body,
    content_reader *read_as)
{
	enum pem_status status;
	uint8_t *der;
	size_t len;

	status = decode(body, &der, &len);
	if (status != PEM_OK)
		return status;
	status = read_as(reader, der, len);
	if (status == PEM_DAMAGED)
		status = give_odd(reader, der, len);
	free(der);
	return status;
}

static enum pem_status
read_block(const struct reader *reader, const struct block *block)
{
	static const char *const plain[] = { "CERTIFICATE", "X509 CERTIFICATE",
		"PKCS7", "CMS", "PKCS #7 SIGNED DATA" };
	struct span label = block->label;

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (is(label, plain[i]))
			return read_content(reader, block->body, read_der);
	if (is(label, "TRUSTED CERTIFICATE"))
		return read_content(reader, block->body, read_trusted);
	if (is(label, "X509 CRL"))
		return give(reader, PEM_CRL, NULL);
	if (ends_with(label, "PRIVATE KEY"))
		return give(reader, PEM_KEY, "a private key");
	return give(reader, PEM_PASSED, "a block of another kind");
}

static enum pem_status
read_text(struct reader *reader)
{
	enum pem_status status = PEM_UNKNOWN;
	struct block block;

	while (find_begin(reader, &block)) {
		status = PEM_DAMAGED;
		if (find_end(reader, &block))
			status = read_block(reader, &block);
		if (status != PEM_OK)
			return status;
	}
	return status;
}

static bool
is_utf16(const uint8_t *octets, size_t len)
{
	return len >= 2 &&
	    ((octets[0] == 0xff && octets[1] == 0xfe) ||
		(octets[0] == 0xfe && octets[1] == 0xff));
}

/* A SEQUENCE too long for the short form: no text begins like that. */
static bool
is_der(const uint8_t *octets, size_t len)
{
	return len >= 2 && octets[0] == 0x30 && octets[1] >= 0x80;
}

/* Its outermost length says that nothing is missing, and nothing follows. */
static bool
is_whole(const uint8_t *der, size_t len)
{
	const uint8_t *at = der;
	int tag, class;
	long inside;

	return ASN1_get_object(&at, &inside, &tag, &class, (long)len) ==
	    V_ASN1_CONSTRUCTED &&
	    (size_t)(at - der) + (size_t)inside == len;
}

/* A key of PKCS#8, of an algorithm's own format, or under a password. */
static bool
is_private_key(const uint8_t *der, size_t len)
{
	const uint8_t *at = der;
	EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &at, (long)len);
	X509_SIG *encrypted = NULL;
	bool is;

	is = key != NULL && at == der + len;
	EVP_PKEY_free(key);
	if (is)
		return true;
	at = der;
	encrypted = d2i_X509_SIG(NULL, &at, (long)len);
	is = encrypted != NULL && at == der + len;
	X509_SIG_free(encrypted);
	return is;
}

static bool
is_pkcs12(const uint8_t *der, size_t len)
{
	const uint8_t *at = der;
	PKCS12 *p12 = d2i_PKCS12(NULL, &at, (long)len);
	bool is = p12 != NULL && at == der + len;

	PKCS12_free(p12);
	return is;
}

/* DER with nothing missing that has no certificates for us. */
static enum pem_status
read_other(const struct reader *reader, const uint8_t *der, size_t len)
{
	const char *note = NULL;

	if (is_private_key(der, len))
		note = "a private key";
	else if (is_pkcs12(der, len))
		note = "PKCS#12, which may hold a private key";
	if (note != NULL && give(reader, PEM_KEY, note) != PEM_OK)
		return PEM_NOMEM;
	return PEM_UNKNOWN;
}

static void
skip_byte_order_mark(struct span *text)
{
	static const char mark[] = "\xef\xbb\xbf";

	if (starts_with(*text, mark)) {
		text->at += strlen(mark);
		text->len -= strlen(mark);
	}
}

enum pem_status
pem_read(OSSL_LIB_CTX *libctx, const uint8_t *octets, size_t len,
    pem_sink *sink, void *arg, size_t *line_r)
{
	struct reader reader = { .libctx = libctx,
		.sink = sink,
		.arg = arg,
		.left = { (const char *)octets, len } };
	enum pem_status status;

	if (is_utf16(octets, len))
		return PEM_UTF16;
	if (len > INT_MAX)
		return PEM_UNKNOWN;

	ERR_set_mark();
	if (is_der(octets, len)) {
		status = read_der(&reader, octets, len);
		if (status == PEM_DAMAGED && is_whole(octets, len))
			status = read_other(&reader, octets, len);
	} else if (len >= 2 && octets[0] == 0x30 && is_whole(octets, len)) {
		/* A key of 32 octets, such as Ed25519, is as short as that. */
		status = read_other(&reader, octets, len);
	} else {
		skip_byte_order_mark(&reader.left);
		status = read_text(&reader);
	}
	ERR_pop_to_mark();
	if (status == PEM_DAMAGED && line_r != NULL)
		*line_r = reader.begin;
	return status;
}

enum buf_status
pem_write_cert(struct buf *out, const uint8_t *der, size_t len)
{
	static const char begin[] = BEGIN "CERTIFICATE" DASHES "\n";
	static const char end[] = END "CERTIFICATE" DASHES "\n";
	enum { OCTETS = 48, CHARS = 64 };
	enum buf_status status = buf_push(out, begin, sizeof(begin) - 1);
	uint8_t line[CHARS + 1];
	size_t part;
	int chars;

	for (size_t at = 0; status == BUF_OK && at < len; at += part) {
		part = len - at < OCTETS ? len - at : OCTETS;
		chars = EVP_EncodeBlock(line, der + at, (int)part);
		line[chars] = '\n';
		status = buf_push(out, line, (size_t)chars + 1);
	}
	return status == BUF_OK ? buf_push(out, end, sizeof(end) - 1) : status;
}

const char *
pem_explain(enum pem_status status)
{
	static const char *const why[] = {
		[PEM_OK] = "no error",
		[PEM_NOMEM] = "out of memory",
		[PEM_UTF16] = "text in UTF-16, as PowerShell's \">\" writes it",
		[PEM_UNKNOWN] = "none of the formats",
		[PEM_DAMAGED] = "truncated or damaged",
	};
	_Static_assert(sizeof(why) / sizeof(why[0]) == PEM_DAMAGED + 1, "why");

	return why[status];
}
