/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smime/mime/entity.h"
#include "smime/mime/field.h"
#include "smime/mime/opinion.h"
#include "t/lib/entities.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A value of known length, NUL octets included. */
#define TEXT(literal) literal, sizeof(literal) - 1

static const struct header headers[] = {
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

	{ "no boundary", CT "multipart/mixed", MEDIA_MULTIPART, true, false },
	{ "no boundary, signed", CT "multipart/signed; protocol=\"" P7S "\"",
	    MEDIA_SIGNED, true, false },
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
	entities_check(&headers[_i]);
}
END_TEST

START_TEST(survives_every_truncation_of_a_header)
{
	entities_check_truncated(&headers[_i]);
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

START_TEST(keeps_the_parameters)
{
	static const char header[] =
	    CT "Multipart/Signed; Protocol=\"APPLICATION/pkcs7-signature\";\r\n"
	       "\tMicalg=SHA-256; BOUNDARY=\"Ab (c) D\";\n"
	       " smime-type=Signed-Data; hp=\"Clear\"; name=\"S.p7m\"\r\n" CTE
	       " BASE64 (c)\r\n" CD "attachment; filename=\"\xc3\xa4.P7M\"\r\n";
	struct entity entity;

	entities_read(header, sizeof(header) - 1, &entity);
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

	entities_read(TEXT("Subject: x\r\nX-Content-Type: a/b; name=c\r\n"),
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

	entities_read(TEXT(CT "multipart/signed" B), &entity);
	ck_assert_int_eq(entity.media, MEDIA_SIGNED);
	ck_assert_ptr_null(entity.protocol);
	entity_done(&entity);
}
END_TEST

START_TEST(refuses_nul_in_a_type)
{
	struct entity entity;

	entities_read(TEXT(CT "multipart/mixed\0; boundary=x"), &entity);
	ck_assert(entity.ambiguous);
	entity_done(&entity);
	entities_read(TEXT(CT "multipart/mixed; boundary=\"x\0y\""), &entity);
	ck_assert(entity.ambiguous);
	entity_done(&entity);
}
END_TEST

START_TEST(prefers_the_first_file_name)
{
	struct entity entity;

	entities_read(TEXT(CT "a/b; name=n\r\n" CD "x; filename=f\r\n" CD
			      "x; filename=g\r\n"),
	    &entity);
	ck_assert_str_eq(entity.name, "f");
	entity_done(&entity);
	entities_read(TEXT(CD "x; filename=f\r\n" CT "a/b; name=n\r\n"),
	    &entity);
	ck_assert_str_eq(entity.name, "f");
	entity_done(&entity);
	entities_read(TEXT(CD "x; y=f\r\n" CT "a/b; name=n\r\n"), &entity);
	ck_assert_str_eq(entity.name, "n");
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
		entities_read(header, strlen(header), &entity);
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

int
main(void)
{
	Suite *suite = suite_create("entity");
	TCase *tcase = tcase_create("entity");
	SRunner *runner;
	int failed;

	opinion_init();
	tcase_add_loop_test(tcase, tells_what_an_entity_is, 0, COUNT(headers));
	tcase_add_loop_test(tcase, survives_every_truncation_of_a_header, 0,
	    COUNT(headers));
	tcase_add_test(tcase, follows_comments_however_deep);
	tcase_add_test(tcase, keeps_the_parameters);
	tcase_add_test(tcase, knows_no_parameters_where_there_are_none);
	tcase_add_test(tcase, leaves_protocol_empty_when_none_is_given);
	tcase_add_test(tcase, refuses_nul_in_a_type);
	tcase_add_test(tcase, prefers_the_first_file_name);
	tcase_add_test(tcase, holds_the_boundary_to_70_octets);
	tcase_add_loop_test(tcase, reads_one_word_as_encoding, 0, COUNT(ctes));
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
