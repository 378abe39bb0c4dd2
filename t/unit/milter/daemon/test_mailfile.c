/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/daemon/mailfile.h"
#include "t/lib/mail.h"
#include "t/lib/roots.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum { NOW = 1767225600 /* 2026-01-01 */, BUFFER = 64 * 1024 };

static struct trust *trust;

static void
begin(void)
{
	const struct mail_voucher vouchers[] = { { .cert = roots.root },
		{ .cert = NULL } };

	trust =
	    trust_new(TRUST_EXCHANGE_ONLINE, mail_store(vouchers), NULL, NULL);
}

static void
end(void)
{
	trust_unref(trust);
	mail_end();
}

static struct octets
signed_with(const char *fields)
{
	struct mail_signer signer = { .cert = roots.alice, .key = roots.key };
	const struct mail_cms cms = { .signers = &signer, .count = 1 };
	const struct mail_form form = { .fields = fields };
	struct octets part = mail_print("\r\nHello\r\n\r\n>From here\r\n");

	return mail_detached(&form, part, mail_sign(&cms, part));
}

static struct octets
signed_mail(void)
{
	return signed_with("From: alice@example.org\r\n");
}

static FILE *
open_octets(struct octets octets)
{
	FILE *file = tmpfile();

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(octets.at, 1, octets.len, file), octets.len);
	rewind(file);
	return file;
}

/* The verdicts on all messages of a file: "pass none fail ". */
static const char *
judge_file(FILE *file, bool *mbox_r)
{
	struct mailfile *mailfile = mailfile_new(file);
	struct octets words = mail_print("%s", "");
	const struct verdict *verdict;
	struct limits limits;
	struct rules rules;
	struct smime *smime;
	bool more = true;

	limits_default(&limits);
	rules_default(&rules);
	*mbox_r = mailfile_is_mbox(mailfile);
	while (more) {
		smime = smime_new(NULL, &limits, &rules);
		more = mailfile_push(mailfile, smime);
		if (more) {
			verdict = smime_finish(smime, trust, NOW);
			words = mail_print("%s%s %s ", words.at,
			    verdict->from != NULL ? verdict->from : "-",
			    reason_token(verdict->reason));
		}
		smime_free(smime);
	}
	ck_assert(!mailfile_failed(mailfile));
	mailfile_free(mailfile);
	fclose(file);
	return words.at;
}

static void
expect(const char *name, struct octets octets, bool mbox, const char *want)
{
	bool is_mbox;
	const char *got = judge_file(open_octets(octets), &is_mbox);

	ck_assert_msg(strcmp(got, want) == 0, "%s: %s, not %s", name, got,
	    want);
	ck_assert_msg(is_mbox == mbox, "%s", name);
}

#define GOOD "alice@example.org ok "

START_TEST(reads_one_message)
{
	struct octets mail = signed_mail();

	expect("CRLF", mail, false, GOOD);
	expect("LF", mail_to_lf(mail), false, GOOD);
	expect("the last line is cut",
	    mail_print("%.*s", (int)mail.len - 2, mail.at), false, GOOD);
}
END_TEST

static const struct {
	const char *name;
	const char *text;
	bool mbox;
	const char *want;
} texts[] = {
	{ "white space before the colon",
	    "From : eve@evil.example\r\nFrom: alice@example.org\r\n\r\n", false,
	    "- unsigned " },
	{ "nothing", "", false, "- unsigned " },
	{ "a line end", "\n", false, "- unsigned " },
	{ "a blank line", "\r\n", false, "- unsigned " },
	{ "no header", "\r\nFrom: a@b.c\r\n", false, "- unsigned " },
	{ "no body", "From: a@b.c\r\n", false, "a@b.c unsigned " },
	{ "no line end", "From: a@b.c", false, "a@b.c unsigned " },
	{ "no line end but a CR", "From: a@b.c\r", false, "a@b.c unsigned " },
	{ "no value", "From:", false, "- unsigned " },
	{ "folded", "From: x\r\n <a@b.c>\r\n", false, "a@b.c unsigned " },
	{ "folded with LF", "From: x\n\t<a@b.c>\n", false, "a@b.c unsigned " },
	{ "blanks before the colon", "X: y\r\nFrom \t: a@b.c\r\n\r\n", false,
	    "a@b.c unsigned " },
	{ "a blank first", " From: a@b.c\r\n\r\n", false, "- unsigned " },
	{ "a line that is no field ends the header",
	    "X: y\r\nno field\r\nFrom: a@b.c\r\n\r\n", false, "- unsigned " },
	{ "octets that no name has", "From\xc3\xa4: x\r\nFrom: a@b.c\r\n",
	    false, "- unsigned " },
	{ "From a little later", "X: y\r\nFrom: a@b.c\r\n\r\nFrom x\r\n", false,
	    "a@b.c unsigned " },
	{ "an mbox", "From x\nFrom: a@b.c\n\nHello\n", true,
	    "a@b.c unsigned " },
	{ "an mbox with nothing in it", "From x\n", true, "- unsigned " },
	{ "an mbox of five octets", "From ", true, "- unsigned " },
	{ "four octets", "From", false, "- unsigned " },
	{ "an mbox of two",
	    "From x\nFrom: a@b.c\n\nHello\n\nFrom y\nFrom: d@e.f\n\nBye\n",
	    true, "a@b.c unsigned d@e.f unsigned " },
	{ "an mbox of two with CRLF",
	    "From x\r\nFrom: a@b.c\r\n\r\nHello\r\n\r\n"
	    "From y\r\nFrom: d@e.f\r\n\r\nBye\r\n",
	    true, "a@b.c unsigned d@e.f unsigned " },
	{ "no body in an mbox", "From x\nFrom: a@b.c\n\nFrom y\nFrom: d@e.f\n",
	    true, "a@b.c unsigned d@e.f unsigned " },
	{ "no body in an mbox, two blank lines",
	    "From x\nFrom: a@b.c\n\n\nFrom y\nFrom: d@e.f\n", true,
	    "a@b.c unsigned d@e.f unsigned " },
	{ "many blank lines",
	    "From x\nFrom: a@b.c\n\nHello\n\n\n\nFrom y\nFrom: d@e.f\n", true,
	    "a@b.c unsigned d@e.f unsigned " },
	{ "From without a blank line before it",
	    "From x\nFrom: a@b.c\n\nHello\nFrom y\nFrom: d@e.f\n", true,
	    "a@b.c unsigned " },
	{ "From in a header", "From x\nFrom: a@b.c\nFrom y\nFrom: d@e.f\n",
	    true, "a@b.c unsigned " },
	{ "the last message is empty", "From x\nFrom: a@b.c\n\nHello\n\nFrom ",
	    true, "a@b.c unsigned - unsigned " },
};

START_TEST(tells_header_body_and_messages_apart)
{
	expect(texts[_i].name, mail_print("%s", texts[_i].text), texts[_i].mbox,
	    texts[_i].want);
}
END_TEST

/* What is signed must come out as it went in, blank lines and all. */
START_TEST(reads_an_mbox_of_signed_messages)
{
	struct octets mail = signed_mail();
	struct octets other = mail_replace(mail, "Hello", "Jello");
	struct octets mbox = mail_print("From x\r\n%s\r\nFrom y\r\n%s\r\n"
					"From z\r\n%s",
	    mail.at, other.at, mail.at);

	expect("CRLF", mbox, true,
	    GOOD "alice@example.org digest-mismatch " GOOD);
	expect("LF", mail_to_lf(mbox), true,
	    GOOD "alice@example.org digest-mismatch " GOOD);
}
END_TEST

/* From before a signed part that has a blank line in it. */
START_TEST(keeps_the_blank_lines_of_a_body)
{
	struct mail_signer signer = { .cert = roots.alice, .key = roots.key };
	const struct mail_cms cms = { .signers = &signer, .count = 1 };
	const struct mail_form form = { .fields = "From: a@example.org\r\n" };
	struct octets part = mail_print("\r\n\r\nx\r\n\r\n\r\n\r\ny\r\n\r\n");
	struct octets mail = mail_detached(&form, part, mail_sign(&cms, part));

	expect("blank lines", mail_print("From x\r\n%s\r\n\r\n", mail.at), true,
	    "a@example.org from-mismatch ");
}
END_TEST

/* Every way in which the end of the buffer can cut a message. */
START_TEST(does_not_depend_on_the_size_of_the_buffer)
{
	struct octets tail = mail_print("From: alice@example.org\r\n"
					"To: x\r\n <a@b.c>\r\n\r\n"
					"Hello\r\n\r\nFrom y\r\n"
					"From: d@e.f\r\n\r\nBye\r\n");
	const char *want = "alice@example.org unsigned d@e.f unsigned ";

	for (size_t n = 0; n <= tail.len; n++) {
		int fill = (int)(BUFFER - n - strlen("From x\r\nX: \r\n"));

		expect("mbox",
		    mail_print("From x\r\nX: %*s\r\n%s", fill, "", tail.at),
		    true, want);
	}
}
END_TEST

START_TEST(cuts_a_field_without_taking_it_for_the_whole)
{
	enum { NAME = sizeof("Content-Type: text/plain") - 1 };
	const int fits = MAILFILE_MAX_FIELD - NAME - 2;

	expect("at the limit",
	    mail_print("Content-Type: text/plain%*s\r\n\r\n", fits, ""), false,
	    "- unsigned ");
	expect("beyond it",
	    mail_print("Content-Type: text/plain%*s\r\n\r\n", fits + 1, ""),
	    false, "- header-ambiguous ");
	expect("2 MiB",
	    signed_with(mail_print("From: alice@example.org\r\nX: %*s\r\n",
		2 * 1024 * 1024, "")
			    .at),
	    false, GOOD);
	expect("2 MiB in lines, and another author",
	    mail_print("From: alice@example.org\r\n%*s\r\n ,eve@example.net"
		       "\r\n\r\nHello\r\n",
		2 * 1024 * 1024, ""),
	    false, "- unsigned ");
}
END_TEST

START_TEST(any_octets_are_a_message)
{
	uint32_t state = 1;
	char *garbage = malloc(200000);
	bool mbox;

	for (size_t round = 0; round < 8; round++) {
		for (size_t i = 0; i < 200000; i++) {
			state = state * 1664525U + 1013904223U;
			garbage[i] = (char)(state >> (16 + round % 3));
		}
		if (round % 2 == 1)
			memcpy(garbage, "From \n\n\nFrom ", 13);
		ck_assert_str_ne(judge_file(open_octets((struct octets){
						garbage, 200000 }),
				     &mbox),
		    "");
		ck_assert_int_eq(mbox, round % 2 == 1);
	}
	free(garbage);
}
END_TEST

/* A folder can be opened, but not read. */
START_TEST(says_when_reading_failed)
{
	FILE *file = fopen("/", "r");
	struct mailfile *mailfile;
	struct limits limits;
	struct rules rules;
	struct smime *smime;

	limits_default(&limits);
	rules_default(&rules);
	ck_assert_ptr_nonnull(file);
	mailfile = mailfile_new(file);
	smime = smime_new(NULL, &limits, &rules);
	ck_assert(mailfile_push(mailfile, smime));
	ck_assert(mailfile_failed(mailfile));
	smime_free(smime);
	mailfile_free(mailfile);
	mailfile_free(NULL);
	fclose(file);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("mailfile");
	TCase *tcase = tcase_create("mailfile_push");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_set_timeout(tcase, 60);
	tcase_add_unchecked_fixture(tcase, roots_make, roots_free);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, reads_one_message);
	tcase_add_loop_test(tcase, tells_header_body_and_messages_apart, 0,
	    COUNT(texts));
	tcase_add_test(tcase, reads_an_mbox_of_signed_messages);
	tcase_add_test(tcase, keeps_the_blank_lines_of_a_body);
	tcase_add_test(tcase, does_not_depend_on_the_size_of_the_buffer);
	tcase_add_test(tcase, cuts_a_field_without_taking_it_for_the_whole);
	tcase_add_test(tcase, any_octets_are_a_message);
	tcase_add_test(tcase, says_when_reading_failed);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
