/* SPDX-License-Identifier: ISC */
#include "smime/x509/factcache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "smime/x509/certcache.h"
#include "t/lib/key.h"
#include "t/lib/pki.h"

enum { ROOM = 8, MANY = 100 };

static struct factcache *cache;

static void
begin(void)
{
	cache = factcache_new(ROOM);
	ck_assert_ptr_nonnull(cache);
}

static void
end(void)
{
	factcache_free(cache);
}

static X509 *
new_cert(const char *name)
{
	return pki_make(&(struct pki_cert){ .cn = name }, key, NULL, NULL);
}

static void
expect_subject(struct factcache *from, X509 *cert, const char *name)
{
	struct facts *facts = factcache_get1(from, cert);
	char want[80];

	snprintf(want, sizeof(want), "CN=%s", name);
	ck_assert_ptr_nonnull(facts);
	ck_assert_str_eq(facts->subject, want);
	facts_unref(facts);
}

START_TEST(gives_the_same_facts_for_the_same_certificate)
{
	X509 *cert = new_cert("Alice");
	struct facts *first = factcache_get1(cache, cert);
	struct facts *second = factcache_get1(cache, cert);

	ck_assert_ptr_nonnull(first);
	ck_assert_ptr_eq(first, second);
	facts_unref(first);
	facts_unref(second);
	X509_free(cert);
}
END_TEST

START_TEST(finds_them_anew_without_a_cache)
{
	X509 *cert = new_cert("Alice");
	struct facts *first = factcache_get1(NULL, cert);
	struct facts *second = factcache_get1(NULL, cert);

	ck_assert_ptr_ne(first, second);
	facts_unref(first);
	facts_unref(second);
	expect_subject(NULL, cert, "Alice");
	X509_free(cert);
}
END_TEST

/* Where one was freed, malloc() likes to put the next. */
START_TEST(takes_no_certificate_for_one_that_is_gone)
{
	char name[16];
	X509 *cert;

	for (size_t i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "Nr. %zu", i);
		cert = new_cert(name);
		expect_subject(cache, cert, name);
		X509_free(cert);
	}
}
END_TEST

START_TEST(survives_more_certificates_than_it_holds)
{
	X509 *certs[MANY];
	char name[16];

	for (size_t i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "Nr. %zu", i);
		certs[i] = new_cert(name);
	}
	for (size_t round = 0; round < 3; round++)
		for (size_t i = 0; i < MANY; i++) {
			snprintf(name, sizeof(name), "Nr. %zu", i);
			expect_subject(cache, certs[i], name);
		}
	for (size_t i = 0; i < MANY; i++)
		X509_free(certs[i]);
}
END_TEST

START_TEST(lends_facts_that_outlive_it)
{
	X509 *cert = new_cert("Alice");
	struct facts *facts = factcache_get1(cache, cert);

	X509_free(cert);
	factcache_free(cache);
	cache = NULL;
	ck_assert_str_eq(facts->subject, "CN=Alice");
	facts_unref(facts);
}
END_TEST

START_TEST(forgets_all_when_told_to)
{
	X509 *cert = new_cert("Alice");
	struct facts *first = factcache_get1(cache, cert);
	struct facts *second;

	factcache_flush(cache);
	second = factcache_get1(cache, cert);
	ck_assert_ptr_ne(first, second);
	facts_unref(first);
	facts_unref(second);
	X509_free(cert);
}
END_TEST

/* They are found anew each time. */
static void
expect_not_kept(X509 *cert)
{
	struct facts *first = factcache_get1(cache, cert);
	struct facts *second = factcache_get1(cache, cert);

	ck_assert_ptr_ne(first, second);
	facts_unref(first);
	facts_unref(second);
}

/* A hostile sender would have the cache filled with such ones. */
START_TEST(keeps_no_large_facts)
{
	static char names[FACTCACHE_MAX_SIZE + 100] = "subjectAltName=";
	const char *const extensions[] = { names, NULL };
	struct facts *facts;
	X509 *cert;

	for (size_t i = 0; i < 60; i++)
		snprintf(names + strlen(names), sizeof(names) - strlen(names),
		    "%semail:a%zu@example.org", i > 0 ? "," : "", i);
	cert = pki_make(&(struct pki_cert){ .cn = "Many",
			    .extensions = extensions },
	    key, NULL, NULL);
	facts = factcache_get1(cache, cert);
	ck_assert_uint_eq(facts->mailboxes.count, 60);
	ck_assert_uint_gt(facts_size(facts), FACTCACHE_MAX_SIZE);
	facts_unref(facts);
	expect_not_kept(cert);
	X509_free(cert);
}
END_TEST

/* An entry holds on to the certificate, however large that is. */
START_TEST(keeps_no_facts_of_a_large_certificate)
{
	X509 *cert = pki_make_large(CERTCACHE_MAX_DER, key);
	struct facts *facts = factcache_get1(cache, cert);

	ck_assert_uint_le(facts_size(facts), FACTCACHE_MAX_SIZE);
	facts_unref(facts);
	expect_not_kept(cert);
	X509_free(cert);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("factcache");
	TCase *tcase = tcase_create("factcache");
	SRunner *runner;
	int failed;

	tcase_add_unchecked_fixture(tcase, key_make, key_free);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, gives_the_same_facts_for_the_same_certificate);
	tcase_add_test(tcase, finds_them_anew_without_a_cache);
	tcase_add_test(tcase, takes_no_certificate_for_one_that_is_gone);
	tcase_add_test(tcase, survives_more_certificates_than_it_holds);
	tcase_add_test(tcase, lends_facts_that_outlive_it);
	tcase_add_test(tcase, forgets_all_when_told_to);
	tcase_add_test(tcase, keeps_no_large_facts);
	tcase_add_test(tcase, keeps_no_facts_of_a_large_certificate);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
