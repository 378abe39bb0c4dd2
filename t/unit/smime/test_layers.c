/* SPDX-License-Identifier: ISC */
/*
 * Layers around and below a signature: compressed content, header fields that
 * the signature protects, and TNEF.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "smime/cms/unzip.h"
#include "smime/smime.h"
#include "t/lib/mail.h"
#include "t/lib/pki.h"

enum { NOW = 1767225600, BOMB = 20 * 1024 * 1024 };

#define TEXT	    "Content-Type: text/plain\r\n\r\nHello.\r\n"
#define HP	    "Content-Type: text/plain; hp=\"clear\"\r\n"
#define HP_FROM_BOB "From: bob@example.org\r\n" HP "\r\nHello.\r\n"

static EVP_PKEY *ca_key, *key;
static X509 *ca, *alice;
static struct trust *trust;
static uint8_t noise[64 * 1024];

static void
begin(void)
{
	const struct pki_cert root = { .cn = "Root",
		.extensions = pki_ca_extensions };
	const struct pki_cert leaf = { .cn = "Alice",
		.extensions = pki_leaf_extensions_alice };

	smime_init();
	ca_key = pki_key("P-256");
	key = pki_key("P-256");
	ca = pki_make(&root, ca_key, NULL, NULL);
	alice = pki_make(&leaf, key, ca, ca_key);
	trust = trust_new(TRUST_EXCHANGE_ONLINE,
	    mail_store((struct mail_voucher[]){ { .cert = ca }, { 0 } }), NULL,
	    NULL);
}

static void
end(void)
{
	trust_unref(trust);
	X509_free(alice);
	X509_free(ca);
	EVP_PKEY_free(key);
	EVP_PKEY_free(ca_key);
	mail_end();
}

static size_t max_expanded; /* 0: as usual */

/* "pass ok whole", and what each signature says: " 2:ok". */
static void
expect(const char *name, struct octets mail, const char *want)
{
	struct limits limits;
	struct rules rules;
	struct smime *smime;
	const struct verdict *verdict;
	const char *word, *got;

	limits_default(&limits);
	if (max_expanded != 0)
		limits.max_expanded = max_expanded;
	rules_default(&rules);
	smime = smime_new(NULL, &limits, &rules);
	mail_push(smime, mail);
	verdict = smime_finish(smime, trust, NOW);
	word = result_word(verdict->result);
	got = mail_print("%s %s %s", word != NULL ? word : "absent",
	    reason_token(verdict->reason),
	    verdict->scope == COVERAGE_WHOLE ? "whole" : "partial")
		  .at;
	for (size_t i = 0; i < verdict->signature_count; i++)
		got = mail_print("%s %s:%s", got, verdict->signatures[i].part,
		    reason_token(verdict->signatures[i].reason))
			  .at;
	ck_assert_msg(strcmp(got, want) == 0, "%s: %s, not %s", name, got,
	    want);
	smime_free(smime);
}

static struct octets
sign(enum mail_shape shape, struct octets content)
{
	struct mail_signer signer = { .cert = alice, .key = key };
	struct mail_cms cms = { .shape = shape,
		.signers = &signer,
		.count = 1 };

	return mail_sign(&cms, content);
}

static struct octets
signed_mail(const char *part)
{
	struct octets content = mail_print("%s", part);

	return mail_detached(&(struct mail_form){ .micalg = "sha-256" },
	    content, sign(MAIL_DETACHED, content));
}

static struct octets
opaque_mail(const char *part)
{
	return mail_opaque(&(struct mail_form){ .micalg = "sha-256" },
	    sign(MAIL_OPAQUE, mail_print("%s", part)));
}

static struct octets
binary(const void *octets, size_t len)
{
	struct octets copy = mail_print("%*s", (int)len, "");

	memcpy((char *)(uintptr_t)copy.at, octets, len);
	return copy;
}

static struct octets
join(struct octets a, struct octets b)
{
	struct octets both = mail_print("%*s", (int)(a.len + b.len), "");
	char *at = (char *)(uintptr_t)both.at;

	memcpy(at, a.at, a.len);
	memcpy(at + a.len, b.at, b.len);
	return both;
}

/* RFC 3274: CompressedData around zlib octets. */
static struct octets
compressed_data(struct octets zlib)
{
	static const char head[] =
	    "\x30\x80\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x09"
	    "\xa0\x80\x30\x80\x02\x01\x00"
	    "\x30\x0d\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x08"
	    "\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\xa0\x80"
	    "\x04\x83";
	static const char eocs[10] = { 0 };
	const uint8_t len[3] = { (uint8_t)(zlib.len >> 16),
		(uint8_t)(zlib.len >> 8), (uint8_t)zlib.len };

	return join(join(binary(head, sizeof(head) - 1), binary(len, 3)),
	    join(zlib, binary(eocs, sizeof(eocs))));
}

static struct octets
deflated(struct octets plain)
{
	uLongf len = compressBound(plain.len);
	uint8_t *out = malloc(len);
	struct octets zlib;

	ck_assert_int_eq(compress(out, &len, (const uint8_t *)plain.at,
			     plain.len),
	    Z_OK);
	zlib = binary(out, len);
	free(out);
	return zlib;
}

static const char compressed_type[] =
    "application/pkcs7-mime; smime-type=compressed-data";

static struct octets
compressed_mail(struct octets zlib)
{
	return mail_opaque(&(struct mail_form){ .type = compressed_type },
	    compressed_data(zlib));
}

START_TEST(looks_into_compressed_content)
{
	expect("text", compressed_mail(deflated(mail_print(TEXT))),
	    "none unsigned whole");
	expect("signed, then compressed",
	    compressed_mail(deflated(signed_mail(TEXT))),
	    "policy partial partial 1/2:partial");
	expect("signed opaquely, then compressed",
	    compressed_mail(deflated(opaque_mail(TEXT))),
	    "policy partial partial 1/1:partial");
	expect("compressed, then signed",
	    signed_mail(mail_opaque(&(struct mail_form){ .fields = "",
					.type = compressed_type },
		compressed_data(deflated(mail_print(TEXT))))
			    .at),
	    "pass ok whole 2:ok");
}
END_TEST

START_TEST(refuses_what_cannot_be_expanded)
{
	struct octets zlib = deflated(mail_print(TEXT));
	struct octets short_by_one = { zlib.at, zlib.len - 1 };

	expect("cut short", compressed_mail(short_by_one),
	    "neutral compressed whole 1:compressed");
	expect("altered", compressed_mail(mail_flip(zlib, zlib.len / 2)),
	    "neutral compressed whole 1:compressed");
	expect("an octet more", compressed_mail(join(zlib, binary("x", 1))),
	    "neutral compressed whole 1:compressed");
	expect("no octets", compressed_mail(binary("", 0)),
	    "neutral compressed whole 1:compressed");
}
END_TEST

START_TEST(does_not_expand_a_bomb)
{
	char *zeros = calloc(1, BOMB);
	struct octets bomb =
	    deflated(join(mail_print(TEXT), (struct octets){ zeros, BOMB }));

	expect("zeros", compressed_mail(bomb),
	    "permerror expanded-too-large whole 1:expanded-too-large");
	free(zeros);
}
END_TEST

/* Many layers may not add up to much more than one. */
START_TEST(halves_the_room_for_each_compressed_part)
{
	const struct mail_form form = { .fields = "", .type = compressed_type };
	struct octets text = mail_print(TEXT "%1000s\r\n", "x");
	struct octets part =
	    mail_opaque(&form, compressed_data(deflated(text)));
	struct octets mail =
	    mail_print("From: alice@example.org\r\nMIME-Version: 1.0\r\n"
		       "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
		       "--b\r\n%s\r\n--b\r\n%s\r\n--b--\r\n",
		part.at, part.at);

	max_expanded = 2 * text.len;
	expect("half is enough", mail, "none unsigned whole");
	max_expanded = 2 * text.len - 2;
	expect("half is too little", mail,
	    "permerror expanded-too-large partial 2:expanded-too-large");
	max_expanded = 0;
}
END_TEST

static void
count(void *arg, const uint8_t *octets, size_t len)
{
	(void)octets;
	*(size_t *)arg += len;
}

/* Returns the reason, and how many octets came out. */
static enum reason
expand_some(struct octets zlib, size_t step, size_t max, size_t ratio,
    size_t *total_r)
{
	struct unzip *unzip = unzip_new(max, ratio);
	enum reason reason;
	size_t n;

	*total_r = 0;
	for (size_t at = 0; at < zlib.len; at += n) {
		n = zlib.len - at < step ? zlib.len - at : step;
		unzip_push(unzip, (const uint8_t *)zlib.at + at, n, count,
		    total_r);
	}
	reason = unzip_end(unzip);
	unzip_free(unzip);
	return reason;
}

/* Returns the reason, and checks that all came out when there is none. */
static enum reason
expand(struct octets zlib, size_t step, size_t max, size_t ratio, size_t want)
{
	size_t total;
	enum reason reason = expand_some(zlib, step, max, ratio, &total);

	if (reason == REASON_OK)
		ck_assert_uint_eq(total, want);
	return reason;
}

START_TEST(expands_at_any_split_and_up_to_its_bounds)
{
	enum { LEN = 3 * UNZIP_FREE, RATIO = 1000 };
	char *zeros = calloc(1, LEN);
	struct octets zlib = deflated((struct octets){ zeros, LEN });
	struct octets small =
	    deflated((struct octets){ (const char *)noise, sizeof(noise) });

	ck_assert_int_eq(expand(small, 1, SIZE_MAX, 1, sizeof(noise)),
	    REASON_OK);
	ck_assert_int_eq(expand(zlib, 7, LEN, 100000, LEN), REASON_OK);
	ck_assert_int_eq(expand(zlib, 7, LEN - 1, 100000, LEN),
	    REASON_EXPANDED_TOO_LARGE);
	ck_assert_uint_gt(LEN / zlib.len, 500);
	ck_assert_int_eq(expand(zlib, 7, LEN, 500, LEN),
	    REASON_EXPANDED_TOO_LARGE);
	for (size_t cut = 0; cut < 40; cut++)
		ck_assert_int_eq(expand((struct octets){ small.at, cut }, 64,
				     SIZE_MAX, 1, 0),
		    REASON_COMPRESSED);
	free(zeros);
}
END_TEST

START_TEST(gives_out_the_same_before_damage_at_any_split)
{
	struct octets text = deflated(mail_print("%0*d", 3000, 7));
	char *copy = malloc(text.len);
	size_t whole, pieces;

	memcpy(copy, text.at, text.len);
	copy[text.len / 2] ^= 0x55;
	text.at = copy;
	ck_assert_int_eq(expand_some(text, text.len, 100000, 1000, &whole),
	    REASON_COMPRESSED);
	for (size_t step = 1; step < text.len; step++) {
		ck_assert_int_eq(expand_some(text, step, 100000, 1000, &pieces),
		    REASON_COMPRESSED);
		ck_assert_uint_eq(pieces, whole);
	}
	free(copy);
}
END_TEST

START_TEST(gives_out_up_to_its_bound_at_any_split)
{
	struct octets text = deflated(mail_print("%0*d", 3000, 7));
	size_t total;

	for (size_t step = 1; step <= text.len; step++) {
		ck_assert_int_eq(expand_some(text, step, 2999, 1000, &total),
		    REASON_EXPANDED_TOO_LARGE);
		ck_assert_uint_eq(total, 2999);
	}
}
END_TEST

static const struct {
	const char *name;
	const char *part;
	const char *want;
} protections[] = {
	{ "RFC 9788", HP "From: Alice <alice@example.org>\r\n\r\nHello.\r\n",
	    "pass ok whole" },
	{ "other case", HP "From: ALICE@Example.ORG\r\n\r\nHello.\r\n",
	    "pass ok whole" },
	{ "hp without From", HP "Subject: x\r\n\r\nHello.\r\n",
	    "pass ok whole" },
	{ "another From", HP "From: bob@example.org\r\n\r\nHello.\r\n",
	    "policy protected-from whole" },
	{ "two of them",
	    HP "From: alice@example.org\r\nFrom: alice@example.org\r\n\r\n",
	    "policy protected-from whole" },
	{ "two mailboxes",
	    HP "From: alice@example.org, bob@example.org\r\n\r\n",
	    "policy protected-from whole" },
	{ "another From without hp",
	    "Content-Type: text/plain\r\nFrom: bob@example.org\r\n\r\n",
	    "policy protected-from whole" },
	{ "another From with hp in a message",
	    "Content-Type: message/rfc822\r\n\r\n" HP
	    "From: bob@example.org\r\n\r\nHello.\r\n",
	    "policy protected-from whole" },
	{ "RFC 8551",
	    "Content-Type: message/rfc822\r\n\r\n"
	    "From: alice@example.org\r\n\r\nHello.\r\n",
	    "pass ok whole" },
	{ "RFC 8551, another From",
	    "Content-Type: message/rfc822\r\n\r\n"
	    "From: bob@example.org\r\n\r\nHello.\r\n",
	    "policy protected-from whole" },
	{ "another From behind a bare CR",
	    HP "Subject: x\rFrom: bob@example.org\r\n\r\nHello.\r\n",
	    "policy protected-from whole" },
	{ "another From in an indented first line",
	    " From: bob@example.org\r\n" HP "\r\nHello.\r\n",
	    "policy protected-from whole" },
	{ "another From behind a byte order mark", "\xef\xbb\xbf" HP_FROM_BOB,
	    "policy protected-from whole" },
	{ "another From behind a control", "\x01" HP_FROM_BOB,
	    "policy protected-from whole" },
	{ "another From with a control before its colon",
	    HP "From\x01: bob@example.org\r\n\r\nHello.\r\n",
	    "policy protected-from whole" },
	{ "a line that is no field", HP "Hello\r\n\r\nHello.\r\n",
	    "pass ok whole" },
	{ "a line that is no field and has no From of its own",
	    HP "Hello from Bob\r\n\r\nFrom: bob@example.org\r\n",
	    "pass ok whole" },
	{ "an encoded message",
	    "Content-Type: message/rfc822\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n"
	    "RnJvbTogYm9iQGV4YW1wbGUub3JnDQoNCkhlbGxvLg0K\r\n",
	    "policy protected-from whole" },
	{ "an encoded message, perhaps",
	    "Content-Type: message/rfc822\r\n"
	    "Content-Transfer-Encoding: 7bit\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n"
	    "RnJvbTogYm9iQGV4YW1wbGUub3JnDQoNCkhlbGxvLg0K\r\n",
	    "policy protected-from whole" },
	{ "a message, perhaps",
	    "Content-Type: text/plain\r\n"
	    "Content-Type: message/rfc822\r\n\r\n"
	    "From: bob@example.org\r\n\r\nHello.\r\n",
	    "policy protected-from whole" },
	{ "a text, whatever type counts",
	    "Content-Type: text/plain\r\n"
	    "Content-Type: text/html\r\n\r\nHello.\r\n",
	    "pass ok whole" },
	{ "blank lines before the message",
	    "Content-Type: message/rfc822\r\n\r\n\r\n"
	    "From: bob@example.org\r\n\r\nHello.\r\n",
	    "policy protected-from whole" },
	{ "forwarded beside a text",
	    "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\r\n"
	    "See below.\r\n--m\r\nContent-Type: message/rfc822\r\n\r\n"
	    "From: bob@example.org\r\n\r\nHello.\r\n--m--\r\n",
	    "pass ok whole" },
};

/*
 * RFC 9787: the payload is what all consecutive layers are around, and the
 * fields in its header are shown.
 */
START_TEST(compares_the_from_below_several_layers)
{
	static const struct mail_form bare = { .fields = "", .boundary = "c" };
	struct octets bob = mail_print(HP_FROM_BOB);
	struct octets hers =
	    mail_print(HP "From: alice@example.org\r\n\r\nHello.\r\n");
	struct octets zipped = mail_opaque(&(struct mail_form){ .fields = "",
					       .type = compressed_type },
	    compressed_data(deflated(bob)));

	expect("detached, then detached",
	    signed_mail(mail_detached(&bare, bob, sign(MAIL_DETACHED, bob)).at),
	    "policy protected-from whole 2:protected-from 1.2:partial");
	expect("opaque, then detached",
	    signed_mail(mail_opaque(&bare, sign(MAIL_OPAQUE, bob)).at),
	    "policy protected-from whole 2:protected-from 1:partial");
	expect("opaque, then opaque",
	    opaque_mail(mail_opaque(&bare, sign(MAIL_OPAQUE, bob)).at),
	    "policy protected-from whole 1:protected-from 1/1:partial");
	expect("compressed, then signed", signed_mail(zipped.at),
	    "policy protected-from whole 2:protected-from");
	expect("the same From",
	    signed_mail(mail_opaque(&bare, sign(MAIL_OPAQUE, hers)).at),
	    "pass ok whole 2:ok 1:partial");
	expect("the same From in both layers",
	    signed_mail(mail_print("From: alice@example.org\r\n%s",
		mail_opaque(&bare, sign(MAIL_OPAQUE, hers)).at)
			    .at),
	    "pass ok whole 2:ok 1:partial");
	expect("signed in a part of what is signed",
	    signed_mail(mail_print("Content-Type: multipart/mixed; boundary=m"
				   "\r\n\r\n--m\r\n%s\r\n--m--\r\n",
		mail_detached(&bare, bob, sign(MAIL_DETACHED, bob)).at)
			    .at),
	    "pass ok whole 2:ok 1.1.2:partial");
}
END_TEST

START_TEST(compares_the_from_that_the_signature_protects)
{
	const char *name = protections[_i].name;
	const char *want = protections[_i].want;
	const char *token =
	    strncmp(want, "pass", 4) == 0 ? "ok" : "protected-from";

	expect(name, signed_mail(protections[_i].part),
	    mail_print("%s 2:%s", want, token).at);
	expect(name, opaque_mail(protections[_i].part),
	    mail_print("%s 1:%s", want, token).at);
}
END_TEST

START_TEST(looks_into_the_messages_of_a_digest)
{
	expect("digest",
	    mail_print("From: alice@example.org\r\n"
		       "Content-Type: multipart/digest; boundary=m\r\n\r\n"
		       "--m\r\n\r\n%s\r\n--m--\r\n",
		signed_mail(TEXT).at),
	    "policy partial partial 1.2:partial");
}
END_TEST

/* Text before the first part, which nobody signs. */
static struct octets
with_preamble(const char *preamble)
{
	return mail_replace(signed_mail(TEXT), "\r\n--b\r\n",
	    mail_print("\r\n%s\r\n--b\r\n", preamble).at);
}

START_TEST(refuses_what_another_reader_could_cut_elsewhere)
{
	static const char cut[] =
	    "neutral boundary-ambiguous whole 2:boundary-ambiguous";
	char line[1000];

	memset(line, 'A', sizeof(line));
	line[500] = '\0';
	expect("prose", with_preamble("This is signed.\r\n\r\n- Really."),
	    "pass ok whole 2:ok");
	expect("a line of 500", with_preamble(line), "pass ok whole 2:ok");
	line[500] = 'A';
	line[999] = '\0';
	expect("a line of 999", with_preamble(line), cut);
	expect("a bare CR", with_preamble("x\r--b\r\rEvil"), cut);
	expect("another delimiter", with_preamble("--evil\r\n\r\nEvil"), cut);
	expect("another delimiter behind the parts",
	    mail_replace(signed_mail(TEXT), "--b--\r\n",
		"--b--\r\n--evil\r\n\r\nEvil\r\n"),
	    cut);
	expect("a footer behind the parts",
	    mail_replace(signed_mail(TEXT), "--b--\r\n",
		"--b--\r\n-- \r\nThe list\r\n"),
	    "pass ok whole 2:ok");
	expect("a field that hides another",
	    mail_replace(signed_mail(TEXT),
		"From: ", "Subject: x\rFrom: bob@example.org\r\nFrom: "),
	    "neutral header-ambiguous whole");
}
END_TEST

START_TEST(what_is_said_to_be_certificates_claims_no_signature)
{
	expect("nonsense",
	    mail_opaque(
		&(struct mail_form){
		    .type = "application/pkcs7-mime; name=smime.crt;"
			    " smime-type=certs-only" },
		mail_print("nonsense")),
	    "none certs-only whole");
	expect("nonsense without the label",
	    mail_opaque(
		&(struct mail_form){
		    .type = "application/pkcs7-mime; name=smime.p7m" },
		mail_print("nonsense")),
	    "neutral cms-malformed whole 1:cms-malformed");
	expect("a signature under another name",
	    mail_opaque(
		&(struct mail_form){
		    .type = "application/pkcs7-mime; name=smime.crt" },
		sign(MAIL_OPAQUE, mail_print(TEXT))),
	    "neutral header-ambiguous whole 1:header-ambiguous");
}
END_TEST

START_TEST(does_not_say_that_tnef_is_unsigned)
{
	static const char tnef[] = "From: alice@example.org\r\n"
				   "Content-Type: application/ms-tnef\r\n\r\n"
				   "octets\r\n";
	static const char mixed[] =
	    "From: alice@example.org\r\n"
	    "Content-Type: multipart/mixed; boundary=m\r\n\r\n"
	    "--m\r\n\r\ntext\r\n--m\r\n"
	    "Content-Type: application/vnd.ms-tnef\r\n\r\noctets\r\n--m--\r\n";

	expect("alone", mail_print("%s", tnef), "neutral tnef whole");
	expect("beside a text", mail_print("%s", mixed), "neutral tnef whole");
	expect("signed",
	    signed_mail("Content-Type: application/ms-tnef\r\n"
			"\r\noctets\r\n"),
	    "pass ok whole 2:ok");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("layers");
	TCase *tcase = tcase_create("layers");
	SRunner *runner = srunner_create(suite);
	int failed;

	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (uint8_t)(i * i % 251 + i / 7);
	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, looks_into_compressed_content);
	tcase_add_test(tcase, refuses_what_cannot_be_expanded);
	tcase_add_test(tcase, halves_the_room_for_each_compressed_part);
	tcase_add_test(tcase, does_not_expand_a_bomb);
	tcase_add_test(tcase, expands_at_any_split_and_up_to_its_bounds);
	tcase_add_test(tcase, gives_out_the_same_before_damage_at_any_split);
	tcase_add_test(tcase, gives_out_up_to_its_bound_at_any_split);
	tcase_add_loop_test(tcase,
	    compares_the_from_that_the_signature_protects, 0,
	    sizeof(protections) / sizeof(protections[0]));
	tcase_add_test(tcase, compares_the_from_below_several_layers);
	tcase_add_test(tcase, looks_into_the_messages_of_a_digest);
	tcase_add_test(tcase, refuses_what_another_reader_could_cut_elsewhere);
	tcase_add_test(tcase,
	    what_is_said_to_be_certificates_claims_no_signature);
	tcase_add_test(tcase, does_not_say_that_tnef_is_unsigned);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
