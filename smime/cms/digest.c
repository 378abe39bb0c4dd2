/* SPDX-License-Identifier: ISC */
#include "smime/cms/digest.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "smime/buf.h"
#include "smime/nomem.h"

/*
 * For a loop that GCC makes vectors of: one copy for processors with AVX2,
 * where it is twice as fast, and one for the others.  The loader chooses before
 * a thread sanitizer is there to be called.
 */
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__) &&    \
    !defined(__SANITIZE_THREAD__)
#define WIDE __attribute__((target_clones("avx2", "default")))
#else
#define WIDE
#endif

/* What the search for a bare LF looks at in one go. */
enum { BLOCK = 256 };

/* Pieces shorter than that are not worth a write. */
enum { GATHER = 4096 };

struct digest {
	OSSL_LIB_CTX *libctx; /* borrowed from the caller of digest_new() */
	enum digest_form form;
	algo_set set; /* what is in the chain */
	uint8_t last; /* the last octet pushed */
	int first;
	bool failed;
	bool copy_is_whole;
	struct buf copy;
	BIO *chain; /* owned */
	/* Short pieces are gathered: each write costs more than its octets. */
	uint8_t gathered[GATHER];
	size_t gathered_len;
};

/* A filter that computes one digest; NULL when it cannot be had. */
static BIO *
new_filter(OSSL_LIB_CTX *libctx, enum algo algo)
{
	EVP_MD *md = EVP_MD_fetch(libctx, algo_fetch_name(algo), NULL);
	BIO *filter = BIO_new(BIO_f_md());

	if (md == NULL || filter == NULL || BIO_set_md(filter, md) != 1) {
		BIO_free(filter);
		filter = NULL;
	}
	EVP_MD_free(md);
	return filter;
}

static void
add_filter(struct digest *digest, enum algo algo, BIO *filter)
{
	digest->chain = BIO_push(filter, digest->chain);
	digest->set |= 1U << algo;
}

static void
hash(struct digest *digest, const uint8_t *octets, size_t len)
{
	size_t n;

	while (len > 0) {
		n = len < INT_MAX ? len : INT_MAX;
		if (BIO_write(digest->chain, octets, (int)n) != (int)n)
			digest->failed = true;
		octets += n;
		len -= n;
	}
}

static void
flush(struct digest *digest)
{
	hash(digest, digest->gathered, digest->gathered_len);
	digest->gathered_len = 0;
}

static void
copy(struct digest *digest, const uint8_t *octets, size_t len)
{
	enum buf_status status = buf_push(&digest->copy, octets, len);

	if (status == BUF_NOMEM)
		nomem_note();
	if (status != BUF_OK)
		digest->copy_is_whole = false;
}

static void
put(struct digest *digest, const uint8_t *octets, size_t len)
{
	if (len == 0)
		return;
	if (digest->first < 0)
		digest->first = octets[0];
	if (digest->copy_is_whole)
		copy(digest, octets, len);
	if (len > GATHER - digest->gathered_len)
		flush(digest);
	if (len > GATHER) {
		hash(digest, octets, len);
		return;
	}
	memcpy(digest->gathered + digest->gathered_len, octets, len);
	digest->gathered_len += len;
}

/*
 * Is there a LF after anything but CR?  prev is the octet before the first.
 * In blocks of a constant size, so that a compiler can use vectors.
 */
WIDE static bool
has_bare_lf(const uint8_t *p, size_t len, uint8_t prev)
{
	uint8_t bare = 0;
	size_t i = 1;

	if (len == 0)
		return false;
	if (p[0] == '\n' && prev != '\r')
		return true;
	for (; i + BLOCK <= len && bare == 0; i += BLOCK)
		for (size_t k = 0; k < BLOCK; k++)
			bare |= (uint8_t)((p[i + k] == '\n') &
			    (p[i + k - 1] != '\r'));
	for (; i < len; i++)
		bare |= (uint8_t)((p[i] == '\n') & (p[i - 1] != '\r'));
	return bare != 0;
}

static void
put_crlf(struct digest *digest, const uint8_t *octets, size_t len)
{
	uint8_t prev = digest->last;
	size_t done = 0;

	for (size_t i = 0; i < len; i++) {
		if (octets[i] == '\n' && prev != '\r') {
			put(digest, octets + done, i - done);
			put(digest, (const uint8_t *)"\r", 1);
			done = i;
		}
		prev = octets[i];
	}
	put(digest, octets + done, len - done);
}

static void
add_filters(struct digest *digest, algo_set set)
{
	BIO *filter;

	ERR_set_mark();
	for (enum algo algo = 0; algo < ALGO_COUNT; algo++) {
		if ((set & 1U << algo) == 0)
			continue;
		filter = new_filter(digest->libctx, algo);
		if (filter != NULL)
			add_filter(digest, algo, filter);
	}
	ERR_pop_to_mark();
}

/* The state of one filter of the chain, or NULL. */
static EVP_MD_CTX *
find_filter(struct digest *digest, enum algo algo)
{
	BIO *bio = digest->chain;
	EVP_MD_CTX *ctx;

	while ((bio = BIO_find_type(bio, BIO_TYPE_MD)) != NULL) {
		if (BIO_get_md_ctx(bio, &ctx) == 1 &&
		    EVP_MD_is_a(EVP_MD_CTX_get0_md(ctx),
			algo_fetch_name(algo)) == 1)
			return ctx;
		bio = BIO_next(bio);
	}
	return NULL;
}

struct digest *
digest_new(OSSL_LIB_CTX *libctx, algo_set set, enum digest_form form,
    size_t copy)
{
	struct digest *digest = calloc(1, sizeof(*digest));

	if (digest == NULL)
		return NULL;
	digest->libctx = libctx;
	digest->form = form;
	digest->first = -1;
	digest->copy_is_whole = true;
	buf_init(&digest->copy, copy);
	digest->chain = BIO_new(BIO_s_null());
	if (digest->chain == NULL) {
		digest_free(digest);
		return NULL;
	}
	add_filters(digest, set);
	return digest;
}

void
digest_push(struct digest *digest, const uint8_t *octets, size_t len)
{
	if (len == 0)
		return;
	if (digest->form == DIGEST_CRLF &&
	    has_bare_lf(octets, len, digest->last))
		put_crlf(digest, octets, len);
	else
		put(digest, octets, len);
	digest->last = octets[len - 1];
}

bool
digest_is_good(struct digest *digest)
{
	flush(digest);
	return !digest->failed;
}

bool
digest_require(struct digest *digest, enum algo algo)
{
	EVP_MD_CTX *ctx = NULL;
	BIO *filter;

	flush(digest);
	if ((digest->set & 1U << algo) != 0)
		return true;
	if (!digest->copy_is_whole)
		return false;
	ERR_set_mark();
	filter = new_filter(digest->libctx, algo);
	ERR_pop_to_mark();
	if (filter == NULL)
		return false;
	/* The filters already there must not see the octets again. */
	if (BIO_get_md_ctx(filter, &ctx) != 1 ||
	    EVP_DigestUpdate(ctx, digest->copy.data, digest->copy.len) != 1) {
		BIO_free(filter);
		return false;
	}
	add_filter(digest, algo, filter);
	return true;
}

bool
digest_value(struct digest *digest, enum algo algo, uint8_t *out, size_t len)
{
	EVP_MD_CTX *filter = find_filter(digest, algo);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned int written = 0;
	bool good;

	flush(digest);
	good = filter != NULL && ctx != NULL &&
	    EVP_MD_CTX_copy_ex(ctx, filter) == 1;
	if (good && algo == ALGO_SHAKE256)
		good = EVP_DigestFinalXOF(ctx, out, len) == 1;
	else if (good)
		good = (size_t)EVP_MD_CTX_get_size(ctx) == len &&
		    EVP_DigestFinal_ex(ctx, out, &written) == 1;
	EVP_MD_CTX_free(ctx);
	return good;
}

const uint8_t *
digest_get0_copy(const struct digest *digest, size_t *len_r)
{
	if (!digest->copy_is_whole)
		return NULL;
	*len_r = digest->copy.len;
	/* An empty copy has no memory, and yet is one. */
	return digest->copy.len > 0 ? digest->copy.data : (const uint8_t *)"";
}

int
digest_first_octet(const struct digest *digest)
{
	return digest->first;
}

BIO *
digest_get0_chain(struct digest *digest)
{
	flush(digest);
	return digest->chain;
}

void
digest_free(struct digest *digest)
{
	if (digest == NULL)
		return;
	BIO_free_all(digest->chain);
	buf_done(&digest->copy);
	free(digest);
}
