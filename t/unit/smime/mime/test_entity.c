/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smime/mime/entity.h"
#include "smime/mime/field.h"
#include "smime/mime/from.h"
#include "smime/mime/mailbox.h"
#include "smime/mime/opinion.h"

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

#define GOOD "alice@good.example"
#define EVIL "eve@evil.example"

static const struct {
	const char *name;
	const char *value;
	size_t len;
	enum from_status want;
	const char *mailbox; /* NULL: untouched */
} froms[] = {
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

	/* The same address in the name. */
	{ "same, unquoted", TEXT(GOOD " <" GOOD ">"), FROM_OK, GOOD },
	{ "same, no space", TEXT(GOOD "<" GOOD ">"), FROM_OK, GOOD },
	{ "same, other case", TEXT("Alice@GOOD.example <" GOOD ">"), FROM_OK,
	    GOOD },
	{ "same, quoted", TEXT("\"" GOOD "\" <" GOOD ">"), FROM_OK, GOOD },
	{ "same, Outlook", TEXT("\"'" GOOD "'\" <" GOOD ">"), FROM_OK, GOOD },
	{ "same, apostrophes", TEXT("'" GOOD "' <" GOOD ">"), FROM_OK, GOOD },
	{ "same, apostrophes, no space", TEXT("'" GOOD "'<" GOOD ">"), FROM_OK,
	    GOOD },
	{ "apostrophes in the address", TEXT("'alice'@x.example"), FROM_OK,
	    "'alice'@x.example" },
	{ "same, and a sentence more",
	    TEXT("\"I am " GOOD ". Hello\" <" GOOD ">"), FROM_OK, GOOD },
	{ "same, and a comment", TEXT("\"" GOOD "\" (Alice) <" GOOD ">"),
	    FROM_OK, GOOD },
	{ "same, among words", TEXT("\"A (" GOOD ").\" <" GOOD ">"), FROM_OK,
	    GOOD },
	{ "same, end of sentence", TEXT("\"I am " GOOD ".\" <" GOOD ">"),
	    FROM_OK, GOOD },
	{ "same, comment", TEXT(GOOD " (" GOOD ")"), FROM_OK, GOOD },
	{ "same, encoded",
	    TEXT("=?utf-8?Q?alice=40good=2Eexample?= <" GOOD ">"), FROM_OK,
	    GOOD },
	{ "same, U-label",
	    TEXT("\"a@m\xc3\xbcnchen.de\" <a@xn--mnchen-3ya.de>"), FROM_OK,
	    "a@xn--mnchen-3ya.de" },

	/* An "@" that is no address. */
	{ "quoted at work", TEXT("\"Joe @ Work\" <" GOOD ">"), FROM_OK, GOOD },
	{ "pieces at work", TEXT("\"Joe\" \"@\" Work <" GOOD ">"), FROM_OK,
	    GOOD },
	{ "handle", TEXT("\"Bob (@bob)\" <" GOOD ">"), FROM_OK, GOOD },
	{ "at, then a comment", TEXT("\"Joe @\" (Work) <" GOOD ">"), FROM_OK,
	    GOOD },
	{ "handle in a comment", TEXT("Bob (@bob) <" GOOD ">"), FROM_OK, GOOD },
	{ "dots after an @", TEXT("\"See you @ ... later\" <" GOOD ">"),
	    FROM_OK, GOOD },
	{ "bare, dot in a comment", TEXT(GOOD " (.example.org)"), FROM_OK,
	    GOOD },
	{ "dangling", TEXT("\"bob@\" <" GOOD ">"), FROM_OK, GOOD },
	{ "encoded at work", TEXT("=?utf-8?Q?Joe_=40_Work?= <" GOOD ">"),
	    FROM_OK, GOOD },

	/* Another address in the name. */
	{ "quoted", TEXT("\"" GOOD "\" <" EVIL ">"), FROM_DISPLAY_NAME, EVIL },
	{ "single label", TEXT("\"root@good\" <" EVIL ">"), FROM_DISPLAY_NAME,
	    EVIL },
	{ "among words", TEXT("\"From: " GOOD " via x\" <" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "both", TEXT("\"" EVIL " " GOOD "\" <" EVIL ">"), FROM_DISPLAY_NAME,
	    EVIL },
	{ "prefix", TEXT("\"" EVIL ".good.example\" <" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "brackets inside", TEXT("\"Alice <" GOOD ">\" <" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "padded", TEXT("\"" GOOD "                    \" <" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "mailto", TEXT("\"mailto:" GOOD "\" <" EVIL ">"), FROM_DISPLAY_NAME,
	    EVIL },
	{ "escaped quote", TEXT("\"" GOOD "\\\" <x>\" <" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "escaped @", TEXT("\"alice\\@good.example\" <" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "quoted local part inside",
	    TEXT("\"\\\"a\\\"@good.example\" <" EVIL ">"), FROM_DISPLAY_NAME,
	    EVIL },
	{ "literal inside", TEXT("\"a@[192.0.2.1]\" <" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "spaces around", TEXT("\"alice @ good.example\" <" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "fold around", TEXT("\"alice@\r\n good.example\" <" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "braille blanks",
	    TEXT("\"alice\xe2\xa0\x80@\xe2\xa0\x80good.example\" "
		 "<" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "spaces around dots", TEXT("\"alice@ good . example\" <" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "space before a dot", TEXT("\"alice@ good .example\" <" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "space after a dot", TEXT("\"alice@ good. example\" <" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "braille blanks around dots",
	    TEXT("\"alice@ good\xe2\xa0\x80.\xe2\xa0\x80"
		 "example\" <" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "goes on after a space", TEXT("\"" EVIL " . good\" <" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "goes on in a comment", TEXT("\"alice@\" (good.example) <" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "goes on behind", TEXT("\"alice@\" <" EVIL "> (good.example)"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "begins in a comment", TEXT("(alice@) \"good.example\" <" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "in three pieces", TEXT("alice (@) \"good.example\" <" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "in two comments", TEXT("(alice@)(good.example) " EVIL),
	    FROM_DISPLAY_NAME, EVIL },
	{ "in two comments, words between",
	    TEXT("(alice@) Eve (good.example) <" EVIL ">"), FROM_DISPLAY_NAME,
	    EVIL },
	{ "goes on in an encoded comment",
	    TEXT("=?utf-8?Q?alice=40?= (=?utf-8?Q?good=2Eexample?=) "
		 "<" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "pieces", TEXT("\"alice@\"\"good.example\" <" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "pieces apart", TEXT("\"alice\" \"@\" \"good.example\" <" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "word and piece", TEXT("alice\"@\"good.example <" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "comment", TEXT(EVIL " (" GOOD ")"), FROM_DISPLAY_NAME, EVIL },
	{ "comment first", TEXT("(" GOOD ") " EVIL), FROM_DISPLAY_NAME, EVIL },
	{ "comment in brackets", TEXT("A <(" GOOD ")" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "nested comment", TEXT(EVIL " (a (" GOOD "))"), FROM_DISPLAY_NAME,
	    EVIL },
	{ "brackets in comment", TEXT("(<" GOOD "> ) " EVIL), FROM_DISPLAY_NAME,
	    EVIL },
	{ "full-width @", TEXT("\"alice\xef\xbc\xa0good.example\" <" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "full-width @, unquoted",
	    TEXT("alice\xef\xbc\xa0good.example <" EVIL ">"), FROM_DISPLAY_NAME,
	    EVIL },
	{ "small @", TEXT("\"alice\xef\xb9\xabgood.example\" <" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "full-width letters",
	    TEXT("\"\xef\xbd\x81@\xef\xbd\x82\xef\xbc\x8e"
		 "de\" <" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "zero width",
	    TEXT("\"alice\xe2\x80\x8b@\xe2\x80\x8bgood.example\" <" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "characters that nobody sees",
	    TEXT("\"alice\xe2\x81\xa5@\xf3\xa0\x82\x80good.example\" <" EVIL
		 ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "... and others",
	    TEXT("\"alice\xef\xb8\x8f@\xef\xbf\xb0good.example\" <" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "right to left",
	    TEXT("\"\xe2\x80\xae"
		 "elpmaxe.doog@ecila\" <" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "look-alike letters",
	    TEXT("\"\xd0\xb5v\xd0\xb5@evil.example\" <" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "encoded", TEXT("=?utf-8?Q?alice=40good=2Eexample?= <" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "encoded, with a dot",
	    TEXT("=?utf-8?Q?alice=40good.example?= <" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "base64", TEXT("=?utf-8?B?YWxpY2VAZ29vZC5leGFtcGxl?= <" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "two encoded words",
	    TEXT("=?utf-8?Q?alice=40?=\r\n =?utf-8?Q?good=2Eexample?= "
		 "<" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "encoded around a comment",
	    TEXT("=?utf-8?Q?alice=40?= (x) =?utf-8?Q?good=2Eexample?= "
		 "<" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "encoded in a word",
	    TEXT("alice=?utf-8?Q?=40?=good.example <" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "encoded in quotes",
	    TEXT("\"=?utf-8?Q?alice=40good.example?=\" <" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "encoded in a comment",
	    TEXT(EVIL " (=?utf-8?Q?alice=40good.example?=)"), FROM_DISPLAY_NAME,
	    EVIL },
	{ "encoded in UTF-7",
	    TEXT("=?utf-7?Q?alice+AEA-good=2Eexample?= <" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "encoded in UTF-16",
	    TEXT("=?utf-16be?B?AGEAQABiAC4AZABl?= <" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "encoded full-width @",
	    TEXT("=?utf-8?Q?alice=EF=BC=A0good=2Eexample?= <" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "encoded NUL",
	    TEXT("=?utf-8?Q?=00alice=40good=2Eexample?= <" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "encoded line end",
	    TEXT("=?utf-8?Q?alice=40=0Agood=2Eexample?= <" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "encoded brackets",
	    TEXT("=?utf-8?Q?=3Calice=40good=2Eexample=3E?= <" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "not quite encoded",
	    TEXT("\"=?utf-8?B?alice@good.example?=\" <" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },
	{ "encoded word opens quotes",
	    TEXT("=?utf-8?Q?A?= \" <" GOOD "> \" <" EVIL ">"),
	    FROM_DISPLAY_NAME, EVIL },

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

/* In memory of its own, for ASan; the end is the end. */
static enum from_status
read_exactly(const char *value, size_t len, char **mailbox_r)
{
	struct mailbox mailbox = { .local = NULL };
	char *copy = malloc(len > 0 ? len : 1);
	enum from_status status;

	memcpy(copy, value, len);
	status = from_read(copy, len, &mailbox);
	*mailbox_r = mailbox.local != NULL ? mailbox_write(&mailbox) : NULL;
	mailbox_done(&mailbox);
	free(copy);
	return status;
}

START_TEST(reads_who_a_message_is_from)
{
	char *mailbox;
	enum from_status got;

	got = read_exactly(froms[_i].value, froms[_i].len, &mailbox);
	ck_assert_msg(got == froms[_i].want, "%s: %d", froms[_i].name, got);
	ck_assert_pstr_eq(mailbox, froms[_i].mailbox);
	free(mailbox);
}
END_TEST

/* Whatever is cut off, no other mailbox comes out than is written there. */
START_TEST(reads_no_other_mailbox_in_a_truncated_value)
{
	enum from_status got;
	char *mailbox;

	for (size_t len = 0; len < froms[_i].len; len++) {
		got = read_exactly(froms[_i].value, len, &mailbox);
		ck_assert_msg((mailbox != NULL) ==
			(got == FROM_OK || got == FROM_DISPLAY_NAME),
		    "%s: %zu", froms[_i].name, len);
		free(mailbox);
	}
}
END_TEST

START_TEST(refuses_every_truncation_of_a_bracketed_mailbox)
{
	static const char value[] = "\"Alice\" (x) <alice@good.example>";
	char *mailbox;

	for (size_t len = 0; len < sizeof(value) - 1; len++) {
		ck_assert_msg(read_exactly(value, len, &mailbox) ==
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
	got = read_exactly(value, len + sizeof(GOOD) + 1, &mailbox);
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
	got = read_exactly(value, len, &mailbox);
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
	ck_assert_int_eq(read_exactly(value, 8192, &mailbox), FROM_OK);
	free(mailbox);
	ck_assert_int_eq(read_exactly(value, 8193, &mailbox), FROM_AMBIGUOUS);
	ck_assert_ptr_null(mailbox);
}
END_TEST

/* Push the fields of a header block, and end. */
static void
read_header(const char *block, size_t len, struct entity *entity)
{
	char *copy = malloc(len > 0 ? len : 1);
	struct field field;
	size_t at = 0;
	bool odd = false;

	memcpy(copy, block, len);
	entity_init(entity);
	while (field_next(copy, len, &at, &field, &odd))
		ck_assert(entity_push(entity, &field));
	free(copy);
	ck_assert(entity_end(entity));
}

#define CT  "Content-Type: "
#define CD  "Content-Disposition: "
#define CTE "Content-Transfer-Encoding: "
#define B   "; boundary=x"
#define P7S "application/pkcs7-signature"

static const struct {
	const char *name;
	const char *header;
	enum media media;
	bool ambiguous;
	bool guessed;
} medias[] = {
	{ "nothing", "", MEDIA_OTHER, false, false },
	{ "text", CT "text/plain", MEDIA_OTHER, false, false },
	{ "signed", CT "multipart/signed; protocol=\"" P7S "\"" B, MEDIA_SIGNED,
	    false, false },
	{ "signed, x-",
	    CT "multipart/signed; protocol=\"application/x-pkcs7-signature\"" B,
	    MEDIA_SIGNED, false, false },
	{ "signed, capitals",
	    "CONTENT-TYPE: MULTIPART/Signed; PROTOCOL=\"Application/"
	    "PKCS7-Signature\"; BOUNDARY=x",
	    MEDIA_SIGNED, false, false },
	{ "signed, a name that only begins with a star",
	    CT "multipart/signed; *x=y" B "; protocol=\"" P7S "\"",
	    MEDIA_SIGNED, true, false },
	{ "signed, a name with a number that is none",
	    CT "multipart/signed; x*-1=z" B "; protocol=\"" P7S "\"",
	    MEDIA_SIGNED, true, false },
	{ "signed without protocol", CT "multipart/signed" B, MEDIA_SIGNED,
	    false, false },
	{ "signed, unknown protocol", CT "multipart/signed; protocol=foo" B,
	    MEDIA_SIGNED, false, false },
	{ "signed with PGP",
	    CT "multipart/signed; protocol=\"application/pgp-signature\"" B,
	    MEDIA_MULTIPART, false, false },
	{ "signed with MOSS",
	    CT "multipart/signed; protocol=\"application/moss-signature\"" B,
	    MEDIA_MULTIPART, false, false },
	{ "mixed", CT "multipart/mixed" B, MEDIA_MULTIPART, false, false },
	{ "message", CT "message/rfc822", MEDIA_MESSAGE, false, false },
	{ "global message", CT "message/global", MEDIA_MESSAGE, false, false },
	{ "partial message", CT "message/partial", MEDIA_OTHER, false, false },
	{ "opaque", CT "application/pkcs7-mime", MEDIA_PKCS7_MIME, false,
	    false },
	{ "opaque, x-", CT "application/x-pkcs7-mime; name=smime.p7m",
	    MEDIA_PKCS7_MIME, false, false },
	{ "signature", CT P7S, MEDIA_PKCS7_SIGNATURE, false, false },
	{ "signature, x-", CT "application/x-pkcs7-signature",
	    MEDIA_PKCS7_SIGNATURE, false, false },
	{ "TNEF", CT "application/ms-tnef", MEDIA_TNEF, false, false },
	{ "TNEF, vnd", CT "application/vnd.ms-tnef", MEDIA_TNEF, false, false },

	{ "guess p7m", CT "application/octet-stream; name=smime.p7m",
	    MEDIA_PKCS7_MIME, false, true },
	{ "guess P7M", CT "application/octet-stream; name=\"SMIME.P7M\"",
	    MEDIA_PKCS7_MIME, false, true },
	{ "guess p7c", CT "application/octet-stream; name=smime.p7c",
	    MEDIA_PKCS7_MIME, false, true },
	{ "guess p7z", CT "application/x-octet-stream; name=smime.p7z",
	    MEDIA_PKCS7_MIME, false, true },
	{ "guess p7s", CT "application/octet-stream; name=smime.p7s",
	    MEDIA_PKCS7_SIGNATURE, false, true },
	{ "guess by file name",
	    CT "application/octet-stream\r\n" CD
	       "attachment; filename=smime.p7m",
	    MEDIA_PKCS7_MIME, false, true },
	{ "guess, other order",
	    CD "attachment; filename=smime.p7m\r\n" CT
	       "application/octet-stream",
	    MEDIA_PKCS7_MIME, false, true },
	{ "guess, both",
	    CT "application/octet-stream; name=a.p7m\r\n" CD
	       "attachment; filename=b.p7m",
	    MEDIA_PKCS7_MIME, false, true },
	{ "guess, RFC 2231",
	    CT "application/octet-stream; name*=utf-8''smime%2Ep7m",
	    MEDIA_PKCS7_MIME, false, true },
	{ "guess, RFC 2231 sections",
	    CT "application/octet-stream; name*0=smi; name*1=me.p7m",
	    MEDIA_PKCS7_MIME, false, true },
	{ "guess, RFC 2047",
	    CT "application/octet-stream; "
	       "name=\"=?utf-8?B?c21pbWUucDdt?=\"",
	    MEDIA_PKCS7_MIME, false, true },
	{ "guess, encoded file name",
	    CT "application/octet-stream\r\n" CD
	       "attachment; filename*=utf-8''smime%2Ep7m",
	    MEDIA_PKCS7_MIME, false, true },
	{ "no guess", CT "application/octet-stream; name=p7m", MEDIA_OTHER,
	    false, false },
	{ "no guess in the middle",
	    CT "application/octet-stream; name=smime.p7m.pdf", MEDIA_OTHER,
	    false, false },
	{ "no guess of other types", CT "application/pdf; name=smime.p7m",
	    MEDIA_OTHER, false, false },
	{ "no guess of nothing", CD "attachment; filename=smime.p7m",
	    MEDIA_OTHER, false, false },
	{ "names differ",
	    CT "application/octet-stream; name=a.p7m\r\n" CD
	       "attachment; filename=b.pdf",
	    MEDIA_OTHER, true, false },
	{ "signature named p7s", CT P7S "; name=SMIME.P7S",
	    MEDIA_PKCS7_SIGNATURE, false, false },
	{ "signature named p7m", CT P7S "; name=smime.p7m",
	    MEDIA_PKCS7_SIGNATURE, false, false },
	{ "opaque named p7c",
	    CT "application/pkcs7-mime\r\n" CD "x; filename=smime.p7c",
	    MEDIA_PKCS7_MIME, false, false },
	{ "opaque named p7z", CT "application/pkcs7-mime; name=\"a b.p7z\"",
	    MEDIA_PKCS7_MIME, false, false },
	{ "signature named html", CT P7S "; name=\"invoice.html\"",
	    MEDIA_PKCS7_SIGNATURE, true, false },
	{ "opaque named html", CT "application/pkcs7-mime; name=invoice.html",
	    MEDIA_PKCS7_MIME, true, false },
	{ "signature with a file named html",
	    CT P7S "; name=smime.p7s\r\n" CD "inline; filename=invoice.html",
	    MEDIA_PKCS7_SIGNATURE, true, false },
	{ "signature with a file name, named html",
	    CD "inline; filename=smime.p7s\r\n" CT P7S "; name=invoice.html",
	    MEDIA_PKCS7_SIGNATURE, true, false },
	{ "signature with a second file named html",
	    CT P7S "\r\n" CD "x; filename=a.p7s\r\n" CD "x; filename=a.html",
	    MEDIA_PKCS7_SIGNATURE, true, false },
	{ "signature with two file names",
	    CT P7S "\r\n" CD "x; filename=a.html; filename=a.p7s",
	    MEDIA_PKCS7_SIGNATURE, true, false },
	{ "signature with an odd file name",
	    CT P7S "\r\n" CD "x; filename=<a.html>", MEDIA_PKCS7_SIGNATURE,
	    true, false },
	{ "signature with a name without a suffix",
	    CT P7S "; name=signature\r\n" CD "x; filename=\"the signature\"",
	    MEDIA_PKCS7_SIGNATURE, false, false },
	{ "signature with an empty name", CT P7S "; name=\"\"",
	    MEDIA_PKCS7_SIGNATURE, true, false },
	{ "signature with two good names",
	    CT P7S "; name=a.p7s\r\n" CD "x; filename=b.p7m",
	    MEDIA_PKCS7_SIGNATURE, false, false },
	{ "signature named in another way", CT P7S "; name*=utf-8''smime%2Ep7s",
	    MEDIA_PKCS7_SIGNATURE, false, false },
	{ "signature named html in another way",
	    CT P7S "; name*=utf-8''smime.p7s%2Ehtml", MEDIA_PKCS7_SIGNATURE,
	    true, false },
	{ "multipart named html", CT "multipart/mixed; name=a.html" B,
	    MEDIA_MULTIPART, false, false },
	{ "names of another type differ",
	    CT "application/pdf; name=a.p7m\r\n" CD
	       "attachment; filename=b.pdf",
	    MEDIA_OTHER, false, false },
	{ "two dispositions",
	    CT "application/octet-stream\r\n" CD
	       "attachment; filename=a.p7m\r\n" CD "attachment; filename=b.p7m",
	    MEDIA_PKCS7_MIME, false, true },
	{ "broken name of a stream",
	    CT "application/octet-stream; name=a b.p7m", MEDIA_OTHER, true,
	    false },
	{ "broken file name of a stream",
	    CT "application/octet-stream\r\n" CD "attachment; filename=a b.p7m",
	    MEDIA_OTHER, true, false },
	{ "broken name of another type", CT "application/pdf; name=a b.pdf",
	    MEDIA_OTHER, false, false },
	{ "broken name of a message", CT "message/rfc822; name=a b.eml",
	    MEDIA_MESSAGE, false, false },
	{ "two names of a signature", CT P7S "; name=a.p7s; name=b.p7s",
	    MEDIA_PKCS7_SIGNATURE, true, false },
	{ "two forms of a name",
	    CT "application/octet-stream; name=a.p7m; name*=utf-8''a.p7m",
	    MEDIA_PKCS7_MIME, true, true },
	{ "a name whole and in sections",
	    CT "application/octet-stream; name=a.p7m; name*0=a.p7m",
	    MEDIA_PKCS7_MIME, true, true },
	{ "two forms of a file name",
	    CT "application/octet-stream\r\n" CD
	       "attachment; filename=a.p7m; filename*=utf-8''a.p7m",
	    MEDIA_PKCS7_MIME, true, true },
	{ "sections of a name twice",
	    CT "application/octet-stream; name*0=a; name*0=.p7m",
	    MEDIA_PKCS7_MIME, true, true },
	{ "sections of a name, one missing",
	    CT "application/octet-stream; name*0=a; name*2=.p7m",
	    MEDIA_PKCS7_MIME, true, true },

	{ "two types", CT "text/plain\r\n" CT "multipart/mixed" B, MEDIA_OTHER,
	    true, false },
	{ "two equal types", CT "text/plain\r\n" CT "text/plain", MEDIA_OTHER,
	    true, false },
	{ "two encodings", CTE "7bit\r\n" CTE "7bit", MEDIA_OTHER, true,
	    false },
	{ "two boundaries", CT "multipart/mixed; boundary=x; boundary=x",
	    MEDIA_MULTIPART, true, false },
	{ "two boundaries, case", CT "multipart/mixed; boundary=x; Boundary=y",
	    MEDIA_MULTIPART, true, false },
	{ "two protocols",
	    CT "multipart/signed; protocol=\"" P7S "\"; protocol=foo" B,
	    MEDIA_SIGNED, true, false },
	{ "two micalgs", CT "multipart/signed; micalg=sha-1; micalg=sha-256" B,
	    MEDIA_SIGNED, true, false },
	{ "two smime-types",
	    CT "application/pkcs7-mime; smime-type=a; smime-type=b",
	    MEDIA_PKCS7_MIME, true, false },
	{ "two hps", CT "text/plain; hp=clear; hp=cipher", MEDIA_OTHER, true,
	    false },
	{ "two charsets", CT "text/plain; charset=a; charset=b", MEDIA_OTHER,
	    false, false },
	{ "two forms of boundary",
	    CT "multipart/mixed; boundary=x; boundary*=us-ascii''x",
	    MEDIA_MULTIPART, true, false },
	{ "split boundary", CT "multipart/mixed; boundary*0=a; boundary*1=b",
	    MEDIA_MULTIPART, true, false },
	{ "one section of boundary", CT "multipart/mixed; boundary*0=a",
	    MEDIA_MULTIPART, true, false },
	{ "encoded boundary", CT "multipart/mixed; boundary*=us-ascii''x",
	    MEDIA_MULTIPART, true, false },
	{ "encoded protocol", CT "multipart/signed; protocol*=us-ascii''foo" B,
	    MEDIA_SIGNED, true, false },
	{ "encoded smime-type",
	    CT "application/pkcs7-mime; smime-type*=us-ascii''x",
	    MEDIA_PKCS7_MIME, false, false },
	{ "boundary as encoded word",
	    CT "multipart/mixed; boundary=\"=?utf-8?Q?x?=\"", MEDIA_MULTIPART,
	    true, false },
	{ "boundary with a fold", CT "multipart/mixed; boundary=\"a\r\n b\"",
	    MEDIA_MULTIPART, true, false },
	{ "boundary not ASCII", CT "multipart/mixed; boundary=\"\xc3\xa4\"",
	    MEDIA_MULTIPART, true, false },
	{ "boundary not UTF-8", CT "multipart/mixed; boundary=\"a\xe4\"",
	    MEDIA_MULTIPART, true, false },
	{ "no boundary", CT "multipart/mixed", MEDIA_MULTIPART, true, false },
	{ "no boundary, signed", CT "multipart/signed; protocol=\"" P7S "\"",
	    MEDIA_SIGNED, true, false },
	{ "boundary without value", CT "multipart/mixed; boundary",
	    MEDIA_MULTIPART, true, false },
	{ "boundary with no value",
	    CT "multipart/mixed; boundary=", MEDIA_MULTIPART, true, false },
	{ "empty boundary", CT "multipart/mixed; boundary=\"\"",
	    MEDIA_MULTIPART, true, false },
	{ "boundary ends in space", CT "multipart/mixed; boundary=\"x \"",
	    MEDIA_MULTIPART, true, false },
	{ "boundary begins with space", CT "multipart/mixed; boundary=\" x\"",
	    MEDIA_MULTIPART, true, false },
	{ "boundary with angle brackets",
	    CT "multipart/mixed; boundary=\"<x>\"", MEDIA_MULTIPART, true,
	    false },
	{ "boundary with a semicolon", CT "multipart/mixed; boundary=\"x;y\"",
	    MEDIA_MULTIPART, true, false },
	{ "boundary token, no bchar", CT "multipart/mixed; boundary=a*b",
	    MEDIA_MULTIPART, true, false },
	{ "boundary with a tab", CT "multipart/mixed; boundary=\"x\ty\"",
	    MEDIA_MULTIPART, true, false },
	{ "boundary with all else",
	    CT "multipart/mixed; boundary=\"a '()+_,-./:=?b\"", MEDIA_MULTIPART,
	    false, false },
	{ "two words", CT "multipart/mixed; boundary=a b", MEDIA_MULTIPART,
	    true, false },
	{ "colon", CT "multipart/mixed; boundary=a:b", MEDIA_MULTIPART, false,
	    false },
	{ "equals sign", CT "multipart/mixed; boundary=----=_Part_1_2.3",
	    MEDIA_MULTIPART, false, false },
	{ "slash", CT "multipart/signed; protocol=" P7S "; micalg=sha-256" B,
	    MEDIA_SIGNED, false, false },
	{ "slash, and white space", CT "multipart/signed; protocol=" P7S " " B,
	    MEDIA_SIGNED, false, false },
	{ "slash in another parameter",
	    CT "multipart/related; type=text/html" B, MEDIA_MULTIPART, false,
	    false },
	{ "colon, then a comma", CT "multipart/mixed; boundary=a:b,c",
	    MEDIA_MULTIPART, true, false },
	{ "colon, then quotes", CT "multipart/mixed; boundary=a:b\"c\"",
	    MEDIA_MULTIPART, true, false },
	{ "colon, then a comment", CT "multipart/mixed; boundary=a:b(c)",
	    MEDIA_MULTIPART, true, false },
	{ "colon, and no bchar", CT "multipart/mixed; boundary=a:b%",
	    MEDIA_MULTIPART, true, false },
	{ "no bchar, and a colon", CT "multipart/signed; protocol=a%:b" B,
	    MEDIA_SIGNED, true, false },
	{ "colon, and two words", CT "multipart/mixed; boundary=a:b c",
	    MEDIA_MULTIPART, true, false },
	{ "colon, and twice", CT "multipart/mixed; boundary=a:b" B,
	    MEDIA_MULTIPART, true, false },
	{ "colon, and encoded later",
	    CT "multipart/mixed; boundary*=us-ascii''x; a=b:c", MEDIA_MULTIPART,
	    true, false },
	{ "slash, and an encoded micalg",
	    CT "multipart/signed; protocol=" P7S "; micalg*=us-ascii''x" B,
	    MEDIA_SIGNED, true, false },
	{ "encoded word without quotes",
	    CT "multipart/mixed; boundary==?utf-8?Q?x?=", MEDIA_MULTIPART, true,
	    false },
	{ "slash, and a name", CT P7S "; a=b/c; name=smime.p7s",
	    MEDIA_PKCS7_SIGNATURE, true, false },
	{ "slash in a name", CT "application/octet-stream; name=a/b.p7m",
	    MEDIA_PKCS7_MIME, true, true },
	{ "slash in a file name",
	    CT "application/octet-stream\r\n" CD "attachment; filename=a/b.p7m",
	    MEDIA_PKCS7_MIME, true, true },
	{ "open quotes", CT "multipart/mixed; boundary=\"abc", MEDIA_MULTIPART,
	    true, false },
	{ "text after quotes", CT "multipart/mixed; boundary=\"a\"b",
	    MEDIA_MULTIPART, true, false },
	{ "no semicolon", CT "multipart/mixed boundary=x", MEDIA_MULTIPART,
	    true, false },
	{ "no semicolon later",
	    CT "multipart/signed; boundary=x protocol=\"" P7S "\"",
	    MEDIA_SIGNED, true, false },
	{ "two semicolons", CT "multipart/mixed;; boundary=x", MEDIA_MULTIPART,
	    true, false },
	{ "comma", CT "multipart/mixed, boundary=x", MEDIA_MULTIPART, true,
	    false },
	{ "open comment", CT "multipart/mixed; boundary=x (y", MEDIA_MULTIPART,
	    true, false },
	{ "last semicolon", CT "multipart/mixed; boundary=x;", MEDIA_MULTIPART,
	    false, false },
	{ "comment first", CT "(a) multipart/mixed" B, MEDIA_MULTIPART, true,
	    false },
	{ "comment at the type", CT "multipart/mixed(a)" B, MEDIA_MULTIPART,
	    true, false },
	{ "comment before a name", CT "multipart/mixed; (a) boundary=x",
	    MEDIA_MULTIPART, true, false },
	{ "comment after a name", CT "multipart/mixed; boundary(a)=x",
	    MEDIA_MULTIPART, true, false },
	{ "comment before a value", CT "multipart/mixed; boundary=(a)x",
	    MEDIA_MULTIPART, true, false },
	{ "comment last", CT "multipart/mixed; boundary=x (a)", MEDIA_MULTIPART,
	    true, false },
	{ "parameter in a comment", CT "multipart/signed; (; boundary=y; )" B,
	    MEDIA_SIGNED, true, false },
	{ "comment and opaque", CT "(text/html;) application/pkcs7-mime",
	    MEDIA_PKCS7_MIME, true, false },
	{ "comment and signature", CT P7S " (a)", MEDIA_PKCS7_SIGNATURE, true,
	    false },
	{ "comment and a guess", CT "application/octet-stream (a); name=a.p7m",
	    MEDIA_PKCS7_MIME, true, true },
	{ "comment and no guess", CT "application/octet-stream (a); name=a.pdf",
	    MEDIA_OTHER, false, false },
	{ "comment and text", CT "text/plain (a)", MEDIA_OTHER, false, false },
	{ "comment and a message", CT "message/rfc822 (a)", MEDIA_MESSAGE,
	    false, false },
	{ "comment in the disposition of a signature",
	    CT P7S "\r\n" CD "attachment; filename=a.p7s (; filename=a.html)",
	    MEDIA_PKCS7_SIGNATURE, true, false },
	{ "comment in the disposition of a multipart",
	    CT "multipart/mixed" B "\r\n" CD "inline (a)", MEDIA_MULTIPART,
	    false, false },

	{ "backslash in the boundary", CT "multipart/mixed; boundary=\"b\\nd\"",
	    MEDIA_MULTIPART, true, false },
	{ "backslash in another parameter", CT "multipart/mixed; a=\"\\b\"" B,
	    MEDIA_MULTIPART, true, false },
	{ "backslashes and a parameter in quotes",
	    CT "multipart/signed; a=\"\\\\\"" B "; b=\"; boundary=y; c=\"",
	    MEDIA_SIGNED, true, false },
	{ "backslash and opaque",
	    CT "application/pkcs7-mime; name=\"a\\b.p7m\"", MEDIA_PKCS7_MIME,
	    true, false },
	{ "backslash and no guess",
	    CT "application/octet-stream; name=\"a\\b.pdf\"", MEDIA_OTHER,
	    false, false },
	{ "backslash and text", CT "text/plain; name=\"a\\b\"", MEDIA_OTHER,
	    false, false },

	{ "boundary in quotes", CT "multipart/mixed; a=\"; boundary=y\"" B,
	    MEDIA_MULTIPART, true, false },
	{ "boundary in quotes, capitals",
	    CT "multipart/mixed; a=\";\tBOUNDARY =y\"" B, MEDIA_MULTIPART, true,
	    false },
	{ "encoded boundary in quotes",
	    CT "multipart/mixed; a=\"x;boundary*0*=y\"" B, MEDIA_MULTIPART,
	    true, false },
	{ "protocol in quotes, further on",
	    CT "multipart/mixed; a=\"; b=c; protocol=y\"" B, MEDIA_MULTIPART,
	    true, false },
	{ "name in quotes", CT P7S "; a=\"; name=a.html\"",
	    MEDIA_PKCS7_SIGNATURE, true, false },
	{ "type with a parameter in quotes",
	    CT "multipart/related; type=\"text/html; charset=utf-8\"" B,
	    MEDIA_MULTIPART, false, false },
	{ "longer name in quotes", CT "multipart/mixed; a=\"; xboundary=y\"" B,
	    MEDIA_MULTIPART, false, false },
	{ "boundary in quotes, no semicolon",
	    CT "multipart/mixed; a=\"boundary=y\"" B, MEDIA_MULTIPART, false,
	    false },
	{ "boundary in quotes, no equals sign",
	    CT "multipart/mixed; a=\"; boundary\"" B, MEDIA_MULTIPART, false,
	    false },
	{ "equals signs in quotes", CT "multipart/mixed; a=\"=;==\"" B,
	    MEDIA_MULTIPART, false, false },
	{ "folds", CT "multipart/mixed;\r\n\tboundary=\r\n x", MEDIA_MULTIPART,
	    false, false },
	{ "control in a parameter", CT "multipart/mixed; a=\"\x01\"" B,
	    MEDIA_MULTIPART, true, false },
	{ "CR in a parameter", CT "multipart/mixed; a=\"\r\"" B,
	    MEDIA_MULTIPART, true, false },

	{ "empty type", CT, MEDIA_OTHER, true, false },
	{ "half a type", CT "text", MEDIA_OTHER, true, false },
	{ "no subtype", CT "multipart/" B, MEDIA_OTHER, true, false },
	{ "no major type", CT "/signed" B, MEDIA_OTHER, true, false },
	{ "three types", CT "multipart/signed/x" B, MEDIA_SIGNED, true, false },
	{ "spaces in type", CT "multipart / mixed" B, MEDIA_OTHER, true,
	    false },
	{ "comment in type", CT "multi(x)part/mixed" B, MEDIA_OTHER, true,
	    false },
	{ "quoted type", CT "\"multipart/mixed\"" B, MEDIA_OTHER, true, false },
	{ "type not ASCII", CT "multipart/mix\xc3\xa4" B, MEDIA_MULTIPART, true,
	    false },
	{ "control in type", CT "multipart/\x01mixed" B, MEDIA_OTHER, true,
	    false },
};

START_TEST(tells_what_an_entity_is)
{
	struct entity entity;

	read_header(medias[_i].header, strlen(medias[_i].header), &entity);
	ck_assert_msg(entity.media == medias[_i].media, "%s: media %d",
	    medias[_i].name, entity.media);
	ck_assert_msg(entity.ambiguous == medias[_i].ambiguous, "%s",
	    medias[_i].name);
	ck_assert_msg(entity.guessed == medias[_i].guessed, "%s",
	    medias[_i].name);
	entity_done(&entity);
}
END_TEST

START_TEST(survives_every_truncation_of_a_header)
{
	struct entity entity;

	for (size_t len = 0; len <= strlen(medias[_i].header); len++) {
		read_header(medias[_i].header, len, &entity);
		ck_assert_ptr_nonnull(entity.type);
		entity_done(&entity);
	}
}
END_TEST

START_TEST(follows_comments_however_deep)
{
	size_t depth = 200000;
	char *value = malloc(2 * depth + 12);
	struct field field = { .name = "Content-Type",
		.name_len = 12,
		.value = value,
		.value_len = 2 * depth + 12 };
	struct entity entity;

	memset(value, '(', depth);
	memset(value + depth, ')', depth);
	memcpy(value + 2 * depth, "a/b;hp=clear", 12);
	entity_init(&entity);
	ck_assert(entity_push(&entity, &field));
	ck_assert(entity_end(&entity));
	ck_assert_str_eq(entity.type, "a/b");
	entity_done(&entity);
	free(value);
}
END_TEST

/* What GMime would drop or cut. */
START_TEST(keeps_parameters_without_quotes)
{
	struct entity entity;

	read_header(TEXT(CT "multipart/signed; protocol=" P7S
			    "; micalg=SHA-256; boundary=----=_a/b:c?d.1"),
	    &entity);
	ck_assert_str_eq(entity.protocol, P7S);
	ck_assert_str_eq(entity.micalg, "sha-256");
	ck_assert_str_eq(entity.boundary, "----=_a/b:c?d.1");
	ck_assert(!entity.ambiguous);
	entity_done(&entity);
}
END_TEST

START_TEST(keeps_the_parameters)
{
	static const char header[] =
	    CT "Multipart/Signed; Protocol=\"APPLICATION/pkcs7-signature\";\r\n"
	       "\tMicalg=SHA-256; BOUNDARY=\"Ab (c) D\";\n"
	       " smime-type=Signed-Data; hp=\"Clear\"; name=\"S.p7m\"\r\n" CTE
	       " BASE64 (c)\r\n" CD "attachment; filename=\"\xc3\xa4.P7M\"\r\n";
	struct entity entity;

	read_header(header, sizeof(header) - 1, &entity);
	ck_assert_str_eq(entity.type, "multipart/signed");
	ck_assert_str_eq(entity.protocol, P7S);
	ck_assert_str_eq(entity.micalg, "sha-256");
	ck_assert_str_eq(entity.boundary, "Ab (c) D");
	ck_assert_str_eq(entity.smime_type, "signed-data");
	ck_assert_str_eq(entity.name, "\xc3\xa4.P7M");
	ck_assert_int_eq(entity.cte, CTE_BASE64);
	ck_assert(!entity.ambiguous);
	entity_done(&entity);
	ck_assert_ptr_null(entity.type);
	ck_assert_ptr_null(entity.boundary);
}
END_TEST

START_TEST(knows_no_parameters_where_there_are_none)
{
	struct entity entity;

	read_header(TEXT("Subject: x\r\nX-Content-Type: a/b; name=c\r\n"),
	    &entity);
	ck_assert_str_eq(entity.type, "text/plain");
	ck_assert_int_eq(entity.cte, CTE_IDENTITY);
	ck_assert_ptr_null(entity.boundary);
	ck_assert_ptr_null(entity.protocol);
	ck_assert_ptr_null(entity.micalg);
	ck_assert_ptr_null(entity.smime_type);
	ck_assert_ptr_null(entity.name);
	ck_assert(!entity.ambiguous);
	entity_done(&entity);
}
END_TEST

START_TEST(leaves_protocol_empty_when_none_is_given)
{
	struct entity entity;

	read_header(TEXT(CT "multipart/signed" B), &entity);
	ck_assert_int_eq(entity.media, MEDIA_SIGNED);
	ck_assert_ptr_null(entity.protocol);
	entity_done(&entity);
}
END_TEST

START_TEST(refuses_nul_in_a_type)
{
	struct entity entity;

	read_header(TEXT(CT "multipart/mixed\0; boundary=x"), &entity);
	ck_assert(entity.ambiguous);
	entity_done(&entity);
	read_header(TEXT(CT "multipart/mixed; boundary=\"x\0y\""), &entity);
	ck_assert(entity.ambiguous);
	entity_done(&entity);
}
END_TEST

START_TEST(prefers_the_first_file_name)
{
	struct entity entity;

	read_header(TEXT(CT "a/b; name=n\r\n" CD "x; filename=f\r\n" CD
			    "x; filename=g\r\n"),
	    &entity);
	ck_assert_str_eq(entity.name, "f");
	entity_done(&entity);
	read_header(TEXT(CD "x; filename=f\r\n" CT "a/b; name=n\r\n"), &entity);
	ck_assert_str_eq(entity.name, "f");
	entity_done(&entity);
	read_header(TEXT(CD "x; y=f\r\n" CT "a/b; name=n\r\n"), &entity);
	ck_assert_str_eq(entity.name, "n");
	entity_done(&entity);
}
END_TEST

START_TEST(decodes_file_names)
{
	struct entity entity;

	read_header(TEXT(
			CD "x; filename*0*=utf-8''%C3%A4; filename*1=\".p7m\""),
	    &entity);
	ck_assert_str_eq(entity.name, "\xc3\xa4.p7m");
	entity_done(&entity);
	read_header(TEXT(CD "x; filename=\"=?iso-8859-1?Q?=E4.p7m?=\""),
	    &entity);
	ck_assert_str_eq(entity.name, "\xc3\xa4.p7m");
	entity_done(&entity);
	read_header(TEXT(CD "x; filename=\"\xe4.p7m\""), &entity);
	ck_assert_str_eq(entity.name, "\xef\xbf\xbd.p7m");
	entity_done(&entity);
	read_header(TEXT(CD "x; filename=\"a\r\n b\""), &entity);
	ck_assert_str_eq(entity.name, "a b");
	entity_done(&entity);
}
END_TEST

START_TEST(holds_the_boundary_to_70_octets)
{
	char header[128];
	struct entity entity;

	for (int n = 69; n <= 71; n++) {
		snprintf(header, sizeof(header),
		    CT "multipart/mixed; boundary=%0*d", n, 1);
		read_header(header, strlen(header), &entity);
		ck_assert_uint_eq(strlen(entity.boundary), (size_t)n);
		ck_assert_msg(entity.ambiguous == (n > 70), "%d", n);
		entity_done(&entity);
	}
}
END_TEST

static const struct {
	const char *name;
	const char *value;
	enum cte want;
} ctes[] = {
	{ "7bit", "7bit", CTE_IDENTITY },
	{ "fold", "\r\n base64 ", CTE_BASE64 },
	{ "capitals", "Quoted-Printable", CTE_QUOTED_PRINTABLE },
	{ "comment", "(a) base64 (b)", CTE_BASE64 },
	{ "open comment", "base64 (b", CTE_UNKNOWN },
	{ "two words", "base64 7bit", CTE_UNKNOWN },
	{ "list", "7bit, base64", CTE_UNKNOWN },
	{ "semicolon", "base64;", CTE_UNKNOWN },
	{ "quotes", "\"base64\"", CTE_UNKNOWN },
	{ "control", "base64\x01", CTE_UNKNOWN },
	{ "no word", "", CTE_UNKNOWN },
	{ "other word", "x-uuencode", CTE_UNKNOWN },
	{ "31 octets", "abcdefghijklmnopqrstuvwxyz01234", CTE_UNKNOWN },
	{ "32 octets", "abcdefghijklmnopqrstuvwxyz012345", CTE_UNKNOWN },
};

START_TEST(reads_one_word_as_encoding)
{
	struct field field = { .name = "content-transfer-encoding",
		.name_len = 25,
		.value = ctes[_i].value,
		.value_len = strlen(ctes[_i].value) };
	struct entity entity;

	entity_init(&entity);
	ck_assert(entity_push(&entity, &field));
	ck_assert(entity_end(&entity));
	ck_assert_msg(entity.cte == ctes[_i].want, "%s", ctes[_i].name);
	ck_assert(!entity.ambiguous);
	entity_done(&entity);
}
END_TEST

/* The fields of a block as "name=value|", and "!" at the end when odd. */
static char *
list_fields(const char *block, size_t len)
{
	char *copy = malloc(len > 0 ? len : 1);
	char *list = calloc(1, 2 * len + 2);
	struct field field;
	size_t at = 0;
	bool odd = false;

	memcpy(copy, block, len);
	while (field_next(copy, len, &at, &field, &odd)) {
		strncat(list, field.name, field.name_len);
		strcat(list, "=");
		strncat(list, field.value, field.value_len);
		strcat(list, "|");
	}
	ck_assert_uint_le(at, len);
	free(copy);
	if (odd)
		strcat(list, "!");
	return list;
}

static const struct {
	const char *name;
	const char *block;
	const char *want;
} blocks[] = {
	{ "nothing", "", "" },
	{ "one", "A: b\r\n", "A= b|" },
	{ "no EOL", "A: b", "A= b|" },
	{ "half an EOL", "A: b\r", "A= b\r|" },
	{ "LF", "A: b\nC: d\n", "A= b|C= d|" },
	{ "CRLF", "A: b\r\nC: d\r\n", "A= b|C= d|" },
	{ "fold", "A: b\r\n c\n\td\r\nE:f", "A= b\r\n c\n\td|E=f|" },
	{ "blank fold", "A:\r\n \r\n b\r\n", "A=\r\n \r\n b|" },
	{ "no value", "A:\r\nB:\n", "A=|B=|" },
	{ "colons", "A::b:c\n", "A=:b:c|" },
	{ "white space before colon", "A \t: b\n", "A= b|" },
	{ "all printable", "!\"#~: b\n", "!\"#~= b|" },
	{ "bare CR", "A: b\rC: d\r\n", "A= b\rC: d|" },
	{ "empty line", "A: b\r\n\r\nC: d\r\n", "A= b|" },
	{ "empty line with LF", "A: b\n\nC: d\n", "A= b|" },
	{ "only an empty line", "\r\n", "" },
	{ "no colon", "A: b\nfoo\nC: d\n", "A= b|C= d|!" },
	{ "no colon, with fold", "foo\n bar: x\nC: d\n", "C= d|!" },
	{ "no name", ": b\nC: d\n", "C= d|!" },
	{ "blank name", " : b\nC: d\n", "C= d|!" },
	{ "fold first", " a: b\nC: d\n", "C= d|!" },
	{ "space in name", "A B: c\nD: e\n", "D= e|!" },
	{ "mbox line", "From a@b Mon 00:00:00\nC: d\n", "C= d|!" },
	{ "not ASCII", "\xc3\xa4: b\nC: d\n", "C= d|!" },
	{ "control", "A\x01: b\nC: d\n", "C= d|!" },
	{ "DEL", "A\x7f: b\nC: d\n", "C= d|!" },
	{ "CR before colon", "A\r: b\nC: d\n", "C= d|!" },
	{ "odd and last", "A: b\nfoo", "A= b|!" },
};

START_TEST(cuts_a_header_into_fields)
{
	char *got = list_fields(blocks[_i].block, strlen(blocks[_i].block));

	ck_assert_msg(strcmp(got, blocks[_i].want) == 0, "%s: %s",
	    blocks[_i].name, got);
	free(got);
}
END_TEST

START_TEST(cuts_every_truncation_inside_its_bounds)
{
	for (size_t len = 0; len < strlen(blocks[_i].block); len++)
		free(list_fields(blocks[_i].block, len));
}
END_TEST

START_TEST(knows_a_field_by_its_whole_name)
{
	struct field field = { .name = "From: x", .name_len = 4 };

	ck_assert(field_is(&field, "from"));
	ck_assert(field_is(&field, "FROM"));
	ck_assert(!field_is(&field, "Fro"));
	ck_assert(!field_is(&field, "From:"));
	ck_assert(!field_is(&field, "Frog"));
}
END_TEST

static void
add_mailbox_tests(TCase *tcase)
{
	tcase_add_loop_test(tcase, splits_or_refuses_an_address, 0,
	    COUNT(addrs));
	tcase_add_test(tcase, holds_labels_and_domains_to_their_limits);
	tcase_add_test(tcase, tells_utf8_local_parts);
	tcase_add_loop_test(tcase, compares_mailboxes, 0, COUNT(pairs));
	tcase_add_loop_test(tcase, writes_quotes_where_they_are_due, 0,
	    COUNT(writings));
}

static void
add_from_tests(TCase *tcase)
{
	tcase_add_loop_test(tcase, reads_who_a_message_is_from, 0,
	    COUNT(froms));
	tcase_add_loop_test(tcase, reads_no_other_mailbox_in_a_truncated_value,
	    0, COUNT(froms));
	tcase_add_test(tcase, refuses_every_truncation_of_a_bracketed_mailbox);
	tcase_add_loop_test(tcase, takes_a_flood_in_its_stride, 0,
	    COUNT(floods));
	tcase_add_test(tcase, holds_words_to_2048_octets);
	tcase_add_test(tcase, holds_a_value_to_8192_octets);
}

static void
add_entity_tests(TCase *tcase)
{
	tcase_add_loop_test(tcase, tells_what_an_entity_is, 0, COUNT(medias));
	tcase_add_loop_test(tcase, survives_every_truncation_of_a_header, 0,
	    COUNT(medias));
	tcase_add_test(tcase, follows_comments_however_deep);
	tcase_add_test(tcase, keeps_the_parameters);
	tcase_add_test(tcase, keeps_parameters_without_quotes);
	tcase_add_test(tcase, knows_no_parameters_where_there_are_none);
	tcase_add_test(tcase, leaves_protocol_empty_when_none_is_given);
	tcase_add_test(tcase, refuses_nul_in_a_type);
	tcase_add_test(tcase, prefers_the_first_file_name);
	tcase_add_test(tcase, decodes_file_names);
	tcase_add_test(tcase, holds_the_boundary_to_70_octets);
	tcase_add_loop_test(tcase, reads_one_word_as_encoding, 0, COUNT(ctes));
}

static void
add_field_tests(TCase *tcase)
{
	tcase_add_loop_test(tcase, cuts_a_header_into_fields, 0, COUNT(blocks));
	tcase_add_loop_test(tcase, cuts_every_truncation_inside_its_bounds, 0,
	    COUNT(blocks));
	tcase_add_test(tcase, knows_a_field_by_its_whole_name);
}

int
main(void)
{
	static const struct {
		const char *name;
		void (*add)(TCase *tcase);
	} cases[] = {
		{ "mailbox", add_mailbox_tests },
		{ "from_read", add_from_tests },
		{ "entity", add_entity_tests },
		{ "field_next", add_field_tests },
	};
	Suite *suite = suite_create("field");
	SRunner *runner;
	TCase *tcase;
	int failed;

	opinion_init();
	for (size_t i = 0; i < COUNT(cases); i++) {
		tcase = tcase_create(cases[i].name);
		cases[i].add(tcase);
		suite_add_tcase(suite, tcase);
	}
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
