/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdlib.h>

#include "smime/mime/opinion.h"
#include "t/lib/authors.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A value of known length, NUL octets included. */
#define TEXT(literal) literal, sizeof(literal) - 1

static const struct author names[] = {
	/* The same address in the name. */
	{ "same, quoted", TEXT("\"" GOOD "\" <" GOOD ">"), FROM_OK, GOOD },
	{ "same, Outlook", TEXT("\"'" GOOD "'\" <" GOOD ">"), FROM_OK, GOOD },
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
};

START_TEST(tells_names_that_show_another_address)
{
	authors_check(&names[_i]);
}
END_TEST

START_TEST(reads_no_other_mailbox_in_a_truncated_value)
{
	authors_check_truncated(&names[_i]);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("displayname");
	TCase *tcase = tcase_create("displayname");
	SRunner *runner;
	int failed;

	opinion_init();
	tcase_add_loop_test(tcase, tells_names_that_show_another_address, 0,
	    COUNT(names));
	tcase_add_loop_test(tcase, reads_no_other_mailbox_in_a_truncated_value,
	    0, COUNT(names));
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
