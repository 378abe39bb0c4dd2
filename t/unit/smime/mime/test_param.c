/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "smime/mime/opinion.h"
#include "t/lib/entities.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A value of known length, NUL octets included. */
#define TEXT(literal) literal, sizeof(literal) - 1

static const struct header params[] = {
	{ "signed, a name that only begins with a star",
	    CT "multipart/signed; *x=y" B "; protocol=\"" P7S "\"",
	    MEDIA_SIGNED, true, false },
	{ "signed, a name with a number that is none",
	    CT "multipart/signed; x*-1=z" B "; protocol=\"" P7S "\"",
	    MEDIA_SIGNED, true, false },
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

	{ "boundary without value", CT "multipart/mixed; boundary",
	    MEDIA_MULTIPART, true, false },
	{ "boundary with no value",
	    CT "multipart/mixed; boundary=", MEDIA_MULTIPART, true, false },
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
};

START_TEST(tells_what_an_entity_is)
{
	entities_check(&params[_i]);
}
END_TEST

START_TEST(survives_every_truncation_of_a_header)
{
	entities_check_truncated(&params[_i]);
}
END_TEST

/* What GMime would drop or cut. */
START_TEST(keeps_parameters_without_quotes)
{
	struct entity entity;

	entities_read(TEXT(CT "multipart/signed; protocol=" P7S
			      "; micalg=SHA-256; boundary=----=_a/b:c?d.1"),
	    &entity);
	ck_assert_str_eq(entity.protocol, P7S);
	ck_assert_str_eq(entity.micalg, "sha-256");
	ck_assert_str_eq(entity.boundary, "----=_a/b:c?d.1");
	ck_assert(!entity.ambiguous);
	entity_done(&entity);
}
END_TEST

START_TEST(decodes_file_names)
{
	struct entity entity;

	entities_read(TEXT(CD
			  "x; filename*0*=utf-8''%C3%A4; filename*1=\".p7m\""),
	    &entity);
	ck_assert_str_eq(entity.name, "\xc3\xa4.p7m");
	entity_done(&entity);
	entities_read(TEXT(CD "x; filename=\"=?iso-8859-1?Q?=E4.p7m?=\""),
	    &entity);
	ck_assert_str_eq(entity.name, "\xc3\xa4.p7m");
	entity_done(&entity);
	entities_read(TEXT(CD "x; filename=\"\xe4.p7m\""), &entity);
	ck_assert_str_eq(entity.name, "\xef\xbf\xbd.p7m");
	entity_done(&entity);
	entities_read(TEXT(CD "x; filename=\"a\r\n b\""), &entity);
	ck_assert_str_eq(entity.name, "a b");
	entity_done(&entity);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("param");
	TCase *tcase = tcase_create("param");
	SRunner *runner;
	int failed;

	opinion_init();
	tcase_add_loop_test(tcase, tells_what_an_entity_is, 0, COUNT(params));
	tcase_add_loop_test(tcase, survives_every_truncation_of_a_header, 0,
	    COUNT(params));
	tcase_add_test(tcase, keeps_parameters_without_quotes);
	tcase_add_test(tcase, decodes_file_names);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
