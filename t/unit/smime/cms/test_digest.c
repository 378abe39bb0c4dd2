/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "smime/cms/digest.h"
#include "t/lib/chunks.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum { ALL = (1 << ALGO_COUNT) - 1, LONG = 5000, COPY = 20 };

static algo_set
only(enum algo algo)
{
	return 1U << algo;
}

/* The chain's digest must be the one of want[0..len). */
static void
expect_digest(struct digest *digest, enum algo algo, const uint8_t *want,
    size_t len)
{
	const char *name = algo_fetch_name(algo);
	uint8_t hash[EVP_MAX_MD_SIZE], got[EVP_MAX_MD_SIZE];
	BIO *bio = digest_get0_chain(digest);
	EVP_MD_CTX *ctx, *copy = EVP_MD_CTX_new();
	unsigned int got_len;
	size_t hash_len;

	ck_assert(EVP_Q_digest(NULL, name, NULL, want, len, hash, &hash_len));
	for (; bio != NULL; bio = BIO_next(bio)) {
		bio = BIO_find_type(bio, BIO_TYPE_MD);
		ck_assert_msg(bio != NULL, "%s is not in the chain", name);
		ck_assert_int_eq(BIO_get_md_ctx(bio, &ctx), 1);
		if (EVP_MD_is_a(EVP_MD_CTX_get0_md(ctx), name))
			break;
	}
	ck_assert_int_eq(EVP_MD_CTX_copy_ex(copy, ctx), 1);
	ck_assert_int_eq(EVP_DigestFinal_ex(copy, got, &got_len), 1);
	ck_assert_uint_eq(got_len, hash_len);
	ck_assert_msg(memcmp(got, hash, hash_len) == 0, "%s", name);
	EVP_MD_CTX_free(copy);
}

static void
push(void *arg, const uint8_t *octets, size_t len)
{
	digest_push(arg, octets, len);
}

/* The CRLF form, octet by octet.  out has room for twice as many. */
static size_t
write_crlf(const uint8_t *octets, size_t len, uint8_t *out)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (octets[i] == '\n' && (i == 0 || octets[i - 1] != '\r'))
			out[n++] = '\r';
		out[n++] = octets[i];
	}
	return n;
}

static void
hash_in_crlf_form(void *arg, const struct chunks *chunks)
{
	struct digest *digest =
	    digest_new(NULL, only(ALGO_SHA256), DIGEST_CRLF, COPY);
	uint8_t *want = malloc(2 * chunks->len + 1);
	size_t len = write_crlf(chunks->octets, chunks->len, want);

	(void)arg;
	chunks_feed(chunks, push, digest);
	ck_assert(digest_is_good(digest));
	expect_digest(digest, ALGO_SHA256, want, len);
	/* The copy holds the same form. */
	if (len <= COPY) {
		ck_assert(digest_require(digest, ALGO_SHA512));
		expect_digest(digest, ALGO_SHA512, want, len);
	}
	ck_assert_int_eq(digest_first_octet(digest), len > 0 ? want[0] : -1);
	digest_free(digest);
	free(want);
}

#define SIXTY "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX"

static const struct {
	const char *name;
	const char *text;
} texts[] = {
	{ "nothing", "" },
	{ "no line end", "a" },
	{ "a LF", "\n" },
	{ "a CR", "\r" },
	{ "a CRLF", "\r\n" },
	{ "CRLF lines", "one\r\n\r\ntwo\r\n" },
	{ "LF lines", "one\n\ntwo\n" },
	{ "both kinds", "one\r\ntwo\nthree\r\n\nfour" },
	{ "CR that ends no line", "a\rb\r\rc\r\r\nd\n\re\r" },
	{ "no LF in 60 octets", SIXTY },
	{ "one bare LF between CRLF lines", SIXTY "\r\n" SIXTY "\n" SIXTY },
	{ "one bare LF at the very end", SIXTY "\r\n" SIXTY "\r\n" SIXTY "\n" },
};

START_TEST(hashes_the_crlf_form_at_every_split)
{
	chunks_each(texts[_i].text, strlen(texts[_i].text), hash_in_crlf_form,
	    NULL);
}
END_TEST

/* What is searched in one go is a power of two, and below these. */
static const size_t pieces[] = { 70, 255, 256, 257, 300, 600 };

/* One LF at a time, at each offset: the search must miss none. */
START_TEST(finds_a_bare_lf_wherever_it_is)
{
	uint8_t text[600];

	for (size_t at = 0; at < sizeof(text); at++) {
		memset(text, 'x', sizeof(text));
		text[at] = '\n';
		chunks_sized(text, sizeof(text), pieces[_i], hash_in_crlf_form,
		    NULL);
		if (at == 0)
			continue;
		text[at - 1] = '\r';
		chunks_sized(text, sizeof(text), pieces[_i], hash_in_crlf_form,
		    NULL);
	}
}
END_TEST

START_TEST(leaves_the_octets_alone_when_told_so)
{
	static const uint8_t text[] = "one\ntwo\r\nthree\rfour\n\0five";
	struct digest *digest =
	    digest_new(NULL, only(ALGO_SHA256), DIGEST_AS_IS, 0);

	digest_push(digest, text, sizeof(text));
	expect_digest(digest, ALGO_SHA256, text, sizeof(text));
	digest_free(digest);
}
END_TEST

START_TEST(computes_all_digests_at_once)
{
	static uint8_t text[LONG];
	struct digest *digest = digest_new(NULL, ALL, DIGEST_AS_IS, 0);

	for (size_t i = 0; i < LONG; i++)
		text[i] = (uint8_t)(i * i);
	digest_push(digest, text, 1);
	digest_push(digest, text + 1, LONG - 1);
	ck_assert(digest_is_good(digest));
	for (enum algo algo = 0; algo < ALGO_COUNT; algo++) {
		expect_digest(digest, algo, text, LONG);
		ck_assert(digest_require(digest, algo));
	}
	digest_free(digest);
}
END_TEST

START_TEST(computes_only_the_digests_asked_for)
{
	struct digest *digest = digest_new(NULL,
	    only(ALGO_SHA1) | only(ALGO_SHA384), DIGEST_AS_IS, 0);
	BIO *bio = digest_get0_chain(digest);
	int filters = 0;

	for (; bio != NULL; bio = BIO_next(bio))
		filters += BIO_method_type(bio) == BIO_TYPE_MD;
	ck_assert_int_eq(filters, 2);
	expect_digest(digest, ALGO_SHA1, NULL, 0);
	expect_digest(digest, ALGO_SHA384, NULL, 0);
	digest_free(digest);
}
END_TEST

/* COPY octets fit into the copy, COPY + 1 do not. */
START_TEST(hashes_again_what_is_no_larger_than_the_copy)
{
	static const uint8_t text[COPY + 1] = "0123456789abcdefghij";
	size_t len = COPY + (size_t)_i;
	struct digest *digest =
	    digest_new(NULL, only(ALGO_SHA256), DIGEST_CRLF, COPY);

	digest_push(digest, text, 7);
	digest_push(digest, text + 7, len - 7);
	if (len <= COPY) {
		ck_assert(digest_require(digest, ALGO_SHA512));
		ck_assert(digest_require(digest, ALGO_SHA512));
		expect_digest(digest, ALGO_SHA512, text, len);
	} else {
		ck_assert(!digest_require(digest, ALGO_SHA512));
	}
	/* What was there before has not seen the octets twice. */
	ck_assert(digest_require(digest, ALGO_SHA256));
	expect_digest(digest, ALGO_SHA256, text, len);
	digest_free(digest);
}
END_TEST

START_TEST(does_not_hash_again_a_copy_that_lacks_something)
{
	struct digest *digest =
	    digest_new(NULL, only(ALGO_SHA256), DIGEST_AS_IS, 4);

	digest_push(digest, (const uint8_t *)"abcde", 5);
	digest_push(digest, (const uint8_t *)"f", 1); /* this one would fit */
	ck_assert(!digest_require(digest, ALGO_SHA1));
	digest_free(digest);
}
END_TEST

START_TEST(hashes_again_what_is_empty)
{
	struct digest *digest = digest_new(NULL, 0, DIGEST_AS_IS, 0);

	digest_push(digest, NULL, 0);
	ck_assert_int_eq(digest_first_octet(digest), -1);
	ck_assert(digest_require(digest, ALGO_SHA256));
	expect_digest(digest, ALGO_SHA256, NULL, 0);
	digest_free(digest);
}
END_TEST

START_TEST(knows_the_first_octet_whatever_its_value)
{
	struct digest *digest = digest_new(NULL, 0, DIGEST_CRLF, 0);

	digest_push(digest, (const uint8_t *)"", 0);
	digest_push(digest, (const uint8_t *)"\xff\n1", 3);
	digest_push(digest, (const uint8_t *)"2", 1);
	ck_assert_int_eq(digest_first_octet(digest), 0xff);
	digest_free(digest);
}
END_TEST

/* A library context where no digest is to be had. */
START_TEST(leaves_out_a_digest_that_is_not_offered)
{
	OSSL_LIB_CTX *libctx = OSSL_LIB_CTX_new();
	struct digest *digest;

	EVP_set_default_properties(libctx, "provider=none");
	ERR_clear_error();
	ERR_raise(ERR_LIB_USER, 1);
	digest = digest_new(libctx, ALL, DIGEST_AS_IS, COPY);
	ck_assert_ptr_nonnull(digest);
	digest_push(digest, (const uint8_t *)"abc", 3);
	ck_assert(digest_is_good(digest));
	ck_assert(!digest_require(digest, ALGO_SHA256));
	ck_assert_int_eq(digest_first_octet(digest), 'a');
	ck_assert_int_eq(ERR_GET_LIB(ERR_peek_error()), ERR_LIB_USER);
	ck_assert_int_eq(ERR_GET_LIB(ERR_peek_last_error()), ERR_LIB_USER);
	digest_free(digest);
	OSSL_LIB_CTX_free(libctx);
}
END_TEST

START_TEST(remembers_a_failure)
{
	struct digest *digest =
	    digest_new(NULL, only(ALGO_SHA256), DIGEST_AS_IS, 0);
	BIO *filter = digest_get0_chain(digest);
	BIO *sink = BIO_next(filter);

	/* Behind the filter comes one that cannot be written to. */
	BIO_pop(sink);
	BIO_free(sink);
	BIO_push(filter, BIO_new_mem_buf("", 0));
	ck_assert(digest_is_good(digest));
	digest_push(digest, (const uint8_t *)"abc", 3);
	ck_assert(!digest_is_good(digest));
	digest_free(digest);
}
END_TEST

static void
add_tests(TCase *tcase)
{
	tcase_add_loop_test(tcase, hashes_the_crlf_form_at_every_split, 0,
	    COUNT(texts));
	tcase_add_loop_test(tcase, finds_a_bare_lf_wherever_it_is, 0,
	    COUNT(pieces));
	tcase_add_test(tcase, leaves_the_octets_alone_when_told_so);
	tcase_add_test(tcase, computes_all_digests_at_once);
	tcase_add_test(tcase, computes_only_the_digests_asked_for);
	tcase_add_loop_test(tcase, hashes_again_what_is_no_larger_than_the_copy,
	    0, 2);
	tcase_add_test(tcase, does_not_hash_again_a_copy_that_lacks_something);
	tcase_add_test(tcase, hashes_again_what_is_empty);
	tcase_add_test(tcase, knows_the_first_octet_whatever_its_value);
	tcase_add_test(tcase, leaves_out_a_digest_that_is_not_offered);
	tcase_add_test(tcase, remembers_a_failure);
}

int
main(void)
{
	Suite *suite = suite_create("digest");
	TCase *tcase = tcase_create("digest");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	add_tests(tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
