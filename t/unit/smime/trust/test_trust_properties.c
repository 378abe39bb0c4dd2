/* SPDX-License-Identifier: ISC */
/*
 * What the properties of a store say, and that nothing overrules what is
 * final.
 */
#include <check.h>

#include <openssl/x509v3.h>

#include "smime/store/sst.h"
#include "smime/trust/trust.h"
#include "t/lib/chain.h"
#include "t/lib/pki.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* FILETIME of 2019-01-01; certificates begin in 2020. */
static const char in_2019[] = "\x00\x40\x3e\xf0\x64\xa1\xd4\x01";
/* SEQUENCE OF OID: emailProtection */
static const char for_mail[] =
    "\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x04";
/* NameConstraints: permitted e-mail of example.org; of example.net */
static const char within_org[] = "\x30\x11\xa0\x0f\x30\x0d\x81\x0b"
				 "example.org";
static const char within_net[] = "\x30\x11\xa0\x0f\x30\x0d\x81\x0b"
				 "example.net";

static const struct {
	const char *name;
	uint32_t id;
	const char *value;
	size_t len;
	enum reason reason;
	bool final;
} properties[] = {
	{ "a friendly name", SST_FRIENDLY_NAME, VALUE("A\0\0\0"), REASON_OK,
	    false },
	{ "for mail", SST_ENHKEY_USAGE, VALUE(for_mail), REASON_OK, false },
	{ "not for mail", SST_ENHKEY_USAGE, VALUE(FOR_SERVERS),
	    REASON_ROOT_PURPOSE, false },
	{ "disallowed", SST_DISALLOWED_FILETIME, VALUE(IN_2022),
	    REASON_ROOT_DISALLOWED, true },
	{ "disallowed for mail", SST_DISALLOWED_ENHKEY_USAGE, VALUE(for_mail),
	    REASON_ROOT_DISALLOWED, true },
	{ "disallowed for servers", SST_DISALLOWED_ENHKEY_USAGE,
	    VALUE(FOR_SERVERS), REASON_OK, false },
	{ "issued before", SST_NOT_BEFORE_FILETIME, VALUE(IN_2022), REASON_OK,
	    false },
	{ "not issued before", SST_NOT_BEFORE_FILETIME, VALUE(in_2019),
	    REASON_ROOT_NOT_BEFORE, false },
	{ "a permitted name", SST_NAME_CONSTRAINTS, VALUE(within_org),
	    REASON_OK, false },
	{ "a name not permitted", SST_NAME_CONSTRAINTS, VALUE(within_net),
	    REASON_ROOT_CONSTRAINTS, false },
	{ "constraints that cannot be read", SST_NAME_CONSTRAINTS, VALUE("x"),
	    REASON_ROOT_CONSTRAINTS, false },
};

START_TEST(obeys_what_the_collection_says_of_a_root)
{
	enum reason reason = properties[_i].reason;
	const char *name = properties[_i].name;

	chain_make(NULL, NULL, NULL);
	chain_put_with(chain.root, IN_COLLECTION, properties[_i].id,
	    properties[_i].value, properties[_i].len);
	chain_put(chain.ca, IN_MESSAGE);
	chain_check(TRUST_EXCHANGE_2013_SP1);
	chain_expect(name, TRUST_EXCHANGE_2013_SP1, reason,
	    reason == REASON_OK ? TRUST_BY_COLLECTION : TRUST_NONE);
	ck_assert_int_eq(chain.path.collection.final, properties[_i].final);
	/* Nothing is wrong with the path itself. */
	ck_assert_int_eq(chain.path.collection.error, X509_V_OK);
	ck_assert_int_eq(sk_X509_num(chain.path.collection.chain), 3);
}
END_TEST

/* Signed anew it has another hash: so can anybody change an ECDSA signature. */
static X509 *
sign_again(X509 *cert, EVP_PKEY *key)
{
	X509 *again = X509_dup(cert);

	ck_assert_int_gt(X509_sign(again, key, EVP_sha256()), 0);
	ck_assert_int_ne(X509_cmp(again, cert), 0);
	return again;
}

START_TEST(obeys_it_of_an_intermediate_and_of_any_copy)
{
	enum reason reason = properties[_i].reason;
	const char *name = properties[_i].name;
	X509 *copy;

	chain_make(NULL, NULL, NULL);
	copy = sign_again(chain.ca, chain.root_key);
	chain_put(chain.root, IN_COLLECTION);
	chain_put_with(chain.ca, IN_COLLECTION, properties[_i].id,
	    properties[_i].value, properties[_i].len);
	chain_check(TRUST_EXCHANGE_ONLINE);
	/* One that may not serve helps to build no path, either. */
	if (reason == REASON_OK || reason == REASON_ROOT_NOT_BEFORE)
		chain_expect(name, TRUST_EXCHANGE_ONLINE, reason,
		    reason == REASON_OK ? TRUST_BY_COLLECTION : TRUST_NONE);
	chain_put(copy, IN_MESSAGE);
	chain_check(TRUST_EXCHANGE_ONLINE);
	chain_expect(name, TRUST_EXCHANGE_ONLINE, reason,
	    reason == REASON_OK ? TRUST_BY_COLLECTION : TRUST_NONE);
	ck_assert_int_eq(chain.path.collection.final, properties[_i].final);
	X509_free(copy);
}
END_TEST

/* Disallowed is final; any other refusal leaves the local store its say. */
START_TEST(the_local_store_overrules_all_but_what_is_final)
{
	enum reason reason = properties[_i].reason;
	const char *name = properties[_i].name;

	chain_make(NULL, NULL, NULL);
	chain_put_with(chain.root, IN_COLLECTION, properties[_i].id,
	    properties[_i].value, properties[_i].len);
	chain_put(chain.root, IN_LOCAL);
	chain_put(chain.ca, IN_MESSAGE);
	chain_check(TRUST_EXCHANGE_2013_SP1);
	if (properties[_i].final)
		chain_expect(name, TRUST_EXCHANGE_2013_SP1, reason, TRUST_NONE);
	else
		chain_expect(name, TRUST_EXCHANGE_2013_SP1, REASON_OK,
		    reason == REASON_OK ? TRUST_BY_COLLECTION : TRUST_BY_LOCAL);
	chain_check(TRUST_LOCAL);
	chain_expect(name, TRUST_LOCAL, REASON_OK, TRUST_BY_LOCAL);
}
END_TEST

/* Some properties are about a certificate, whatever its role. */
START_TEST(obeys_what_the_collection_says_of_an_intermediate)
{
	chain_make(NULL, NULL, NULL);
	chain_put(chain.root, ANYWHERE);
	chain_put_with(chain.ca, IN_COLLECTION, SST_DISALLOWED_FILETIME,
	    VALUE(IN_2022));
	chain_put(chain.ca, IN_MESSAGE | IN_LOCAL);
	chain_check(TRUST_EXCHANGE_2013_SP1);
	chain_expect("disallowed", TRUST_EXCHANGE_2013_SP1,
	    REASON_ROOT_DISALLOWED, TRUST_NONE);
	chain.collection[1].id = SST_ENHKEY_USAGE;
	chain.collection[1].value = FOR_SERVERS;
	chain.collection[1].len = sizeof(FOR_SERVERS) - 1;
	chain_check(TRUST_EXCHANGE_ONLINE);
	chain_expect("not for mail", TRUST_EXCHANGE_ONLINE, REASON_ROOT_PURPOSE,
	    TRUST_NONE);
}
END_TEST

/* The same name and key, in a certificate that nobody disallowed. */
START_TEST(a_new_certificate_does_not_help_a_disallowed_authority)
{
	const struct pki_cert again = { .cn = "Root",
		.extensions = pki_ca_extensions,
		.not_after = "20450101000000Z" };
	X509 *other;

	chain_make(NULL, NULL, NULL);
	other = pki_make(&again, chain.root_key, NULL, NULL);
	chain_put_with(chain.root, IN_COLLECTION, SST_DISALLOWED_FILETIME,
	    VALUE(IN_2022));
	chain_put(other, ANYWHERE | IN_MESSAGE);
	chain_put(chain.ca, IN_MESSAGE);
	chain_check(TRUST_EXCHANGE_2013_SP1);
	chain_expect("both in the collection", TRUST_EXCHANGE_2013_SP1,
	    REASON_ROOT_DISALLOWED, TRUST_NONE);
	chain.collection_count = 1;
	chain.collection[1].cert = NULL;
	chain_check(TRUST_EXCHANGE_2013_SP1);
	chain_expect("the other one in the local store",
	    TRUST_EXCHANGE_2013_SP1, REASON_ROOT_DISALLOWED, TRUST_NONE);
	chain_check(TRUST_LOCAL);
	chain_expect("the local store alone", TRUST_LOCAL, REASON_OK,
	    TRUST_BY_LOCAL);
	X509_free(other);
}
END_TEST

START_TEST(a_name_alone_makes_no_authority)
{
	EVP_PKEY *other_key = pki_key("P-256");
	X509 *namesake = pki_make(&chain_root_is, other_key, NULL, NULL);

	chain_make(NULL, NULL, NULL);
	chain_put_with(namesake, IN_COLLECTION, SST_DISALLOWED_FILETIME,
	    VALUE(IN_2022));
	chain_put(chain.root, IN_LOCAL);
	chain_put(chain.ca, IN_MESSAGE);
	chain_check(TRUST_EXCHANGE_2013_SP1);
	chain_expect("a namesake", TRUST_EXCHANGE_2013_SP1, REASON_OK,
	    TRUST_BY_LOCAL);
	X509_free(namesake);
	EVP_PKEY_free(other_key);
}
END_TEST

/* The collection fails for another reason on another path. */
START_TEST(what_the_collection_disallows_no_other_path_allows)
{
	const struct pki_cert old = { .cn = "Old root",
		.extensions = pki_ca_extensions,
		.not_after = "20250101000000Z" };
	EVP_PKEY *old_key = pki_key("P-256");
	X509 *old_root = pki_make(&old, old_key, NULL, NULL);
	X509 *cross = pki_make(&chain_ca_is, chain.ca_key, old_root, old_key);

	chain_make(NULL, NULL, NULL);
	chain_put(old_root, IN_COLLECTION);
	chain_put(cross, IN_COLLECTION);
	chain_put(chain.root, IN_LOCAL);
	chain_put(chain.ca, IN_LOCAL);
	chain_check(TRUST_EXCHANGE_2013_SP1);
	chain_expect("not disallowed", TRUST_EXCHANGE_2013_SP1, REASON_OK,
	    TRUST_BY_LOCAL);
	chain_put_with(chain.root, IN_COLLECTION, SST_DISALLOWED_FILETIME,
	    VALUE(IN_2022));
	chain_check(TRUST_EXCHANGE_2013_SP1);
	chain_expect("disallowed", TRUST_EXCHANGE_2013_SP1,
	    REASON_ROOT_DISALLOWED, TRUST_NONE);
	X509_free(old_root);
	X509_free(cross);
	EVP_PKEY_free(old_key);
}
END_TEST

/* The local store's own path may lead through what the collection refuses. */
START_TEST(what_the_collection_vouches_for_stays_vouched_for)
{
	const struct pki_cert second = { .cn = "Second root",
		.extensions = pki_ca_extensions };
	EVP_PKEY *second_key = pki_key("P-256");
	X509 *second_root, *cross;

	chain_make(NULL, NULL, NULL);
	second_root = pki_make(&second, second_key, NULL, NULL);
	cross = pki_make(&chain_ca_is, chain.ca_key, second_root, second_key);
	chain_put(chain.root, IN_COLLECTION);
	chain_put(chain.ca, IN_COLLECTION);
	chain_put_with(second_root, IN_COLLECTION, SST_DISALLOWED_FILETIME,
	    VALUE(IN_2022));
	chain_put(second_root, IN_LOCAL);
	chain_put(cross, IN_LOCAL);
	chain_check(TRUST_LOCAL);
	chain_expect("local", TRUST_LOCAL, REASON_OK, TRUST_BY_LOCAL);
	chain_expect("online", TRUST_EXCHANGE_ONLINE, REASON_OK,
	    TRUST_BY_COLLECTION);
	chain_expect("on premises", TRUST_EXCHANGE_2013_SP1, REASON_OK,
	    TRUST_BY_COLLECTION);
	X509_free(second_root);
	X509_free(cross);
	EVP_PKEY_free(second_key);
}
END_TEST

START_TEST(obeys_what_the_collection_says_of_a_listed_signer)
{
	enum reason reason = properties[_i].reason;

	chain_make(NULL, NULL, NULL);
	chain.allow_listed = true;
	chain_put_with(chain.leaf, IN_COLLECTION, properties[_i].id,
	    properties[_i].value, properties[_i].len);
	chain_expect_listed(properties[_i].name, reason);
	ck_assert_int_eq(chain.path.collection.final, properties[_i].final);
	chain_put(chain.root, IN_LOCAL);
	chain_put(chain.ca, IN_MESSAGE);
	chain_check(TRUST_EXCHANGE_2013_SP1);
	ck_assert_int_eq(path_answer(&chain.path, TRUST_EXCHANGE_2013_SP1,
			     &(enum trust_who){ TRUST_NONE })
			     ->reason,
	    properties[_i].final ? reason : REASON_OK);
}
END_TEST

static void
add_tests(TCase *tcase)
{
	tcase_add_loop_test(tcase, obeys_what_the_collection_says_of_a_root, 0,
	    COUNT(properties));
	tcase_add_loop_test(tcase,
	    the_local_store_overrules_all_but_what_is_final, 0,
	    COUNT(properties));
	tcase_add_test(tcase,
	    obeys_what_the_collection_says_of_an_intermediate);
	tcase_add_test(tcase,
	    a_new_certificate_does_not_help_a_disallowed_authority);
	tcase_add_test(tcase, a_name_alone_makes_no_authority);
	tcase_add_test(tcase,
	    what_the_collection_disallows_no_other_path_allows);
	tcase_add_test(tcase,
	    what_the_collection_vouches_for_stays_vouched_for);
	tcase_add_loop_test(tcase, obeys_it_of_an_intermediate_and_of_any_copy,
	    0, COUNT(properties));
	tcase_add_loop_test(tcase,
	    obeys_what_the_collection_says_of_a_listed_signer, 0,
	    COUNT(properties));
}

int
main(void)
{
	return chain_run("trust_properties", add_tests);
}
