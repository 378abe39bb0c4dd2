/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "smime/cms/bag.h"
#include "smime/smime.h"
#include "smime/x509/cert.h"
#include "t/lib/der.h"
#include "t/lib/key.h"
#include "t/lib/pki.h"

enum { MAX_CERTS = 4 };

static struct der alice, odd, nameless;
static struct bag bag;

static struct der
cert_called(const char *name)
{
	const struct pki_cert what = { .cn = name,
		.extensions = pki_leaf_extensions_alice };
	X509 *cert = pki_make(&what, key, NULL, NULL);
	uint8_t *octets;
	struct der der;
	size_t len;

	octets = pki_der(cert, &len);
	der = der_octets(octets, len);
	free(octets);
	X509_free(cert);
	return der;
}

/* The same with an octet changed so that OpenSSL cannot read it. */
static struct der
spoil(struct der der, const char *oid, size_t len)
{
	uint8_t *at = memmem(der.at, der.len, oid, len);

	ck_assert_ptr_nonnull(at);
	*at ^= 0x10; /* another tag, where an OBJECT has to be */
	return der;
}

static void
begin(void)
{
	static const char usage[] = "\x06\x03\x55\x1d\x0f";

	alice = cert_called("Alice");
	odd = spoil(cert_called("Old Root"), usage, 5);
	nameless = der_wrap(DER_SEQUENCE, der_integer(1));
	bag = (struct bag){ .certs = NULL };
}

static void
end(void)
{
	bag_done(&bag);
	ck_assert_uint_eq(ERR_peek_error(), 0);
}

/* From a block of exactly that size. */
static enum reason
read_octets(const uint8_t *octets, size_t len)
{
	uint8_t *exact = malloc(len > 0 ? len : 1);
	enum reason reason;

	if (len > 0)
		memcpy(exact, octets, len);
	bag_done(&bag);
	reason = bag_read(NULL, NULL, exact, len, MAX_CERTS, &bag);
	free(exact);
	return reason;
}

static enum reason
read_all(struct der certs)
{
	return read_octets(certs.at, certs.len);
}

START_TEST(reads_all_of_them)
{
	ck_assert_int_eq(read_all(DER_JOIN(alice, alice)), REASON_OK);
	ck_assert_int_eq(sk_X509_num(bag.certs), 2);
	ck_assert_ptr_null(bag.left_out);
	ck_assert_int_eq(read_all(der_nothing), REASON_OK);
	ck_assert_int_eq(sk_X509_num(bag.certs), 0);
	ck_assert_ptr_null(bag.left_out);
}
END_TEST

START_TEST(leaves_out_and_names_what_cannot_be_read)
{
	ck_assert_int_eq(read_all(DER_JOIN(odd, alice, nameless)), REASON_OK);
	ck_assert_int_eq(sk_X509_num(bag.certs), 1);
	ck_assert_str_eq(bag.left_out,
	    "certificate 1 that the message carries (CN=Old Root) cannot be"
	    " read; certificate 3 that the message carries cannot be read");
}
END_TEST

START_TEST(leaves_out_what_is_too_large)
{
	static const uint8_t head[] = { 0x30, 0x82, 0x80, 0x00 };
	static uint8_t large[sizeof(head) + BAG_MAX_CERT];

	memcpy(large, head, sizeof(head));
	ck_assert_int_eq(read_octets(large, sizeof(large)), REASON_OK);
	ck_assert_int_eq(sk_X509_num(bag.certs), 0);
	ck_assert_str_eq(bag.left_out,
	    "certificate 1 that the message carries is too large");
}
END_TEST

START_TEST(counts_what_it_does_not_name)
{
	ck_assert_int_eq(read_all(DER_JOIN(odd, odd, odd, odd)), REASON_OK);
	ck_assert_int_eq(sk_X509_num(bag.certs), 0);
	ck_assert_ptr_nonnull(
	    strstr(bag.left_out, "; 1 more are left out as well"));
}
END_TEST

START_TEST(limits_them_whether_they_can_be_read_or_not)
{
	ck_assert_int_eq(read_all(DER_JOIN(alice, odd, alice, odd)), REASON_OK);
	ck_assert_int_eq(read_all(DER_JOIN(alice, odd, alice, odd, odd)),
	    REASON_TOO_MANY_CERTIFICATES);
}
END_TEST

START_TEST(refuses_every_truncation)
{
	struct der both = DER_JOIN(alice, odd);

	for (size_t len = 1; len < both.len; len++) {
		if (len == alice.len)
			continue;
		ck_assert_int_eq(read_octets(both.at, len),
		    REASON_CMS_MALFORMED);
	}
	ERR_clear_error();
}
END_TEST

START_TEST(finds_the_subject_of_what_cannot_be_read)
{
	char *subject = cert_subject_of(odd.at, odd.len);

	ck_assert_ptr_null(cert_read(NULL, odd.at, odd.len));
	ck_assert_str_eq(subject, "CN=Old Root");
	free(subject);
	ck_assert_ptr_null(cert_subject_of(nameless.at, nameless.len));
	for (size_t len = 0; len < odd.len; len++)
		free(cert_subject_of(odd.at, len));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("bag");
	TCase *tcase = tcase_create("bag");
	SRunner *runner = srunner_create(suite);
	int failed;

	smime_init();
	tcase_add_unchecked_fixture(tcase, key_make, key_free);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, reads_all_of_them);
	tcase_add_test(tcase, leaves_out_and_names_what_cannot_be_read);
	tcase_add_test(tcase, leaves_out_what_is_too_large);
	tcase_add_test(tcase, counts_what_it_does_not_name);
	tcase_add_test(tcase, limits_them_whether_they_can_be_read_or_not);
	tcase_add_test(tcase, refuses_every_truncation);
	tcase_add_test(tcase, finds_the_subject_of_what_cannot_be_read);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
