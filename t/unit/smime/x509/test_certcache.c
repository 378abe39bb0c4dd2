/* SPDX-License-Identifier: ISC */
#include "smime/x509/certcache.h"

#include <stdlib.h>
#include <string.h>

#include <check.h>
#include <openssl/err.h>

#include "smime/x509/cert.h"
#include "t/lib/key.h"
#include "t/lib/pki.h"

enum { ROOM = 8, MANY = 100 };

static OSSL_LIB_CTX *libctx;
static struct certcache *cache;

static void
begin(void)
{
	libctx = OSSL_LIB_CTX_new();
	cache = certcache_new(libctx, ROOM);
	ck_assert_ptr_nonnull(cache);
}

static void
end(void)
{
	ck_assert_uint_eq(ERR_peek_error(), 0);
	certcache_free(cache);
	OSSL_LIB_CTX_free(libctx);
}

/* A certificate by that name; the caller frees it. */
static uint8_t *
make_der(const char *name, size_t *len_r)
{
	X509 *cert = pki_make(&(struct pki_cert){ .cn = name,
				  .extensions = pki_ca_extensions },
	    key, NULL, NULL);
	uint8_t *der = pki_der(cert, len_r);

	X509_free(cert);
	return der;
}

static void
expect_der(X509 *cert, const uint8_t *der, size_t len)
{
	size_t own_len;
	uint8_t *own;

	ck_assert_ptr_nonnull(cert);
	own = pki_der(cert, &own_len);
	ck_assert_uint_eq(own_len, len);
	ck_assert_mem_eq(own, der, len);
	free(own);
}

START_TEST(gives_the_same_object_for_the_same_octets)
{
	size_t len;
	uint8_t *der = make_der("Alice", &len);
	X509 *first = certcache_get1(cache, der, len);
	X509 *second = certcache_get1(cache, der, len);

	expect_der(first, der, len);
	ck_assert_ptr_eq(first, second);
	X509_free(first);
	X509_free(second);
	free(der);
}
END_TEST

/* Whatever is in the cache, each octet counts. */
START_TEST(gives_no_other_certificate_for_other_octets)
{
	size_t len;
	uint8_t *der = make_der("Alice", &len);
	X509 *good = certcache_get1(cache, der, len);
	X509 *other;

	for (size_t i = 0; i < len; i++) {
		der[i] ^= 1;
		other = certcache_get1(cache, der, len);
		ck_assert_ptr_ne(other, good);
		X509_free(other);
		der[i] ^= 1;
	}
	X509_free(good);
	free(der);
}
END_TEST

START_TEST(refuses_truncation_and_what_follows)
{
	size_t len;
	uint8_t *der = make_der("Alice", &len);
	uint8_t *longer = malloc(len + 1);

	memcpy(longer, der, len);
	longer[len] = 0;
	X509_free(certcache_get1(cache, der, len));
	for (size_t n = 0; n < len; n++)
		ck_assert_ptr_null(certcache_get1(cache, der, n));
	ck_assert_ptr_null(certcache_get1(cache, longer, len + 1));
	free(longer);
	free(der);
}
END_TEST

START_TEST(survives_more_certificates_than_it_holds)
{
	uint8_t *der[MANY];
	size_t len[MANY];
	char name[16];
	X509 *cert;

	for (size_t i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "Nr. %zu", i);
		der[i] = make_der(name, &len[i]);
	}
	for (size_t round = 0; round < 3; round++)
		for (size_t i = 0; i < MANY; i++) {
			cert = certcache_get1(cache, der[i], len[i]);
			expect_der(cert, der[i], len[i]);
			X509_free(cert);
		}
	for (size_t i = 0; i < MANY; i++)
		free(der[i]);
}
END_TEST

/* One that is still in use is not freed when it is given up. */
START_TEST(lends_certificates_that_outlive_it)
{
	size_t len;
	uint8_t *der = make_der("Alice", &len);
	X509 *cert = certcache_get1(cache, der, len);

	certcache_free(cache);
	cache = NULL;
	expect_der(cert, der, len);
	X509_free(cert);
	free(der);
}
END_TEST

/* It is parsed anew each time. */
static void
expect_not_kept(const uint8_t *der, size_t len)
{
	X509 *first = certcache_get1(cache, der, len);
	X509 *second = certcache_get1(cache, der, len);

	expect_der(first, der, len);
	ck_assert_ptr_ne(first, second);
	X509_free(first);
	X509_free(second);
}

START_TEST(keeps_no_huge_certificate)
{
	X509 *made = pki_make_large(CERTCACHE_MAX_DER, key);
	size_t len;
	uint8_t *der = pki_der(made, &len);

	ck_assert_uint_gt(len, CERTCACHE_MAX_DER);
	expect_not_kept(der, len);
	X509_free(made);
	free(der);
}
END_TEST

/* Short in octets, and some 60 kB in memory: empty names are two octets. */
START_TEST(keeps_no_certificate_of_many_elements)
{
	static char names[8 * 400] = "subjectAltName=";
	const char *const extensions[] = { names, NULL };
	X509 *made;
	uint8_t *der;
	size_t len;

	for (size_t i = 0; i < 400; i++)
		strcat(names, i > 0 ? ",DNS:a" : "DNS:a");
	made = pki_make(&(struct pki_cert){ .cn = "Many",
			    .extensions = extensions },
	    key, NULL, NULL);
	der = pki_der(made, &len);
	ck_assert_uint_lt(len, CERTCACHE_MAX_DER);
	ck_assert_uint_gt(cert_weight(der, len), CERTCACHE_MAX_WEIGHT);
	ck_assert_uint_eq(cert_weigh(made, len), cert_weight(der, len));
	ck_assert_uint_eq(cert_weigh(made, len - 1), SIZE_MAX);
	expect_not_kept(der, len);
	X509_free(made);
	free(der);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("certcache");
	TCase *tcase = tcase_create("certcache");
	SRunner *runner;
	int failed;

	tcase_add_unchecked_fixture(tcase, key_make, key_free);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, gives_the_same_object_for_the_same_octets);
	tcase_add_test(tcase, gives_no_other_certificate_for_other_octets);
	tcase_add_test(tcase, refuses_truncation_and_what_follows);
	tcase_add_test(tcase, survives_more_certificates_than_it_holds);
	tcase_add_test(tcase, lends_certificates_that_outlive_it);
	tcase_add_test(tcase, keeps_no_huge_certificate);
	tcase_add_test(tcase, keeps_no_certificate_of_many_elements);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
