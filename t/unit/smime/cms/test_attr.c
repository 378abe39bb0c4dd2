/* SPDX-License-Identifier: ISC */
#include "smime/cms/attr.h"

#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "smime/cms/sig.h"
#include "t/lib/cut.h"
#include "t/lib/der.h"
#include "t/lib/pki.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define MISMATCH  REASON_ATTRIBUTE_MISMATCH
#define MALFORMED REASON_CMS_MALFORMED

#define CONTENT_TYPE	 "1.2.840.113549.1.9.3"
#define MESSAGE_DIGEST	 "1.2.840.113549.1.9.4"
#define SIGNING_TIME	 "1.2.840.113549.1.9.5"
#define COUNTERSIGNATURE "1.2.840.113549.1.9.6"
#define CAPABILITIES	 "1.2.840.113549.1.9.15"
#define KEY_PREFERENCE	 "1.2.840.113549.1.9.16.2.11"
#define SIGNING_CERT	 "1.2.840.113549.1.9.16.2.12"
#define TIME_STAMP	 "1.2.840.113549.1.9.16.2.14"
#define SIGNING_CERT_V2	 "1.2.840.113549.1.9.16.2.47"
#define PROTECTION	 "1.2.840.113549.1.9.52"
#define UNKNOWN		 "1.2.3.4"

#define SHA1	"1.3.14.3.2.26"
#define SHA256	"2.16.840.1.101.3.4.2.1"
#define SHA512	"2.16.840.1.101.3.4.2.3"
#define ID_DATA "1.2.840.113549.1.7.1"

static const char hello[] = "Hello\r\n";

/* Ed25519 is verified by us, P-256 by OpenSSL. */
static struct person {
	const char *kind;
	const char *md;
	const char *signature_oid;
	EVP_PKEY *key;
	X509 *cert;
} people[] = {
	{ "ED25519", NULL, "1.3.101.112", NULL, NULL },
	{ "P-256", "SHA512", "1.2.840.10045.4.3.4", NULL, NULL },
};

static X509 *other_cert;

/* Whom the attributes are written for. */
static const struct person *author;

static CMS_ContentInfo *cms;

static void
make_people(void)
{
	const struct pki_cert what = { .cn = "Alice",
		.extensions = pki_leaf_extensions_alice };

	for (size_t i = 0; i < COUNT(people); i++) {
		people[i].key = pki_key(people[i].kind);
		people[i].cert = pki_make(&what, people[i].key, NULL, NULL);
	}
	other_cert = pki_make(&what, people[0].key, NULL, NULL);
}

static void
free_people(void)
{
	for (size_t i = 0; i < COUNT(people); i++) {
		X509_free(people[i].cert);
		EVP_PKEY_free(people[i].key);
	}
	X509_free(other_cert);
}

static void
end(void)
{
	ck_assert_uint_eq(ERR_peek_error(), 0);
	CMS_ContentInfo_free(cms);
	cms = NULL;
}

/* What the author signs, as it is transferred. */
static struct der
frame_of(struct der attributes, struct der unsigned_attributes)
{
	const struct der_signer signer = { .cert = author->cert,
		.key = author->key,
		.md = author->md,
		.digest = der_algorithm(SHA512, der_nothing),
		.signature = der_algorithm(author->signature_oid, der_nothing),
		.has_attributes = true,
		.attributes = attributes,
		.unsigned_attributes = unsigned_attributes };
	X509 *const certs[] = { author->cert, NULL };

	return der_signed_data(&signer, 1, certs);
}

/* The same, parsed; it lives until the next one. */
static CMS_SignerInfo *
parse(struct der frame)
{
	const unsigned char *at = frame.at;

	CMS_ContentInfo_free(cms);
	cms = d2i_CMS_ContentInfo(NULL, &at, (long)frame.len);
	ck_assert_ptr_nonnull(cms);
	return sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0);
}

/* What the whole of sig.c makes of it. */
static enum reason
verify(struct der frame)
{
	struct limits limits;
	struct rules rules;
	struct sig_input in = { .limits = &limits,
		.rules = &rules,
		.listed = ~(algo_set)0,
		.digest = digest_new(NULL, algo_usual(), DIGEST_AS_IS, 0) };
	struct sdata *sdata = cut_up(frame.at, frame.len, &in);
	struct sig sig;
	enum reason reason;

	limits_default(&limits);
	rules_default(&rules);
	digest_push(in.digest, (const uint8_t *)hello, strlen(hello));
	sig_check(&in, &sig);
	reason = sig.reason != REASON_OK ? sig.reason : sig.signers[0].reason;
	sig_done(&sig);
	digest_free(in.digest);
	cut_done(sdata);
	return reason;
}

static void
expect(const char *name, enum reason got, enum reason want)
{
	ck_assert_msg(got == want, "%s, %s: %s, not %s", author->kind, name,
	    reason_token(got), reason_token(want));
}

/* On its own, and in its place. */
static void
expect_both(const char *name, struct der attributes, enum reason want)
{
	struct der frame = frame_of(attributes, der_nothing);
	enum reason alone;

	ERR_set_mark();
	alone = attr_check(parse(frame), author->cert);
	ERR_pop_to_mark();
	expect(name, alone, want);
	expect(name, verify(frame), want);
}

static struct der
digest(void)
{
	return der_message_digest("SHA512", hello);
}

/* What every signer writes, and one attribute of that value. */
static struct der
usual_and(const char *oid, struct der value)
{
	return DER_JOIN(der_content_type(), digest(),
	    der_attribute(oid, value));
}

static struct der
octet_string(const char *text)
{
	return der_wrap(DER_OCTETS, der_octets(text, strlen(text)));
}

static struct der
sequence(struct der content)
{
	return der_wrap(DER_SEQUENCE, content);
}

/*
 * ESSCertID, or ESSCertIDv2 where the OID of its digest is told.
 */
static struct der
cert_id(X509 *cert, const char *md, const char *oid)
{
	uint8_t hash[EVP_MAX_MD_SIZE];
	unsigned int len;
	struct der algorithm = der_nothing;

	ck_assert_int_eq(X509_digest(cert, EVP_get_digestbyname(md), hash,
			     &len),
	    1);
	if (oid != NULL)
		algorithm = der_algorithm(oid, der_nothing);
	return sequence(
	    DER_JOIN(algorithm, der_wrap(DER_OCTETS, der_octets(hash, len))));
}

/* SigningCertificate of some cert IDs, then policies. */
static struct der
signing_cert(struct der ids, struct der policies)
{
	return sequence(DER_JOIN(sequence(ids), policies));
}

static struct der
v1(struct der ids)
{
	return usual_and(SIGNING_CERT, signing_cert(ids, der_nothing));
}

static struct der
v2(struct der ids)
{
	return usual_and(SIGNING_CERT_V2, signing_cert(ids, der_nothing));
}

static struct der
usual(void)
{
	return DER_JOIN(der_content_type(), digest());
}

static struct der
with_time(void)
{
	return DER_JOIN(der_content_type(), der_signing_time("260101000000Z"),
	    digest());
}

static struct der
out_of_order(void)
{
	return DER_JOIN(digest(), der_signing_time("260101000000Z"),
	    der_content_type());
}

static struct der
with_unknown(void)
{
	struct der unknown = der_attribute(UNKNOWN,
	    DER_JOIN(octet_string("a"), octet_string("b")));

	return DER_JOIN(unknown, der_content_type(), unknown, digest());
}

static struct der
without_type(void)
{
	return digest();
}

static struct der
of_another_type(void)
{
	return DER_JOIN(der_attribute(CONTENT_TYPE,
			    der_oid("1.2.840.113549.1.7.3")),
	    digest());
}

static struct der
of_no_oid_for_a_type(void)
{
	return DER_JOIN(der_attribute(CONTENT_TYPE, octet_string("x")),
	    digest());
}

static struct der
v1_good(void)
{
	return v1(cert_id(author->cert, "SHA1", NULL));
}

static struct der
v1_other(void)
{
	return v1(cert_id(other_cert, "SHA1", NULL));
}

static struct der
v1_of_sha256(void)
{
	return v1(cert_id(author->cert, "SHA256", NULL));
}

static struct der
v1_good_then_other(void)
{
	return v1(DER_JOIN(cert_id(author->cert, "SHA1", NULL),
	    cert_id(other_cert, "SHA1", NULL)));
}

static struct der
v1_other_then_good(void)
{
	return v1(DER_JOIN(cert_id(other_cert, "SHA1", NULL),
	    cert_id(author->cert, "SHA1", NULL)));
}

static struct der
v1_empty(void)
{
	return v1(der_nothing);
}

static struct der
v1_octets(void)
{
	return usual_and(SIGNING_CERT, octet_string("garbage"));
}

static struct der
v2_good(void)
{
	return v2(cert_id(author->cert, "SHA256", NULL));
}

static struct der
v2_told(void)
{
	return v2(cert_id(author->cert, "SHA256", SHA256));
}

static struct der
v2_of_sha1(void)
{
	return v2(cert_id(author->cert, "SHA1", SHA1));
}

static struct der
v2_of_sha512(void)
{
	return v2(cert_id(author->cert, "SHA512", SHA512));
}

static struct der
v2_sha512_untold(void)
{
	return v2(cert_id(author->cert, "SHA512", NULL));
}

static struct der
v2_of_nothing_known(void)
{
	return v2(cert_id(author->cert, "SHA256", UNKNOWN));
}

static struct der
v2_other(void)
{
	return v2(cert_id(other_cert, "SHA256", NULL));
}

static struct der
v2_shortened(void)
{
	struct der id = cert_id(author->cert, "SHA256", NULL);

	return v2(sequence(der_wrap(DER_OCTETS, der_octets(id.at + 4, 31))));
}

static struct der
v2_lengthened(void)
{
	struct der id = cert_id(author->cert, "SHA256", NULL);

	return v2(sequence(der_wrap(DER_OCTETS, der_octets(id.at + 4, 33))));
}

static struct der
v2_with_all(void)
{
	struct der id = cert_id(author->cert, "SHA256", NULL);
	struct der issuer_serial = sequence(der_integer(1));
	struct der policies = sequence(sequence(der_oid(UNKNOWN)));

	id = sequence(
	    DER_JOIN(der_octets(id.at + 2, id.len - 2), issuer_serial));
	return usual_and(SIGNING_CERT_V2, signing_cert(id, policies));
}

static struct der
v2_empty(void)
{
	return v2(der_nothing);
}

static struct der
v2_of_nothing(void)
{
	return usual_and(SIGNING_CERT_V2, sequence(der_nothing));
}

static struct der
v2_octets(void)
{
	return usual_and(SIGNING_CERT_V2, octet_string("garbage"));
}

static struct der
v2_integers(void)
{
	return v2(der_integer(1));
}

static struct der
v2_id_of_integers(void)
{
	return v2(sequence(der_integer(1)));
}

static struct der
v1_good_v2_other(void)
{
	struct der ids = cert_id(other_cert, "SHA256", NULL);

	return DER_JOIN(v1_good(),
	    der_attribute(SIGNING_CERT_V2, signing_cert(ids, der_nothing)));
}

/* CMSAlgorithmProtection; the tag is that of the second algorithm. */
static struct der
protection(const char *digest_oid, int tag, const char *oid)
{
	return usual_and(PROTECTION,
	    sequence(DER_JOIN(der_algorithm(digest_oid, der_nothing),
		der_wrap(tag, der_oid(oid)))));
}

static struct der
protection_good(void)
{
	return protection(SHA512, DER_TAG_1, author->signature_oid);
}

static struct der
protection_of_sha256(void)
{
	return protection(SHA256, DER_TAG_1, author->signature_oid);
}

static struct der
protection_of_another_signature(void)
{
	return protection(SHA512, DER_TAG_1, UNKNOWN);
}

static struct der
protection_of_a_mac(void)
{
	return protection(SHA512, DER_TAG_2, author->signature_oid);
}

static struct der
protection_untagged(void)
{
	return protection(SHA512, DER_SEQUENCE, author->signature_oid);
}

static struct der
protection_without_signature(void)
{
	return usual_and(PROTECTION,
	    sequence(der_algorithm(SHA512, der_nothing)));
}

static struct der
protection_of_nothing(void)
{
	return usual_and(PROTECTION, sequence(der_nothing));
}

static struct der
protection_octets(void)
{
	return usual_and(PROTECTION, octet_string("garbage"));
}

static struct der
protection_of_integers(void)
{
	return usual_and(PROTECTION,
	    sequence(DER_JOIN(sequence(der_integer(1)),
		der_wrap(DER_TAG_1, der_integer(1)))));
}

static struct der
protection_empty_inside(void)
{
	return usual_and(PROTECTION,
	    sequence(DER_JOIN(sequence(der_nothing),
		der_wrap(DER_TAG_1, der_nothing))));
}

static const struct {
	const char *name;
	struct der (*make)(void);
	enum reason want;
} lists[] = {
	{ "the two there must be", usual, REASON_OK },
	{ "signingTime", with_time, REASON_OK },
	{ "not in the order of DER", out_of_order, REASON_OK },
	{ "unknown ones, twice, of two values", with_unknown, REASON_OK },
	{ "no contentType", without_type, MISMATCH },
	{ "another contentType", of_another_type, MISMATCH },
	{ "contentType of octets", of_no_oid_for_a_type, MISMATCH },
	{ "signingCertificate", v1_good, REASON_OK },
	{ "signingCertificate, another", v1_other, MISMATCH },
	{ "signingCertificate of SHA-256", v1_of_sha256, MISMATCH },
	{ "signingCertificate, then another", v1_good_then_other, REASON_OK },
	{ "signingCertificate behind another", v1_other_then_good, MISMATCH },
	{ "signingCertificate, empty", v1_empty, MISMATCH },
	{ "signingCertificate of octets", v1_octets, MISMATCH },
	{ "V2", v2_good, REASON_OK },
	{ "V2 of SHA-256, told", v2_told, REASON_OK },
	{ "V2 of SHA-1", v2_of_sha1, REASON_OK },
	{ "V2 of SHA-512", v2_of_sha512, REASON_OK },
	{ "V2 of SHA-512, not told", v2_sha512_untold, MISMATCH },
	{ "V2 of an unknown digest", v2_of_nothing_known, MISMATCH },
	{ "V2, another", v2_other, MISMATCH },
	{ "V2, shortened", v2_shortened, MISMATCH },
	{ "V2, lengthened", v2_lengthened, MISMATCH },
	{ "V2 with all there may be", v2_with_all, REASON_OK },
	{ "V2, empty", v2_empty, MISMATCH },
	{ "V2 of nothing", v2_of_nothing, MISMATCH },
	{ "V2 of octets", v2_octets, MISMATCH },
	{ "V2 of integers", v2_integers, MISMATCH },
	{ "V2, an ID of integers", v2_id_of_integers, MISMATCH },
	{ "signingCertificate and another V2", v1_good_v2_other, MISMATCH },
	{ "protection", protection_good, REASON_OK },
	{ "protection of another digest", protection_of_sha256, MISMATCH },
	{ "protection of another signature", protection_of_another_signature,
	    MISMATCH },
	{ "protection of a MAC", protection_of_a_mac, MISMATCH },
	{ "protection without [1]", protection_without_signature, MISMATCH },
	{ "protection with SEQUENCE for [1]", protection_untagged, MISMATCH },
	{ "protection of nothing", protection_of_nothing, MISMATCH },
	{ "protection of octets", protection_octets, MISMATCH },
	{ "protection of integers", protection_of_integers, MISMATCH },
	{ "protection, empty inside", protection_empty_inside, MISMATCH },
};

START_TEST(believes_only_what_fits)
{
	for (size_t i = 0; i < COUNT(people); i++) {
		author = &people[i];
		expect_both(lists[_i].name, lists[_i].make(), lists[_i].want);
	}
}
END_TEST

static struct der
id_data(void)
{
	return der_oid(ID_DATA);
}

static struct der
hash(void)
{
	struct der attribute = digest();

	/* SEQUENCE, OID of 11 octets and SET come before the value. */
	return der_octets(attribute.at + 15, attribute.len - 15);
}

static struct der
utc_time(void)
{
	return der_wrap(DER_UTC_TIME, der_octets("260101000000Z", 13));
}

static struct der
capabilities(void)
{
	return sequence(sequence(der_oid("2.16.840.1.101.3.4.1.2")));
}

static struct der
key_preference(void)
{
	return der_wrap(DER_TAG_2, octet_string("key"));
}

static struct der
cert_ids(void)
{
	return signing_cert(cert_id(author->cert, "SHA1", NULL), der_nothing);
}

static struct der
cert_ids_v2(void)
{
	return signing_cert(cert_id(author->cert, "SHA256", NULL), der_nothing);
}

static struct der
algorithms(void)
{
	return sequence(DER_JOIN(der_algorithm(SHA512, der_nothing),
	    der_wrap(DER_TAG_1, der_oid(author->signature_oid))));
}

static const struct {
	const char *name;
	const char *oid;
	struct der (*value)(void);
} singles[] = {
	{ "contentType", CONTENT_TYPE, id_data },
	{ "messageDigest", MESSAGE_DIGEST, hash },
	{ "signingTime", SIGNING_TIME, utc_time },
	{ "SMIMECapabilities", CAPABILITIES, capabilities },
	{ "encryptionKeyPreference", KEY_PREFERENCE, key_preference },
	{ "signingCertificate", SIGNING_CERT, cert_ids },
	{ "signingCertificateV2", SIGNING_CERT_V2, cert_ids_v2 },
	{ "CMSAlgorithmProtection", PROTECTION, algorithms },
};

/* The two there must be, but not that one. */
static struct der
others(const char *oid)
{
	struct der type = der_content_type();
	struct der message_digest = digest();

	if (strcmp(oid, CONTENT_TYPE) == 0)
		type = der_nothing;
	if (strcmp(oid, MESSAGE_DIGEST) == 0)
		message_digest = der_nothing;
	return DER_JOIN(type, message_digest);
}

START_TEST(takes_each_attribute_once)
{
	const char *name = singles[_i].name;
	const char *oid = singles[_i].oid;
	struct der rest = others(oid);
	struct der value, once, two, none;

	for (size_t i = 0; i < COUNT(people); i++) {
		author = &people[i];
		value = singles[_i].value();
		once = der_attribute(oid, value);
		two = der_attribute(oid, DER_JOIN(value, value));
		none = der_attribute(oid, der_nothing);
		expect_both(name, DER_JOIN(rest, once), REASON_OK);
		expect_both(name, DER_JOIN(rest, once, once), MALFORMED);
		expect_both(name, DER_JOIN(once, rest, once), MALFORMED);
		expect_both(name, DER_JOIN(rest, two), MALFORMED);
		expect_both(name, DER_JOIN(rest, none), MALFORMED);
	}
}
END_TEST

/* Anybody can add them, so they are worth nothing and cost nothing. */
START_TEST(unsigned_attributes_change_nothing)
{
	struct der garbage = octet_string("garbage");
	struct der added = DER_JOIN(der_attribute(COUNTERSIGNATURE, garbage),
	    der_attribute(TIME_STAMP, garbage),
	    der_attribute(TIME_STAMP, garbage),
	    der_attribute(PROTECTION, garbage),
	    der_attribute(UNKNOWN, der_nothing));
	struct der frame;

	for (size_t i = 0; i < COUNT(people); i++) {
		author = &people[i];
		frame = frame_of(usual(), added);
		expect("alone", attr_check(parse(frame), author->cert),
		    REASON_OK);
		expect("whole", verify(frame), REASON_OK);
	}
}
END_TEST

START_TEST(unsigned_attributes_replace_no_signed_ones)
{
	struct der frame;

	for (size_t i = 0; i < COUNT(people); i++) {
		author = &people[i];
		frame = frame_of(digest(), der_content_type());
		expect("contentType", verify(frame), MISMATCH);
		frame = frame_of(der_content_type(), digest());
		expect("messageDigest", verify(frame), MALFORMED);
	}
}
END_TEST

/* The header, and whether the length of what follows is what it says. */
static void
expect_set(const uint8_t *der, size_t len)
{
	const unsigned char *at = der;
	int tag, class;
	long inside;

	ck_assert_int_eq(ASN1_get_object(&at, &inside, &tag, &class, (long)len),
	    V_ASN1_CONSTRUCTED);
	ck_assert_int_eq(tag, V_ASN1_SET);
	ck_assert_int_eq(class, V_ASN1_UNIVERSAL);
	ck_assert_ptr_eq(at + inside, der + len);
	ck_assert_int_eq(ASN1_object_size(1, (int)inside, V_ASN1_SET),
	    (int)len);
}

START_TEST(encodes_what_was_signed)
{
	struct der want;
	uint8_t *got;
	size_t len;

	author = &people[0];
	want = der_wrap(DER_SET, lists[_i].make());
	got = attr_encode(parse(frame_of(lists[_i].make(), der_nothing)), &len);
	ck_assert_ptr_nonnull(got);
	ck_assert_uint_eq(len, want.len);
	ck_assert_mem_eq(got, want.at, len);
	free(got);
}
END_TEST

START_TEST(encodes_any_length)
{
	/* Around 128, 256 and 65536, with what is around the value. */
	static const int ranges[][2] = { { 0, 300 }, { 65400, 65600 } };
	CMS_SignerInfo *si;
	uint8_t *value, *der;
	size_t len;

	author = &people[0];
	for (int n = ranges[_i][0]; n < ranges[_i][1]; n++) {
		si = parse(frame_of(der_nothing, der_nothing));
		value = calloc(1, (size_t)n + 1);
		ck_assert_int_eq(CMS_signed_add1_attr_by_txt(si, UNKNOWN,
				     V_ASN1_OCTET_STRING, value, n),
		    1);
		der = attr_encode(si, &len);
		ck_assert_ptr_nonnull(der);
		expect_set(der, len);
		free(der);
		free(value);
	}
}
END_TEST

START_TEST(encodes_nothing_where_there_is_nothing)
{
	size_t len = 4711;

	author = &people[0];
	ck_assert_ptr_null(
	    attr_encode(parse(frame_of(der_nothing, der_nothing)), &len));
	ck_assert_uint_eq(len, 4711);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("attr");
	TCase *tcase = tcase_create("attr_check");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_set_timeout(tcase, 60);
	tcase_add_unchecked_fixture(tcase, make_people, free_people);
	tcase_add_checked_fixture(tcase, NULL, end);
	tcase_add_loop_test(tcase, believes_only_what_fits, 0, COUNT(lists));
	tcase_add_loop_test(tcase, takes_each_attribute_once, 0,
	    COUNT(singles));
	tcase_add_test(tcase, unsigned_attributes_change_nothing);
	tcase_add_test(tcase, unsigned_attributes_replace_no_signed_ones);
	tcase_add_loop_test(tcase, encodes_what_was_signed, 0, COUNT(lists));
	tcase_add_loop_test(tcase, encodes_any_length, 0, 2);
	tcase_add_test(tcase, encodes_nothing_where_there_is_nothing);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
