/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "milter/collection/certview.h"
#include "t/lib/pki.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum { NOW = 1767225600, DAY = 24 * 60 * 60 }; /* 2026-01-01 */

#define MAIL	  "\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x04"
#define SERVER	  "\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01"
#define AUGUST	  "\x00\x80\xc8\x2b\x68\x86\xd7\x01"
#define PERMITTED "\x30\x11\xa0\x0f\x30\x0d\x81\x0b\x65xample.org"

static const char *const server_ca[] = { "basicConstraints=critical,CA:TRUE",
	"extendedKeyUsage=serverAuth", NULL };
static const char *const any_ca[] = { "basicConstraints=critical,CA:TRUE",
	"extendedKeyUsage=anyExtendedKeyUsage", NULL };

static EVP_PKEY *key, *weak;
static struct store *store;
static struct certview view;

static void
set_up(void)
{
	key = pki_key("P-256");
	weak = pki_key("RSA-1024");
	store = store_new(NULL, NULL, NULL);
	store_keep_raw(store);
}

static void
tear_down(void)
{
	certview_done(&view);
	view = (struct certview){ .cert = NULL };
	store_unref(store);
	EVP_PKEY_free(key);
	EVP_PKEY_free(weak);
}

/* Put a certificate into the store, with one property unless id is 0. */
static void
add(X509 *cert, uint32_t id, const char *value, size_t len)
{
	struct pki_sst sst;
	char *error = NULL;

	pki_sst_begin(&sst);
	if (id != 0)
		pki_sst_property(&sst, id, value, len);
	pki_sst_cert(&sst, cert);
	pki_sst_end(&sst);
	ck_assert_msg(store_add_octets(store, "x", sst.octets, sst.len, &error),
	    "%s", error);
	pki_sst_done(&sst);
}

/* Look at the certificate of that index. */
static void
look(size_t index, time_t now)
{
	size_t count;
	const struct store_cert *certs = store_certs(store, &count);

	ck_assert_uint_lt(index, count);
	ck_assert(certview_init(&view, store, &certs[index], now));
}

static const struct {
	const char *name;
	struct pki_cert cert;
	uint32_t id;
	const char *value;
	size_t len;
	bool rsa_1024;
	enum certview_answer vouches;
	bool for_mail;
	enum reason reason;
	const char *why; /* its beginning */
} roots[] = {
	{ "plain", { .extensions = pki_ca_extensions }, 0, "", 0, false,
	    CERTVIEW_YES, true, REASON_OK, "a root for mail" },
	{ "v1", { .extensions = NULL }, 0, "", 0, false, CERTVIEW_YES, true,
	    REASON_OK, "a root for mail" },
	{ "disallowed", { .extensions = pki_ca_extensions }, 104, "", 0, false,
	    CERTVIEW_NO, false, REASON_ROOT_DISALLOWED,
	    "disallowed (property 104)" },
	{ "disallowed CA", { .extensions = pki_ca_extensions }, 128, "", 0,
	    false, CERTVIEW_NO, false, REASON_ROOT_DISALLOWED,
	    "disallowed (property 128)" },
	{ "disallowed for mail", { .extensions = pki_ca_extensions }, 122, MAIL,
	    12, false, CERTVIEW_NO, false, REASON_ROOT_DISALLOWED,
	    "disallowed for mail (property 122)" },
	{ "for servers", { .extensions = pki_ca_extensions }, 9, SERVER, 12,
	    false, CERTVIEW_NO, false, REASON_ROOT_PURPOSE, "the purposes" },
	{ "odd constraints", { .extensions = pki_ca_extensions }, 84, "", 0,
	    false, CERTVIEW_NO, false, REASON_ROOT_CONSTRAINTS, "its name" },
	{ "date", { .extensions = pki_ca_extensions }, 126, AUGUST, 8, false,
	    CERTVIEW_LIMITED, true, REASON_OK,
	    "only for certificates that were issued before"
	    " 2021-08-01T00:00:00Z" },
	{ "constraints", { .extensions = pki_ca_extensions }, 84, PERMITTED, 19,
	    false, CERTVIEW_LIMITED, true, REASON_OK,
	    "only within its name constraints" },
	{ "expired",
	    { .extensions = pki_ca_extensions, .not_after = "20251231235959Z" },
	    0, "", 0, false, CERTVIEW_NO, true, REASON_EXPIRED, "expired" },
	{ "future",
	    { .extensions = pki_ca_extensions,
		.not_before = "20260101000001Z" },
	    0, "", 0, false, CERTVIEW_NO, true, REASON_NOT_YET_VALID,
	    "not valid yet" },
	{ "own usage", { .extensions = server_ca }, 0, "", 0, false,
	    CERTVIEW_NO, false, REASON_KEY_PURPOSE, "its own key usage" },
	{ "any usage", { .extensions = any_ca }, 0, "", 0, false, CERTVIEW_YES,
	    true, REASON_OK, "a root for mail" },
	{ "short key", { .extensions = pki_ca_extensions }, 0, "", 0, true,
	    CERTVIEW_NO, true, REASON_SHORT_KEY, "its key is shorter" },
};

START_TEST(says_whether_a_root_may_vouch_and_why)
{
	const char *name = roots[_i].name;
	struct pki_cert what = roots[_i].cert;
	X509 *root;

	what.cn = "R";
	root = pki_make(&what, roots[_i].rsa_1024 ? weak : key, NULL, NULL);
	add(root, roots[_i].id, roots[_i].value, roots[_i].len);
	look(0, NOW);
	ck_assert_msg(view.vouches == roots[_i].vouches, "%s: %d", name,
	    view.vouches);
	ck_assert_msg(view.reason == roots[_i].reason, "%s: %s", name,
	    reason_token(view.reason));
	ck_assert_msg(view.serves == (view.reason == REASON_OK), "%s", name);
	ck_assert_msg(view.for_mail == roots[_i].for_mail, "%s", name);
	ck_assert_msg(strncmp(view.why, roots[_i].why, strlen(roots[_i].why)) ==
		0,
	    "%s: %s", name, view.why);
	X509_free(root);
}
END_TEST

/* trust.c refuses a path by the authority, not by the certificate. */
START_TEST(sees_that_another_certificate_of_the_authority_is_disallowed)
{
	const struct pki_cert what = { .cn = "R",
		.extensions = pki_ca_extensions };
	X509 *root = pki_make(&what, key, NULL, NULL);
	X509 *same = pki_make(&what, key, NULL, NULL);
	X509 *namesake = pki_make(&what, weak, NULL, NULL);

	add(root, 0, "", 0);
	add(namesake, 104, "", 0);
	look(0, NOW);
	ck_assert_int_eq(view.reason, REASON_OK);
	certview_done(&view);
	add(same, 104, "", 0);
	look(0, NOW);
	ck_assert_int_eq(view.reason, REASON_ROOT_DISALLOWED);
	ck_assert_str_eq(view.why,
	    "another certificate of this authority is disallowed");
	X509_free(root);
	X509_free(same);
	X509_free(namesake);
}
END_TEST

START_TEST(knows_what_does_not_vouch_but_serves)
{
	const struct pki_cert ca = { .cn = "C",
		.extensions = pki_ca_extensions };
	const struct pki_cert alice = { .cn = "A",
		.extensions = pki_leaf_extensions_alice };
	X509 *root = pki_make(&ca, key, NULL, NULL);
	X509 *inter = pki_make(&ca, weak, root, key);
	X509 *leaf = pki_make(&alice, key, root, key);

	add(leaf, 0, "", 0);
	look(0, NOW);
	ck_assert(view.serves);
	ck_assert_int_eq(view.vouches, CERTVIEW_NO);
	ck_assert_str_eq(certview_role(view.cert->role), "signer");
	certview_done(&view);
	add(inter, 0, "", 0);
	look(1, NOW);
	ck_assert_str_eq(certview_role(view.cert->role), "intermediate");
	ck_assert_int_eq(view.reason, REASON_SHORT_KEY);
	X509_free(root);
	X509_free(inter);
	X509_free(leaf);
}
END_TEST

static const struct {
	const char *name;
	time_t from_end; /* now, counted from not_after */
	long days;
	bool expired;
} ends[] = {
	{ "a day before", -DAY, 1, false },
	{ "nearly a day before", -DAY + 1, 0, false },
	{ "the last second", 0, 0, false },
	{ "a second later", 1, -1, true },
	{ "a day later", DAY, -1, true },
	{ "more than a day later", DAY + 1, -2, true },
};

START_TEST(counts_days_rounded_down)
{
	const struct pki_cert what = { .cn = "R",
		.extensions = pki_ca_extensions,
		.not_after = "20260101000000Z" };
	X509 *root = pki_make(&what, key, NULL, NULL);

	add(root, 0, "", 0);
	look(0, NOW + ends[_i].from_end);
	ck_assert_int_eq(view.not_after, NOW);
	ck_assert_msg(view.days_left == ends[_i].days, "%s: %ld", ends[_i].name,
	    view.days_left);
	ck_assert_msg(view.expired == ends[_i].expired, "%s", ends[_i].name);
	X509_free(root);
}
END_TEST

START_TEST(makes_an_object_without_a_missing_key)
{
	static const char *const keys[] = { "subject", "issuer", "serial",
		"thumbprint", "sha256", "not_before", "not_after", "days_left",
		"key", "role", "friendly_name", "purposes", "properties",
		"serves", "vouches", "reason", "why" };
	const struct pki_cert what = { .cn = "R",
		.extensions = server_ca,
		.serial = 10 };
	X509 *root = pki_make(&what, key, NULL, NULL);
	uint8_t sha1[CERT_SHA1_LEN];
	char first[3];
	json_t *object, *purposes;

	add(root, 9, MAIL, 12);
	look(0, NOW);
	object = certview_json(&view);
	ck_assert_uint_eq(json_object_size(object), COUNT(keys));
	for (size_t i = 0; i < COUNT(keys); i++)
		ck_assert_ptr_nonnull(json_object_get(object, keys[i]));
	ck_assert(cert_sha1(root, sha1));
	snprintf(first, sizeof(first), "%02X", sha1[0]);
	ck_assert_int_eq(strncmp(view.thumbprint, first, 2), 0);
	ck_assert_uint_eq(strlen(view.thumbprint), 40);
	ck_assert_uint_eq(strlen(view.sha256), 64);
	ck_assert_str_eq(view.serial, "0A");
	purposes = json_object_get(object, "purposes");
	ck_assert_str_eq(json_string_value(
			     json_array_get(json_object_get(purposes,
						"certificate"),
				 0)),
	    "serverAuth");
	ck_assert_str_eq(json_string_value(
			     json_array_get(json_object_get(purposes,
						"enabled"),
				 0)),
	    "emailProtection");
	ck_assert(json_is_null(json_object_get(purposes, "disallowed")));
	json_decref(object);
	X509_free(root);
}
END_TEST

START_TEST(names_purposes_or_says_that_it_cannot)
{
	json_t *names = certview_purposes((const uint8_t *)"\x30\x00", 2);

	ck_assert_uint_eq(json_array_size(names), 0);
	json_decref(names);
	ck_assert_ptr_null(
	    certview_purposes((const uint8_t *)MAIL "x", sizeof(MAIL)));
	for (size_t len = 0; len < sizeof(MAIL) - 1; len++)
		ck_assert_ptr_null(
		    certview_purposes((const uint8_t *)MAIL, len));
	ck_assert_str_eq(certview_property(104), "DISALLOWED_FILETIME");
	ck_assert_str_eq(certview_property(4000), "unknown");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("certview");
	TCase *tcase = tcase_create("certview");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, says_whether_a_root_may_vouch_and_why, 0,
	    COUNT(roots));
	tcase_add_test(tcase,
	    sees_that_another_certificate_of_the_authority_is_disallowed);
	tcase_add_test(tcase, knows_what_does_not_vouch_but_serves);
	tcase_add_loop_test(tcase, counts_days_rounded_down, 0, COUNT(ends));
	tcase_add_test(tcase, makes_an_object_without_a_missing_key);
	tcase_add_test(tcase, names_purposes_or_says_that_it_cannot);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
