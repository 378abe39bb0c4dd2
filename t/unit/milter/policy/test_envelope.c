/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "milter/policy/envelope.h"
#include "milter/settings/condition.h"
#include "smime/smime.h"

static struct envelope envelope;

static void
begin(void)
{
	envelope_init(&envelope);
}

static void
end(void)
{
	envelope_done(&envelope);
}

static void
push(const char *name, const char *value)
{
	ck_assert(envelope_push_field(&envelope, name, strlen(name), value));
}

/* What would cost the square of its length, over and over. */
static const char *const costly[] = { "(", "@", "\\\"@", "\"\\\"@", "(a@",
	"a@[", "\"@\"", "(\\(@b.c ", "=?utf-8?q?=28=40?=" };

START_TEST(reads_a_huge_from_in_no_time)
{
	size_t len = strlen(costly[_i]);
	char *from = calloc(1, ENVELOPE_MAX_FROM);
	clock_t began;

	for (size_t at = 0; at + len + 1 < ENVELOPE_MAX_FROM; at += len)
		memcpy(from + at, costly[_i], len);
	push("From", from);
	began = clock();
	ck_assert(envelope_settle(&envelope));
	ck_assert_msg(clock() - began < CLOCKS_PER_SEC / 2, "%s: %ld ms",
	    costly[_i], (long)((clock() - began) / (CLOCKS_PER_SEC / 1000)));
	free(from);
}
END_TEST

static const struct {
	const char *path;
	const char *local; /* NULL: the null sender */
	const char *domain;
} paths[] = {
	{ "<a@b.example>", "a", "b.example" },
	{ "a@b.example", "a", "b.example" },
	{ " <a@B.Example> ", "a", "b.example" },
	{ "<a@b.example.>", "a", "b.example" },
	{ "<\"a b\"@b.example>", "a b", "b.example" },
	{ "<@x.example,@y.example:a@b.example>", "a", "b.example" },
	{ "<a@[192.0.2.1]>", "a", NULL },
	{ "<postmaster>", "postmaster", NULL },
	{ "<a@b@c.example>", "a@b", "c.example" },
	{ "<a@m\xc3\xbcller.example>", "a", "xn--mller-kva.example" },
	{ "<>", NULL, NULL },
	{ "", NULL, NULL },
};

START_TEST(reads_the_senders_path)
{
	ck_assert(envelope_set_sender(&envelope, paths[_i].path));
	ck_assert(envelope.null_sender == (paths[_i].local == NULL));
	ck_assert_pstr_eq(envelope.sender.local, paths[_i].local);
	ck_assert_pstr_eq(envelope.sender.domain, paths[_i].domain);
}
END_TEST

static const struct {
	const char *path;
	const char *domain;
	bool anybodys;
} recipients[] = {
	{ "<a@b.example>", "b.example", false },
	{ "<a+b=c.example@b.example>", "b.example", false },
	{ "<a%c.example@b.example>", "b.example", true },
	{ "<c.example!a@b.example>", "b.example", true },
	{ "<a@c.example@b.example>", "b.example", true },
	{ "<\"a@c.example\"@b.example>", "b.example", true },
	{ "<\"a\\%c.example\"@b.example>", "b.example", true },
	{ "<a@[192.0.2.1]>", NULL, true },
	{ "<postmaster>", NULL, true },
};

START_TEST(a_recipient_who_may_be_sent_on_is_anybodys)
{
	const struct mailbox *rcpt;

	ck_assert(envelope_add_rcpt(&envelope, recipients[_i].path));
	rcpt = envelope.rcpts.list;
	ck_assert_pstr_eq(rcpt->domain, recipients[_i].domain);
	ck_assert(envelope_is_anybodys(rcpt) == recipients[_i].anybodys);
}
END_TEST

START_TEST(keeps_ten_thousand_recipients_and_no_more)
{
	for (size_t i = 0; i < ENVELOPE_MAX_RCPTS; i++)
		ck_assert(envelope_add_rcpt(&envelope, "<a@b.example>"));
	ck_assert(!envelope_add_rcpt(&envelope, "<a@b.example>"));
	ck_assert_uint_eq(envelope.rcpts.count, ENVELOPE_MAX_RCPTS);
}
END_TEST

/* One author for each of n domains, and the bank at the end. */
static void
push_authors(size_t n)
{
	char *from;
	size_t len;
	FILE *out = open_memstream(&from, &len);

	for (size_t i = 1; i < n; i++)
		fprintf(out, "a@d%zu.example,", i);
	fputs("a@bank.example", out);
	fclose(out);
	push("From", from);
	free(from);
}

START_TEST(finds_a_hundred_authors_and_no_more)
{
	push_authors(ENVELOPE_MAX_AUTHORS);
	ck_assert(envelope_settle(&envelope));
	ck_assert_uint_eq(envelope.authors.count, ENVELOPE_MAX_AUTHORS);
	ck_assert(!envelope.anybody);

	end();
	push_authors(ENVELOPE_MAX_AUTHORS + 1);
	ck_assert(envelope_settle(&envelope));
	ck_assert(envelope.anybody);
}
END_TEST

START_TEST(a_huge_from_may_be_anybodys)
{
	char *huge = malloc(ENVELOPE_MAX_FROM + 2);

	memset(huge, ' ', ENVELOPE_MAX_FROM + 1);
	huge[ENVELOPE_MAX_FROM + 1] = '\0';
	push("From", huge);
	push("From", "a@b.example");
	ck_assert(envelope_settle(&envelope));
	ck_assert(envelope.anybody);
	free(huge);
}
END_TEST

/* A field and the line feed behind it, at the limit and around it. */
START_TEST(keeps_as_much_of_from_as_the_limit)
{
	char *text = malloc(ENVELOPE_MAX_FROM + 2);

	for (size_t n = ENVELOPE_MAX_FROM - 2; n <= ENVELOPE_MAX_FROM; n++) {
		memset(text, ' ', n);
		text[n] = '\0';
		push("From", text);
		push("From", "");
		push("From", "a@b.example");
		push("From", text);
		ck_assert_uint_eq(envelope.from.count, 4);
		ck_assert_uint_eq(envelope.from.len, ENVELOPE_MAX_FROM);
		ck_assert(envelope_settle(&envelope));
		ck_assert(envelope.anybody);
		end();
	}
	free(text);
}
END_TEST

START_TEST(goes_on_when_from_is_full)
{
	char *text = malloc(ENVELOPE_MAX_FROM);

	/* 40,000 and 25,535 octets, each with its line feed: one too many. */
	memset(text, ' ', 40000);
	text[40000] = '\0';
	push("From", text);
	text[25535] = '\0';
	for (int i = 0; i < 10; i++)
		push("From", text);
	ck_assert_uint_le(envelope.from.len, ENVELOPE_MAX_FROM);
	ck_assert_uint_le(strlen(envelope.from.text), ENVELOPE_MAX_FROM);
	ck_assert(envelope_settle(&envelope));
	ck_assert(envelope.anybody);
	free(text);
}
END_TEST

START_TEST(survives_every_truncation_of_from)
{
	static const char from[] = "\"a@b\" =?utf-8?q?c=40d=2Ee?= <f@(g)h.i>,"
				   " j: k@l.m, \xef\xbc\xa0n;\r\n o@p\xff.q";

	for (size_t n = 0; n < sizeof(from); n++) {
		char *part = strndup(from, n);

		push("From", part);
		push("From", part);
		ck_assert(envelope_settle(&envelope));
		end();
		free(part);
	}
}
END_TEST

static const struct {
	const char *name;
	const char *value;
	const char *sender;
	unsigned int classes;
} classes[] = {
	{ "To", "x", "<a@b.example>", CLASS_MAIL },
	{ "To", "x", "<>", CLASS_BOUNCE },
	{ "Content-Type", " multipart/REPORT; a=b", "<a@b.example>",
	    CLASS_REPORT },
	{ "content-type", "\r\n\tmultipart/report", "<>",
	    CLASS_REPORT | CLASS_BOUNCE },
	{ "Content-Type", "multipart/mixed", "<a@b.example>", CLASS_MAIL },
	{ "Auto-Submitted", "auto-replied", "<a@b.example>", CLASS_AUTO_REPLY },
	{ "Auto-Submitted", " No", "<a@b.example>", CLASS_MAIL },
};

START_TEST(tells_classes_apart)
{
	ck_assert(envelope_set_sender(&envelope, classes[_i].sender));
	push(classes[_i].name, classes[_i].value);
	ck_assert_uint_eq(envelope_classes(&envelope), classes[_i].classes);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("envelope");
	TCase *tcase = tcase_create("envelope");
	SRunner *runner = srunner_create(suite);
	int failed;

	smime_init();
	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_loop_test(tcase, reads_the_senders_path, 0,
	    sizeof(paths) / sizeof(paths[0]));
	tcase_add_test(tcase, keeps_ten_thousand_recipients_and_no_more);
	tcase_add_test(tcase, finds_a_hundred_authors_and_no_more);
	tcase_add_loop_test(tcase, a_recipient_who_may_be_sent_on_is_anybodys,
	    0, sizeof(recipients) / sizeof(recipients[0]));
	tcase_add_test(tcase, a_huge_from_may_be_anybodys);
	tcase_add_loop_test(tcase, reads_a_huge_from_in_no_time, 0,
	    sizeof(costly) / sizeof(costly[0]));
	tcase_add_test(tcase, keeps_as_much_of_from_as_the_limit);
	tcase_add_test(tcase, goes_on_when_from_is_full);
	tcase_add_test(tcase, survives_every_truncation_of_from);
	tcase_add_loop_test(tcase, tells_classes_apart, 0,
	    sizeof(classes) / sizeof(classes[0]));
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
