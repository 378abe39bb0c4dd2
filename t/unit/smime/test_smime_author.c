/* SPDX-License-Identifier: ISC */
/*
 * The signer's addresses against the author's, in From.
 */
#include <check.h>
#include <string.h>

#include "smime/smime.h"
#include "smime/x509/ident.h"
#include "t/lib/mail.h"
#include "t/lib/people.h"
#include "t/lib/trial.h"
#include "t/lib/usual.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct {
	const char *name;
	enum who who;
	const char *from; /* complete lines */
	const char *result;
	const char *identity;
} authors[] = {
	{ "bare", ALICE, "From: alice@example.org\r\n", "pass ok", "match" },
	{ "with a name", ALICE, "From: Alice <alice@example.org>\r\n",
	    "pass ok", "match" },
	{ "folded", ALICE, "From: Alice\r\n <alice@example.org>\r\n", "pass ok",
	    "match" },
	{ "case of the domain", ALICE, "From: alice@EXAMPLE.org\r\n", "pass ok",
	    "match" },
	{ "case of the local part", ALICE, "FROM: ALICE@example.org\r\n",
	    "pass ok", "match" },
	{ "blank before the colon", ALICE, "From : alice@example.org\r\n",
	    "pass ok", "match" },
	{ "no From", ALICE, "Subject: x\r\n", "policy no-from", "none" },
	{ "Sender instead", ALICE, "Sender: alice@example.org\r\n",
	    "policy no-from", "none" },
	{ "an empty From", ALICE, "From:\r\n", "policy from-ambiguous",
	    "ambiguous" },
	{ "a name alone", ALICE, "From: alice\r\n", "policy from-ambiguous",
	    "ambiguous" },
	{ "two From fields", ALICE,
	    "From: alice@example.org\r\nFrom: alice@example.org\r\n",
	    "policy from-ambiguous", "ambiguous" },
	{ "a second From with blanks", ALICE,
	    "From: alice@example.org\r\nFROM \t: eve@example.net\r\n",
	    "policy from-ambiguous", "ambiguous" },
	{ "two mailboxes", ALICE,
	    "From: alice@example.org, bob@example.org\r\n",
	    "policy from-ambiguous", "ambiguous" },
	{ "a group", ALICE, "From: us: alice@example.org;\r\n",
	    "policy from-ambiguous", "ambiguous" },
	{ "a route", ALICE, "From: <@example.net:alice@example.org>\r\n",
	    "policy from-ambiguous", "ambiguous" },
	{ "another author", ALICE, "From: eve@example.net\r\n",
	    "policy from-mismatch", "mismatch" },
	{ "another author, Sender matches", ALICE,
	    "From: eve@example.net\r\nSender: alice@example.org\r\n",
	    "policy from-mismatch", "mismatch" },
	{ "another author, Reply-To matches", ALICE,
	    "From: eve@example.net\r\nReply-To: alice@example.org\r\n",
	    "policy from-mismatch", "mismatch" },
	{ "a domain below", ALICE, "From: alice@sub.example.org\r\n",
	    "policy from-mismatch", "mismatch" },
	{ "the address as a name", ALICE,
	    "From: \"alice@example.org\" <eve@example.net>\r\n",
	    "policy from-display-name", "ambiguous" },
	{ "another address as a name", ALICE,
	    "From: \"bob@example.org\" <alice@example.org>\r\n",
	    "policy from-display-name", "ambiguous" },
	{ "two addresses, the second of them", EVERYBODY,
	    "From: alice@example.org\r\n", "pass ok", "match" },
	{ "no address", NO_ADDRESS, "From: alice@example.org\r\n",
	    "policy no-address", "none" },
	{ "the subject's address, no other", SUBJECT_ONLY,
	    "From: alice@example.org\r\n", "pass ok", "match" },
	{ "the subject's address, another in the SAN", SAN_AND_SUBJECT,
	    "From: alice@example.org\r\n", "policy from-mismatch", "mismatch" },
	{ "the SAN's address, another in the subject", SAN_AND_SUBJECT,
	    "From: bob@example.org\r\n", "pass ok", "match" },
	{ "SmtpUTF8Mailbox", UTF8_MAILBOX, "From: \xc3\xa1lice@example.org\r\n",
	    "pass ok", "match" },
	{ "SmtpUTF8Mailbox, other letters", UTF8_MAILBOX,
	    "From: alice@example.org\r\n", "policy from-mismatch", "mismatch" },
};

START_TEST(compares_the_signer_with_the_author)
{
	const struct mail_form form = { .fields = authors[_i].from };
	struct octets part = mail_print("%s", USUAL_PART);

	trial_expect(authors[_i].name,
	    mail_detached(&form, part,
		people_sign(authors[_i].who, MAIL_DETACHED, USUAL_PART)),
	    mail_print("%s whole collection %s good", authors[_i].result,
		authors[_i].identity)
		.at);
}
END_TEST

START_TEST(names_the_address_that_matched)
{
	struct octets part = mail_print("%s", USUAL_PART);
	struct octets cms = people_sign(EVERYBODY, MAIL_DETACHED, USUAL_PART);
	struct octets mail;

	mail = mail_detached(&usual_form, part, cms);
	ck_assert_str_eq(trial_judge(mail)->signatures[0].identifier,
	    "alice@example.org");
	mail = mail_detached(&(struct mail_form){ .fields = "From: x@y.z\r\n" },
	    part, cms);
	ck_assert_str_eq(trial_judge(mail)->signatures[0].identifier,
	    "bob@example.org");
	ck_assert_str_eq(trial_judge(mail)->from, "x@y.z");
}
END_TEST

START_TEST(an_alias_is_as_good_as_the_author)
{
	static const char file[] = "alice@example.org *@sales.example.org\n";
	const struct mail_voucher vouchers[] = { { .cert = people_root() },
		{ .cert = NULL } };
	const struct mail_form form = {
		.fields = "From: info@sales.example.org\r\n"
	};
	char *error = NULL;

	trial_expect("no alias", usual_detached_with(&form),
	    "policy from-mismatch whole collection mismatch good");
	trial_set_trust(trust_new(TRUST_EXCHANGE_2013_SP1, mail_store(vouchers),
	    NULL, aliases_read("aliases", file, strlen(file), &error)));
	trial_expect("alias", usual_detached_with(&form),
	    "pass ok whole collection alias good");
	trial_expect("no need of an alias", usual_detached(), PASS);
}
END_TEST

static void
add_tests(TCase *tcase)
{
	tcase_add_loop_test(tcase, compares_the_signer_with_the_author, 0,
	    COUNT(authors));
	tcase_add_test(tcase, names_the_address_that_matched);
	tcase_add_test(tcase, an_alias_is_as_good_as_the_author);
}

int
main(void)
{
	return trial_run("smime_author", add_tests, NULL);
}
