/* SPDX-License-Identifier: ISC */
#include "smime/x509/facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>
#include <openssl/err.h>

#include "smime/smime.h"
#include "smime/x509/factcache.h"
#include "t/lib/pki.h"
#include "t/lib/rulesets.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* Who is signed by the next one; the last one by itself. */
enum { LEAF, CA, ROOT, LINKS };

static const struct chain {
	const char *name;
	const char *keys[LINKS];
	const char *md[LINKS]; /* what each was signed with */
	enum reason want;
} chains[] = {
	{ "good", { "P-256", "P-256", "P-256" }, { NULL, NULL, NULL },
	    REASON_OK },
	{ "Ed25519", { "P-256", "ED25519", "ED25519" }, { NULL, NULL, NULL },
	    REASON_OK },
	{ "the root's own signature", { "P-256", "P-256", "P-256" },
	    { NULL, NULL, "SHA1" }, REASON_OK },
	{ "SHA-1 on the leaf", { "P-256", "P-256", "P-256" },
	    { "SHA1", NULL, NULL }, REASON_SHA1 },
	{ "SHA-1 on the CA", { "P-256", "P-256", "P-256" },
	    { NULL, "SHA1", NULL }, REASON_SHA1 },
	{ "MD5 on the CA", { "P-256", "P-256", "RSA-2048" },
	    { NULL, "MD5", NULL }, REASON_MD5 },
	{ "a short leaf", { "RSA-1024", "P-256", "P-256" },
	    { NULL, NULL, NULL }, REASON_SHORT_KEY },
	{ "a short CA", { "P-256", "RSA-1024", "P-256" }, { NULL, NULL, NULL },
	    REASON_SHORT_KEY },
	{ "a short root", { "P-256", "P-256", "RSA-1024" },
	    { NULL, NULL, NULL }, REASON_SHORT_KEY },
	{ "the leaf's fault comes first", { "P-256", "RSA-1024", "P-256" },
	    { "SHA1", NULL, NULL }, REASON_SHA1 },
};

static STACK_OF(X509) *
make_chain(const struct chain *row)
{
	STACK_OF(X509) *chain = sk_X509_new_null();
	EVP_PKEY *issuer_key = NULL;
	X509 *issuer = NULL;
	EVP_PKEY *key;

	for (int i = LINKS; i-- > 0;) {
		key = pki_key(row->keys[i]);
		issuer = pki_make(&(struct pki_cert){ .cn = "link",
				      .md = row->md[i] },
		    key, issuer, issuer_key);
		sk_X509_unshift(chain, issuer);
		EVP_PKEY_free(issuer_key);
		issuer_key = key;
	}
	EVP_PKEY_free(issuer_key);
	return chain;
}

START_TEST(judges_every_link_of_a_chain)
{
	STACK_OF(X509) *chain = make_chain(&chains[_i]);
	struct rules rules = rulesets_strict();
	enum reason got = factcache_check_chain(NULL, &rules, chain);

	ck_assert_msg(got == chains[_i].want, "%s: %s", chains[_i].name,
	    reason_token(got));
	rules = rulesets_lenient();
	ck_assert_int_eq(factcache_check_chain(NULL, &rules, chain), REASON_OK);
	sk_X509_pop_free(chain, X509_free);
}
END_TEST

/* The certificate with one octet changed wherever the OID occurs. */
static X509 *
change_oid(X509 *cert, const uint8_t *oid, size_t oid_len)
{
	size_t len;
	uint8_t *der = pki_der(cert, &len);
	const unsigned char *end = der;
	X509 *changed;

	for (uint8_t *at = der;
	     (at = memmem(at, len - (size_t)(at - der), oid, oid_len)) != NULL;)
		at[oid_len - 1] = 0x7f;
	changed = d2i_X509(NULL, &end, (long)len);
	ck_assert_ptr_nonnull(changed);
	free(der);
	return changed;
}

static const struct {
	const char *name;
	uint8_t oid[8];
	size_t len;
} unknowns[] = {
	{ "key", { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01 }, 7 },
	{ "signature", { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02 }, 8 },
};

START_TEST(does_not_support_what_it_cannot_read)
{
	STACK_OF(X509) *chain = make_chain(&chains[0]);
	struct rules rules = rulesets_lenient();
	X509 *leaf = sk_X509_shift(chain);

	sk_X509_unshift(chain,
	    change_oid(leaf, unknowns[_i].oid, unknowns[_i].len));
	ERR_raise(ERR_LIB_USER, 1);
	ck_assert_msg(factcache_check_chain(NULL, &rules, chain) ==
		REASON_UNSUPPORTED_ALGORITHM,
	    "%s", unknowns[_i].name);
	ck_assert_int_eq(ERR_GET_LIB(ERR_peek_last_error()), ERR_LIB_USER);
	ERR_clear_error();
	X509_free(leaf);
	sk_X509_pop_free(chain, X509_free);
}
END_TEST

static const struct {
	const char *key;
	const char *name;
	enum key_kind kind;
	int bits;
	int security_bits;
} keys[] = {
	{ "RSA-2048", "RSA-2048", KEY_RSA, 2048, 112 },
	{ "secp256k1", "EC-secp256k1", KEY_EC, 256, 128 },
	{ "P-256", "EC-P-256", KEY_EC, 256, 128 },
	{ "ED25519", "Ed25519", KEY_ED25519, 256, 128 },
};

/* The same as when they are asked for one by one. */
static void
expect_facts(X509 *cert)
{
	struct facts *facts = facts_new(cert);
	char *issuer = cert_name(X509_get_issuer_name(cert));
	char *subject = cert_name(X509_get_subject_name(cert));
	char *serial = cert_serial(cert);
	uint8_t sha256[CERT_SHA256_LEN];
	char hex[FACTS_HEX] = "";
	time_t begin, end;

	ck_assert(cert_sha256(cert, sha256));
	for (size_t i = 0; i < sizeof(sha256); i++)
		snprintf(hex + 2 * i, 3, "%02x", sha256[i]);
	ck_assert(cert_validity(cert, &begin, &end));
	ck_assert_ptr_nonnull(facts);
	ck_assert_str_eq(facts->issuer, issuer);
	ck_assert_str_eq(facts->subject, subject);
	ck_assert_str_eq(facts->serial, serial);
	ck_assert_str_eq(facts->sha256, hex);
	ck_assert_int_eq(facts->not_after, end);
	ck_assert_uint_eq(facts->validation, cert_validation(cert));
	ck_assert(facts->has_signature);
	free(issuer);
	free(subject);
	free(serial);
	facts_unref(facts);
}

START_TEST(has_what_can_be_asked_one_by_one)
{
	EVP_PKEY *root_key = pki_key("P-256");
	EVP_PKEY *key = pki_key(keys[_i].key);
	X509 *root = pki_make(&(struct pki_cert){ .cn = "Root",
				  .extensions = pki_ca_extensions },
	    root_key, NULL, NULL);
	X509 *leaf = pki_make(&(struct pki_cert){ .cn = "Alice",
				  .extensions = pki_leaf_extensions_alice },
	    key, root, root_key);
	struct facts *facts = facts_new(leaf);

	expect_facts(root);
	expect_facts(leaf);
	ck_assert_str_ne(facts->issuer, facts->subject);
	ck_assert_str_eq(facts->key_name, keys[_i].name);
	ck_assert_int_eq(facts->key.kind, keys[_i].kind);
	ck_assert_int_eq(facts->key.bits, keys[_i].bits);
	ck_assert_int_eq(facts->key.security_bits, keys[_i].security_bits);
	ck_assert(!facts->key.huge);
	ck_assert_uint_eq(facts->mailboxes.count, 1);
	ck_assert_str_eq(facts->mailboxes.list[0].local, "alice");
	ck_assert_str_eq(facts->mailboxes.list[0].domain, "example.org");
	ck_assert_uint_eq(ERR_peek_error(), 0);
	facts_unref(facts);
	X509_free(leaf);
	X509_free(root);
	EVP_PKEY_free(key);
	EVP_PKEY_free(root_key);
}
END_TEST

START_TEST(lives_until_the_last_count_is_given_back)
{
	EVP_PKEY *key = pki_key("P-256");
	X509 *cert =
	    pki_make(&(struct pki_cert){ .cn = "Alice" }, key, NULL, NULL);
	struct facts *facts = facts_new(cert);

	ck_assert_ptr_eq(facts_ref(facts), facts);
	facts_unref(facts);
	X509_free(cert);
	ck_assert_str_eq(facts->subject, "CN=Alice");
	facts_unref(facts);
	facts_unref(NULL);
	EVP_PKEY_free(key);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("facts");
	TCase *tcase = tcase_create("facts");
	SRunner *runner;
	int failed;

	tcase_add_unchecked_fixture(tcase, smime_init, NULL);
	tcase_add_loop_test(tcase, judges_every_link_of_a_chain, 0,
	    COUNT(chains));
	tcase_add_loop_test(tcase, does_not_support_what_it_cannot_read, 0,
	    COUNT(unknowns));
	tcase_add_loop_test(tcase, has_what_can_be_asked_one_by_one, 0,
	    COUNT(keys));
	tcase_add_test(tcase, lives_until_the_last_count_is_given_back);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
