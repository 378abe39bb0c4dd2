/* SPDX-License-Identifier: ISC */
/*
 * Trust, as far as the verdict shows it; the rest is in smime/trust/.
 */
#include <check.h>
#include <string.h>

#include "smime/smime.h"
#include "smime/x509/cert.h"
#include "smime/x509/ident.h"
#include "t/lib/mail.h"
#include "t/lib/people.h"
#include "t/lib/pki.h"
#include "t/lib/trial.h"
#include "t/lib/usual.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct {
	enum trust_mode mode;
	bool collection, local; /* which of them knows the root */
	const char *want;
	const char *each; /* what each mode says */
} modes[] = {
	{ TRUST_EXCHANGE_2013_SP1, true, false, PASS, "pass pass -" },
	{ TRUST_EXCHANGE_2013_SP1, true, true, PASS, "pass pass -" },
	{ TRUST_EXCHANGE_2013_SP1, false, true,
	    "pass ok whole local match good", "pass policy pass" },
	{ TRUST_EXCHANGE_2013_SP1, false, false,
	    "policy untrusted whole none match good", "policy policy policy" },
	{ TRUST_EXCHANGE_ONLINE, true, false, PASS, "pass pass -" },
	{ TRUST_EXCHANGE_ONLINE, false, true,
	    "policy untrusted whole none match good", "pass policy pass" },
	{ TRUST_LOCAL, true, false, "policy untrusted whole none match good",
	    "pass pass policy" },
	{ TRUST_LOCAL, true, true, "pass ok whole local match good",
	    "pass pass pass" },
	{ TRUST_LOCAL, false, true, "pass ok whole local match good",
	    "pass policy pass" },
};

START_TEST(says_what_each_mode_would)
{
	const struct mail_voucher knows[] = { { .cert = people_root() },
		{ .cert = NULL } };
	const struct verdict *verdict;
	const char *words[TRUST_MODES];

	trial_set_trust(trust_new(modes[_i].mode,
	    modes[_i].collection ? mail_store(knows) : NULL,
	    modes[_i].local ? mail_store(knows) : NULL, NULL));
	trial_expect(trust_mode_word(modes[_i].mode), usual_detached(),
	    modes[_i].want);
	verdict = trial_judge(usual_detached());
	ck_assert_int_eq(verdict->mode, modes[_i].mode);
	for (size_t i = 0; i < TRUST_MODES; i++) {
		words[i] = result_word(verdict->mode_result[i]);
		ck_assert_int_eq(verdict->mode_result[i],
		    verdict->signatures[0].mode_result[i]);
	}
	ck_assert_str_eq(mail_print("%s %s %s", words[0], words[1],
			     words[2] != NULL ? words[2] : "-")
			     .at,
	    modes[_i].each);
}
END_TEST

/* Who vouches for Alice, whatever the mode. */
static const struct {
	const char *name;
	enum trust_mode mode;
	bool collection, local; /* which of them knows the root */
	enum trust_who by;
	enum reason cloud;
} vouchings[] = {
	{ "both", TRUST_EXCHANGE_2013_SP1, true, true, TRUST_BY_COLLECTION,
	    REASON_OK },
	{ "both, but local is in force", TRUST_LOCAL, true, true,
	    TRUST_BY_COLLECTION, REASON_OK },
	{ "local", TRUST_EXCHANGE_2013_SP1, false, true, TRUST_BY_LOCAL,
	    REASON_UNTRUSTED },
	{ "local, in the cloud", TRUST_EXCHANGE_ONLINE, false, true,
	    TRUST_BY_LOCAL, REASON_UNTRUSTED },
	{ "collection", TRUST_EXCHANGE_ONLINE, true, false, TRUST_BY_COLLECTION,
	    REASON_OK },
	{ "none", TRUST_EXCHANGE_2013_SP1, false, false, TRUST_NONE,
	    REASON_UNTRUSTED },
};

/* With one key: what the signer may mean, in this order. */
static const struct {
	const char *name;
	const char *message;	/* "A" Alice's own, "O" expired, "B" Bob's, */
	const char *collection; /* "U" of an unknown authority */
	const char *want;
} sharers[] = {
	{ "her own first", "AOBU", "", PASS },
	{ "her own last", "UOBA", "", PASS },
	{ "... in the collection", "UOB", "A", PASS },
	{ "only in the collection", "", "OA", PASS },
	{ "expired", "O", "", "fail expired whole none match good" },
	{ "another's before it expired", "BO", "",
	    "policy from-mismatch whole collection mismatch good" },
	{ "another's after it expired", "OB", "",
	    "policy from-mismatch whole collection mismatch good" },
};

START_TEST(judges_by_each_certificate_that_has_the_key)
{
	static const char *const of_alice[] = {
		"extendedKeyUsage=emailProtection",
		"subjectAltName=email:alice@example.org", CLAIMED_KEY_ID, NULL
	};
	static const char *const of_bob[] = {
		"extendedKeyUsage=emailProtection",
		"subjectAltName=email:bob@example.org", CLAIMED_KEY_ID, NULL
	};
	const struct pki_cert alice = { .cn = "Alice", .extensions = of_alice };
	const struct pki_cert bob = { .cn = "Bob", .extensions = of_bob };
	const struct pki_cert old = { .cn = "Alice",
		.extensions = of_alice,
		.not_after = "20250101000000Z" };
	const struct pki_cert other = { .cn = "Other",
		.extensions = pki_ca_extensions };
	EVP_PKEY *key = pki_key("P-256");
	EVP_PKEY *other_key = pki_key("P-256");
	X509 *other_root = pki_make(&other, other_key, NULL, NULL);
	X509 *certs[128] = {
		['A'] = pki_make(&alice, key, people_root(), people_root_key()),
		['B'] = pki_make(&bob, key, people_root(), people_root_key()),
		['O'] = pki_make(&old, key, people_root(), people_root_key()),
		['U'] = pki_make(&alice, key, other_root, other_key),
	};
	struct mail_voucher knows[8] = { { .cert = people_root() } };
	struct octets part = mail_print("%s", USUAL_PART);
	const struct mail_signer one = { .cert = certs['A'],
		.key = key,
		.by_key_id = true,
		.no_cert = true };
	X509 *carried[8] = { NULL };
	const struct mail_cms cms = { .signers = &one,
		.count = 1,
		.certs = carried };

	for (size_t i = 0; sharers[_i].message[i] != '\0'; i++)
		carried[i] = certs[(int)sharers[_i].message[i]];
	for (size_t i = 0; sharers[_i].collection[i] != '\0'; i++)
		knows[i + 1].cert = certs[(int)sharers[_i].collection[i]];
	trial_set_trust(
	    trust_new(TRUST_EXCHANGE_ONLINE, mail_store(knows), NULL, NULL));
	trial_expect(sharers[_i].name,
	    mail_detached(&usual_form, part, mail_sign(&cms, part)),
	    sharers[_i].want);
	for (const char *c = "ABOU"; *c != '\0'; c++)
		X509_free(certs[(int)*c]);
	X509_free(other_root);
	EVP_PKEY_free(other_key);
	EVP_PKEY_free(key);
}
END_TEST

static void
expect_path(const struct signature *signature)
{
	const struct path_cert *path = signature->path;
	X509 *certs[] = { people_cert(ALICE), people_root() };
	X509 *cert;

	ck_assert_uint_eq(signature->path_len, 2);
	ck_assert_str_eq(path[0].sha256, signature->sha256);
	ck_assert_str_eq(path[0].subject, signature->subject);
	ck_assert(path[0].carried);
	ck_assert(!path[1].carried);
	for (size_t i = 0; i < 2; i++) {
		cert = cert_read(NULL, path[i].der, path[i].der_len);
		ck_assert_ptr_nonnull(cert);
		ck_assert_int_eq(X509_cmp(cert, certs[i]), 0);
		ck_assert_int_eq(ASN1_TIME_cmp_time_t(X509_get0_notAfter(cert),
				     path[i].not_after),
		    0);
		X509_free(cert);
	}
}

static const struct verdict *
judge_with_path(struct octets mail)
{
	struct smime *smime = trial_new();

	smime_want_path(smime);
	mail_push(smime, mail);
	return trial_finish();
}

START_TEST(tells_the_path_that_holds_in_any_mode)
{
	const struct mail_voucher knows[] = { { .cert = people_root() },
		{ .cert = NULL } };
	const struct signature *signature;
	const struct verdict *verdict;

	trial_set_trust(trust_new(vouchings[_i].mode,
	    vouchings[_i].collection ? mail_store(knows) : NULL,
	    vouchings[_i].local ? mail_store(knows) : NULL, NULL));
	signature = trial_judge(usual_detached())->signatures;
	ck_assert_int_eq(signature->path_by, vouchings[_i].by);
	ck_assert_uint_eq(signature->path_len, 0);
	verdict = judge_with_path(usual_detached());
	signature = verdict->signatures;
	ck_assert_msg(signature->path_by == vouchings[_i].by, "%s",
	    vouchings[_i].name);
	if (signature->path_by == TRUST_NONE)
		ck_assert_uint_eq(signature->path_len, 0);
	else
		expect_path(signature);
	ck_assert_int_eq(signature->mode_reason[TRUST_EXCHANGE_ONLINE],
	    vouchings[_i].cloud);
	ck_assert_int_eq(signature->mode_trust[TRUST_EXCHANGE_ONLINE],
	    vouchings[_i].collection ? TRUST_BY_COLLECTION : TRUST_NONE);
	ck_assert_int_eq(verdict->mode_reason[TRUST_EXCHANGE_ONLINE],
	    vouchings[_i].cloud);
}
END_TEST

/* The local store has a path; the collection has none, but lists the signer. */
START_TEST(tells_who_vouches_in_the_cloud_beside_the_path)
{
	const struct mail_voucher lists[] = { { .cert = people_cert(ALICE) },
		{ .cert = NULL } };
	const struct mail_voucher knows[] = { { .cert = people_root() },
		{ .cert = NULL } };
	const struct signature *signature;
	struct trust *trust;

	trust = trust_new(TRUST_EXCHANGE_2013_SP1, mail_store(lists),
	    mail_store(knows), NULL);
	trial_set_trust(trust);
	trust_allow_listed(trust);
	signature = trial_judge(usual_detached())->signatures;
	ck_assert_int_eq(signature->path_by, TRUST_BY_LOCAL);
	ck_assert_int_eq(signature->mode_trust[TRUST_EXCHANGE_2013_SP1],
	    TRUST_BY_LOCAL);
	ck_assert_int_eq(signature->mode_trust[TRUST_EXCHANGE_ONLINE],
	    TRUST_BY_COLLECTION);
	ck_assert_int_eq(signature->mode_result[TRUST_EXCHANGE_ONLINE],
	    RESULT_PASS);
}
END_TEST

START_TEST(finds_a_signer_that_the_collection_knows)
{
	const struct mail_voucher vouchers[] = { { .cert = people_root() },
		{ .cert = people_cert(ALICE) }, { .cert = NULL } };
	struct mail_signer one = people_signer(ALICE);
	struct mail_cms cms = { .signers = &one, .count = 1 };
	struct octets part = mail_print("%s", USUAL_PART);

	one.no_cert = true;
	trial_set_trust(
	    trust_new(TRUST_EXCHANGE_ONLINE, mail_store(vouchers), NULL, NULL));
	trial_expect("known",
	    mail_detached(&usual_form, part, mail_sign(&cms, part)), PASS);
}
END_TEST

/* Bob and others are below the root, which nobody knows here. */
static const struct {
	const char *name;
	enum who who;
	const char *fields;
	const char *want;
} listed[] = {
	{ "its own address", ALICE, NULL, PASS },
	{ "self-signed", STRANGER, NULL, PASS },
	{ "one of its own", EVERYBODY, "From: bob@example.org\r\n", PASS },
	{ "another address", ALICE, "From: bob@example.org\r\n",
	    "policy from-mismatch whole collection mismatch good" },
	{ "through an alias", ALICE, "From: info@sales.example.org\r\n",
	    "policy from-mismatch whole collection mismatch good" },
	{ "no address", NO_ADDRESS, NULL,
	    "policy no-address whole collection none good" },
	{ "expired", OLD, NULL, "fail expired whole none match good" },
	{ "a short key", SHORT, NULL,
	    "policy short-key whole collection match good" },
	{ "a DSA key", ALICE_DSA, NULL,
	    "policy dsa whole collection match good" },
};

START_TEST(a_listed_signer_speaks_for_its_own_addresses)
{
	static const char file[] = "alice@example.org info@sales.example.org\n";
	const struct mail_voucher vouchers[] = {
		{ .cert = people_cert(listed[_i].who) }, { .cert = NULL }
	};
	const struct mail_form form = { .fields = listed[_i].fields };
	struct octets mail = mail_detached(&form, mail_print("%s", USUAL_PART),
	    people_sign(listed[_i].who, MAIL_DETACHED, USUAL_PART));
	char *error = NULL;
	struct trust *trust;

	trust = trust_new(TRUST_EXCHANGE_ONLINE, mail_store(vouchers), NULL,
	    aliases_read("aliases", file, strlen(file), &error));
	trial_set_trust(trust);
	ck_assert_int_ne(trial_judge(mail)->result, RESULT_PASS);
	trust_allow_listed(trust);
	trial_expect(listed[_i].name, mail, listed[_i].want);
}
END_TEST

static void
add_tests(TCase *tcase)
{
	tcase_add_loop_test(tcase, judges_by_each_certificate_that_has_the_key,
	    0, COUNT(sharers));
	tcase_add_loop_test(tcase, says_what_each_mode_would, 0, COUNT(modes));
	tcase_add_loop_test(tcase, tells_the_path_that_holds_in_any_mode, 0,
	    COUNT(vouchings));
	tcase_add_test(tcase, tells_who_vouches_in_the_cloud_beside_the_path);
	tcase_add_test(tcase, finds_a_signer_that_the_collection_knows);
	tcase_add_loop_test(tcase, a_listed_signer_speaks_for_its_own_addresses,
	    0, COUNT(listed));
}

int
main(void)
{
	return trial_run("smime_trust", add_tests, NULL);
}
