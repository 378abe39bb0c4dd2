/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "milter/collection/certpick.h"
#include "t/lib/scratch.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define SHA1 "00112233445566778899AABBCCDDEEFF01234567"
#define SHA256                                                                 \
	"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

/* Only what certpick looks at. */
static struct store_cert cert;
static struct certview view;

static void
set_up(void)
{
	scratch_begin();
	cert = (struct store_cert){ .cert = X509_new(),
		.role = CERT_ROLE_INTERMEDIATE };
	X509_NAME_add_entry_by_txt(X509_get_subject_name(cert.cert), "CN",
	    MBSTRING_UTF8, (const uint8_t *)"Example CA 1", -1, -1, 0);
	view = (struct certview){ .cert = &cert,
		.subject = strdup("CN=Example CA 1,O=Example\\, Inc"),
		.thumbprint = SHA1,
		.sha256 = SHA256,
		.serves = true };
}

static void
tear_down(void)
{
	X509_free(cert.cert);
	free(view.subject);
	scratch_end();
}

static const struct {
	const char *name;
	int opt;
	const char *text;
	bool has;
} names[] = {
	{ "SHA-1", CERTPICK_THUMBPRINT, SHA1, true },
	{ "another", CERTPICK_THUMBPRINT,
	    "10112233445566778899AABBCCDDEEFF01234567", false },
	{ "lower case", CERTPICK_THUMBPRINT,
	    "00112233445566778899aabbccddeeff01234567", true },
	{ "as Windows copies it", CERTPICK_THUMBPRINT,
	    "\xe2\x80\x8e"
	    "00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff 01 23 45 67",
	    true },
	{ "as OpenSSL prints it", CERTPICK_THUMBPRINT,
	    "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:01:23:45:67",
	    true },
	{ "SHA-256", CERTPICK_THUMBPRINT, SHA256, true },
	{ "common name", CERTPICK_SUBJECT, "example ca 1", true },
	{ "part of it", CERTPICK_SUBJECT, "Example CA", false },
	{ "pattern", CERTPICK_SUBJECT, "*CA ?", true },
	{ "whole name", CERTPICK_SUBJECT, "CN=Example CA 1,O=Example\\, Inc",
	    true },
	{ "pattern of the whole name", CERTPICK_SUBJECT, "*O=Example*", true },
	{ "nothing", CERTPICK_SUBJECT, "", false },
};

START_TEST(finds_by_name)
{
	struct certpick pick = { .count = 0 };

	ck_assert(certpick_option(&pick, names[_i].opt, names[_i].text));
	ck_assert(!certpick_is_empty(&pick));
	ck_assert_msg(certpick_has(&pick, &view) == names[_i].has, "%s",
	    names[_i].name);
	ck_assert(certpick_all_found(&pick) == names[_i].has);
	certpick_done(&pick);
}
END_TEST

static const char *const no_thumbprints[] = { "", "0",
	"00112233445566778899AABBCCDDEEFF0123456",
	"00112233445566778899AABBCCDDEEFF012345678",
	"00112233445566778899AABBCCDDEEFF0123456g",
	"00112233445566778899AABBCCDDEEFF01234567\n", SHA256 "00", "*" };

START_TEST(refuses_what_is_no_thumbprint)
{
	struct certpick pick = { .count = 0 };

	ck_assert_msg(!certpick_option(&pick, CERTPICK_THUMBPRINT,
			  no_thumbprints[_i]),
	    "%s", no_thumbprints[_i]);
	ck_assert(certpick_is_empty(&pick));
	certpick_done(&pick);
}
END_TEST

START_TEST(takes_everything_when_nothing_is_asked_for)
{
	struct certpick pick = { .count = 0 };

	ck_assert(certpick_is_empty(&pick));
	ck_assert(certpick_has(&pick, &view));
	ck_assert(certpick_all_found(&pick));
}
END_TEST

static const struct {
	const char *name;
	int options[3]; /* up to a 0 */
	enum cert_role role;
	bool serves, expired, has;
} filters[] = {
	{ "root", { CERTPICK_ROOTS }, CERT_ROLE_ANCHOR, true, false, true },
	{ "no root", { CERTPICK_ROOTS }, CERT_ROLE_SIGNER, true, false, false },
	{ "one of two roles", { CERTPICK_ROOTS, CERTPICK_INTERMEDIATES },
	    CERT_ROLE_INTERMEDIATE, true, false, true },
	{ "none of two roles", { CERTPICK_ROOTS, CERTPICK_INTERMEDIATES },
	    CERT_ROLE_SIGNER, true, false, false },
	{ "signer", { CERTPICK_SIGNERS }, CERT_ROLE_SIGNER, true, false, true },
	{ "usable", { CERTPICK_USABLE }, CERT_ROLE_ANCHOR, true, false, true },
	{ "not usable", { CERTPICK_USABLE }, CERT_ROLE_ANCHOR, false, false,
	    false },
	{ "expired", { CERTPICK_EXPIRED }, CERT_ROLE_ANCHOR, false, true,
	    true },
	{ "not expired", { CERTPICK_EXPIRED }, CERT_ROLE_ANCHOR, false, false,
	    false },
	{ "expired, no root", { CERTPICK_EXPIRED, CERTPICK_ROOTS },
	    CERT_ROLE_SIGNER, false, true, false },
};

START_TEST(leaves_out_more_with_each_kind_of_filter)
{
	struct certpick pick = { .count = 0 };

	for (size_t i = 0; i < 3 && filters[_i].options[i] != 0; i++)
		ck_assert(certpick_option(&pick, filters[_i].options[i], NULL));
	cert.role = filters[_i].role;
	view.serves = filters[_i].serves;
	view.expired = filters[_i].expired;
	ck_assert_msg(certpick_has(&pick, &view) == filters[_i].has, "%s",
	    filters[_i].name);
	ck_assert(!certpick_is_empty(&pick));
	certpick_done(&pick);
}
END_TEST

START_TEST(takes_any_of_several_names_and_tells_which_is_missing)
{
	struct certpick pick = { .count = 0 };
	char *said;

	ck_assert(certpick_option(&pick, CERTPICK_SUBJECT, "no\033body"));
	ck_assert(certpick_option(&pick, CERTPICK_SUBJECT, "Example*"));
	ck_assert(certpick_has(&pick, &view));
	ck_assert(!certpick_all_found(&pick));
	fflush(stderr);
	said = scratch_log();
	ck_assert_ptr_nonnull(strstr(said, "\"no\\x1bbody\""));
	ck_assert_ptr_null(strstr(said, "Example"));
	free(said);
	certpick_done(&pick);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("certpick");
	TCase *tcase = tcase_create("certpick");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, finds_by_name, 0, COUNT(names));
	tcase_add_loop_test(tcase, refuses_what_is_no_thumbprint, 0,
	    COUNT(no_thumbprints));
	tcase_add_test(tcase, takes_everything_when_nothing_is_asked_for);
	tcase_add_loop_test(tcase, leaves_out_more_with_each_kind_of_filter, 0,
	    COUNT(filters));
	tcase_add_test(tcase,
	    takes_any_of_several_names_and_tells_which_is_missing);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
