/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "smime/mime/mailbox.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A value of known length, NUL octets included. */
#define TEXT(literal) literal, sizeof(literal) - 1

static const struct {
	const char *name;
	const char *addr;
	size_t len;
	const char *local; /* NULL: refused */
	const char *domain;
} addrs[] = {
	{ "plain", TEXT("alice@good.example"), "alice", "good.example" },
	{ "case", TEXT("Alice@GOOD.Example"), "Alice", "good.example" },
	{ "dots", TEXT("a.b.c@x.example"), "a.b.c", "x.example" },
	{ "specials", TEXT("!#$%&'*+-/=?^_`{|}~@x"), "!#$%&'*+-/=?^_`{|}~",
	    "x" },
	{ "one label", TEXT("root@localhost"), "root", "localhost" },
	{ "quoted", TEXT("\"a b\"@x.example"), "a b", "x.example" },
	{ "needless quotes", TEXT("\"alice\"@x.example"), "alice",
	    "x.example" },
	{ "quoted pair", TEXT("\"a\\\"b\\\\\"@x.example"), "a\"b\\",
	    "x.example" },
	{ "quoted brackets", TEXT("\"a<b>\"@x.example"), "a<b>", "x.example" },
	{ "A-label", TEXT("a@XN--MNCHEN-3YA.example"), "a",
	    "xn--mnchen-3ya.example" },
	{ "U-label", TEXT("a@m\xc3\xbcnchen.example"), "a",
	    "xn--mnchen-3ya.example" },
	{ "U-label in capitals", TEXT("a@M\xc3\x9cNCHEN.example"), "a",
	    "xn--mnchen-3ya.example" },
	{ "U-label decomposed", TEXT("a@mu\xcc\x88nchen.example"), "a",
	    "xn--mnchen-3ya.example" },
	{ "A-label of IDNA 2008", TEXT("a@xn--strae-oqa.example"), "a",
	    "xn--strae-oqa.example" },
	{ "UTF-8 local part", TEXT("\xc3\xa4@x.example"), "\xc3\xa4",
	    "x.example" },
	{ "underscore", TEXT("a@x_y.example"), "a", "x_y.example" },
	{ "digits", TEXT("a@1.example"), "a", "1.example" },

	{ "empty", TEXT(""), NULL, NULL },
	{ "no @", TEXT("alice"), NULL, NULL },
	{ "only @", TEXT("@"), NULL, NULL },
	{ "no local part", TEXT("@x.example"), NULL, NULL },
	{ "no domain", TEXT("a@"), NULL, NULL },
	{ "two @", TEXT("a@b@c"), NULL, NULL },
	{ "quoted @", TEXT("\"alice@good.example\"@x"), NULL, NULL },
	{ "escaped @", TEXT("\"a\\@b\"@x"), NULL, NULL },
	{ "first dot", TEXT(".a@x"), NULL, NULL },
	{ "last dot", TEXT("a.@x"), NULL, NULL },
	{ "two dots", TEXT("a..b@x"), NULL, NULL },
	{ "domain with first dot", TEXT("a@.x"), NULL, NULL },
	{ "domain with last dot", TEXT("a@x."), NULL, NULL },
	{ "domain with two dots", TEXT("a@x..y"), NULL, NULL },
	{ "literal", TEXT("a@[192.0.2.1]"), NULL, NULL },
	{ "IPv6 literal", TEXT("a@[IPv6:2001:db8::1]"), NULL, NULL },
	{ "IP address", TEXT("a@192.0.2.1"), NULL, NULL },
	{ "NUL in local part", TEXT("a\0b@x"), NULL, NULL },
	{ "NUL in domain", TEXT("a@x\0.y"), NULL, NULL },
	{ "NUL at the end", TEXT("a@x\0"), NULL, NULL },
	{ "NUL in quotes", TEXT("\"a\0\"@x"), NULL, NULL },
	{ "LF", TEXT("a@x\n"), NULL, NULL },
	{ "tab in quotes", TEXT("\"a\tb\"@x"), NULL, NULL },
	{ "fold in quotes", TEXT("\"a\r\n b\"@x"), NULL, NULL },
	{ "DEL", TEXT("a\x7f@x"), NULL, NULL },
	{ "space before", TEXT(" a@x"), NULL, NULL },
	{ "space behind", TEXT("a@x "), NULL, NULL },
	{ "space before @", TEXT("a @x"), NULL, NULL },
	{ "space after @", TEXT("a@ x"), NULL, NULL },
	{ "comment", TEXT("a(b)@x"), NULL, NULL },
	{ "comment in domain", TEXT("a@x(b)"), NULL, NULL },
	{ "brackets", TEXT("<a@x>"), NULL, NULL },
	{ "empty quotes", TEXT("\"\"@x"), NULL, NULL },
	{ "quotes do not end", TEXT("\"a@x"), NULL, NULL },
	{ "text after quotes", TEXT("\"a\"b@x"), NULL, NULL },
	{ "quotes in the middle", TEXT("a\"b\"@x"), NULL, NULL },
	{ "obsolete quotes", TEXT("\"a\".b@x"), NULL, NULL },
	{ "backslash", TEXT("a\\b@x"), NULL, NULL },
	{ "not UTF-8", TEXT("\xe4@x"), NULL, NULL },
	{ "overlong @", TEXT("a\xc1\x80@x"), NULL, NULL },
	{ "domain not UTF-8", TEXT("a@\xe4"), NULL, NULL },
	{ "zero width", TEXT("a\xe2\x80\x8b@x"), NULL, NULL },
	{ "right to left",
	    TEXT("\xe2\x80\xae"
		 "a@x"),
	    NULL, NULL },
	{ "C1 control", TEXT("a\xc2\x85@x"), NULL, NULL },
	{ "no-break space", TEXT("a\xc2\xa0@x"), NULL, NULL },
	{ "full-width @ before", TEXT("a\xef\xbc\xa0good.example@x"), NULL,
	    NULL },
	{ "small @ before", TEXT("a\xef\xb9\xabgood.example@x"), NULL, NULL },
	{ "full-width @ only", TEXT("a\xef\xbc\xa0x"), NULL, NULL },
	{ "full-width domain", TEXT("a@\xef\xbd\x98.example"), NULL, NULL },
	{ "ideographic dot",
	    TEXT("a@x\xe3\x80\x82"
		 "b\xc3\xbc"),
	    NULL, NULL },
	{ "soft hyphen", TEXT("a@x\xc2\xady"), NULL, NULL },
	{ "specials in domain", TEXT("a@x!y"), NULL, NULL },
};

START_TEST(splits_or_refuses_an_address)
{
	struct mailbox got = { .local = NULL };
	bool read = mailbox_read(addrs[_i].addr, addrs[_i].len, &got);

	ck_assert_msg(read == (addrs[_i].local != NULL), "%s", addrs[_i].name);
	ck_assert_pstr_eq(got.local, addrs[_i].local);
	ck_assert_pstr_eq(got.domain, addrs[_i].domain);
	mailbox_done(&got);
	ck_assert_ptr_null(got.local);
	ck_assert_ptr_null(got.domain);
}
END_TEST

/* "a@" and labels of that many octets, with dots between them. */
static bool
reads_labels(size_t label, size_t count)
{
	char addr[512] = "a@";
	struct mailbox mailbox;
	bool read;

	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			strcat(addr, ".");
		memset(addr + strlen(addr), 'x', label);
	}
	read = mailbox_read(addr, strlen(addr), &mailbox);
	if (read)
		mailbox_done(&mailbox);
	return read;
}

START_TEST(holds_labels_and_domains_to_their_limits)
{
	ck_assert(reads_labels(63, 1));
	ck_assert(!reads_labels(64, 1));
	ck_assert(reads_labels(1, 127)); /* 253 octets */
	ck_assert(reads_labels(126 / 2, 3));
	ck_assert(!reads_labels(1, 128));
	ck_assert(!reads_labels(50, 5)); /* 254 octets */
}
END_TEST

START_TEST(tells_utf8_local_parts)
{
	struct mailbox mailbox;

	ck_assert(mailbox_read(TEXT("a@m\xc3\xbcnchen.example"), &mailbox));
	ck_assert(!mailbox.utf8);
	mailbox_done(&mailbox);
	ck_assert(mailbox_read(TEXT("\xc3\xbc@x"), &mailbox));
	ck_assert(mailbox.utf8);
	mailbox_done(&mailbox);
}
END_TEST

static const struct {
	const char *name;
	const char *a;
	const char *b;
	bool equal;
} pairs[] = {
	{ "same", "a@x", "a@x", true },
	{ "case", "Alice@X.example", "aLICE@x.EXAMPLE", true },
	{ "quotes", "\"alice\"@x", "alice@x", true },
	{ "local part", "a@x", "b@x", false },
	{ "longer", "a@x", "aa@x", false },
	{ "domain", "a@x", "a@y", false },
	{ "subdomain", "a@x.y", "a@y", false },
	{ "labels", "a@m\xc3\xbcnchen.x", "a@xn--mnchen-3ya.x", true },
	{ "UTF-8", "\xc3\xa4@x", "\xc3\xa4@x", true },
	{ "UTF-8 case", "\xc3\xa4@x", "\xc3\x84@x", false },
	{ "ASCII case in UTF-8", "a\xc3\xa4@x", "A\xc3\xa4@x", false },
	{ "UTF-8 and not", "a\xc3\xa4@x", "a@x", false },
};

START_TEST(compares_mailboxes)
{
	struct mailbox a, b;

	ck_assert(mailbox_read(pairs[_i].a, strlen(pairs[_i].a), &a));
	ck_assert(mailbox_read(pairs[_i].b, strlen(pairs[_i].b), &b));
	ck_assert_msg(mailbox_equal(&a, &b) == pairs[_i].equal, "%s",
	    pairs[_i].name);
	ck_assert(mailbox_equal(&b, &a) == pairs[_i].equal);
	mailbox_done(&a);
	mailbox_done(&b);
}
END_TEST

static const struct {
	const char *local;
	const char *want;
} writings[] = {
	{ "alice", "alice@x.example" },
	{ "a.b", "a.b@x.example" },
	{ "a b", "\"a b\"@x.example" },
	{ "a..b", "\"a..b\"@x.example" },
	{ ".a", "\".a\"@x.example" },
	{ "a.", "\"a.\"@x.example" },
	{ "", "\"\"@x.example" },
	{ "a\"b\\", "\"a\\\"b\\\\\"@x.example" },
	{ "a(b)", "\"a(b)\"@x.example" },
	{ "\xc3\xa4", "\xc3\xa4@x.example" },
};

START_TEST(writes_quotes_where_they_are_due)
{
	char local[16], domain[] = "x.example";
	struct mailbox mailbox = { .local = local, .domain = domain };
	char *text;

	strcpy(local, writings[_i].local);
	text = mailbox_write(&mailbox);
	ck_assert_str_eq(text, writings[_i].want);
	free(text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("mailbox");
	TCase *tcase = tcase_create("mailbox");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, splits_or_refuses_an_address, 0,
	    COUNT(addrs));
	tcase_add_test(tcase, holds_labels_and_domains_to_their_limits);
	tcase_add_test(tcase, tells_utf8_local_parts);
	tcase_add_loop_test(tcase, compares_mailboxes, 0, COUNT(pairs));
	tcase_add_loop_test(tcase, writes_quotes_where_they_are_due, 0,
	    COUNT(writings));
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
