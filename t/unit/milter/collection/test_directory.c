/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/pkcs7.h>

#include "milter/collection/directory.h"
#include "t/lib/pki.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum { NOW = 1767225600 /* 2026-01-01 */ };

static const char *const encryption_only[] = {
	"basicConstraints=critical,CA:FALSE",
	"keyUsage=critical,keyEncipherment", "extendedKeyUsage=emailProtection",
	"subjectAltName=email:a@example.org", NULL
};
static const char *const for_tls_only[] = { "keyUsage=digitalSignature",
	"extendedKeyUsage=clientAuth", "subjectAltName=email:a@example.org",
	NULL };
static const char *const for_anything[] = {
	"extendedKeyUsage=anyExtendedKeyUsage",
	"subjectAltName=email:a@example.org", NULL
};
static const char *const without_usage[] = {
	"subjectAltName=email:a@example.org", NULL
};
static const char *const without_address[] = {
	"extendedKeyUsage=emailProtection", NULL
};
static const char *const two_addresses[] = {
	"subjectAltName=email:alice@example.org,email:boss@example.org", NULL
};

static EVP_PKEY *key;
static X509 *root, *middle, *alice, *alice2, *old;

static struct directory *directory;
static struct directory_counts counts;
static char told[1024]; /* "DN: text\n" of each */

static X509 *
make(const char *const *extensions, const char *not_after, X509 *issuer)
{
	const struct pki_cert what = { .cn = "It",
		.extensions = extensions,
		.not_after = not_after };

	return pki_make(&what, key, issuer, issuer != NULL ? key : NULL);
}

static void
make_certs(void)
{
	const struct pki_cert middle_is = { .cn = "Middle",
		.extensions = pki_ca_extensions };

	key = pki_key("P-256");
	root = make(pki_ca_extensions, NULL, NULL);
	middle = pki_make(&middle_is, key, root, key);
	alice = make(pki_leaf_extensions_alice, NULL, middle);
	alice2 = make(pki_leaf_extensions_alice, NULL, middle);
	old = make(pki_leaf_extensions_alice, "20251231235959Z", middle);
}

static void
free_certs(void)
{
	X509_free(root);
	X509_free(middle);
	X509_free(alice);
	X509_free(alice2);
	X509_free(old);
	EVP_PKEY_free(key);
}

static void
remember(void *arg, const char *dn, const char *text)
{
	size_t len = strlen(told);

	(void)arg;
	snprintf(told + len, sizeof(told) - len, "%s: %s\n", dn, text);
}

static void
start(struct directory_rules rules)
{
	rules.now = NOW;
	directory = directory_new(&rules, remember, NULL);
	ck_assert_ptr_nonnull(directory);
	told[0] = '\0';
}

static void
start_plain(void)
{
	start((struct directory_rules){ .now = 0 });
}

static void
stop(void)
{
	directory_free(directory);
}

static void
restart(struct directory_rules rules)
{
	stop();
	start(rules);
}

static void
begin(const char *dn)
{
	ck_assert(directory_begin(directory, dn));
}

/* In a block of its own, for ASan. */
static void
add_octets(const char *name, const void *octets, size_t len)
{
	uint8_t *copy = malloc(len + 1);

	memcpy(copy + 1, octets, len);
	ck_assert(directory_value(directory, name, copy + 1, len));
	free(copy);
}

static void
add_text(const char *name, const char *text)
{
	add_octets(name, text, strlen(text));
}

static void
add_cert(const char *name, X509 *cert)
{
	size_t len;
	uint8_t *der = pki_der(cert, &len);

	add_octets(name, der, len);
	free(der);
}

/* userSMIMECertificate with up to three certificates. */
static void
add_smime(X509 *one, X509 *two, X509 *three)
{
	X509 *certs[] = { one, two, three };
	PKCS7 *p7 = PKCS7_new();
	uint8_t *der = NULL;
	int len;

	PKCS7_set_type(p7, NID_pkcs7_signed);
	PKCS7_content_new(p7, NID_pkcs7_data);
	for (size_t i = 0; i < COUNT(certs); i++)
		if (certs[i] != NULL)
			PKCS7_add_certificate(p7, certs[i]);
	len = i2d_PKCS7(p7, &der);
	ck_assert_int_gt(len, 0);
	add_octets("userSMIMECertificate", der, (size_t)len);
	OPENSSL_free(der);
	PKCS7_free(p7);
}

static void
end(void)
{
	ck_assert(directory_end(directory));
	directory_count(directory, &counts);
}

static bool
took(X509 *cert)
{
	uint8_t sha256[CERT_SHA256_LEN];

	ck_assert(cert_sha256(cert, sha256));
	return certset_find(directory_certs(directory), sha256) != NULL;
}

static const char *const cert_names[] = { "userCertificate",
	"userCertificate;binary", "USERcertificate;x-foo;binary", "2.5.4.36",
	"userSMIMECertificate", "userSMIMECertificate;binary",
	"2.16.840.1.113730.3.1.40" };

START_TEST(takes_a_signer_from_any_name_of_the_attributes)
{
	begin("cn=a");
	add_cert(cert_names[_i], alice);
	end();
	ck_assert_uint_eq(counts.entries, 1);
	ck_assert_uint_eq(counts.values, 1);
	ck_assert_uint_eq(counts.signers, 1);
	ck_assert_uint_eq(counts.unchecked, 1);
	ck_assert(took(alice));
	ck_assert_str_eq(told, "");
}
END_TEST

static const char *const other_names[] = { "userCertificates", "userCert",
	"cACertificate;binary", "2.5.4.37", "jpegPhoto" };

START_TEST(passes_over_other_attributes)
{
	begin("cn=a");
	add_cert(other_names[_i], alice);
	end();
	ck_assert_uint_eq(counts.values, 0);
	ck_assert(!took(alice));
}
END_TEST

START_TEST(prefers_pkcs7_whatever_the_order)
{
	begin("cn=a");
	add_cert("userCertificate", alice2);
	add_smime(alice, NULL, NULL);
	end();
	ck_assert(took(alice));
	ck_assert(!took(alice2));
	ck_assert_uint_eq(counts.not_preferred, 1);

	/* Of another entry, it is wanted. */
	begin("cn=b");
	add_cert("userCertificate", alice2);
	end();
	ck_assert(took(alice2));
	ck_assert_uint_eq(counts.entries, 2);
	ck_assert_uint_eq(counts.signers, 2);
}
END_TEST

START_TEST(falls_back_where_pkcs7_has_nothing_usable)
{
	begin("cn=a");
	add_smime(old, root, NULL);
	add_text("userSMIMECertificate", "garbage");
	add_cert("userCertificate", alice2);
	end();
	ck_assert(took(alice2));
	ck_assert(!took(old));
	ck_assert_uint_eq(counts.expired, 1);
	ck_assert_uint_eq(counts.unreadable, 1);
}
END_TEST

START_TEST(takes_authorities_only_when_told)
{
	const struct directory_rules rules[] = { { .now = 0 },
		{ .intermediates = true }, { .roots = true },
		{ .intermediates = true, .roots = true } };
	const struct directory_rules *rule = &rules[_i];

	restart(*rule);
	begin("cn=a");
	add_smime(alice, middle, root);
	end();
	ck_assert(took(alice));
	ck_assert(took(middle) == rule->intermediates);
	ck_assert(took(root) == rule->roots);
	ck_assert_uint_eq(counts.intermediates, rule->intermediates ? 1 : 0);
	ck_assert_uint_eq(counts.roots, rule->roots ? 1 : 0);
	ck_assert_uint_eq(counts.authorities,
	    2 - counts.intermediates - counts.roots);
}
END_TEST

START_TEST(takes_no_bare_authority)
{
	restart(
	    (struct directory_rules){ .intermediates = true, .roots = true });
	begin("cn=a");
	add_cert("userCertificate;binary", root);
	add_cert("userCertificate;binary", middle);
	end();
	ck_assert(!took(root));
	ck_assert(!took(middle));
	ck_assert_uint_eq(counts.authorities, 2);
}
END_TEST

START_TEST(counts_duplicates_of_other_entries)
{
	begin("cn=a");
	add_cert("userCertificate", alice);
	end();
	begin("cn=b");
	add_smime(alice, NULL, NULL);
	add_cert("userCertificate", alice2);
	end();
	ck_assert_uint_eq(counts.signers, 1);
	ck_assert_uint_eq(counts.duplicates, 1);
	/* The known one is as good as a new one: no need of the other. */
	ck_assert_uint_eq(counts.not_preferred, 1);
}
END_TEST

START_TEST(leaves_out_what_expires_at_this_second)
{
	X509 *now = make(pki_leaf_extensions_alice, "20260101000000Z", NULL);
	X509 *next = make(pki_leaf_extensions_alice, "20260101000001Z", NULL);

	begin("cn=a");
	add_cert("userCertificate", now);
	add_cert("userCertificate", next);
	end();
	ck_assert(!took(now));
	ck_assert(took(next));
	ck_assert_uint_eq(counts.expired, 1);
	X509_free(now);
	X509_free(next);
}
END_TEST

static const struct {
	const char *name;
	const char *const *extensions;
	size_t taken;
	size_t not_for_signing;
	size_t without_address;
} usages[] = {
	{ "encryption only", encryption_only, 0, 1, 0 },
	{ "TLS only", for_tls_only, 0, 1, 0 },
	{ "any purpose", for_anything, 1, 0, 0 },
	{ "no usage", without_usage, 1, 0, 0 },
	{ "no address", without_address, 0, 0, 1 },
};

START_TEST(takes_what_can_sign_mail)
{
	X509 *cert = make(usages[_i].extensions, NULL, NULL);

	begin("cn=a");
	add_cert("userCertificate", cert);
	end();
	ck_assert_msg(counts.signers == usages[_i].taken &&
		counts.not_for_signing == usages[_i].not_for_signing &&
		counts.without_address == usages[_i].without_address,
	    "%s", usages[_i].name);
	X509_free(cert);
}
END_TEST

static const struct {
	const char *name;
	const char *value;
	bool mine;
} addresses[] = {
	{ "mail", "alice@example.org", true },
	{ "MAIL", "Alice@EXAMPLE.org", true },
	{ "proxyAddresses", "SMTP:alice@example.org", true },
	{ "proxyAddresses", "smtp:alice@example.org", true },
	{ "mailLocalAddress", "alice@example.org", true },
	{ "mail", "bob@example.org", false },
	{ "mail", "alice@example.org.evil.example", false },
};

START_TEST(compares_addresses_with_those_of_the_entry)
{
	begin("cn=a");
	add_cert("userCertificate", alice);
	add_text(addresses[_i].name, addresses[_i].value);
	end();
	ck_assert(took(alice) == addresses[_i].mine);
	ck_assert_uint_eq(counts.of_other_address, addresses[_i].mine ? 0 : 1);
	ck_assert_uint_eq(counts.unchecked, 0);
	ck_assert_str_eq(told,
	    addresses[_i].mine ?
		"" :
		"cn=a: a certificate names an address that the entry does not have;"
		" left out\n");
}
END_TEST

START_TEST(compares_every_address_of_the_certificate)
{
	X509 *cert = make(two_addresses, NULL, NULL);

	begin("cn=a");
	add_cert("userCertificate", cert);
	add_text("mail", "alice@example.org");
	end();
	ck_assert(!took(cert));
	begin("cn=b");
	add_cert("userCertificate", cert);
	add_text("mail", "alice@example.org");
	add_text("mail", "boss@example.org");
	end();
	ck_assert(took(cert));
	X509_free(cert);
}
END_TEST

START_TEST(does_not_compare_when_told)
{
	restart((struct directory_rules){ .any_address = true });
	begin("cn=a");
	add_cert("userCertificate", alice);
	add_text("mail", "bob@example.org");
	end();
	ck_assert(took(alice));
}
END_TEST

START_TEST(forgets_addresses_of_the_entry_before)
{
	begin("cn=a");
	add_text("mail", "alice@example.org");
	end();
	begin("cn=b");
	add_text("mail", "bob@example.org");
	add_cert("userCertificate", alice);
	end();
	ck_assert(!took(alice));
}
END_TEST

START_TEST(names_the_entry_of_what_is_unreadable)
{
	/* SignedData with an empty set of certificates. */
	static const uint8_t no_certs[] = { 0x30, 0x81, 0x25, 0x06, 0x09, 0x2a,
		0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02, 0xa0, 0x18,
		0x30, 0x16, 0x02, 0x01, 0x01, 0x31, 0x00, 0x30, 0x0b, 0x06,
		0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01,
		0xa0, 0x00, 0x31, 0x00 };
	size_t len;
	uint8_t *der = pki_der(alice, &len);

	begin("cn=a");
	add_octets("userCertificate", der, len - 1);
	end();
	begin("cn=b");
	add_octets("userSMIMECertificate", "", 0);
	add_octets("userSMIMECertificate", no_certs, sizeof(no_certs));
	add_cert("userCertificate", alice);
	end();
	ck_assert_uint_eq(counts.unreadable, 3);
	ck_assert_str_eq(told,
	    "cn=a: userCertificate: truncated or damaged; left out\n"
	    "cn=b: userSMIMECertificate: neither a certificate in DER nor"
	    " SignedData; left out\n"
	    "cn=b: userSMIMECertificate: no certificate in it; left out\n");
	ck_assert(took(alice));
	free(der);
}
END_TEST

START_TEST(reports_more_values_than_synchronisation_takes)
{
	begin("cn=fifteen");
	for (int i = 0; i < DIRECTORY_SYNC_VALUES; i++) {
		add_cert("userCertificate", old);
		add_smime(old, NULL, NULL);
	}
	end();
	ck_assert_uint_eq(counts.too_many, 0);
	begin("cn=sixteen");
	for (int i = 0; i < DIRECTORY_SYNC_VALUES + 1; i++)
		add_cert("userCertificate;binary", old);
	end();
	ck_assert_uint_eq(counts.too_many, 1);
	ck_assert_str_eq(told,
	    "cn=sixteen: userCertificate has 16 values; directory"
	    " synchronisation (Entra Connect) takes 15 of an object: remove"
	    " expired ones\n");
}
END_TEST

START_TEST(reports_values_that_the_server_kept)
{
	begin("cn=whole");
	add_cert("userCertificate;range=0-*", alice);
	end();
	ck_assert_uint_eq(counts.partial, 0);
	begin("cn=part");
	add_cert("userCertificate;binary;RANGE=0-1", alice);
	add_cert("userCertificate;binary;RANGE=0-1", old);
	end();
	ck_assert_uint_eq(counts.partial, 1);
	ck_assert_str_eq(told,
	    "cn=part: the server sent a part of the values,"
	    " userCertificate;binary;RANGE=0-1; remove expired ones there, or"
	    " raise its MaxValRange\n");
	ck_assert(took(alice));
}
END_TEST

static void
add_junk(int count)
{
	for (int i = 0; i < count; i++)
		add_text("userCertificate", "x");
}

START_TEST(keeps_as_many_values_as_the_limit)
{
	begin("cn=a");
	add_junk(DIRECTORY_MAX_VALUES - 1);
	add_cert("userCertificate", alice);
	end();
	ck_assert(took(alice));
	ck_assert_uint_eq(counts.unreadable, DIRECTORY_MAX_VALUES - 1);
	ck_assert_ptr_null(strstr(told, "more than"));

	restart((struct directory_rules){ .now = 0 });
	begin("cn=a");
	add_junk(DIRECTORY_MAX_VALUES);
	add_cert("userCertificate", alice);
	add_cert("userCertificate", alice);
	end();
	ck_assert(!took(alice));
	ck_assert_uint_eq(counts.unreadable, DIRECTORY_MAX_VALUES + 2);
	/* It is said once. */
	ck_assert_int_eq(strncmp(told,
			     "cn=a: more than 4096 values or 16 MiB; the rest"
			     " is left out\ncn=a: userCertificate: neither",
			     80),
	    0);
}
END_TEST

START_TEST(keeps_as_many_octets_as_the_limit)
{
	size_t len;
	uint8_t *der = pki_der(alice, &len);
	uint8_t *much = calloc(1, DIRECTORY_MAX_OCTETS);

	free(der);
	begin("cn=a");
	add_octets("userCertificate", much, DIRECTORY_MAX_OCTETS - len);
	add_cert("userCertificate", alice);
	end();
	ck_assert(took(alice));

	restart((struct directory_rules){ .now = 0 });
	begin("cn=a");
	add_octets("userCertificate", much, DIRECTORY_MAX_OCTETS - len + 1);
	add_cert("userCertificate", alice);
	end();
	ck_assert(!took(alice));
	ck_assert_ptr_nonnull(strstr(told, "more than 4096 values or 16 MiB"));
	free(much);
}
END_TEST

START_TEST(asks_for_all_that_it_reads)
{
	const char *const *names = directory_attributes();

	begin("cn=a");
	for (size_t i = 0; names[i] != NULL; i++)
		add_text(names[i], "x");
	end();
	ck_assert_uint_eq(counts.values, 2);
	ck_assert_str_eq(names[0], "userSMIMECertificate");
	ck_assert_str_eq(names[1], "userCertificate");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("directory");
	TCase *tcase = tcase_create("directory");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_unchecked_fixture(tcase, make_certs, free_certs);
	tcase_add_checked_fixture(tcase, start_plain, stop);
	tcase_add_loop_test(tcase,
	    takes_a_signer_from_any_name_of_the_attributes, 0,
	    COUNT(cert_names));
	tcase_add_loop_test(tcase, passes_over_other_attributes, 0,
	    COUNT(other_names));
	tcase_add_test(tcase, prefers_pkcs7_whatever_the_order);
	tcase_add_test(tcase, falls_back_where_pkcs7_has_nothing_usable);
	tcase_add_loop_test(tcase, takes_authorities_only_when_told, 0, 4);
	tcase_add_test(tcase, takes_no_bare_authority);
	tcase_add_test(tcase, counts_duplicates_of_other_entries);
	tcase_add_test(tcase, leaves_out_what_expires_at_this_second);
	tcase_add_loop_test(tcase, takes_what_can_sign_mail, 0, COUNT(usages));
	tcase_add_loop_test(tcase, compares_addresses_with_those_of_the_entry,
	    0, COUNT(addresses));
	tcase_add_test(tcase, compares_every_address_of_the_certificate);
	tcase_add_test(tcase, does_not_compare_when_told);
	tcase_add_test(tcase, forgets_addresses_of_the_entry_before);
	tcase_add_test(tcase, names_the_entry_of_what_is_unreadable);
	tcase_add_test(tcase, reports_more_values_than_synchronisation_takes);
	tcase_add_test(tcase, reports_values_that_the_server_kept);
	tcase_add_test(tcase, keeps_as_many_values_as_the_limit);
	tcase_add_test(tcase, keeps_as_many_octets_as_the_limit);
	tcase_add_test(tcase, asks_for_all_that_it_reads);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
