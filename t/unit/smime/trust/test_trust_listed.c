/* SPDX-License-Identifier: ISC */
/*
 * Signers that the collection lists.
 */
#include <check.h>

#include "smime/store/sst.h"
#include "smime/trust/trust.h"
#include "t/lib/chain.h"
#include "t/lib/mail.h"
#include "t/lib/pki.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

START_TEST(a_listed_signer_vouches_for_itself_where_that_is_allowed)
{
	chain_make(NULL, NULL, NULL);
	chain_put(chain.leaf, IN_COLLECTION);
	chain_expect_listed("not allowed", REASON_INTERMEDIATE_MISSING);
	chain.allow_listed = true;
	chain_expect_listed("allowed", REASON_OK);
	/* It is its own anchor. */
	ck_assert_int_eq(sk_X509_num(chain.path.collection.chain), 1);
	ck_assert_int_eq(X509_cmp(sk_X509_value(chain.path.collection.chain, 0),
			     chain.leaf),
	    0);
	chain_put(chain.ca, IN_MESSAGE);
	chain_expect_listed("below an authority that is not known", REASON_OK);
	chain_check(TRUST_LOCAL);
	chain_expect("the collection is not asked", TRUST_LOCAL,
	    REASON_UNTRUSTED, TRUST_NONE);
	X509_free(chain.leaf);
	chain.leaf = pki_make(&chain_leaf_is, chain.leaf_key, NULL, NULL);
	chain.collection[0].cert = chain.leaf;
	chain_expect_listed("self-signed", REASON_OK);
}
END_TEST

START_TEST(a_list_in_the_local_store_lets_nobody_vouch)
{
	chain_make(NULL, NULL, NULL);
	chain.allow_listed = true;
	chain_put(chain.leaf, IN_LOCAL);
	chain_put(chain.root, IN_COLLECTION);
	chain_expect_listed("in the local store", REASON_INTERMEDIATE_MISSING);
	chain_check(TRUST_LOCAL);
	chain_expect("and alone", TRUST_LOCAL, REASON_INTERMEDIATE_MISSING,
	    TRUST_NONE);
}
END_TEST

/* A path counts more than a list: the list is asked last. */
START_TEST(a_list_is_asked_last)
{
	chain_make(NULL, NULL, NULL);
	chain.allow_listed = true;
	chain_put(chain.leaf, IN_COLLECTION);
	chain_put(chain.root, IN_LOCAL);
	chain_put(chain.ca, IN_MESSAGE);
	chain_check(TRUST_EXCHANGE_2013_SP1);
	chain_expect("the local store has a path", TRUST_EXCHANGE_2013_SP1,
	    REASON_OK, TRUST_BY_LOCAL);
	chain_expect("in the cloud the list stands", TRUST_EXCHANGE_ONLINE,
	    REASON_OK, TRUST_BY_COLLECTION);
	chain_put(chain.root, IN_COLLECTION);
	chain_check(TRUST_EXCHANGE_2013_SP1);
	chain_expect("the collection has one, too", TRUST_EXCHANGE_2013_SP1,
	    REASON_OK, TRUST_BY_COLLECTION);
	ck_assert(!chain.path.collection.listed);
	ck_assert_int_eq(sk_X509_num(chain.path.collection.chain), 3);
}
END_TEST

/* What is listed is no issuer, however it may look. */
static const struct {
	const char *name;
	bool self_signed;
	struct pki_cert listed;
} pretenders[] = {
	{ .name = "an end entity" },
	{ .name = "a self-signed end entity", .self_signed = true },
	{ "one that claims to sign certificates", true,
	    FOR("basicConstraints=CA:FALSE", "keyUsage=keyCertSign", ALICE) },
	{ "one without basicConstraints", true,
	    FOR("keyUsage=keyCertSign,digitalSignature", ALICE) },
	{ "a version 1 certificate below a CA", .listed = { .md = "SHA256" } },
};

START_TEST(a_listed_signer_vouches_for_no_other)
{
	const struct pki_cert below_is = { .cn = "Bob",
		.extensions = pki_leaf_extensions_alice };
	struct pki_cert listed_is =
	    chain_but_for(&chain_leaf_is, &pretenders[_i].listed);
	bool self_signed = pretenders[_i].self_signed;
	X509 *listed;

	chain_make(NULL, NULL, NULL);
	if (pretenders[_i].listed.md != NULL)
		listed_is.extensions = NULL;
	listed =
	    pki_make(&listed_is, chain.ca_key, self_signed ? NULL : chain.root,
		self_signed ? NULL : chain.root_key);
	X509_free(chain.leaf);
	chain.leaf = pki_make(&below_is, chain.leaf_key, listed, chain.ca_key);
	chain.allow_listed = true;
	chain_put(listed, IN_COLLECTION | IN_MESSAGE | IN_LOCAL);
	chain_check(TRUST_EXCHANGE_2013_SP1);
	chain_expect(pretenders[_i].name, TRUST_EXCHANGE_2013_SP1,
	    REASON_UNTRUSTED, TRUST_NONE);
	chain_put(chain.root, ANYWHERE);
	chain_check(TRUST_EXCHANGE_2013_SP1);
	ck_assert_msg(chain.path.collection.reason != REASON_OK &&
		chain.path.local.reason != REASON_OK,
	    "%s, with a root", pretenders[_i].name);
	X509_free(listed);
}
END_TEST

/* The list names certificates, not names or keys. */
START_TEST(only_the_very_certificate_is_listed)
{
	X509 *listed;

	chain_make(NULL, NULL, NULL);
	chain.allow_listed = true;
	listed =
	    pki_make(&chain_leaf_is, chain.root_key, chain.ca, chain.ca_key);
	chain_put(listed, IN_COLLECTION | IN_MESSAGE);
	chain_expect_listed("same name, other key",
	    REASON_INTERMEDIATE_MISSING);
	X509_free(listed);
	listed =
	    pki_make(&chain_leaf_is, chain.leaf_key, chain.ca, chain.ca_key);
	chain.collection[0].cert = listed;
	sk_X509_set(chain.message, 0, listed);
	chain_expect_listed("same name and key, other serial",
	    REASON_INTERMEDIATE_MISSING);
	X509_free(listed);
}
END_TEST

/* An authority is no signer: without a root it has to stay untrusted. */
START_TEST(a_listed_authority_does_not_vouch_for_itself)
{
	chain_make(NULL, NULL, NULL);
	chain.allow_listed = true;
	chain_put(chain.ca, IN_COLLECTION);
	X509_free(chain.leaf);
	chain.leaf = chain.ca;
	X509_up_ref(chain.ca);
	chain_expect_listed("authority", REASON_INTERMEDIATE_MISSING);
}
END_TEST

static const struct {
	const char *name;
	enum reason reason;
	struct pki_cert leaf;
} listed_rules[] = {
	{ "the usual", .reason = REASON_OK },
	{ "expired", REASON_EXPIRED, { .not_after = "20251231235959Z" } },
	{ "not yet valid", REASON_NOT_YET_VALID,
	    { .not_before = "20260101000001Z" } },
	{ "for encryption alone", REASON_KEY_PURPOSE,
	    FOR("keyUsage=keyEncipherment", ALICE) },
	{ "for TLS servers alone", REASON_KEY_PURPOSE,
	    FOR(SIGNS, "extendedKeyUsage=serverAuth", ALICE) },
	{ "for any purpose", REASON_OK,
	    FOR(SIGNS, "extendedKeyUsage=anyExtendedKeyUsage", ALICE) },
	{ "a critical extension that is not known", REASON_CRITICAL_EXTENSION,
	    FOR(SIGNS, ALICE, "1.2.3.4=critical,DER:05:00") },
};

START_TEST(a_listed_signer_has_to_follow_the_rules)
{
	chain_make(NULL, NULL, &listed_rules[_i].leaf);
	chain.allow_listed = true;
	chain_put(chain.leaf, IN_COLLECTION | IN_MESSAGE);
	chain_expect_listed(listed_rules[_i].name, listed_rules[_i].reason);
}
END_TEST

/* That its identifier names another certificate of its issuer hides nothing. */
START_TEST(a_hint_does_not_hide_a_disallowed_issuer)
{
	static const char *const hints[] = {
		"authorityKeyIdentifier=issuer:always",
		"2.5.29.35=DER:30:06:80:04:01:02:03:04",
	};
	const struct pki_cert ca =
	    FOR(CA_TRUE, CA_USE, "subjectKeyIdentifier=hash");
	const struct pki_cert leaf = FOR(SIGNS, ALICE, hints[_i]);
	const struct pki_cert renewed = { .cn = chain_ca_is.cn,
		.extensions = ca.extensions };
	X509 *newer;

	chain_make(NULL, &ca, &leaf);
	newer = pki_make(&renewed, chain.ca_key, chain.root, chain.root_key);
	chain.allow_listed = true;
	chain_put_with(newer, IN_COLLECTION, SST_DISALLOWED_FILETIME,
	    VALUE(IN_2022));
	chain_put(chain.leaf, IN_COLLECTION);
	chain_expect_listed(hints[_i], REASON_ROOT_DISALLOWED);
	X509_free(newer);
}
END_TEST

/* Who is listed below an authority that is disallowed is no exception. */
START_TEST(a_list_does_not_overrule_what_is_disallowed)
{
	X509 *other;

	chain_make(NULL, NULL, NULL);
	chain.allow_listed = true;
	chain_put_with(chain.ca, IN_COLLECTION, SST_DISALLOWED_FILETIME,
	    VALUE(IN_2022));
	chain_put(chain.leaf, IN_COLLECTION);
	chain_expect_listed("its issuer, no path", REASON_ROOT_DISALLOWED);
	chain_put(chain.root, IN_COLLECTION);
	chain_put(chain.ca, IN_MESSAGE);
	chain_expect_listed("its issuer", REASON_ROOT_DISALLOWED);
	chain.collection_count = 0;
	chain_put_with(chain.root, IN_COLLECTION, SST_DISALLOWED_FILETIME,
	    VALUE(IN_2022));
	chain.collection[1] = (struct mail_voucher){ .cert = chain.leaf };
	chain.collection[2] = (struct mail_voucher){ .cert = NULL };
	chain_expect_listed("its root", REASON_ROOT_DISALLOWED);
	chain.collection_count = 0;
	chain_put_with(chain.leaf, IN_COLLECTION, SST_DISALLOWED_FILETIME,
	    VALUE(IN_2022));
	other = chain.leaf;
	chain.leaf =
	    pki_make(&chain_leaf_is, chain.leaf_key, chain.ca, chain.ca_key);
	chain.collection[1].cert = chain.leaf;
	chain_expect_listed("another one of the same name and key",
	    REASON_ROOT_DISALLOWED);
	X509_free(other);
}
END_TEST

/* An authority may be unfit and its signer listed all the same. */
START_TEST(a_list_stands_where_a_path_does_not)
{
	const struct pki_cert old = { .not_after = "20251231235959Z" };

	chain_make(&old, NULL, NULL);
	chain.allow_listed = true;
	chain_put(chain.root, IN_COLLECTION);
	chain_put(chain.ca, IN_COLLECTION);
	chain_put(chain.leaf, IN_COLLECTION);
	chain_expect_listed("below an expired root", REASON_OK);
}
END_TEST

/* Of two failures the one of the path is kept, if it says anything. */
START_TEST(a_list_that_fails_does_not_hide_why_the_path_did)
{
	const struct pki_cert bad_root = {
		.extensions = (const char *const[]){ CA_TRUE, CA_USE,
		    "extendedKeyUsage=serverAuth", NULL }
	};
	const struct pki_cert old = { .not_after = "20251231235959Z" };

	chain_make(&bad_root, NULL, &old);
	chain.allow_listed = true;
	chain_put(chain.root, IN_COLLECTION);
	chain_put(chain.ca, IN_COLLECTION);
	chain_put(chain.leaf, IN_COLLECTION);
	chain_expect_listed("the root, and the signer", REASON_KEY_PURPOSE);
	ck_assert_int_eq(sk_X509_num(chain.path.collection.chain), 3);
}
END_TEST

static void
add_tests(TCase *tcase)
{
	tcase_add_test(tcase,
	    a_listed_signer_vouches_for_itself_where_that_is_allowed);
	tcase_add_test(tcase, a_list_in_the_local_store_lets_nobody_vouch);
	tcase_add_test(tcase, a_list_is_asked_last);
	tcase_add_loop_test(tcase, a_listed_signer_vouches_for_no_other, 0,
	    COUNT(pretenders));
	tcase_add_test(tcase, only_the_very_certificate_is_listed);
	tcase_add_test(tcase, a_listed_authority_does_not_vouch_for_itself);
	tcase_add_loop_test(tcase, a_listed_signer_has_to_follow_the_rules, 0,
	    COUNT(listed_rules));
	tcase_add_test(tcase, a_list_does_not_overrule_what_is_disallowed);
	tcase_add_loop_test(tcase, a_hint_does_not_hide_a_disallowed_issuer, 0,
	    2);
	tcase_add_test(tcase, a_list_stands_where_a_path_does_not);
	tcase_add_test(tcase, a_list_that_fails_does_not_hide_why_the_path_did);
}

int
main(void)
{
	return chain_run("trust_listed", add_tests);
}
