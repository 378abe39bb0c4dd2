/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/pkcs7.h>

#include "smime/store/p7b.h"
#include "smime/store/pem.h"
#include "t/lib/pki.h"

enum { MANY = 200 };

static EVP_PKEY *key;
static X509 *cert;
static struct certraw *raws[MANY];

/* What pem_read() found: whether each certificate is the one that was put in. */
struct seen {
	size_t count;
	bool same;
};

static void
set_up(void)
{
	uint8_t *der;
	size_t len;

	key = pki_key("P-256");
	for (size_t i = 0; i < MANY; i++) {
		cert = pki_make(&(struct pki_cert){ .cn = "R",
				    .extensions = pki_ca_extensions },
		    key, NULL, NULL);
		der = pki_der(cert, &len);
		raws[i] = certraw_new(der, len, NULL, 0);
		free(der);
		X509_free(cert);
	}
}

static void
tear_down(void)
{
	for (size_t i = 0; i < MANY; i++)
		certraw_free(raws[i]);
	EVP_PKEY_free(key);
}

static bool
compare(void *arg, const struct pem_item *item)
{
	struct seen *seen = arg;
	const struct certraw *raw = raws[seen->count++];

	if (item->kind != PEM_CERT || item->len != raw->len ||
	    memcmp(item->der, raw->der, raw->len) != 0)
		seen->same = false;
	X509_free(item->cert);
	return true;
}

/* Lengths of two and of three octets. */
static const size_t counts[] = { 1, 2, MANY };

START_TEST(gives_back_the_certificates_in_order)
{
	size_t count = counts[_i];
	struct seen seen = { .same = true };
	struct buf buf;

	buf_init(&buf, 1 << 20);
	ck_assert_int_eq(p7b_write(&buf, (const struct certraw *const *)raws,
			     count),
	    BUF_OK);
	ck_assert_int_eq(pem_read(NULL, buf.data, buf.len, compare, &seen,
			     NULL),
	    PEM_OK);
	ck_assert_uint_eq(seen.count, count);
	ck_assert(seen.same);
	buf_done(&buf);
}
END_TEST

START_TEST(says_what_another_encoder_says)
{
	const uint8_t *at = raws[0]->der;
	X509 *first = d2i_X509(NULL, &at, (long)raws[0]->len);
	PKCS7 *p7 = PKCS7_new();
	uint8_t *want = NULL;
	struct buf buf;
	int len;

	PKCS7_set_type(p7, NID_pkcs7_signed);
	PKCS7_content_new(p7, NID_pkcs7_data);
	PKCS7_set_detached(p7, 1);
	PKCS7_add_certificate(p7, first);
	len = i2d_PKCS7(p7, &want);
	buf_init(&buf, 1 << 20);
	p7b_write(&buf, (const struct certraw *const *)raws, 1);
	ck_assert_int_eq((int)buf.len, len);
	ck_assert_mem_eq(buf.data, want, buf.len);
	buf_done(&buf);
	OPENSSL_free(want);
	PKCS7_free(p7);
	X509_free(first);
}
END_TEST

START_TEST(keeps_to_the_cap_of_the_buffer)
{
	struct buf buf;
	size_t len;

	buf_init(&buf, 1 << 20);
	p7b_write(&buf, (const struct certraw *const *)raws, 2);
	len = buf.len;
	buf_done(&buf);
	buf_init(&buf, len);
	ck_assert_int_eq(p7b_write(&buf, (const struct certraw *const *)raws,
			     2),
	    BUF_OK);
	buf_done(&buf);
	for (size_t cap = 1; cap < len; cap += 7) {
		buf_init(&buf, cap);
		ck_assert_int_eq(p7b_write(&buf,
				     (const struct certraw *const *)raws, 2),
		    BUF_FULL);
		buf_done(&buf);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("p7b");
	TCase *tcase = tcase_create("p7b_write");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_set_timeout(tcase, 60); /* for keys, and on a busy machine */
	tcase_add_unchecked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, gives_back_the_certificates_in_order, 0,
	    sizeof(counts) / sizeof(counts[0]));
	tcase_add_test(tcase, says_what_another_encoder_says);
	tcase_add_test(tcase, keeps_to_the_cap_of_the_buffer);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
