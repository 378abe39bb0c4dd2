/* SPDX-License-Identifier: ISC */
/*
 * One signer, one layer: each way to write it down.
 */
#include <check.h>
#include <string.h>

#include "smime/smime.h"
#include "t/lib/mail.h"
#include "t/lib/people.h"
#include "t/lib/trial.h"
#include "t/lib/usual.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct {
	const char *name;
	enum mail_shape shape;
	struct mail_form form;
	struct mail_signer signer; /* but for cert and key */
	enum who who;
	bool lf;
	const char *part; /* NULL: usual_part */
	const char *want;
} plain[] = {
	{ "detached, CRLF", .want = PASS },
	{ "detached, LF", .lf = true, .want = PASS },
	{ "opaque in DER", MAIL_OPAQUE, .want = PASS },
	{ "opaque in BER", MAIL_STREAMED, .want = PASS },
	{ "opaque, LF around it", MAIL_STREAMED, .lf = true, .want = PASS },
	{ "no micalg", .form = { .micalg = "" }, .want = PASS },
	{ "micalg unknown", .form = { .micalg = "unknown" }, .want = PASS },
	{ "micalg wrong", .form = { .micalg = "md5" }, .want = PASS },
	{ "micalg of two", .form = { .micalg = "sha1,sha512" }, .want = PASS },
	{ "SHA-384", .form = { .micalg = "sha-384" },
	    .signer = { .md = "SHA384" }, .want = PASS },
	{ "SHA-512 unannounced", .signer = { .md = "SHA512" }, .want = PASS },
	{ "x-pkcs7-signature",
	    .form = { .type = "application/x-pkcs7-signature",
		.protocol = "application/x-pkcs7-signature" },
	    .want = PASS },
	{ "protocol with x-, the part without",
	    .form = { .protocol = "application/x-pkcs7-signature" },
	    .want = PASS },
	{ "protocol in capitals",
	    .form = { .protocol = "Application/PKCS7-Signature" },
	    .want = PASS },
	{ "x-pkcs7-mime", MAIL_OPAQUE,
	    .form = { .type = "application/x-pkcs7-mime" }, .want = PASS },
	{ "octet-stream by the name of smime.p7m", MAIL_OPAQUE,
	    .form = { .type = "application/octet-stream; name=smime.p7m" },
	    .want = PASS },
	{ "octet-stream by the name of smime.p7s",
	    .form = { .type = "application/octet-stream; name=smime.p7s" },
	    .want = PASS },
	{ "a boundary that has to be quoted",
	    .form = { .boundary = "=_a:b,c?/()" }, .want = PASS },
	{ "signature in binary", .form = { .cte = "binary" }, .want = PASS },
	{ "signature quoted-printable", .form = { .cte = "quoted-printable" },
	    .want = PASS },
	{ "opaque in binary", MAIL_OPAQUE, .form = { .cte = "binary" },
	    .want = PASS },
	{ "opaque quoted-printable", MAIL_OPAQUE,
	    .form = { .cte = "quoted-printable" }, .want = PASS },
	{ "a part without a header", .part = "\r\nHello\r\n", .want = PASS },
	{ "a part without a body", .part = "Content-Type: text/plain\r\n\r\n",
	    .want = PASS },
	{ "a part without the last line end", .part = "\r\nHello",
	    .want = PASS },
	{ "dashes at the start of lines", .part = "\r\n-- \r\n--a\r\n--\r\n",
	    .want = PASS },
	{ "RSA", .who = ALICE_RSA, .want = PASS },
	{ "RSASSA-PSS", .who = ALICE_RSA, .signer = { .pss = true },
	    .want = PASS },
	{ "by its key identifier", .signer = { .by_key_id = true },
	    .want = PASS },
	{ "without signed attributes", .signer = { .no_attributes = true },
	    .want = PASS },
	{ "opaque without signed attributes", MAIL_OPAQUE,
	    .signer = { .no_attributes = true }, .want = PASS },
	{ "the certificate left out", .signer = { .no_cert = true },
	    .want = "permerror signer-missing whole none none unknown" },
	{ "transfer encoding unknown", .form = { .cte = "x-uuencode" },
	    .want = UNREAD("transfer-encoding") },
	{ "opaque, transfer encoding unknown", MAIL_OPAQUE,
	    .form = { .cte = "x-uuencode" },
	    .want = UNREAD("transfer-encoding") },
	{ "expired", .who = OLD, .want = "fail expired whole none match good" },
	{ "vouched for by nobody", .who = STRANGER,
	    .want = "policy untrusted whole none match good" },
	{ "vouched for by one who may not", .who = BY_ALICE,
	    .want = "policy intermediate-missing whole none match good" },
};

START_TEST(judges_plain_mail)
{
	struct mail_signer one = plain[_i].signer;
	struct mail_cms cms = { .shape = plain[_i].shape,
		.signers = &one,
		.count = 1 };
	const char *text = plain[_i].part != NULL ? plain[_i].part : USUAL_PART;
	struct octets part = mail_print("%s", text);
	struct octets mail;

	one.cert = people_cert(plain[_i].who);
	one.key = people_key(plain[_i].who);
	if (cms.shape == MAIL_DETACHED)
		mail =
		    mail_detached(&plain[_i].form, part, mail_sign(&cms, part));
	else
		mail = mail_opaque(&plain[_i].form, mail_sign(&cms, part));
	if (plain[_i].lf)
		mail = mail_to_lf(mail);
	trial_expect(plain[_i].name, mail, plain[_i].want);
}
END_TEST

START_TEST(tells_all_about_a_signature)
{
	const struct verdict *verdict = trial_judge(usual_detached());
	const struct signature *s = verdict->signatures;

	ck_assert_uint_eq(verdict->signature_count, 1);
	ck_assert_str_eq(verdict->from, "alice@example.org");
	ck_assert_int_eq(verdict->mode, TRUST_EXCHANGE_2013_SP1);
	ck_assert(!verdict->encrypted);
	ck_assert(s->outermost);
	ck_assert_str_eq(s->part, "2");
	ck_assert_str_eq(s->identifier, "alice@example.org");
	ck_assert_str_eq(s->issuer, "CN=Root");
	ck_assert_str_eq(s->subject, "CN=Somebody");
	ck_assert_uint_eq(strlen(s->serial), 4);
	ck_assert_uint_eq(strlen(s->sha256), 64);
	ck_assert_str_eq(s->digest, "sha256");
	ck_assert_str_eq(s->signature, "ecdsa-with-SHA256");
	ck_assert_str_eq(s->key, "EC-P-256");
	ck_assert(s->has_signing_time);
	ck_assert_int_gt(s->signing_time, TRIAL_NOW - 365 * 86400);
	ck_assert_str_eq(s->anchor, "CN=Root");
	ck_assert_uint_eq(s->chain_len, 2);
	ck_assert_str_eq(s->chain[0], "CN=Somebody");
	ck_assert_str_eq(s->chain[1], "CN=Root");
	ck_assert_int_eq(s->revocation, REVOCATION_NOT_CHECKED);
	ck_assert_uint_eq(s->openssl_error, 0);
	ck_assert_ptr_nonnull(s->detail);
	ck_assert_str_eq(trial_judge(usual_opaque())->signatures[0].part, "1");
}
END_TEST

/* Content that is longer than what is copied for a second hashing. */
START_TEST(cannot_hash_large_mail_again)
{
	const struct mail_form form = { .micalg = "sha-512" };
	struct octets part = mail_print("\r\n%20000s\r\n", "x");
	struct octets mail = mail_detached(&form, part,
	    people_sign(ALICE, MAIL_DETACHED, part.at));

	trial_expect("not announced", mail,
	    "permerror digest-not-announced whole collection match unknown");
	trial_expect("announced", mail_replace(mail, "sha-512", "sha-256"),
	    PASS);
	trial_expect("nothing announced", mail_replace(mail, "micalg", "no"),
	    PASS);
	trial_expect("SHA-1 by habit", mail_replace(mail, "sha-512", "sha1"),
	    PASS);
	trial_expect("MD5 by habit", mail_replace(mail, "sha-512", "md5"),
	    PASS);
	trial_expect("both", mail_replace(mail, "sha-512", "md5,sha1"),
	    "permerror digest-not-announced whole collection match unknown");
	trial_expect("two others announced",
	    mail_replace(mail, "sha-512", "md5,sha3-256"),
	    "permerror digest-not-announced whole collection match unknown");
	trial_expect("too many announced",
	    mail_replace(mail, "sha-512", "md5,sha3-256,sha3-512"), PASS);
}
END_TEST

/* What stands within other layers is hashed for all of them. */
START_TEST(hashes_less_within_another_layer)
{
	const struct mail_form form = { .fields = "", .micalg = "md5" };
	struct octets part = mail_print("\r\n%20000s\r\n", "x");
	struct octets mail = mail_print(
	    "From: alice@example.org\r\n"
	    "Content-Type: multipart/signed; boundary=outer; micalg=sha-256;"
	    " protocol=\"application/pkcs7-signature\"\r\n\r\n--outer\r\n%s",
	    mail_detached(&form, part,
		people_sign(ALICE, MAIL_DETACHED, part.at))
		.at);
	const struct verdict *verdict = trial_judge(mail);

	ck_assert_int_eq(verdict->signatures[1].reason,
	    REASON_DIGEST_NOT_ANNOUNCED);
	verdict = trial_judge(mail_replace(mail, "md5", "md5,sha3-256"));
	ck_assert_int_eq(verdict->signatures[1].reason, REASON_PARTIAL);
}
END_TEST

static void
add_tests(TCase *tcase)
{
	tcase_add_loop_test(tcase, judges_plain_mail, 0, COUNT(plain));
	tcase_add_test(tcase, tells_all_about_a_signature);
	tcase_add_test(tcase, cannot_hash_large_mail_again);
	tcase_add_test(tcase, hashes_less_within_another_layer);
}

int
main(void)
{
	return trial_run("smime_shapes", add_tests, NULL);
}
