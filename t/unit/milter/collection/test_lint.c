/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "milter/collection/lint.h"
#include "smime/smime.h"
#include "smime/store/sst.h"
#include "t/lib/pki.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum { NOW = 1767225600, DAY = 86400 }; /* 2026-01-01 */

#define CA   "basicConstraints=critical,CA:TRUE", "keyUsage=keyCertSign"
#define CRL  "crlDistributionPoints=URI:http://crl.example.org/a.crl"
#define MAIL "subjectAltName=email:alice@example.org"
#define SIGN "keyUsage=digitalSignature"
#define LIST(...)                                                              \
	(const char *const[])                                                  \
	{                                                                      \
		__VA_ARGS__, NULL                                              \
	}

/* FILETIME of 2022-01-01; SEQUENCE OF OID: serverAuth */
static const char in_2022[] = "\x00\x40\xfc\x84\xa2\xfe\xd7\x01";
static const char for_servers[] =
    "\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01";

static EVP_PKEY *root_key, *key, *short_key;
static X509 *root; /* of nearly all */
static struct pki_sst sst;
static struct lint_input in;
static struct lint lint;
static X509 *made[64];
static size_t made_count;

static void
make_keys(void)
{
	const struct pki_cert root_is = { .cn = "Root",
		.extensions = LIST(CA) };

	smime_init();
	root_key = pki_key("P-256");
	key = pki_key("P-256");
	short_key = pki_key("RSA-1024");
	root = pki_make(&root_is, root_key, NULL, NULL);
}

static void
free_keys(void)
{
	X509_free(root);
	EVP_PKEY_free(root_key);
	EVP_PKEY_free(key);
	EVP_PKEY_free(short_key);
}

static void
begin(void)
{
	pki_sst_begin(&sst);
	in = (struct lint_input){ .is_sst = true,
		.mode = TRUST_EXCHANGE_ONLINE,
		.now = NOW,
		.days = 30 };
}

static void
end(void)
{
	ck_assert_uint_eq(ERR_peek_error(), 0);
	lint_done(&lint);
	store_unref((struct store *)(uintptr_t)in.store);
	pki_sst_done(&sst);
	while (made_count > 0)
		X509_free(made[--made_count]);
}

static X509 *
keep(X509 *cert)
{
	ck_assert_uint_lt(made_count, COUNT(made));
	made[made_count++] = cert;
	return cert;
}

/* Put one into the store; below NULL it is self-signed. */
static X509 *
put_key(const struct pki_cert *what, EVP_PKEY *own, X509 *below, EVP_PKEY *by)
{
	X509 *cert = keep(pki_make(what, own, below, by));

	pki_sst_cert(&sst, cert);
	return cert;
}

static X509 *
put_below(X509 *below, const char *cn, const char *const *extensions)
{
	const struct pki_cert what = { .cn = cn, .extensions = extensions };

	return put_key(&what, key, below, below == root ? root_key : key);
}

static X509 *
put_root(const char *cn, const char *not_before, const char *not_after)
{
	const struct pki_cert what = { .cn = cn,
		.extensions = LIST(CA),
		.not_before = not_before,
		.not_after = not_after };

	return put_key(&what, key, NULL, NULL);
}

static void
put_root_with(const char *cn, uint32_t id, const char *value, size_t len)
{
	pki_sst_property(&sst, id, value, len);
	put_root(cn, NULL, NULL);
}

/* What is as it should be. */
static void
put_clean(void)
{
	X509 *ca;

	pki_sst_cert(&sst, root);
	ca = put_below(root, "CA", LIST(CA, CRL));
	put_below(ca, "Alice", LIST(SIGN, MAIL, CRL));
}

static void
check(void)
{
	static const struct lint none;
	struct store *store = store_new(NULL, NULL, NULL);
	char *error = NULL;

	pki_sst_end(&sst);
	ck_assert_msg(store_add_octets(store, "sst", sst.octets, sst.len,
			  &error),
	    "%s", error);
	sst.len -= 12; /* more may be put */
	store_unref((struct store *)(uintptr_t)in.store);
	in.store = store;
	lint_done(&lint);
	lint = none;
	ck_assert(lint_check(&in, &lint));
}

/* "error expired Old: on 2025-01-01; ..." */
static char *
describe(void)
{
	char *text = NULL, cn[64];
	size_t len;
	FILE *out = open_memstream(&text, &len);

	for (size_t i = 0; i < lint.count; i++) {
		const struct lint_finding *f = &lint.findings[i];

		fprintf(out, "%s %s", lint_severity_word(f->severity),
		    lint_token(f->code));
		if (f->cert != NULL &&
		    X509_NAME_get_text_by_NID(X509_get_subject_name(
						  f->cert->cert),
			NID_commonName, cn, sizeof(cn)) > 0)
			fprintf(out, " %s", cn);
		if (f->detail != NULL)
			fprintf(out, ": %s", f->detail);
		fputs("\n", out);
	}
	fclose(out);
	return text;
}

static void
expect(const char *name, const char *want)
{
	char *got;

	check();
	got = describe();
	ck_assert_msg(strcmp(got, want) == 0, "%s: %s", name, got);
	free(got);
}

START_TEST(finds_nothing_in_a_clean_store)
{
	put_clean();
	expect("clean", "");
	in.mode = TRUST_EXCHANGE_2013_SP1;
	expect("on premises", "");
	ck_assert_uint_eq(lint.by_severity[LINT_ERROR], 0);
	/* All end in 2040; the first counts. */
	ck_assert_ptr_eq(lint.earliest, store_certs(in.store, &(size_t){ 0 }));
	ck_assert_int_eq(lint.expiry, 2208988800);
}
END_TEST

static void
put_bad_date(void)
{
	const struct pki_cert what = { .cn = "Bad date",
		.extensions = LIST(CA) };
	X509 *cert = keep(pki_make(&what, key, NULL, NULL));

	ck_assert_int_eq(ASN1_STRING_set(X509_getm_notAfter(cert), "2040xx01",
			     -1),
	    1);
	ck_assert_int_gt(X509_sign(cert, key, EVP_sha256()), 0);
	pki_sst_cert(&sst, cert);
}

/* One of each, but for no-root, which the others rule out. */
static void
put_one_of_each(void)
{
	const struct pki_cert weak = { .cn = "Weak", .extensions = LIST(CA) };
	const struct pki_cert sha1 = { .cn = "SHA-1",
		.extensions = LIST(CA, CRL),
		.md = "SHA1" };
	X509 *gone;

	put_clean();
	put_root("Old", NULL, "20250101000000Z");
	put_bad_date();
	put_root("Soon", NULL, "20260103120000Z");
	put_root("Early", "20260201000000Z", NULL);
	gone = keep(
	    pki_make(&(struct pki_cert){ .cn = "Gone", .extensions = LIST(CA) },
		key, NULL, NULL));
	put_below(gone, "Orphan", LIST(CA, CRL));
	put_below(gone, "Bob", LIST(SIGN, MAIL, CRL));
	put_below(NULL, "No CA", LIST("subjectKeyIdentifier=hash"));
	put_root_with("Bad", SST_DISALLOWED_FILETIME, in_2022, 8);
	put_root_with("Names", SST_NAME_CONSTRAINTS, "x", 1);
	put_root_with("TLS", SST_ENHKEY_USAGE, for_servers, 12);
	put_key(&weak, short_key, NULL, NULL);
	put_key(&sha1, key, root, root_key);
	put_below(root, "Nobody", LIST(SIGN, CRL));
	put_below(root, "Inside",
	    LIST(CA, "crlDistributionPoints=URI:http://pki/a.crl"));
	put_below(root, "No CRL", LIST(CA));
	pki_sst_property(&sst, 0x22, "x", 1);
	put_root_with("Before", SST_NOT_BEFORE_FILETIME, in_2022, 8);
	pki_sst_cert(&sst, root);
	in.is_sst = false;
}

START_TEST(finds_one_of_each_and_nothing_else)
{
	put_one_of_each();
	expect("one of each",
	    "error expired Old: on 2025-01-01\n"
	    "error bad-date Bad date\n"
	    "warning expires-soon Soon: on 2026-01-03, in 2 days\n"
	    "warning not-yet-valid Early: until 2026-02-01\n"
	    "warning issuer-missing Orphan: its issuer \"CN=Gone\" is not here\n"
	    "warning root-missing Bob: its issuer \"CN=Gone\" is not here\n"
	    "warning not-a-ca No CA: it is self-signed, for no mail address\n"
	    "warning disallowed Bad\n"
	    "warning bad-constraints Names\n"
	    "warning purpose TLS: its purposes in the file do not include mail\n"
	    "warning weak-key Weak: RSA-1024\n"
	    "warning weak-signature SHA-1: ecdsa-with-SHA1\n"
	    "warning no-address Nobody\n"
	    "warning crl-unreachable Inside: \"http://pki/a.crl\" has a host name "
	    "without a dot\n"
	    "warning no-crl No CRL\n"
	    "warning skipped: 1 in all\n"
	    "notice not-before Before: before 2022-01-01\n"
	    "notice duplicate Root: 2 times\n"
	    "notice not-sst\n");
	ck_assert_uint_eq(lint.by_severity[LINT_ERROR], 2);
	ck_assert_uint_eq(lint.by_severity[LINT_WARNING], 14);
	ck_assert_uint_eq(lint.by_severity[LINT_NOTICE], 3);
	ck_assert_int_eq(lint.expiry, 1735689600);
}
END_TEST

START_TEST(a_collection_without_roots_vouches_for_nobody)
{
	put_root("Old", NULL, "20250101000000Z");
	expect("in the cloud",
	    "error expired Old: on 2025-01-01\nerror no-root\n");
	in.mode = TRUST_EXCHANGE_2013_SP1;
	expect("on premises",
	    "error expired Old: on 2025-01-01\nwarning no-root\n");
}
END_TEST

/* On premises it binds the local store, too: who takes it out loses that. */
START_TEST(what_is_disallowed_may_stay_on_premises)
{
	pki_sst_cert(&sst, root);
	put_root_with("Bad", SST_DISALLOWED_FILETIME, in_2022, 8);
	expect("in the cloud", "warning disallowed Bad\n");
	in.mode = TRUST_EXCHANGE_2013_SP1;
	expect("on premises", "notice disallowed Bad\n");
}
END_TEST

/* On premises a directory is near, and revocation need not be known. */
START_TEST(asks_for_public_crls_in_the_cloud_only)
{
	pki_sst_cert(&sst, root);
	put_below(root, "Inside",
	    LIST(CA, "crlDistributionPoints=URI:ldap:///CN=a"));
	put_below(root, "No CRL", LIST(CA));
	put_below(root, "Both",
	    LIST(CA,
		"crlDistributionPoints=URI:ldap:///CN=a,"
		"URI:http://crl.example.org/a"));
	expect("in the cloud",
	    "warning crl-unreachable Inside: \"ldap:///CN=a\" is in a directory, "
	    "which the cloud does not ask\nwarning no-crl No CRL\n");
	in.mode = TRUST_EXCHANGE_2013_SP1;
	expect("on premises", "");
}
END_TEST

static const struct {
	const char *name;
	time_t now;
	unsigned int days;
	const char *want;
} times[] = {
	{ "the last second", 1893455999, 0, "" },
	{ "over", 1893456000, 0,
	    "error expired Root: on 2030-01-01\n"
	    "error no-root\n" },
	{ "the first second", 1577836800, 0, "" },
	{ "too early", 1577836799, 0,
	    "warning not-yet-valid Root: until 2020-01-01\n" },
	{ "31 days before", 1893456000 - 31 * DAY, 30, "" },
	{ "30 days before", 1893456000 - 30 * DAY, 30,
	    "warning expires-soon Root: on 2030-01-01, in 30 days\n" },
	{ "a second less than a day", 1893456000 - DAY + 1, 30,
	    "warning expires-soon Root: on 2030-01-01, in 0 days\n" },
	{ "one day", 1893456000 - DAY, 1,
	    "warning expires-soon Root: on 2030-01-01, in 1 day\n" },
	{ "nobody asked", 1893456000 - 1, 0, "" },
};

START_TEST(knows_what_time_it_is)
{
	put_root("Root", "20200101000000Z", "20300101000000Z");
	in.now = times[_i].now;
	in.days = times[_i].days;
	expect(times[_i].name, times[_i].want);
}
END_TEST

/* One certificate below the root, or self-signed. */
static const struct {
	const char *name;
	bool self_signed;
	const char *extensions[6];
	const char *want;
} roles[] = {
	{ "CA for mail", false, { CA, CRL, "extendedKeyUsage=emailProtection" },
	    "" },
	{ "CA for anything", false,
	    { CA, CRL, "extendedKeyUsage=anyExtendedKeyUsage" }, "" },
	{ "CA for TLS", false, { CA, CRL, "extendedKeyUsage=serverAuth" },
	    "warning purpose X: its extended key usage does not include mail\n" },
	{ "signer for mail", false,
	    { SIGN, MAIL, CRL, "extendedKeyUsage=emailProtection" }, "" },
	{ "signer for TLS", false,
	    { SIGN, MAIL, CRL, "extendedKeyUsage=serverAuth" },
	    "warning purpose X: its extended key usage does not include mail\n" },
	{ "signer for encryption", false,
	    { "keyUsage=keyEncipherment", MAIL, CRL },
	    "warning purpose X: its key usage does not include signatures\n" },
	{ "signer that does not repudiate", false,
	    { "keyUsage=nonRepudiation", MAIL, CRL }, "" },
	{ "signer without key usage", false, { MAIL, CRL }, "" },
	{ "self-signed signer", true, { SIGN, MAIL },
	    "warning root-missing X: its issuer \"CN=X\" is not here\n" },
	{ "CA without basicConstraints", false,
	    { "keyUsage=keyCertSign", MAIL },
	    "warning not-a-ca X: its key usage is to sign certificates\n" },
	{ "CA:FALSE", true, { "basicConstraints=CA:FALSE" },
	    "warning not-a-ca X: it is self-signed, for no mail address\n" },
	{ "version 1", .want = "warning not-a-ca X: it is of version 1\n" },
	{ "CA that may not sign certificates", false,
	    { "basicConstraints=CA:TRUE", "keyUsage=cRLSign" },
	    "warning not-a-ca X: its key usage is not to sign certificates\n" },
};

START_TEST(knows_what_a_certificate_is_good_for)
{
	pki_sst_cert(&sst, root);
	put_below(roles[_i].self_signed ? NULL : root, "X",
	    roles[_i].extensions[0] == NULL ? NULL : roles[_i].extensions);
	expect(roles[_i].name, roles[_i].want);
}
END_TEST

START_TEST(who_issued_one_and_is_no_ca_is_told_about)
{
	X509 *user;

	pki_sst_cert(&sst, root);
	user = put_below(root, "User", LIST(SIGN, MAIL, CRL));
	put_below(user, "Below", LIST(SIGN, MAIL, CRL));
	put_below(user, "CA below", LIST(CA, CRL));
	expect("issued",
	    "warning issuer-missing CA below: its issuer \"CN=User\" is here, "
	    "but is of no use\n"
	    "warning root-missing Below: its issuer \"CN=User\" is here, but is "
	    "of no use\n"
	    "warning not-a-ca User: it issued another certificate of the "
	    "file\n");
}
END_TEST

/* What has to leave the collection can be nobody's issuer any more. */
START_TEST(an_issuer_of_no_use_counts_as_missing)
{
	X509 *old;

	pki_sst_cert(&sst, root);
	old = put_root("Old", NULL, "20250101000000Z");
	put_below(old, "CA", LIST(CA, CRL));
	expect("expired",
	    "error expired Old: on 2025-01-01\n"
	    "warning issuer-missing CA: its issuer \"CN=Old\" is here, but is of "
	    "no use\n");
}
END_TEST

/* A name is no issuer; with two of a name, the one that signed counts. */
START_TEST(finds_an_issuer_by_its_signature)
{
	const struct pki_cert again = { .cn = "Root", .extensions = LIST(CA) };
	X509 *ca;

	put_key(&again, key, NULL, NULL);
	ca = put_below(root, "CA", LIST(CA, CRL));
	put_below(ca, "Alice", LIST(SIGN, MAIL, CRL));
	expect("a namesake",
	    "warning issuer-missing CA: its issuer \"CN=Root\" is not here\n"
	    "warning root-missing Alice: its issuer \"CN=CA\" is here, a root is "
	    "not\n");
	pki_sst_cert(&sst, root);
	expect("both", "");
}
END_TEST

START_TEST(a_path_may_be_so_long_and_no_longer)
{
	X509 *below = root;
	char name[16];

	for (int i = 0; i < TRUST_MAX_DEPTH; i++) {
		snprintf(name, sizeof(name), "CA %d", i);
		below = put_below(below, name, LIST(CA, CRL));
	}
	put_below(below, "Alice", LIST(SIGN, MAIL, CRL));
	pki_sst_cert(&sst, root);
	expect("as long as may be", "");
	below = put_below(below, "CA", LIST(CA, CRL));
	put_below(below, "Bob", LIST(SIGN, MAIL, CRL));
	expect("longer",
	    "warning root-missing Bob: its issuer \"CN=CA\" is here, a root is "
	    "not\n");
}
END_TEST

/* Two that issued each other, and no root: that has to end. */
START_TEST(a_circle_leads_nowhere)
{
	const struct pki_cert other = { .cn = "Other",
		.extensions = LIST(CA, CRL) };
	const struct pki_cert one = { .cn = "One",
		.extensions = LIST(CA, CRL) };
	X509 *root_of_one = keep(pki_make(&one, root_key, NULL, NULL));
	X509 *by_one = put_key(&other, key, root_of_one, root_key);

	put_key(&one, root_key, by_one, key);
	put_below(by_one, "Alice", LIST(SIGN, MAIL, CRL));
	expect("a circle",
	    "error no-root\nwarning root-missing Alice: its issuer "
	    "\"CN=Other\" is here, a root is not\n");
}
END_TEST

START_TEST(a_root_may_be_signed_as_it_likes)
{
	const struct pki_cert what = { .cn = "Old root",
		.extensions = LIST(CA),
		.md = "SHA1" };

	put_key(&what, key, NULL, NULL);
	expect("SHA-1", "");
}
END_TEST

/* It is told about as what it is, and not as something odd. */
START_TEST(a_private_key_is_an_error)
{
	static const char text[] = "-----BEGIN PRIVATE KEY-----\n"
				   "AAAA\n-----END PRIVATE KEY-----\n";
	BIO *bio = BIO_new(BIO_s_mem());
	struct store *store = store_new(NULL, NULL, NULL);
	char *pem, *error, *got;
	long len;

	PEM_write_bio_X509(bio, root);
	BIO_write(bio, text, sizeof(text) - 1);
	len = BIO_get_mem_data(bio, &pem);
	ck_assert(store_add_octets(store, "pem", (const uint8_t *)pem,
	    (size_t)len, &error));
	BIO_free(bio);
	in.store = store;
	ck_assert(lint_check(&in, &lint));
	got = describe();
	ck_assert_str_eq(got, "error private-key: 1 in all\n");
	free(got);
}
END_TEST

START_TEST(an_empty_store_has_no_root)
{
	store_unref((struct store *)(uintptr_t)in.store);
	in.store = store_new(NULL, NULL, NULL);
	ck_assert(lint_check(&in, &lint));
	ck_assert_uint_eq(lint.count, 1);
	ck_assert_int_eq(lint.findings[0].code, LINT_NO_ROOT);
	ck_assert_ptr_null(lint.earliest);
}
END_TEST

START_TEST(the_manual_has_each)
{
	static char text[200000];
	FILE *file = fopen(SRCDIR "/milter/ctl/smimectl.1", "r");
	size_t len = fread(text, 1, sizeof(text) - 1, file);
	char line[64];

	ck_assert_uint_lt(len, sizeof(text) - 1);
	fclose(file);
	for (int i = 0; i < LINT_CODES; i++) {
		snprintf(line, sizeof(line), "\n.It Li %s\n",
		    lint_token((enum lint_code)i));
		ck_assert_msg(strstr(text, line) != NULL, "%s", line);
	}
}
END_TEST

START_TEST(has_words_for_each)
{
	for (int i = 0; i < LINT_CODES; i++) {
		enum lint_code code = (enum lint_code)i;

		ck_assert_uint_gt(strlen(lint_token(code)), 3);
		ck_assert_uint_gt(strlen(lint_words(code)), 10);
		ck_assert_uint_gt(strlen(lint_cure(code)), 10);
		for (int k = 0; k < i; k++)
			ck_assert_str_ne(lint_token(code),
			    lint_token((enum lint_code)k));
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("lint");
	TCase *tcase = tcase_create("lint");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_set_timeout(tcase, 60); /* sanitizers are slow */
	tcase_add_unchecked_fixture(tcase, make_keys, free_keys);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, finds_nothing_in_a_clean_store);
	tcase_add_test(tcase, finds_one_of_each_and_nothing_else);
	tcase_add_test(tcase, a_collection_without_roots_vouches_for_nobody);
	tcase_add_test(tcase, what_is_disallowed_may_stay_on_premises);
	tcase_add_test(tcase, asks_for_public_crls_in_the_cloud_only);
	tcase_add_loop_test(tcase, knows_what_time_it_is, 0, COUNT(times));
	tcase_add_loop_test(tcase, knows_what_a_certificate_is_good_for, 0,
	    COUNT(roles));
	tcase_add_test(tcase, who_issued_one_and_is_no_ca_is_told_about);
	tcase_add_test(tcase, an_issuer_of_no_use_counts_as_missing);
	tcase_add_test(tcase, finds_an_issuer_by_its_signature);
	tcase_add_test(tcase, a_path_may_be_so_long_and_no_longer);
	tcase_add_test(tcase, a_circle_leads_nowhere);
	tcase_add_test(tcase, a_root_may_be_signed_as_it_likes);
	tcase_add_test(tcase, a_private_key_is_an_error);
	tcase_add_test(tcase, an_empty_store_has_no_root);
	tcase_add_test(tcase, the_manual_has_each);
	tcase_add_test(tcase, has_words_for_each);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
