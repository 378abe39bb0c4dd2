/* SPDX-License-Identifier: ISC */
/*
 * The CMS of a message, where a hostile sender wrote it, or altered what was
 * signed.  Names like C1 are of "Johnny, you are fired".
 */
#include <check.h>
#include <string.h>

#include <openssl/cms.h>

#include "t/lib/mail.h"
#include "t/lib/people.h"
#include "t/lib/trial.h"
#include "t/lib/usual.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char other_part[] = "Content-Type: text/plain\r\n\r\nBye\r\n";

/* A detached signature that brings content all the same. */
static struct octets
c1_with(const char *content)
{
	return mail_detached(&usual_form, mail_print("%s", USUAL_PART),
	    people_sign(ALICE, MAIL_OPAQUE, content));
}

static struct octets
c1_same(void)
{
	return c1_with(USUAL_PART);
}

static struct octets
c1_other(void)
{
	return c1_with(other_part);
}

static CMS_ContentInfo *
parse(struct octets der)
{
	const unsigned char *at = (const unsigned char *)der.at;
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)der.len);

	ck_assert_ptr_nonnull(cms);
	return cms;
}

static ASN1_OCTET_STRING *
signature_of(CMS_ContentInfo *cms)
{
	return CMS_SignerInfo_get0_signature(
	    sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0));
}

static struct octets
print_cms(CMS_ContentInfo *cms)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct octets octets;
	char *at, *copy;
	long len;

	ck_assert_int_eq(i2d_CMS_bio(bio, cms), 1);
	len = BIO_get_mem_data(bio, &at);
	octets = mail_print("%*s", (int)len, "");
	copy = (char *)(uintptr_t)octets.at;
	memcpy(copy, at, (size_t)len);
	BIO_free(bio);
	return octets;
}

/* The DER of the signed attributes, as the signer signed it: a SET. */
static struct octets
signed_attributes(struct octets der)
{
	/* contentType is the first; before it the tag [0] and a length. */
	size_t at = mail_find(der,
			"\x30\x18\x06\x09\x2a\x86\x48\x86\xf7\x0d"
			"\x01\x09\x03") -
	    2;
	size_t len = 2 + (size_t)(uint8_t)der.at[at + 1];
	struct octets set = mail_print("%*s", (int)len, "");
	char *copy = (char *)(uintptr_t)set.at;

	ck_assert_uint_lt(len, 130);
	memcpy(copy, der.at + at, len);
	copy[0] = 0x31;
	return set;
}

/* The signature over attributes, as one over content without attributes. */
static struct octets
replay(enum mail_shape shape, struct octets *content_r)
{
	struct octets original =
	    people_sign(ALICE_RSA, MAIL_OPAQUE, USUAL_PART);
	struct mail_signer one = people_signer(ALICE_RSA);
	struct mail_cms what = { .shape = shape, .signers = &one, .count = 1 };
	CMS_ContentInfo *from = parse(original), *to;
	const ASN1_OCTET_STRING *signature = signature_of(from);
	struct octets octets;

	one.no_attributes = true;
	*content_r = signed_attributes(original);
	to = parse(mail_sign(&what, *content_r));
	ASN1_STRING_set(signature_of(to), ASN1_STRING_get0_data(signature),
	    ASN1_STRING_length(signature));
	octets = print_cms(to);
	CMS_ContentInfo_free(from);
	CMS_ContentInfo_free(to);
	return octets;
}

static struct octets
c1_replay_opaque(void)
{
	struct octets content;

	return mail_opaque(&usual_form, replay(MAIL_OPAQUE, &content));
}

static struct octets
c1_replay_detached(void)
{
	struct octets content;
	struct octets cms = replay(MAIL_DETACHED, &content);

	return mail_detached(&usual_form, content, cms);
}

/* Alice and somebody else; flip: the signature of the first is altered. */
static struct octets
c2_with(enum who who, bool flip)
{
	struct mail_signer both[] = { people_signer(ALICE),
		people_signer(who) };
	struct mail_cms what = { .signers = both, .count = 2 };
	struct octets part = mail_print("%s", USUAL_PART);
	CMS_ContentInfo *cms = parse(mail_sign(&what, part));
	ASN1_OCTET_STRING *signature = signature_of(cms);
	struct octets octets;

	if (flip) /* an octet of the number s, whose head stays */
		signature->data[signature->length - 1] ^= 1;
	octets = print_cms(cms);
	CMS_ContentInfo_free(cms);
	return mail_detached(&usual_form, part, octets);
}

static struct octets
c2_stranger(void)
{
	return c2_with(STRANGER, false);
}

static struct octets
c2_bob(void)
{
	return c2_with(BOB, false);
}

static struct octets
c2_wrong(void)
{
	return c2_with(ALICE_RSA, true);
}

static struct octets
two_signers(void)
{
	return c2_with(ALICE_RSA, false);
}

static struct octets
no_signers(enum mail_shape shape, const struct mail_form *form)
{
	X509 *certs[] = { people_cert(ALICE), NULL };
	const struct mail_cms what = { .shape = shape, .certs = certs };
	struct octets part = mail_print("%s", USUAL_PART);
	struct octets cms = mail_sign(&what, part);

	return form != NULL ? mail_opaque(form, cms) :
			      mail_detached(&usual_form, part, cms);
}

static struct octets
c3_detached(void)
{
	return no_signers(MAIL_DETACHED, NULL);
}

static struct octets
c3_opaque(void)
{
	return no_signers(MAIL_OPAQUE, &usual_form);
}

static struct octets
c3_no_content(void)
{
	return no_signers(MAIL_DETACHED, &usual_form);
}

static struct octets
c3_certs_only_with_content(void)
{
	return no_signers(MAIL_OPAQUE,
	    &(struct mail_form){
		.type = "application/pkcs7-mime; smime-type=certs-only" });
}

static struct octets
certs_only(void)
{
	return no_signers(MAIL_DETACHED,
	    &(struct mail_form){
		.type = "application/pkcs7-mime; smime-type=certs-only" });
}

static struct octets
certs_only_unlabelled(void)
{
	return no_signers(MAIL_DETACHED,
	    &(struct mail_form){ .type = "application/pkcs7-mime" });
}

static struct octets
with_certs(enum who who, X509 *first)
{
	struct mail_signer one = people_signer(who);
	X509 *certs[] = { first, NULL };
	const struct mail_cms what = { .certs = certs,
		.signers = &one,
		.count = 1 };
	struct octets part = mail_print("%s", USUAL_PART);

	return mail_detached(&usual_form, part, mail_sign(&what, part));
}

static struct octets
c4_own_root(void)
{
	return with_certs(BY_ALICE, people_cert(STRANGER));
}

static struct octets
c4_not_an_authority(void)
{
	return with_certs(BY_ALICE, people_cert(ALICE));
}

static struct octets
decoy_first(void)
{
	struct mail_signer one = people_signer(ALICE);
	X509 *certs[] = { people_cert(DECOY), NULL };
	const struct mail_cms what = { .certs = certs,
		.signers = &one,
		.count = 1 };
	struct octets part = mail_print("%s", USUAL_PART);
	struct octets cms;
	CMS_ContentInfo *read;
	STACK_OF(X509) *in;

	one.by_key_id = true;
	cms = mail_sign(&what, part);
	read = parse(cms);
	in = CMS_get1_certs(read);
	ck_assert_int_eq(X509_cmp(sk_X509_value(in, 0), people_cert(DECOY)), 0);
	sk_X509_pop_free(in, X509_free);
	CMS_ContentInfo_free(read);
	return mail_detached(&usual_form, part, cms);
}

static struct octets
encrypt(const struct mail_form *form, const EVP_CIPHER *cipher)
{
	STACK_OF(X509) *to = sk_X509_new_null();
	BIO *in = BIO_new_mem_buf(USUAL_PART, -1);
	struct octets octets;
	CMS_ContentInfo *cms;

	sk_X509_push(to, people_cert(ALICE_RSA));
	cms = CMS_encrypt(to, in, cipher, CMS_BINARY);
	ck_assert_ptr_nonnull(cms);
	octets = print_cms(cms);
	CMS_ContentInfo_free(cms);
	BIO_free(in);
	sk_X509_free(to);
	return mail_opaque(form, octets);
}

static struct octets
encrypted(void)
{
	return encrypt(
	    &(struct mail_form){
		.type = "application/pkcs7-mime; smime-type=enveloped-data" },
	    EVP_aes_128_cbc());
}

static struct octets
encrypted_unlabelled(void)
{
	return encrypt(&(struct mail_form){ .type = "application/pkcs7-mime" },
	    EVP_aes_128_gcm());
}

static struct octets
encrypted_as_signed(void)
{
	return encrypt(&usual_form, EVP_aes_128_cbc());
}

static struct octets
signed_as_encrypted(void)
{
	return usual_opaque_with(&(struct mail_form){
	    .type = "application/pkcs7-mime; smime-type=enveloped-data" });
}

static struct octets
signed_as_certs_only(void)
{
	return usual_opaque_with(&(struct mail_form){
	    .type = "application/pkcs7-mime; smime-type=certs-only" });
}

static struct octets
encrypted_as_signature(void)
{
	struct octets body = encrypt(&(struct mail_form){ .fields = "",
					 .type = "application/"
						 "pkcs7-signature" },
	    EVP_aes_128_cbc());

	return mail_print("From: alice@example.org\r\n"
			  "Content-Type: multipart/signed; boundary=b;"
			  " protocol=\"application/pkcs7-signature\"\r\n\r\n"
			  "--b\r\n%s\r\n--b\r\n%s\r\n--b--\r\n",
	    USUAL_PART, body.at);
}

static struct octets
not_cms(void)
{
	return mail_print("From: alice@example.org\r\n"
			  "Content-Type: application/pkcs7-mime;"
			  " smime-type=signed-data\r\n\r\nHello\r\n");
}

/* The CMS, and an octet more. */
static struct octets
trailing(const struct octets cms, bool detach)
{
	struct octets more = mail_print("%*s", (int)cms.len + 1, "");

	memcpy((char *)(uintptr_t)more.at, cms.at, cms.len);
	return detach ?
	    mail_detached(&usual_form, mail_print("%s", USUAL_PART), more) :
	    mail_opaque(&usual_form, more);
}

static struct octets
trailing_detached(void)
{
	return trailing(people_sign(ALICE, MAIL_DETACHED, USUAL_PART), true);
}

static struct octets
trailing_der(void)
{
	return trailing(people_sign(ALICE, MAIL_OPAQUE, USUAL_PART), false);
}

static struct octets
trailing_ber(void)
{
	return trailing(people_sign(ALICE, MAIL_STREAMED, USUAL_PART), false);
}

static struct octets
other_content_type(enum mail_shape shape)
{
	struct mail_signer one = people_signer(ALICE);
	const struct mail_cms what = { .shape = shape,
		.signers = &one,
		.count = 1,
		.type = "1.2.840.113549.1.9.16.1.4" };
	struct octets part = mail_print("%s", USUAL_PART);
	struct octets cms = mail_sign(&what, part);

	if (shape == MAIL_DETACHED)
		return mail_detached(&usual_form, part, cms);
	return mail_opaque(&usual_form, cms);
}

static struct octets
time_stamp_opaque(void)
{
	return other_content_type(MAIL_OPAQUE);
}

static struct octets
time_stamp_detached(void)
{
	return other_content_type(MAIL_DETACHED);
}

static struct octets
changed(void (*change)(CMS_SignerInfo *si))
{
	struct mail_signer one = people_signer(ALICE);
	const struct mail_cms what = { .signers = &one, .count = 1 };
	struct octets part = mail_print("%s", USUAL_PART);

	one.change = change;
	return mail_detached(&usual_form, part, mail_sign(&what, part));
}

static void
delete_attribute(CMS_SignerInfo *si, int nid)
{
	int at = CMS_signed_get_attr_by_NID(si, nid, -1);

	X509_ATTRIBUTE_free(CMS_signed_delete_attr(si, at));
}

static void
claim_other_type(CMS_SignerInfo *si)
{
	delete_attribute(si, NID_pkcs9_contentType);
	ck_assert_int_eq(CMS_signed_add1_attr_by_NID(si, NID_pkcs9_contentType,
			     V_ASN1_OBJECT, OBJ_nid2obj(NID_pkcs7_signed), -1),
	    1);
}

static struct octets
attribute_mismatch(void)
{
	return changed(claim_other_type);
}

static void
drop_type(CMS_SignerInfo *si)
{
	delete_attribute(si, NID_pkcs9_contentType);
}

static struct octets
attribute_missing(void)
{
	return changed(drop_type);
}

static void
drop_digest(CMS_SignerInfo *si)
{
	delete_attribute(si, NID_pkcs9_messageDigest);
}

static struct octets
digest_missing(void)
{
	return changed(drop_digest);
}

/* RFC 5652 11.3: only one. */
static void
add_time(CMS_SignerInfo *si)
{
	ASN1_TIME *time = ASN1_TIME_set(NULL, TRIAL_NOW);

	ck_assert_int_eq(CMS_signed_add1_attr_by_NID(si, NID_pkcs9_signingTime,
			     time->type, time, -1),
	    1);
	ASN1_TIME_free(time);
}

static struct octets
time_twice(void)
{
	return changed(add_time);
}

/* Add an attribute with a SEQUENCE of these octets. */
static void
add_sequence(CMS_SignerInfo *si, const char *type, const void *octets,
    size_t len)
{
	uint8_t der[256] = { 0x30, (uint8_t)len };

	ck_assert_uint_lt(len, 128);
	memcpy(der + 2, octets, len);
	ck_assert_int_eq(CMS_signed_add1_attr_by_txt(si, type, V_ASN1_SEQUENCE,
			     der, (int)len + 2),
	    1);
}

/* SigningCertificate or, with SHA-256, SigningCertificateV2, of one. */
static void
name_certificate(CMS_SignerInfo *si, enum who who, const char *type,
    const EVP_MD *md)
{
	uint8_t der[128] = { 0 };
	unsigned int len;

	X509_digest(people_cert(who), md, der + 6, &len);
	memcpy(der, "\x30\x00\x30\x00\x04", 5);
	der[5] = (uint8_t)len;
	der[3] = (uint8_t)(len + 2);
	der[1] = (uint8_t)(len + 4);
	add_sequence(si, type, der, len + 6);
}

#define SIGNING_CERTIFICATE    "1.2.840.113549.1.9.16.2.12"
#define SIGNING_CERTIFICATE_V2 "1.2.840.113549.1.9.16.2.47"
#define ALGORITHM_PROTECTION   "1.2.840.113549.1.9.52"

static void
name_alice(CMS_SignerInfo *si)
{
	name_certificate(si, ALICE, SIGNING_CERTIFICATE, EVP_sha1());
	name_certificate(si, ALICE, SIGNING_CERTIFICATE_V2, EVP_sha256());
}

static void
name_bob(CMS_SignerInfo *si)
{
	name_certificate(si, BOB, SIGNING_CERTIFICATE, EVP_sha1());
}

static void
name_alice_and_bob(CMS_SignerInfo *si)
{
	name_certificate(si, ALICE, SIGNING_CERTIFICATE, EVP_sha1());
	name_certificate(si, BOB, SIGNING_CERTIFICATE_V2, EVP_sha256());
}

/* ESSCertIDv2 may say which digest it has. */
static void
name_alice_with_sha512(CMS_SignerInfo *si)
{
	static const char head[] = "\x30\x51\x30\x4f\x30\x0b\x06\x09\x60\x86"
				   "\x48\x01\x65\x03\x04\x02\x03\x04\x40";
	uint8_t der[sizeof(head) - 1 + 64];

	memcpy(der, head, sizeof(head) - 1);
	X509_digest(people_cert(ALICE), EVP_sha512(), der + sizeof(head) - 1,
	    NULL);
	add_sequence(si, SIGNING_CERTIFICATE_V2, der, sizeof(der));
}

static void
name_nobody(CMS_SignerInfo *si)
{
	add_sequence(si, SIGNING_CERTIFICATE_V2, "\x30\x00", 2);
}

/* ecdsa-with-SHA256 under the tag [1], behind a digest. */
static const char with_sha256[] =
    "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01"
    "\xa1\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02";
static const char with_sha384[] =
    "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02"
    "\xa1\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02";
static const char with_rsa[] =
    "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01"
    "\xa1\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";

static void
protect_algorithms(CMS_SignerInfo *si)
{
	add_sequence(si, ALGORITHM_PROTECTION, with_sha256,
	    sizeof(with_sha256) - 1);
}

static void
protect_another_digest(CMS_SignerInfo *si)
{
	add_sequence(si, ALGORITHM_PROTECTION, with_sha384,
	    sizeof(with_sha384) - 1);
}

static void
protect_another_signature(CMS_SignerInfo *si)
{
	add_sequence(si, ALGORITHM_PROTECTION, with_rsa, sizeof(with_rsa) - 1);
}

static void
protect_the_digest_alone(CMS_SignerInfo *si)
{
	add_sequence(si, ALGORITHM_PROTECTION, with_sha256, 13);
}

#define MISMATCH "fail attribute-mismatch whole collection match bad"

static const struct {
	const char *name;
	void (*change)(CMS_SignerInfo *si);
	const char *want;
} attributes[] = {
	{ "the signer's certificate", name_alice, PASS },
	{ "the signer's certificate by SHA-512", name_alice_with_sha512, PASS },
	{ "another certificate", name_bob, MISMATCH },
	{ "the signer's and another", name_alice_and_bob, MISMATCH },
	{ "no certificate", name_nobody, MISMATCH },
	{ "the algorithms", protect_algorithms, PASS },
	{ "another digest", protect_another_digest, MISMATCH },
	{ "another signature", protect_another_signature, MISMATCH },
	{ "no signature", protect_the_digest_alone, MISMATCH },
};

START_TEST(believes_no_attribute_that_contradicts)
{
	trial_expect(attributes[_i].name, changed(attributes[_i].change),
	    attributes[_i].want);
}
END_TEST

static struct octets
altered_content(void)
{
	return mail_replace(usual_detached(), "Hello", "Jello");
}

static struct octets
altered_header(void)
{
	return mail_replace(usual_detached(), "text/plain", "text/html");
}

static struct octets
altered_opaque(void)
{
	struct octets cms = people_sign(ALICE, MAIL_OPAQUE, USUAL_PART);

	return mail_opaque(&usual_form,
	    mail_flip(cms, mail_find(cms, "Hello")));
}

/* The value of signingTime. */
static struct octets
altered_attribute(void)
{
	struct octets cms = people_sign(ALICE, MAIL_OPAQUE, USUAL_PART);
	size_t at = mail_find(cms, "\xf7\x0d\x01\x09\x05") + 9;

	ck_assert_int_eq(cms.at[at], '2');
	return mail_opaque(&usual_form, mail_flip(cms, at));
}

static struct octets
altered_signature(void)
{
	struct octets cms = people_sign(ALICE_RSA, MAIL_OPAQUE, USUAL_PART);

	return mail_opaque(&usual_form, mail_flip(cms, cms.len - 1));
}

/* RFC 8933 3.1; the list is no part of what is signed. */
static struct octets
unlist_digest(struct octets cms)
{
	return mail_flip(cms,
	    mail_find(cms, "\x60\x86\x48\x01\x65\x03\x04\x02\x01") + 8);
}

static struct octets
digest_not_listed(void)
{
	return mail_detached(&usual_form, mail_print("%s", USUAL_PART),
	    unlist_digest(people_sign(ALICE, MAIL_DETACHED, USUAL_PART)));
}

static struct octets
digest_not_listed_opaque(void)
{
	return mail_opaque(&usual_form,
	    unlist_digest(people_sign(ALICE, MAIL_OPAQUE, USUAL_PART)));
}

static struct octets
compressed(void)
{
	/* ContentInfo { id-ct-compressedData, [0] {} } */
	static const char cms[] =
	    "\x30\x0f\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x09"
	    "\xa0";

	return mail_opaque(&(struct mail_form){ .type =
						    "application/pkcs7-mime" },
	    (struct octets){ cms, sizeof(cms) });
}

static const struct {
	const char *name;
	struct octets (*make)(void);
	const char *want;
} attacks[] = {
	{ "C1, the same content", c1_same, UNREAD("content-in-detached") },
	{ "C1, other content", c1_other, UNREAD("content-in-detached") },
	{ "C1, attributes as content", c1_replay_opaque,
	    "policy no-signed-attributes whole collection match good" },
	{ "C1, attributes as content, detached", c1_replay_detached,
	    "policy no-signed-attributes whole collection match good" },
	{ "C2, a stranger signs as well", c2_stranger,
	    "policy untrusted whole none match good" },
	{ "C2, Bob signs as well", c2_bob,
	    "policy from-mismatch whole collection mismatch good" },
	{ "C2, one of two signatures is wrong", c2_wrong,
	    "fail bad-signature whole collection match bad" },
	{ "two signatures of Alice", two_signers, PASS },
	{ "C3, detached", c3_detached, UNREAD("no-signers") },
	{ "C3, opaque", c3_opaque, UNREAD("no-signers") },
	{ "C3, nothing at all", c3_no_content, UNREAD("no-content") },
	{ "C3, as certs-only", c3_certs_only_with_content, UNREAD("cms-type") },
	{ "certs-only", certs_only, "none certs-only whole none - -" },
	{ "certs-only, unlabelled", certs_only_unlabelled,
	    "none certs-only whole none - -" },
	{ "C4, brings its own root", c4_own_root,
	    "policy untrusted whole none match good" },
	{ "C4, vouched for by one who may not", c4_not_an_authority,
	    "fail not-a-ca whole none match good" },
	{ "a digest that digestAlgorithms lacks", digest_not_listed,
	    "permerror digest-not-announced whole collection match unknown" },
	{ "the same, opaque", digest_not_listed_opaque,
	    "permerror digest-not-announced whole collection match unknown" },
	{ "a decoy by the same key identifier", decoy_first, PASS },
	{ "encrypted", encrypted, "absent encrypted whole none - -" },
	{ "encrypted, no label", encrypted_unlabelled,
	    "absent encrypted whole none - -" },
	{ "encrypted, said to be signed", encrypted_as_signed,
	    UNREAD("cms-type") },
	{ "encrypted, in place of a signature", encrypted_as_signature,
	    UNREAD("cms-type") },
	{ "signed, said to be encrypted", signed_as_encrypted,
	    UNREAD("cms-type") },
	{ "signed, said to be certs-only", signed_as_certs_only,
	    UNREAD("cms-type") },
	{ "compressed, and nothing in it", compressed,
	    UNREAD("cms-malformed") },
	{ "no CMS at all", not_cms, UNREAD("cms-malformed") },
	{ "an octet after it, detached", trailing_detached,
	    UNREAD("cms-trailing") },
	{ "an octet after it, DER", trailing_der, UNREAD("cms-trailing") },
	{ "an octet after it, BER", trailing_ber, UNREAD("cms-trailing") },
	{ "a time stamp, opaque", time_stamp_opaque, UNREAD("content-type") },
	{ "a time stamp, detached", time_stamp_detached,
	    UNREAD("content-type") },
	{ "the contentType attribute says otherwise", attribute_mismatch,
	    "fail attribute-mismatch whole collection match bad" },
	{ "no contentType attribute", attribute_missing,
	    "fail attribute-mismatch whole collection match bad" },
	{ "no messageDigest attribute", digest_missing,
	    "neutral cms-malformed whole collection match unknown" },
	{ "signingTime twice", time_twice,
	    "neutral cms-malformed whole collection match unknown" },
	{ "altered content", altered_content,
	    "fail digest-mismatch whole collection match bad" },
	{ "altered header of the part", altered_header,
	    "fail digest-mismatch whole collection match bad" },
	{ "altered content, opaque", altered_opaque,
	    "fail digest-mismatch whole collection match bad" },
	{ "altered attribute", altered_attribute,
	    "fail bad-signature whole collection match bad" },
	{ "altered signature", altered_signature,
	    "fail bad-signature whole collection match bad" },
};

START_TEST(sees_through_attacks)
{
	trial_expect(attacks[_i].name, attacks[_i].make(), attacks[_i].want);
}
END_TEST

static void
add_tests(TCase *tcase)
{
	tcase_add_loop_test(tcase, believes_no_attribute_that_contradicts, 0,
	    COUNT(attributes));
	tcase_add_loop_test(tcase, sees_through_attacks, 0, COUNT(attacks));
}

int
main(void)
{
	return trial_run("smime_cms", add_tests, NULL);
}
