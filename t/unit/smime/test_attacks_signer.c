/* SPDX-License-Identifier: ISC */
/*
 * A hostile sender passes for the signer: around her signature, by
 * certificates that stand for hers, or without a key at all.
 *
 * A row that passes says why nobody is misled.
 */
#include <check.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/cms.h>
#include <openssl/rsa.h>

#include "t/lib/attack.h"
#include "t/lib/mail.h"
#include "t/lib/pki.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/*
 * Layers of two signers.
 */

START_TEST(a_signature_of_alice_within_is_not_hers_around)
{
	static const struct mail_form from_alice = { .fields = "From: " ALICE
							       "\r\n" };
	static const struct mail_form bare = { .fields = "",
		.boundary = "inner" };
	struct octets part = mail_print("%s", PART);
	struct octets inner = mail_detached(&bare, part,
	    attack_sign(attack_cast->alice, attack_cast->alice_key,
		MAIL_DETACHED, PART));
	struct octets opaque = mail_opaque(&bare,
	    attack_sign(attack_cast->alice, attack_cast->alice_key, MAIL_OPAQUE,
		PART));
	struct octets cms = attack_sign(attack_cast->alice,
	    attack_cast->alice_key, MAIL_OPAQUE, PART);

	attack_expect("Eve around Alice",
	    mail_detached(&from_alice, inner,
		attack_sign(attack_cast->eve, attack_cast->eve_key,
		    MAIL_DETACHED, inner.at)),
	    "policy from-mismatch");
	attack_expect("Eve around Alice, opaque",
	    mail_opaque(&from_alice,
		attack_sign(attack_cast->eve, attack_cast->eve_key, MAIL_OPAQUE,
		    opaque.at)),
	    "policy from-mismatch");
	attack_expect("Alice's signature twice",
	    mail_detached(&from_alice, inner,
		attack_sign(attack_cast->alice, attack_cast->alice_key,
		    MAIL_DETACHED, PART)),
	    "fail digest-mismatch");
	/* Eve owns up to what is hers, and Alice is not mentioned. */
	attack_expect("Eve around Alice, from Eve",
	    mail_detached(&(struct mail_form){ .fields = "From: " EVE "\r\n" },
		inner,
		attack_sign(attack_cast->eve, attack_cast->eve_key,
		    MAIL_DETACHED, inner.at)),
	    PASS);
	attack_expect("signed-data as the content of Eve's",
	    mail_opaque(&from_alice,
		mail_sign(&(struct mail_cms){ .shape = MAIL_OPAQUE,
			      .signers = &(
				  struct mail_signer){ .cert = attack_cast->eve,
				  .key = attack_cast->eve_key },
			      .count = 1,
			      .type = "1.2.840.113549.1.7.2" },
		    cms)),
	    "neutral content-type");
}
END_TEST

START_TEST(who_else_signs_does_not_count_for_alice)
{
	const struct mail_signer both[] = { { .cert = attack_cast->eve,
						.key = attack_cast->eve_key },
		{ .cert = attack_cast->alice, .key = attack_cast->alice_key } };
	const struct mail_cms cms = { .signers = both, .count = 2 };
	struct octets part = mail_print("%s", PART);

	/* Alice's own text, with what Eve cannot have signed for her. */
	attack_expect("from Alice",
	    mail_detached(&(struct mail_form){ .fields =
						   "From: " ALICE "\r\n" },
		part, mail_sign(&cms, part)),
	    "policy from-mismatch");
	attack_expect("from Eve",
	    mail_detached(&(struct mail_form){ .fields = "From: " EVE "\r\n" },
		part, mail_sign(&cms, part)),
	    "policy from-mismatch");
}
END_TEST

/*
 * Certificates that stand for Alice's.
 */

/* Eve signs; the message has these certificates. */
static struct octets
signed_for(X509 *cert, bool by_key_id, X509 *const *certs)
{
	const struct mail_signer signer = { .cert = cert,
		.key = attack_cast->eve_key,
		.by_key_id = by_key_id,
		.no_cert = true };
	const struct mail_cms cms = { .signers = &signer,
		.count = 1,
		.certs = certs };
	struct octets part = mail_print("%s", EVIL);

	return mail_detached(&(struct mail_form){ .fields =
						      "From: " ALICE "\r\n" },
	    part, mail_sign(&cms, part));
}

/* Alice's name and number below a root of that name, in Eve's hands. */
START_TEST(names_make_no_alice)
{
	const struct pki_cert root_is = { .cn = "Root",
		.extensions = pki_ca_extensions };
	const struct pki_cert alice_is = { .cn = "Somebody",
		.extensions = attack_of_alice,
		.serial = ASN1_INTEGER_get(
		    X509_get0_serialNumber(attack_cast->alice)) };
	X509 *own_root = pki_make(&root_is, attack_cast->eve_key, NULL, NULL);
	X509 *twin = pki_make(&alice_is, attack_cast->eve_key, own_root,
	    attack_cast->eve_key);

	attack_expect("by number",
	    signed_for(twin, false, (X509 *[]){ twin, NULL }),
	    "fail chain-signature");
	attack_expect("by number, hers first",
	    signed_for(twin, false,
		(X509 *[]){ attack_cast->alice, twin, NULL }),
	    "fail chain-signature");
	attack_expect("by number, hers last",
	    signed_for(twin, false,
		(X509 *[]){ twin, attack_cast->alice, NULL }),
	    "fail chain-signature");
	attack_expect("by number, only hers",
	    signed_for(twin, false, (X509 *[]){ attack_cast->alice, NULL }),
	    "fail bad-signature");
	attack_expect("by key identifier, both",
	    signed_for(twin, true,
		(X509 *[]){ attack_cast->alice, twin, NULL }),
	    "fail chain-signature");
	attack_expect("by key identifier, only hers",
	    signed_for(twin, true, (X509 *[]){ attack_cast->alice, NULL }),
	    "fail bad-signature");
	attack_expect("with a root of that name",
	    signed_for(twin, false, (X509 *[]){ twin, own_root, NULL }),
	    "fail chain-signature");
	attack_expect("with both roots",
	    signed_for(twin, false,
		(X509 *[]){ twin, own_root, attack_cast->root, NULL }),
	    "fail chain-signature");
	attack_expect("by a key identifier that all have, Eve's last",
	    signed_for(attack_cast->eve, true,
		(X509 *[]){ attack_cast->alice, attack_cast->eve, NULL }),
	    "policy from-mismatch");
	X509_free(twin);
	X509_free(own_root);
}
END_TEST

/* Eve is vouched for, and vouches for an Alice of her own. */
START_TEST(eve_is_no_authority)
{
	static const char *const plain[] = { "subjectAltName=email:" EVE,
		NULL };
	static const char *const certsign[] = { "keyUsage=keyCertSign",
		"subjectAltName=email:" EVE, NULL };
	const struct pki_cert alice_is = { .cn = "Alice",
		.extensions = attack_of_alice };
	const char *const *kinds[] = { attack_of_eve, plain, certsign };
	X509 *issuer, *twin;

	for (size_t i = 0; i < COUNT(kinds); i++) {
		issuer = attack_issue(kinds[i], attack_cast->eve_key);
		twin = pki_make(&alice_is, attack_cast->eve_key, issuer,
		    attack_cast->eve_key);
		attack_expect(kinds[i][0],
		    signed_for(twin, false, (X509 *[]){ twin, issuer, NULL }),
		    "fail not-a-ca");
		X509_free(twin);
		X509_free(issuer);
	}
}
END_TEST

/*
 * What a certificate that the authority gave out says beside the address that
 * it looked at, EVE.
 */

static const struct {
	const char *name;
	const char *cn;
	const char *email_dn;
	const char *san; /* and more extensions behind a '|' */
	const char *want;
} names[] = {
	{ "common name", ALICE, NULL, "subjectAltName=email:" EVE,
	    "policy from-mismatch" },
	{ "common name alone", ALICE, NULL, "subjectAltName=DNS:example.net",
	    "policy no-address" },
	{ "an attribute in the common name", "x/emailAddress=" ALICE, NULL,
	    "subjectAltName=email:" EVE, "policy from-mismatch" },
	{ "subject beside subjectAltName", "Eve", ALICE,
	    "subjectAltName=email:" EVE, "policy from-mismatch" },
	{ "a host", "Eve", NULL, "subjectAltName=DNS:" ALICE,
	    "policy no-address" },
	{ "a URL", "Eve", NULL, "subjectAltName=URI:mailto:" ALICE,
	    "policy no-address" },
	{ "a user principal name", "Eve", NULL,
	    "subjectAltName=otherName:msUPN;UTF8:" ALICE, "policy no-address" },
	{ "any host of Alice's", "Eve", NULL,
	    "subjectAltName=email:*@example.org", "policy from-mismatch" },
	{ "any mailbox of Alice's domain", "Eve", NULL,
	    "subjectAltName=email:@example.org", "policy no-address" },
	{ "a domain", "Eve", NULL, "subjectAltName=email:example.org",
	    "policy no-address" },
	{ "in brackets", "Eve", NULL, "subjectAltName=email:<" ALICE ">",
	    "policy no-address" },
	{ "with a comment", "Eve", NULL, "subjectAltName=email:" ALICE "(x)",
	    "policy no-address" },
	{ "a URL as an address", "Eve", NULL,
	    "subjectAltName=email:mailto:" ALICE, "policy no-address" },
	{ "a dot more", "Eve", NULL, "subjectAltName=email:" ALICE ".",
	    "policy no-address" },
	{ "a domain below", "Eve", NULL,
	    "subjectAltName=email:" ALICE ".example.net",
	    "policy from-mismatch" },
	{ "a part more", "Eve", NULL,
	    "subjectAltName=email:" ALICE "\\;smime=pass",
	    "policy no-address" },
};

START_TEST(believes_no_other_name)
{
	const char *const extensions[] = LEAF(names[_i].san);
	const struct pki_cert what = { .cn = names[_i].cn,
		.email_dn = names[_i].email_dn,
		.extensions = extensions };
	X509 *cert = pki_make(&what, attack_cast->eve_key, attack_cast->root,
	    attack_cast->root_key);

	attack_expect(names[_i].name,
	    signed_for(cert, false, (X509 *[]){ cert, NULL }), names[_i].want);
	X509_free(cert);
}
END_TEST

/* An authority below the root that may vouch for some names only. */
static const struct {
	const char *name;
	const char *constraint;
	const char *email_dn;
	const char *san;
	const char *want;
} bounds[] = {
	{ "another domain", "permitted;email:example.net", NULL,
	    "subjectAltName=email:" ALICE, "fail name-constraints" },
	{ "in the subject", "permitted;email:example.net", ALICE,
	    "keyUsage=digitalSignature", "fail name-constraints" },
	{ "in the subject, the domain in subjectAltName",
	    "permitted;email:example.net", ALICE, "subjectAltName=email:" EVE,
	    "fail name-constraints" },
	{ "as SmtpUTF8Mailbox", "permitted;email:example.net", NULL,
	    "subjectAltName=otherName:1.3.6.1.5.5.7.8.9;UTF8:" ALICE,
	    "fail name-constraints" },
	{ "in another case", "excluded;email:example.org", NULL,
	    "subjectAltName=email:alice@EXAMPLE.ORG", "fail name-constraints" },
	{ "a domain that is excluded, in the subject",
	    "excluded;email:example.org", ALICE, "keyUsage=digitalSignature",
	    "fail name-constraints" },
	{ "domains below only", "permitted;email:.example.org", NULL,
	    "subjectAltName=email:" ALICE, "fail name-constraints" },
	/* It is bound in hosts, and free in mail (RFC 5280 4.2.1.10). */
	{ "hosts only", "permitted;DNS:example.net", NULL,
	    "subjectAltName=email:" ALICE, PASS },
};

START_TEST(an_authority_keeps_within_its_bounds)
{
	const char *const authority[] = { "basicConstraints=critical,CA:TRUE",
		mail_print("nameConstraints=critical,%s", bounds[_i].constraint)
		    .at,
		NULL };
	const char *const leaf[] = { "extendedKeyUsage=emailProtection",
		bounds[_i].san, NULL };
	const struct pki_cert below_is = { .cn = "Below",
		.extensions = authority };
	const struct pki_cert leaf_is = { .cn = "Alice",
		.email_dn = bounds[_i].email_dn,
		.extensions = leaf };
	X509 *below = pki_make(&below_is, attack_cast->eve_key,
	    attack_cast->root, attack_cast->root_key);
	X509 *twin = pki_make(&leaf_is, attack_cast->eve_key, below,
	    attack_cast->eve_key);

	attack_expect(bounds[_i].name,
	    signed_for(twin, false, (X509 *[]){ twin, below, NULL }),
	    bounds[_i].want);
	X509_free(twin);
	X509_free(below);
}
END_TEST

/*
 * Signatures made without the key.
 */

/* A CMS with another signature in its only SignerInfo. */
static struct octets
forge(struct octets cms, const void *signature, size_t len)
{
	const unsigned char *in = (const unsigned char *)cms.at;
	CMS_ContentInfo *info = d2i_CMS_ContentInfo(NULL, &in, (long)cms.len);
	CMS_SignerInfo *si =
	    sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(info), 0);
	struct octets forged;
	unsigned char *out;

	ck_assert_int_eq(ASN1_OCTET_STRING_set(CMS_SignerInfo_get0_signature(
						   si),
			     signature, (int)len),
	    1);
	forged = mail_print("%*s", i2d_CMS_ContentInfo(info, NULL), "");
	out = (unsigned char *)(uintptr_t)forged.at;
	i2d_CMS_ContentInfo(info, &out);
	CMS_ContentInfo_free(info);
	return forged;
}

static const struct {
	const char *name;
	const char *octets; /* ECDSA-Sig-Value */
	size_t len;
} numbers[] = {
#define DER(text) text, sizeof(text) - 1
#define ORDER                                                                  \
	"\x02\x21\x00\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff" \
	"\xff\xff\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25" \
	"\x51"
	{ "0 and 0", DER("\x30\x06\x02\x01\x00\x02\x01\x00") },
	{ "1 and 0", DER("\x30\x06\x02\x01\x01\x02\x01\x00") },
	{ "0 and 1", DER("\x30\x06\x02\x01\x00\x02\x01\x01") },
	{ "1 and 1", DER("\x30\x06\x02\x01\x01\x02\x01\x01") },
	{ "-1 and -1", DER("\x30\x06\x02\x01\xff\x02\x01\xff") },
	{ "the order, twice", DER("\x30\x46" ORDER ORDER) },
	{ "the order and 1", DER("\x30\x26" ORDER "\x02\x01\x01") },
	{ "1 and the order", DER("\x30\x26\x02\x01\x01" ORDER) },
	{ "nothing in it", DER("\x30\x00") },
	{ "nothing", DER("") },
};

START_TEST(no_number_is_a_signature)
{
	struct octets part = mail_print("%s", EVIL);
	struct octets cms = attack_sign(attack_cast->alice,
	    attack_cast->alice_key, MAIL_DETACHED, PART);

	/* Over what Alice did sign, so that this alone is wrong. */
	part = mail_print("%s", PART);
	attack_expect(numbers[_i].name,
	    mail_detached(&(struct mail_form){ .fields =
						   "From: " ALICE "\r\n" },
		part, forge(cms, numbers[_i].octets, numbers[_i].len)),
	    "fail bad-signature");
}
END_TEST

static EVP_PKEY *
rsa_with_exponent_3(void)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY *key = NULL;
	BIGNUM *e = BN_new();

	BN_set_word(e, 3);
	ck_assert_int_eq(EVP_PKEY_keygen_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, 2048), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, e), 1);
	ck_assert_int_eq(EVP_PKEY_keygen(ctx, &key), 1);
	BN_free(e);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

/* The smallest number whose cube is not below. */
static void
cube_root(const BIGNUM *cube, BIGNUM *root_r)
{
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *power = BN_new();

	BN_zero(root_r);
	for (int bit = BN_num_bits(cube) / 3 + 1; bit >= 0; bit--) {
		BN_set_bit(root_r, bit);
		BN_sqr(power, root_r, ctx);
		BN_mul(power, power, root_r, ctx);
		if (BN_cmp(power, cube) >= 0)
			BN_clear_bit(root_r, bit);
	}
	BN_add_word(root_r, 1);
	BN_free(power);
	BN_CTX_free(ctx);
}

/* What the cube of a signature of EVIL begins with, then garbage. */
enum { RSA_LEN = 256 };

static const struct {
	const char *name;
	const char *padding;
	size_t len;
} paddings[] = {
	{ "of eight octets",
	    DER("\x00\x01\xff\xff\xff\xff\xff\xff\xff\xff\x00") },
	{ "of one octet", DER("\x00\x01\xff\x00") },
	{ "none", DER("\x00\x01\x00") },
};

/* Bleichenbacher, CRYPTO 2006: for a verifier that looks no further. */
START_TEST(a_cube_root_is_no_signature)
{
	static const char info[] = "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01"
				   "\x65\x03\x04\x02\x01\x05\x00\x04\x20";
	EVP_PKEY *key = rsa_with_exponent_3();
	X509 *cert = attack_issue(attack_of_alice, key);
	const struct mail_signer signer = { .cert = cert,
		.key = key,
		.no_attributes = true };
	const struct mail_cms cms = { .signers = &signer, .count = 1 };
	struct octets part = mail_print("%s", EVIL);
	uint8_t octets[RSA_LEN] = { 0 };
	BIGNUM *number = BN_new(), *cube = BN_new();
	size_t at = paddings[_i].len;

	memcpy(octets, paddings[_i].padding, at);
	memcpy(octets + at, info, sizeof(info) - 1);
	ck_assert_int_eq(EVP_Digest(part.at, part.len,
			     octets + at + sizeof(info) - 1, NULL, EVP_sha256(),
			     NULL),
	    1);
	BN_bin2bn(octets, RSA_LEN, cube);
	cube_root(cube, number);
	BN_bn2binpad(number, octets, RSA_LEN);
	attack_expect("Alice's own",
	    mail_detached(&(struct mail_form){ .fields =
						   "From: " ALICE "\r\n" },
		part, mail_sign(&cms, part)),
	    PASS);
	attack_expect(paddings[_i].name,
	    mail_detached(&(struct mail_form){ .fields =
						   "From: " ALICE "\r\n" },
		part, forge(mail_sign(&cms, part), octets, RSA_LEN)),
	    "fail bad-signature");
	BN_free(number);
	BN_free(cube);
	X509_free(cert);
	EVP_PKEY_free(key);
}
END_TEST

static void
add_tests(TCase *tcase)
{
	tcase_add_test(tcase, a_signature_of_alice_within_is_not_hers_around);
	tcase_add_test(tcase, who_else_signs_does_not_count_for_alice);
	tcase_add_test(tcase, names_make_no_alice);
	tcase_add_test(tcase, eve_is_no_authority);
	tcase_add_loop_test(tcase, believes_no_other_name, 0, COUNT(names));
	tcase_add_loop_test(tcase, an_authority_keeps_within_its_bounds, 0,
	    COUNT(bounds));
	tcase_add_loop_test(tcase, no_number_is_a_signature, 0, COUNT(numbers));
	tcase_add_loop_test(tcase, a_cube_root_is_no_signature, 0,
	    COUNT(paddings));
}

int
main(void)
{
	return attack_run("attacks_signer", add_tests);
}
