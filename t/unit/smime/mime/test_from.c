/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smime/mime/from.h"
#include "smime/mime/opinion.h"
#include "t/lib/authors.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A value of known length, NUL octets included. */
#define TEXT(literal) literal, sizeof(literal) - 1

static const struct author froms[] = {
	/* Legitimate. */
	{ "bare", TEXT(GOOD), FROM_OK, GOOD },
	{ "leading space", TEXT(" " GOOD), FROM_OK, GOOD },
	{ "trailing space", TEXT(GOOD " "), FROM_OK, GOOD },
	{ "brackets", TEXT("<" GOOD ">"), FROM_OK, GOOD },
	{ "name", TEXT("Alice <" GOOD ">"), FROM_OK, GOOD },
	{ "no space", TEXT("Alice<" GOOD ">"), FROM_OK, GOOD },
	{ "words", TEXT("Alice A Good <" GOOD ">"), FROM_OK, GOOD },
	{ "dot in name", TEXT("John Q. Public <" GOOD ">"), FROM_OK, GOOD },
	{ "dots in name", TEXT("J.Q. <" GOOD ">"), FROM_OK, GOOD },
	{ "quoted name", TEXT("\"Good, Alice\" <" GOOD ">"), FROM_OK, GOOD },
	{ "quoted brackets", TEXT("\"<Alice>\" <" GOOD ">"), FROM_OK, GOOD },
	{ "quoted quotes", TEXT("\"A \\\"B\\\" C\" <" GOOD ">"), FROM_OK,
	    GOOD },
	{ "empty quotes", TEXT("\"\" <" GOOD ">"), FROM_OK, GOOD },
	{ "words and quotes", TEXT("Alice \"A.\" Good <" GOOD ">"), FROM_OK,
	    GOOD },
	{ "raw UTF-8 name", TEXT("\xc3\x84lice <" GOOD ">"), FROM_OK, GOOD },
	{ "raw Latin-1 name", TEXT("\xc4lice <" GOOD ">"), FROM_OK, GOOD },
	{ "encoded name", TEXT("=?utf-8?Q?=C3=84lice?= <" GOOD ">"), FROM_OK,
	    GOOD },
	{ "base64 name", TEXT("=?UTF-8?B?w4RsaWNl?= <" GOOD ">"), FROM_OK,
	    GOOD },
	{ "encoded, no space", TEXT("=?utf-8?Q?A?=<" GOOD ">"), FROM_OK, GOOD },
	{ "unknown charset", TEXT("=?x-none?Q?A?= <" GOOD ">"), FROM_OK, GOOD },
	{ "comment behind", TEXT(GOOD " (Alice)"), FROM_OK, GOOD },
	{ "comment before", TEXT("(Alice) " GOOD), FROM_OK, GOOD },
	{ "comment after brackets", TEXT("<" GOOD "> (Alice)"), FROM_OK, GOOD },
	{ "nested comments", TEXT(GOOD " (A (b (c) d))"), FROM_OK, GOOD },
	{ "quoted pair in comment", TEXT(GOOD " (A \\) b)"), FROM_OK, GOOD },
	{ "comments in brackets", TEXT("A < (b) " GOOD " (c) >"), FROM_OK,
	    GOOD },
	{ "spaces in brackets", TEXT("A < " GOOD " >"), FROM_OK, GOOD },
	{ "fold", TEXT("Alice\r\n <" GOOD ">"), FROM_OK, GOOD },
	{ "fold with LF", TEXT("Alice\n\t<" GOOD ">"), FROM_OK, GOOD },
	{ "fold first", TEXT("\r\n " GOOD), FROM_OK, GOOD },
	{ "fold in quotes", TEXT("\"A\r\n B\" <" GOOD ">"), FROM_OK, GOOD },
	{ "fold in comment", TEXT(GOOD " (A\r\n B)"), FROM_OK, GOOD },
	{ "fold in brackets", TEXT("A <\r\n " GOOD "\r\n >"), FROM_OK, GOOD },
	{ "one label", TEXT("root@localhost"), FROM_OK, "root@localhost" },
	{ "quoted local part", TEXT("\"a b\"@x.example"), FROM_OK,
	    "\"a b\"@x.example" },
	{ "needless quotes", TEXT("\"a\"@x.example"), FROM_OK, "a@x.example" },
	{ "UTF-8 local part", TEXT("\xc3\xa4@x.example"), FROM_OK,
	    "\xc3\xa4@x.example" },
	{ "U-label", TEXT("a@m\xc3\xbcnchen.example"), FROM_OK,
	    "a@xn--mnchen-3ya.example" },
	{ "A-label", TEXT("a@xn--mnchen-3ya.example"), FROM_OK,
	    "a@xn--mnchen-3ya.example" },
	{ "A-label of IDNA 2008", TEXT("a@xn--strae-oqa.example"), FROM_OK,
	    "a@xn--strae-oqa.example" },
	{ "A-label of nothing", TEXT("a@xn--zzzzzzzz99999.example"), FROM_OK,
	    "a@xn--zzzzzzzz99999.example" },
	{ "A-label of a symbol", TEXT("a@xn--ls8h.example"), FROM_OK,
	    "a@xn--ls8h.example" },
	{ "apostrophe", TEXT("Alice O'Good <" GOOD ">"), FROM_OK, GOOD },

	/* The same address before the brackets. */
	{ "same, unquoted", TEXT(GOOD " <" GOOD ">"), FROM_OK, GOOD },
	{ "same, no space", TEXT(GOOD "<" GOOD ">"), FROM_OK, GOOD },
	{ "same, other case", TEXT("Alice@GOOD.example <" GOOD ">"), FROM_OK,
	    GOOD },
	{ "same, apostrophes", TEXT("'" GOOD "' <" GOOD ">"), FROM_OK, GOOD },
	{ "same, apostrophes, no space", TEXT("'" GOOD "'<" GOOD ">"), FROM_OK,
	    GOOD },
	{ "apostrophes in the address", TEXT("'alice'@x.example"), FROM_OK,
	    "'alice'@x.example" },

	/* Not one mailbox, or not for everybody. */
	{ "nothing", TEXT(""), FROM_AMBIGUOUS, NULL },
	{ "white space", TEXT(" \t\r\n "), FROM_AMBIGUOUS, NULL },
	{ "name only", TEXT("Alice"), FROM_AMBIGUOUS, NULL },
	{ "quoted name only", TEXT("\"" GOOD "\""), FROM_AMBIGUOUS, NULL },
	{ "comment only", TEXT("(" GOOD ")"), FROM_AMBIGUOUS, NULL },
	{ "empty brackets", TEXT("<>"), FROM_AMBIGUOUS, NULL },
	{ "name and empty brackets", TEXT("Alice <>"), FROM_AMBIGUOUS, NULL },
	{ "address and empty brackets", TEXT(GOOD " <>"), FROM_AMBIGUOUS,
	    NULL },
	{ "two", TEXT(GOOD ", " EVIL), FROM_AMBIGUOUS, NULL },
	{ "two in brackets", TEXT("A <" GOOD ">, B <" EVIL ">"), FROM_AMBIGUOUS,
	    NULL },
	{ "twice the same", TEXT(GOOD ", " GOOD), FROM_AMBIGUOUS, NULL },
	{ "comma first", TEXT(", " GOOD), FROM_AMBIGUOUS, NULL },
	{ "dot first", TEXT(" . <" GOOD ">"), FROM_AMBIGUOUS, NULL },
	{ "dotted name first", TEXT(".Alice <" GOOD ">"), FROM_AMBIGUOUS,
	    NULL },
	{ "comma last", TEXT(GOOD ","), FROM_AMBIGUOUS, NULL },
	{ "comma after brackets", TEXT("<" GOOD ">,"), FROM_AMBIGUOUS, NULL },
	{ "semicolon", TEXT(GOOD ";"), FROM_AMBIGUOUS, NULL },
	{ "two with semicolon", TEXT(GOOD "; " EVIL), FROM_AMBIGUOUS, NULL },
	{ "comma in name", TEXT("Good, Alice <" GOOD ">"), FROM_AMBIGUOUS,
	    NULL },
	{ "group", TEXT("us: " GOOD ";"), FROM_AMBIGUOUS, NULL },
	{ "empty group", TEXT("us:;"), FROM_AMBIGUOUS, NULL },
	{ "open group", TEXT("us: <" GOOD ">"), FROM_AMBIGUOUS, NULL },
	{ "route", TEXT("<@x,@y:" GOOD ">"), FROM_AMBIGUOUS, NULL },
	{ "source route", TEXT("<@x:" GOOD ">"), FROM_AMBIGUOUS, NULL },
	{ "other, unquoted", TEXT(GOOD " <" EVIL ">"), FROM_AMBIGUOUS, NULL },
	{ "other, apostrophes", TEXT("'" GOOD "' <" EVIL ">"), FROM_AMBIGUOUS,
	    NULL },
	{ "one apostrophe", TEXT("'" GOOD " <" GOOD ">"), FROM_AMBIGUOUS,
	    NULL },
	{ "last apostrophe", TEXT(GOOD "' <" GOOD ">"), FROM_AMBIGUOUS, NULL },
	{ "only apostrophes", TEXT("'@' <" GOOD ">"), FROM_AMBIGUOUS, NULL },
	{ "other, folded", TEXT(GOOD "\r\n <" EVIL ">"), FROM_AMBIGUOUS, NULL },
	{ "two brackets", TEXT("<" GOOD "> <" EVIL ">"), FROM_AMBIGUOUS, NULL },
	{ "nested brackets", TEXT("<<" GOOD ">>"), FROM_AMBIGUOUS, NULL },
	{ "brackets in brackets", TEXT("<a<" GOOD ">"), FROM_AMBIGUOUS, NULL },
	{ "text behind", TEXT("<" GOOD "> x"), FROM_AMBIGUOUS, NULL },
	{ "quotes behind", TEXT("<" GOOD "> \"x\""), FROM_AMBIGUOUS, NULL },
	{ "address behind", TEXT("<" EVIL "> " GOOD), FROM_AMBIGUOUS, NULL },
	{ "bare, then brackets inside", TEXT(EVIL " x <" EVIL ">"),
	    FROM_AMBIGUOUS, NULL },
	{ "open bracket", TEXT("Alice <" GOOD), FROM_AMBIGUOUS, NULL },
	{ "close bracket", TEXT(GOOD ">"), FROM_AMBIGUOUS, NULL },
	{ "close bracket first", TEXT("> <" GOOD ">"), FROM_AMBIGUOUS, NULL },
	{ "open quotes", TEXT("\"Alice <" GOOD ">"), FROM_AMBIGUOUS, NULL },
	{ "open comment", TEXT(GOOD " (x"), FROM_AMBIGUOUS, NULL },
	{ "open nested comment", TEXT("((x) " GOOD), FROM_AMBIGUOUS, NULL },
	{ "close comment", TEXT(GOOD " x)"), FROM_AMBIGUOUS, NULL },
	{ "at work, unquoted", TEXT("Joe @ Work <" GOOD ">"), FROM_AMBIGUOUS,
	    NULL },
	{ "handle, unquoted", TEXT("@joe <" GOOD ">"), FROM_AMBIGUOUS, NULL },
	{ "brackets in name", TEXT("A [b] <" GOOD ">"), FROM_AMBIGUOUS, NULL },
	{ "backslash in name", TEXT("A\\, b <" GOOD ">"), FROM_AMBIGUOUS,
	    NULL },
	{ "literal", TEXT("a@[192.0.2.1]"), FROM_AMBIGUOUS, NULL },
	{ "no domain", TEXT("<alice>"), FROM_AMBIGUOUS, NULL },
	{ "two @", TEXT(EVIL "@good.example"), FROM_AMBIGUOUS, NULL },
	{ "two @ in brackets", TEXT("<" GOOD "@evil.example>"), FROM_AMBIGUOUS,
	    NULL },
	{ "quoted @", TEXT("\"" GOOD "\"@evil.example"), FROM_AMBIGUOUS, NULL },
	{ "words in brackets", TEXT("<" GOOD " " EVIL ">"), FROM_AMBIGUOUS,
	    NULL },
	{ "space before @", TEXT("alice @good.example"), FROM_AMBIGUOUS, NULL },
	{ "fold before @", TEXT("<alice\r\n @good.example>"), FROM_AMBIGUOUS,
	    NULL },
	{ "space in domain", TEXT("alice@good. example"), FROM_AMBIGUOUS,
	    NULL },
	{ "comment before @", TEXT("alice(x)@good.example"), FROM_AMBIGUOUS,
	    NULL },
	{ "comment after @", TEXT("<alice@(x)good.example>"), FROM_AMBIGUOUS,
	    NULL },
	{ "comment in domain", TEXT("alice@good(x).example"), FROM_AMBIGUOUS,
	    NULL },
	{ "two words and @", TEXT("eve " GOOD), FROM_AMBIGUOUS, NULL },
	{ "quoted word and address", TEXT("\"eve\" " GOOD), FROM_AMBIGUOUS,
	    NULL },
	{ "obsolete local part", TEXT("a.\"b\"@x.example"), FROM_AMBIGUOUS,
	    NULL },
	{ "A-label that GMime rewrites", TEXT("a@xn--a.example"),
	    FROM_AMBIGUOUS, NULL },
	{ "backslash inside a character", TEXT("\"\xc3\\\xa4\"@x.example"),
	    FROM_AMBIGUOUS, NULL },
	{ "dot at the end", TEXT("a.@x.example"), FROM_AMBIGUOUS, NULL },
	{ "domain with last dot", TEXT(GOOD "."), FROM_AMBIGUOUS, NULL },
	{ "local part not UTF-8", TEXT("\xe4@x.example"), FROM_AMBIGUOUS,
	    NULL },
	{ "full-width @ only", TEXT("alice\xef\xbc\xa0good.example"),
	    FROM_AMBIGUOUS, NULL },
	{ "encoded local part", TEXT("=?utf-8?Q?alice?=@good.example"),
	    FROM_AMBIGUOUS, NULL },
	{ "encoded word glued on",
	    TEXT("=?utf-8?Q?alice=40good.example_?=" EVIL), FROM_AMBIGUOUS,
	    NULL },
	{ "encoded word in brackets",
	    TEXT("A <=?utf-8?Q?alice?=@good.example>"), FROM_AMBIGUOUS, NULL },
	{ "encoded address", TEXT("=?utf-8?Q?alice=40good.example?="),
	    FROM_AMBIGUOUS, NULL },
	{ "encoded word and bare address", TEXT("=?utf-8?Q?Alice?= " GOOD),
	    FROM_AMBIGUOUS, NULL },
	{ "raw @ in encoded word",
	    TEXT("=?utf-8?Q?alice@good.example?= <" EVIL ">"), FROM_AMBIGUOUS,
	    NULL },
	{ "NUL", TEXT(GOOD "\0"), FROM_AMBIGUOUS, NULL },
	{ "NUL, then more", TEXT(GOOD "\0 <" EVIL ">"), FROM_AMBIGUOUS, NULL },
	{ "NUL in name", TEXT("A\0 <" GOOD ">"), FROM_AMBIGUOUS, NULL },
	{ "NUL in quotes", TEXT("\"A\0\" <" GOOD ">"), FROM_AMBIGUOUS, NULL },
	{ "NUL in comment", TEXT(GOOD " (\0)"), FROM_AMBIGUOUS, NULL },
	{ "escaped NUL", TEXT("\"\\\0\" <" GOOD ">"), FROM_AMBIGUOUS, NULL },
	{ "CR", TEXT("Alice\r<" GOOD ">"), FROM_AMBIGUOUS, NULL },
	{ "LF without white space", TEXT("Alice\n<" GOOD ">"), FROM_AMBIGUOUS,
	    NULL },
	{ "CR in quotes", TEXT("\"A\rB\" <" GOOD ">"), FROM_AMBIGUOUS, NULL },
	{ "LF in comment", TEXT(GOOD " (A\nB)"), FROM_AMBIGUOUS, NULL },
	{ "escape character", TEXT("\x1b(B <" GOOD ">"), FROM_AMBIGUOUS, NULL },
	{ "DEL", TEXT("A\x7f <" GOOD ">"), FROM_AMBIGUOUS, NULL },
	/* Strictly, GMime loses memory here. */
	{ "quotes that some end elsewhere",
	    TEXT(".x\"y\"a\" <a@b.,x>=\"s<" GOOD ">"), FROM_AMBIGUOUS, NULL },
};

START_TEST(reads_who_a_message_is_from)
{
	authors_check(&froms[_i]);
}
END_TEST

START_TEST(reads_no_other_mailbox_in_a_truncated_value)
{
	authors_check_truncated(&froms[_i]);
}
END_TEST

START_TEST(refuses_every_truncation_of_a_bracketed_mailbox)
{
	static const char value[] = "\"Alice\" (x) <alice@good.example>";
	char *mailbox;

	for (size_t len = 0; len < sizeof(value) - 1; len++) {
		ck_assert_msg(authors_read(value, len, &mailbox) ==
			FROM_AMBIGUOUS,
		    "%zu", len);
		ck_assert_ptr_null(mailbox);
	}
}
END_TEST

/* Of each, as much as is read, and a megabyte, which is not. */
static const struct {
	const char *name;
	const char *piece;
	enum from_status want;
} floods[] = {
	{ "words", "a ", FROM_OK },
	{ "dots", "a.", FROM_OK },
	{ "quotes", "\"a\" ", FROM_OK },
	{ "comments", "(a) ", FROM_OK },
	{ "encoded words", "=?utf-8?Q?a?= ", FROM_OK },
	{ "begun encoded words", "=?", FROM_OK },
	{ "same address", "\"" GOOD "\" ", FROM_OK },
	{ "encoded @", "=?utf-8?Q?=40?= ", FROM_OK },
	{ "@ and space", "\"@ \"", FROM_OK },
	{ "dots after an @", "\"@ . \"", FROM_OK },
	{ "spaces", "    ", FROM_OK },
	{ "marks in falling order", "\xcd\x85\xcc\x81\xcc\x96", FROM_OK },
	{ "nested comments", "(", FROM_AMBIGUOUS },
	{ "brackets", "<", FROM_AMBIGUOUS },
	{ "list", "a@b, ", FROM_AMBIGUOUS },
};

static enum from_status
read_flood(const char *piece, size_t size)
{
	size_t len = size / strlen(piece) * strlen(piece);
	char *value = malloc(len + sizeof(GOOD) + 2);
	char *mailbox;
	enum from_status got;

	for (size_t i = 0; i < len; i += strlen(piece))
		memcpy(value + i, piece, strlen(piece));
	memcpy(value + len, "<" GOOD ">", sizeof(GOOD) + 1);
	got = authors_read(value, len + sizeof(GOOD) + 1, &mailbox);
	free(mailbox);
	free(value);
	return got;
}

START_TEST(takes_a_flood_in_its_stride)
{
	ck_assert_msg(read_flood(floods[_i].piece, 2000) == floods[_i].want,
	    "%s", floods[_i].name);
	ck_assert_int_eq(read_flood(floods[_i].piece, 1000000), FROM_AMBIGUOUS);
}
END_TEST

/* A value with n times "a" in the midst. */
static enum from_status
read_padded(const char *before, size_t n, const char *behind)
{
	char value[10000];
	size_t len = (size_t)snprintf(value, sizeof(value), "%s", before);
	enum from_status got;
	char *mailbox;

	memset(value + len, 'a', n);
	len += n;
	len += (size_t)snprintf(value + len, sizeof(value) - len, "%s", behind);
	got = authors_read(value, len, &mailbox);
	free(mailbox);
	return got;
}

START_TEST(holds_words_to_2048_octets)
{
	static const struct {
		const char *before;
		size_t n;
		const char *behind;
	} rows[] = {
		{ "", 2048, "<" GOOD ">" },
		{ "\"", 2048, "\" <" GOOD ">" },
		{ "b ", 2046, " <" GOOD ">" },
		{ "(", 2046, ") <" GOOD ">" },
		{ "(b)(", 2043, ") <" GOOD ">" },
		{ "<" GOOD "> (", 2046, ")" },
		{ GOOD " (", 2046, ")" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_msg(read_padded(rows[i].before, rows[i].n,
				  rows[i].behind) == FROM_OK,
		    "%zu", i);
		ck_assert_msg(read_padded(rows[i].before, rows[i].n + 1,
				  rows[i].behind) == FROM_AMBIGUOUS,
		    "%zu", i);
	}
}
END_TEST

START_TEST(holds_a_value_to_8192_octets)
{
	char value[8193];
	char *mailbox;

	memset(value, ' ', sizeof(value));
	memcpy(value, GOOD, strlen(GOOD));
	ck_assert_int_eq(authors_read(value, 8192, &mailbox), FROM_OK);
	free(mailbox);
	ck_assert_int_eq(authors_read(value, 8193, &mailbox), FROM_AMBIGUOUS);
	ck_assert_ptr_null(mailbox);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("from");
	TCase *tcase = tcase_create("from");
	SRunner *runner;
	int failed;

	opinion_init();
	tcase_add_loop_test(tcase, reads_who_a_message_is_from, 0,
	    COUNT(froms));
	tcase_add_loop_test(tcase, reads_no_other_mailbox_in_a_truncated_value,
	    0, COUNT(froms));
	tcase_add_test(tcase, refuses_every_truncation_of_a_bracketed_mailbox);
	tcase_add_loop_test(tcase, takes_a_flood_in_its_stride, 0,
	    COUNT(floods));
	tcase_add_test(tcase, holds_words_to_2048_octets);
	tcase_add_test(tcase, holds_a_value_to_8192_octets);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
