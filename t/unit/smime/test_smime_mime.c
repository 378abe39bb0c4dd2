/* SPDX-License-Identifier: ISC */
/*
 * MIME around what is signed: what of a message a signature covers, and where
 * two readers could read it in two ways (RFC 8551 6, RFC 1847 2.1).  Names
 * like M1 are of "Johnny, you are fired".
 */
#include <check.h>

#include "smime/smime.h"
#include "t/lib/mail.h"
#include "t/lib/people.h"
#include "t/lib/trial.h"
#include "t/lib/usual.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define PARTIAL "policy partial partial collection match good"

/* A message with text on one side of the signed part, or both. */
static struct octets
around(const char *type, const char *before, const char *after)
{
	return mail_print("From: alice@example.org\r\n"
			  "MIME-Version: 1.0\r\n"
			  "Content-Type: multipart/%s; boundary=outer\r\n\r\n"
			  "%s--outer\r\n%s%s--outer--\r\n",
	    type, before, usual_inner(), after);
}

static const char text_part[] = "--outer\r\n\r\nPay Eve!\r\n";

static struct octets
m1_prepended(void)
{
	return around("mixed", text_part, "");
}

static struct octets
m1_appended(void)
{
	return around("mixed", "", text_part);
}

static struct octets
m1_alone_in_mixed(void)
{
	return around("mixed", "", "");
}

static struct octets
m2_hidden(void)
{
	return around("mixed",
	    "--outer\r\nContent-Type: text/html\r\n\r\n"
	    "<p>Pay Eve!</p><div style='display:none'>\r\n",
	    "--outer\r\nContent-Type: text/html\r\n\r\n</div>\r\n");
}

static struct octets
m3_related(void)
{
	return around("related",
	    "--outer\r\nContent-Type: text/html\r\n\r\n"
	    "<p>Pay Eve!</p><img src='cid:a'>\r\n",
	    "");
}

static struct octets
m4_attached(void)
{
	struct octets mail = mail_print("--outer\r\n\r\nPay Eve!\r\n"
					"--outer\r\n"
					"Content-Type: message/rfc822\r\n\r\n"
					"%s\r\n",
	    usual_detached().at);

	return mail_print("From: alice@example.org\r\n"
			  "Content-Type: multipart/mixed; boundary=outer\r\n"
			  "\r\n%s--outer--\r\n",
	    mail.at);
}

static struct octets
attached_alone(void)
{
	return mail_print("From: alice@example.org\r\n"
			  "Content-Type: message/rfc822\r\n\r\n%s",
	    usual_detached().at);
}

static struct octets
two_siblings(void)
{
	const struct mail_form form = { .fields = "", .boundary = "inner" };
	struct octets part = mail_print("%s", USUAL_PART);
	struct octets cms = people_sign(STRANGER, MAIL_DETACHED, USUAL_PART);

	return around("mixed", "",
	    mail_print("--outer\r\n%s", mail_detached(&form, part, cms).at).at);
}

/* What one more line in the header, or a parameter, does. */
static struct octets
add_field(const char *field)
{
	return usual_detached_with(&(struct mail_form){
	    .fields =
		mail_print("From: alice@example.org\r\n%s\r\n", field).at });
}

static struct octets
type_twice(void)
{
	return add_field("Content-Type: text/plain");
}

static struct octets
type_twice_signed_first(void)
{
	return mail_replace(usual_detached(), "\r\n\r\n",
	    "\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n");
}

static struct octets
encoding_twice(void)
{
	return add_field("Content-Transfer-Encoding: 7bit\r\n"
			 "Content-Transfer-Encoding: base64");
}

static struct octets
encoded_multipart(void)
{
	return add_field("Content-Transfer-Encoding: base64");
}

static struct octets
boundary_twice(void)
{
	return mail_replace(usual_detached(),
	    "boundary=", "boundary=a; boundary=");
}

static struct octets
boundary_continued(void)
{
	return mail_replace(usual_detached(), "boundary=\"b\"",
	    "boundary*0=\"b\"");
}

static struct octets
protocol_twice(void)
{
	return mail_replace(usual_detached(),
	    "protocol=", "protocol=\"application/pgp-signature\"; protocol=");
}

static struct octets
encoding_twice_at_the_signature(void)
{
	return mail_replace(usual_detached(),
	    "Content-Transfer-Encoding: base64",
	    "Content-Transfer-Encoding: base64\r\n"
	    "Content-Transfer-Encoding: 7bit");
}

static struct octets
encoding_twice_opaque(void)
{
	return mail_replace(usual_opaque(), "Content-Transfer-Encoding: base64",
	    "Content-Transfer-Encoding: base64\r\n"
	    "Content-Transfer-Encoding: 7bit");
}

/* An alternative of two readings inside the signed part. */
static const char nested_part[] =
    "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    "--b\r\n\r\nHello\r\n--b--\r\n";

static struct octets
same_boundary_inside(void)
{
	return mail_detached(&usual_form, mail_print("%s", nested_part),
	    people_sign(ALICE, MAIL_DETACHED, nested_part));
}

static struct octets
line_like_the_boundary(void)
{
	static const char part[] = "\r\nHello\r\n--bye\r\n";

	return mail_detached(&usual_form, mail_print("%s", part),
	    people_sign(ALICE, MAIL_DETACHED, part));
}

static struct octets
unterminated(void)
{
	return mail_replace(usual_detached(), "\r\n--b--", "");
}

static struct octets
third_part(void)
{
	return mail_replace(usual_detached(), "\r\n--b--",
	    "\r\n--b\r\n\r\nPay Eve!\r\n--b--");
}

static struct octets
goes_on_after_its_end(void)
{
	return mail_print("%s--b\r\n\r\nPay Eve!\r\n--b--\r\n",
	    usual_detached().at);
}

static struct octets
one_part(void)
{
	return mail_print("From: alice@example.org\r\n"
			  "Content-Type: multipart/signed; boundary=b;"
			  " protocol=\"application/pkcs7-signature\"\r\n\r\n"
			  "--b\r\n%s\r\n--b--\r\n",
	    USUAL_PART);
}

static struct octets
signature_first(void)
{
	struct octets mail = usual_detached();
	const char *head = "Content-Type: application/pkcs7-signature";

	/* The parts change places: what is signed is now the signature. */
	mail = mail_replace(mail, "Content-Type: text/plain", "X-A: b");
	return mail_replace(mail, head, "Content-Type: text/plain");
}

static struct octets
protocol_mismatch(void)
{
	return mail_replace(usual_detached(),
	    "protocol=\"application/pkcs7-signature\"",
	    "protocol=\"application/x-other\"");
}

static struct octets
protocol_of_pgp(void)
{
	return mail_replace(usual_detached(),
	    "protocol=\"application/pkcs7-signature\"",
	    "protocol=\"application/pgp-signature\"");
}

/* Base64 that ends more than once. */
static struct octets
padded_base64(void)
{
	return mail_print("%s====\r\n", usual_opaque().at);
}

static struct octets
garbled_base64(void)
{
	return mail_replace(usual_opaque(), "\r\n\r\n", "\r\n\r\n!");
}

static struct octets
header_only(void)
{
	struct octets mail = usual_detached();

	return mail_print("%.*s", (int)mail_find(mail, "\r\n--b"), mail.at);
}

static struct octets
header_only_opaque(void)
{
	struct octets mail = usual_opaque();

	return mail_print("%.*s", (int)mail_find(mail, "\r\n\r\n"), mail.at);
}

static struct octets
unsigned_mail(void)
{
	return mail_print("From: alice@example.org\r\n\r\nHello\r\n");
}

static struct octets
nothing(void)
{
	return mail_print("%s", "");
}

static const struct {
	const char *name;
	struct octets (*make)(void);
	const char *want;
} attacks[] = {
	{ "M1, text before", m1_prepended, PARTIAL },
	{ "M1, text after", m1_appended, PARTIAL },
	{ "alone in a multipart/mixed", m1_alone_in_mixed, PARTIAL },
	{ "M2", m2_hidden, PARTIAL },
	{ "M3", m3_related, PARTIAL },
	{ "M4", m4_attached, PARTIAL },
	{ "nothing but an attached message", attached_alone, PARTIAL },
	{ "siblings", two_siblings,
	    "policy partial partial collection match good" },
	{ "Content-Type twice", type_twice,
	    "neutral header-ambiguous whole none - -" },
	{ "Content-Type twice, the signed one first", type_twice_signed_first,
	    UNREAD("header-ambiguous") },
	{ "Content-Transfer-Encoding twice", encoding_twice,
	    UNREAD("header-ambiguous") },
	{ "the multipart is encoded", encoded_multipart,
	    UNREAD("transfer-encoding") },
	{ "boundary twice", boundary_twice, UNREAD("header-ambiguous") },
	{ "boundary in pieces", boundary_continued,
	    UNREAD("header-ambiguous") },
	{ "protocol twice", protocol_twice, UNREAD("header-ambiguous") },
	{ "encoding twice at the signature", encoding_twice_at_the_signature,
	    UNREAD("header-ambiguous") },
	{ "encoding twice, opaque", encoding_twice_opaque,
	    UNREAD("header-ambiguous") },
	{ "the same boundary inside", same_boundary_inside,
	    UNREAD("not-two-parts") },
	{ "a line like the boundary", line_like_the_boundary,
	    UNREAD("boundary-ambiguous") },
	{ "unterminated", unterminated, UNREAD("unterminated") },
	{ "a third part", third_part, UNREAD("not-two-parts") },
	{ "goes on after its end", goes_on_after_its_end,
	    UNREAD("boundary-ambiguous") },
	{ "one part", one_part, UNREAD("not-two-parts") },
	{ "the signature is no signature", signature_first,
	    UNREAD("protocol-mismatch") },
	{ "another protocol", protocol_mismatch, UNREAD("protocol-mismatch") },
	{ "the protocol of PGP", protocol_of_pgp,
	    "neutral no-content partial none none unknown" },
	{ "base64 after its end", padded_base64, UNREAD("transfer-encoding") },
	{ "garbled base64", garbled_base64, UNREAD("transfer-encoding") },
	{ "a header, no body", header_only, UNREAD("not-two-parts") },
	{ "a header, no body, opaque", header_only_opaque,
	    UNREAD("cms-malformed") },
	{ "not signed", unsigned_mail, "none unsigned whole none - -" },
	{ "nothing", nothing, "none unsigned whole none - -" },
};

START_TEST(sees_through_attacks)
{
	trial_expect(attacks[_i].name, attacks[_i].make(), attacks[_i].want);
}
END_TEST

/*
 * Layers.
 */

static struct octets
opaque_in_opaque(void)
{
	const char *within =
	    usual_opaque_with(&(struct mail_form){ .fields = "" }).at;
	const struct mail_form form = { .fields = "From: bob@example.org\r\n" };

	return mail_opaque(&form, people_sign(BOB, MAIL_STREAMED, within));
}

START_TEST(counts_the_outermost_layer_and_lists_the_others)
{
	const struct {
		struct octets mail;
		const char *outer, *inner;
	} rows[] = {
		{ usual_detached_in(MAIL_DETACHED), "2", "1.2" },
		{ usual_detached_in(MAIL_OPAQUE), "1", "1/2" },
		{ usual_detached_in(MAIL_STREAMED), "1", "1/2" },
		{ opaque_in_opaque(), "1", "1/1" },
	};
	const struct verdict *verdict;
	const struct signature *s;

	for (size_t i = 0; i < COUNT(rows); i++) {
		trial_expect(rows[i].inner, rows[i].mail, PASS);
		verdict = trial_judge(rows[i].mail);
		s = verdict->signatures;
		ck_assert_uint_eq(verdict->signature_count, 2);
		ck_assert_str_eq(s[0].part, rows[i].outer);
		ck_assert(s[0].outermost);
		ck_assert_str_eq(s[1].part, rows[i].inner);
		ck_assert(!s[1].outermost);
		ck_assert_int_eq(s[1].integrity, INTEGRITY_GOOD);
		ck_assert_int_eq(s[1].coverage, COVERAGE_PARTIAL);
		ck_assert_str_eq(s[1].identifier, "alice@example.org");
		/* She is not the author of the message around hers. */
		ck_assert_int_eq(s[1].reason, REASON_FROM_MISMATCH);
	}
}
END_TEST

START_TEST(a_good_inner_layer_lifts_no_bad_outer_one)
{
	struct octets mail = usual_detached_in(MAIL_DETACHED);
	const struct verdict *verdict;

	mail = mail_replace(mail, "\r\n--inner\r\n", "\r\n--inner \r\n");
	verdict = trial_judge(mail);
	ck_assert_str_eq(trial_describe(verdict),
	    "fail digest-mismatch whole collection match bad");
	ck_assert_uint_eq(verdict->signature_count, 2);
	ck_assert_int_eq(verdict->signatures[1].integrity, INTEGRITY_GOOD);
}
END_TEST

START_TEST(a_bad_inner_layer_lowers_no_good_outer_one)
{
	const char *within =
	    mail_replace(mail_print("%s", usual_inner()), "Hello", "Jello").at;
	struct octets mail = mail_detached(
	    &(struct mail_form){ .fields = "From: bob@example.org\r\n" },
	    mail_print("%s", within), people_sign(BOB, MAIL_DETACHED, within));
	const struct verdict *verdict;

	trial_expect("outer", mail, PASS);
	verdict = trial_judge(mail);
	ck_assert_int_eq(verdict->signatures[1].reason, REASON_DIGEST_MISMATCH);
}
END_TEST

/* Without an outermost signature the worst below counts. */
START_TEST(takes_the_worst_of_siblings)
{
	const struct verdict *verdict = trial_judge(two_siblings());

	ck_assert_uint_eq(verdict->signature_count, 2);
	ck_assert_str_eq(verdict->signatures[0].part, "1.2");
	ck_assert_str_eq(verdict->signatures[1].part, "2.2");
	ck_assert_int_eq(verdict->result, RESULT_POLICY);
	trial_expect("altered",
	    mail_replace(two_siblings(), "Hello\r\n\r\n--inner\r\nContent-Type",
		"Jello\r\n\r\n--inner\r\nContent-Type"),
	    "fail digest-mismatch partial collection match bad");
}
END_TEST

START_TEST(numbers_parts_as_imap_does)
{
	const struct {
		struct octets mail;
		const char *part;
	} rows[] = {
		{ m1_prepended(), "2.2" },
		{ m1_appended(), "1.2" },
		{ m4_attached(), "2.2" },
		{ attached_alone(), "1.2" },
		{ third_part(), "2" },
		{ one_part(), "2" },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		ck_assert_str_eq(trial_judge(rows[i].mail)->signatures[0].part,
		    rows[i].part);
}
END_TEST

static void
add_tests(TCase *tcase)
{
	tcase_add_loop_test(tcase, sees_through_attacks, 0, COUNT(attacks));
	tcase_add_test(tcase, counts_the_outermost_layer_and_lists_the_others);
	tcase_add_test(tcase, a_good_inner_layer_lifts_no_bad_outer_one);
	tcase_add_test(tcase, a_bad_inner_layer_lowers_no_good_outer_one);
	tcase_add_test(tcase, takes_the_worst_of_siblings);
	tcase_add_test(tcase, numbers_parts_as_imap_does);
}

int
main(void)
{
	return trial_run("smime_mime", add_tests, NULL);
}
