/* SPDX-License-Identifier: ISC */
/*
 * Algorithms and keys: weak ones are a matter of policy, others are not used.
 */
#include <check.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include "smime/smime.h"
#include "t/lib/mail.h"
#include "t/lib/people.h"
#include "t/lib/pki.h"
#include "t/lib/trial.h"
#include "t/lib/usual.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct {
	const char *name;
	enum who who;
	const char *md;
	const char *token;
	struct rules rules; /* those that make it pass */
} weak[] = {
	{ "SHA-1 in the signature", ALICE, "SHA1", "sha1",
	    { .min_rsa_bits = 2048, .accept_sha1 = true } },
	{ "MD5 in the signature", ALICE_RSA, "MD5", "md5",
	    { .min_rsa_bits = 2048, .accept_md5 = true } },
	{ "SHA-1 in the chain", SHA1_SIGNED, NULL, "sha1",
	    { .min_rsa_bits = 2048, .accept_sha1 = true } },
	{ "RSA-1024", SHORT, NULL, "short-key", { .min_rsa_bits = 1024 } },
	{ "RSA-1024 in the chain", BELOW_SHORT, NULL, "short-key",
	    { .min_rsa_bits = 1024 } },
	{ "DSA", ALICE_DSA, NULL, "dsa",
	    { .min_rsa_bits = 2048, .accept_dsa = true } },
};

static struct octets
weak_mail(size_t row)
{
	struct mail_signer one = people_signer(weak[row].who);
	X509 *certs[] = { people_short_ca(), NULL };
	struct mail_cms cms = { .signers = &one, .count = 1, .certs = certs };
	struct octets part = mail_print("%s", USUAL_PART);

	one.md = weak[row].md;
	return mail_detached(&(struct mail_form){ .micalg = "" }, part,
	    mail_sign(&cms, part));
}

START_TEST(weakness_is_policy_and_leaves_trust_alone)
{
	struct octets mail = weak_mail((size_t)_i);

	trial_expect(weak[_i].name, mail,
	    mail_print("policy %s whole collection match good", weak[_i].token)
		.at);
	*trial_rules() = weak[_i].rules;
	trial_expect(weak[_i].name, mail, PASS);
}
END_TEST

/* Of all switches only its own makes the weak acceptable. */
START_TEST(no_other_switch_accepts_it)
{
	struct octets mail = weak_mail((size_t)_i);

	*trial_rules() =
	    (struct rules){ weak[_i].rules.min_rsa_bits == 2048 ? 1024 : 2048,
		    !weak[_i].rules.accept_md5, !weak[_i].rules.accept_sha1,
		    !weak[_i].rules.accept_dsa };
	trial_expect(weak[_i].name, mail,
	    mail_print("policy %s whole collection match good", weak[_i].token)
		.at);
}
END_TEST

/*
 * Keys that are not used: certificates that stand for a signer's, by issuer
 * and serial number, and have another key.
 */

static EVP_PKEY *
make_rsa_key(int modulus_bits, int exponent_bits)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	BIGNUM *n = BN_new(), *e = BN_new();
	OSSL_PARAM *params;
	EVP_PKEY *key = NULL;

	BN_one(n);
	BN_set_bit(n, modulus_bits - 1);
	BN_one(e);
	BN_set_bit(e, exponent_bits - 1);
	OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n);
	OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e);
	params = OSSL_PARAM_BLD_to_param(builder);
	EVP_PKEY_fromdata_init(ctx);
	EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params);
	ck_assert_ptr_nonnull(key);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(builder);
	EVP_PKEY_CTX_free(ctx);
	BN_free(n);
	BN_free(e);
	return key;
}

/* Frees the key. */
static void
expect_key(const char *name, enum who who, EVP_PKEY *key, const char *want)
{
	struct mail_signer one = people_signer(who);
	const struct pki_cert what = { .cn = "Somebody",
		.extensions = people_extensions(who),
		.serial = ASN1_INTEGER_get(
		    X509_get0_serialNumber(people_cert(who))) };
	X509 *certs[] = {
		pki_make(&what, key, people_root(), people_root_key()), NULL
	};
	const struct mail_cms cms = { .signers = &one,
		.count = 1,
		.certs = certs };
	struct octets part = mail_print("%s", USUAL_PART);

	one.no_cert = true;
	trial_expect(name,
	    mail_detached(&usual_form, part, mail_sign(&cms, part)), want);
	X509_free(certs[0]);
	EVP_PKEY_free(key);
}

START_TEST(does_not_use_every_key)
{
	static const char unsupported[] =
	    "permerror unsupported-algorithm whole collection match unknown";
	static const char too_large[] =
	    "permerror key-too-large whole collection match unknown";
	static const char wrong[] =
	    "fail bad-signature whole collection match bad";

	expect_key("Ed25519", ALICE, pki_key("ED25519"), unsupported);
	expect_key("an exponent of 1", ALICE_RSA, make_rsa_key(2048, 1), wrong);
	expect_key("a large key", ALICE_RSA, make_rsa_key(8192, 17), wrong);
	expect_key("too large a key", ALICE_RSA, make_rsa_key(8193, 17),
	    too_large);
	expect_key("a large exponent", ALICE_RSA, make_rsa_key(2048, 33),
	    wrong);
	expect_key("too large an exponent", ALICE_RSA, make_rsa_key(2048, 34),
	    too_large);
}
END_TEST

static void
add_tests(TCase *tcase)
{
	tcase_add_loop_test(tcase, weakness_is_policy_and_leaves_trust_alone, 0,
	    COUNT(weak));
	tcase_add_loop_test(tcase, no_other_switch_accepts_it, 0, COUNT(weak));
	tcase_add_test(tcase, does_not_use_every_key);
}

int
main(void)
{
	return trial_run("smime_strength", add_tests, NULL);
}
