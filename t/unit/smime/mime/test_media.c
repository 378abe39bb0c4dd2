/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdlib.h>

#include "smime/mime/opinion.h"
#include "t/lib/entities.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct header medias[] = {
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
};

START_TEST(tells_what_an_entity_is)
{
	entities_check(&medias[_i]);
}
END_TEST

START_TEST(survives_every_truncation_of_a_header)
{
	entities_check_truncated(&medias[_i]);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("media");
	TCase *tcase = tcase_create("media");
	SRunner *runner;
	int failed;

	opinion_init();
	tcase_add_loop_test(tcase, tells_what_an_entity_is, 0, COUNT(medias));
	tcase_add_loop_test(tcase, survives_every_truncation_of_a_header, 0,
	    COUNT(medias));
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
