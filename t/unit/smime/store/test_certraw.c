/* SPDX-License-Identifier: ISC */
/*
 * What a store keeps of its files: whoever writes it again must neither lose
 * an octet nor create trust.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/pem.h>

#include "smime/store/certraw.h"
#include "smime/store/store.h"
#include "t/lib/pki.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A property from a string literal, which may hold NULs. */
#define PROPERTY(number, literal)                                              \
	{                                                                      \
		.id = (number), .value = (const uint8_t *)(literal),           \
		.len = sizeof(literal) - 1                                     \
	}

#define MAIL	  "\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x04"
#define SERVER	  "\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01"
#define PERMITTED "\x30\x11\xa0\x0f\x30\x0d\x81\x0b\x65xample.org"
#define EXCLUDED  "\x30\x11\xa1\x0f\x30\x0d\x81\x0b\x65xample.org"
#define AUGUST	  "\x00\x80\xc8\x2b\x68\x86\xd7\x01"
#define JANUARY	  "\x00\x80\x35\x0c\xd1\xdf\xd6\x01"

enum { MAX = 4 };

static EVP_PKEY *key;
static X509 *root;
static uint8_t *der;
static size_t len;

static void
set_up(void)
{
	key = pki_key("P-256");
	root = pki_make(&(struct pki_cert){ .cn = "R",
			    .extensions = pki_ca_extensions },
	    key, NULL, NULL);
	der = pki_der(root, &len);
}

static void
tear_down(void)
{
	free(der);
	X509_free(root);
	EVP_PKEY_free(key);
}

static struct store *
new_store(void)
{
	struct store *store = store_new(NULL, NULL, NULL);

	store_keep_raw(store);
	return store;
}

static const struct store_cert *
only(const struct store *store)
{
	size_t count;
	const struct store_cert *cert = store_certs(store, &count);

	ck_assert_uint_eq(count, 1);
	ck_assert_ptr_nonnull(cert->raw);
	return cert;
}

/* Add a store of root with the properties, up to one without an id. */
static void
add(struct store *store, const struct sst_property *properties)
{
	struct buf buf;
	size_t count = 0;
	char *error = NULL;

	while (count < MAX && properties[count].id != 0)
		count++;
	buf_init(&buf, STORE_MAX_FILE);
	ck_assert_int_eq(sst_write_begin(&buf), BUF_OK);
	ck_assert_int_eq(sst_write_cert(&buf, der, len, properties, count),
	    BUF_OK);
	ck_assert_int_eq(sst_write_end(&buf), BUF_OK);
	ck_assert_msg(store_add_octets(store, "x", buf.data, buf.len, &error),
	    "%s", error);
	buf_done(&buf);
}

/* Write what the store kept, and read it again. */
static struct store *
again(const struct store *store)
{
	const struct certraw *raw = only(store)->raw;
	struct store *copy = new_store();
	struct buf buf;
	char *error = NULL;

	buf_init(&buf, STORE_MAX_FILE);
	sst_write_begin(&buf);
	sst_write_cert(&buf, raw->der, raw->len, raw->properties,
	    raw->property_count);
	sst_write_end(&buf);
	ck_assert(store_add_octets(copy, "x", buf.data, buf.len, &error));
	buf_done(&buf);
	return copy;
}

START_TEST(keeps_octets_and_properties_in_order)
{
	static const struct sst_property properties[MAX] = {
		PROPERTY(11, "A\0\0"), /* not even whole UTF-16 */
		PROPERTY(122, ""), PROPERTY(40000, "x"), PROPERTY(9, MAIL)
	};
	struct store *store = new_store();
	const struct certraw *raw;

	add(store, properties);
	raw = only(store)->raw;
	ck_assert_uint_eq(raw->len, len);
	ck_assert_mem_eq(raw->der, der, len);
	ck_assert_uint_eq(raw->property_count, MAX);
	for (size_t i = 0; i < MAX; i++) {
		ck_assert_uint_eq(raw->properties[i].id, properties[i].id);
		ck_assert(certraw_has(raw, &properties[i]));
	}
	ck_assert_ptr_null(certraw_find(raw, 104));
	ck_assert_ptr_eq(certraw_find(raw, 122), &raw->properties[1]);
	store_unref(store);
}
END_TEST

START_TEST(keeps_nothing_unless_asked)
{
	static const struct sst_property none[MAX] = { 0 };
	struct store *store = store_new(NULL, NULL, NULL);
	size_t count;

	add(store, none);
	ck_assert_ptr_null(store_certs(store, &count)->raw);
	store_unref(store);
}
END_TEST

START_TEST(leaves_out_what_leads_to_a_private_key)
{
	static const struct sst_property properties[] = { PROPERTY(1, "h"),
		PROPERTY(2, "container"), PROPERTY(5, "h"), PROPERTY(6, "h"),
		PROPERTY(12, "file"), PROPERTY(3, "hash") };
	struct certraw *raw =
	    certraw_new(der, len, properties, COUNT(properties));

	ck_assert_uint_eq(raw->property_count, 1);
	ck_assert_uint_eq(raw->properties[0].id, 3);
	ck_assert_mem_eq(raw->properties[0].value, "hash", 4);
	certraw_free(raw);
}
END_TEST

/* Two files say something about the same certificate. */
static const struct {
	const char *name;
	struct sst_property first[MAX], second[MAX];
	size_t kept;
} pairs[] = {
	{ "nothing", { { 0 } }, { { 0 } }, 0 },
	{ "the same", { PROPERTY(9, MAIL) }, { PROPERTY(9, MAIL) }, 1 },
	{ "disallowed", { { 0 } }, { PROPERTY(104, AUGUST) }, 1 },
	{ "empty", { { 0 } }, { PROPERTY(122, "") }, 1 },
	{ "purposes", { PROPERTY(9, MAIL) }, { PROPERTY(9, SERVER) }, 2 },
	{ "name constraints", { PROPERTY(84, PERMITTED) },
	    { PROPERTY(84, EXCLUDED) }, 2 },
	{ "date", { { 0 } }, { PROPERTY(126, AUGUST) }, 1 },
	{ "dates", { PROPERTY(126, AUGUST) }, { PROPERTY(126, JANUARY) }, 2 },
	{ "date and purpose", { { 0 } },
	    { PROPERTY(126, AUGUST), PROPERTY(127, SERVER) }, 2 },
	{ "exempt, then not", { PROPERTY(126, AUGUST), PROPERTY(127, SERVER) },
	    { PROPERTY(126, JANUARY) }, 4 },
	{ "exempt, then for mail",
	    { PROPERTY(126, AUGUST), PROPERTY(127, SERVER) },
	    { PROPERTY(126, JANUARY), PROPERTY(127, MAIL) }, 4 },
	{ "not exempt, then so", { PROPERTY(126, AUGUST) },
	    { PROPERTY(126, JANUARY), PROPERTY(127, SERVER) }, 1 },
	{ "purpose of nothing, then a date", { PROPERTY(127, SERVER) },
	    { PROPERTY(126, JANUARY) }, 3 },
	{ "unknown", { { 0 } }, { PROPERTY(200, "x") }, 1 },
	{ "of no weight", { { 0 } }, { PROPERTY(3, "x") }, 0 },
	{ "name", { { 0 } }, { PROPERTY(11, "B\0\0") }, 1 },
	{ "names", { PROPERTY(11, "A\0") }, { PROPERTY(11, "B\0") }, 1 },
};

START_TEST(merges_so_that_the_whole_reads_as_strict)
{
	const char *name = pairs[_i].name;
	struct store *store = new_store(), *copy;
	const struct store_cert *cert, *copied;

	add(store, pairs[_i].first);
	add(store, pairs[_i].second);
	cert = only(store);
	ck_assert_msg(cert->raw->property_count == pairs[_i].kept, "%s: %zu",
	    name, cert->raw->property_count);
	copy = again(store);
	copied = only(copy);
	ck_assert_msg(copied->verdict == cert->verdict, "%s", name);
	ck_assert_msg(copied->has_not_before == cert->has_not_before, "%s",
	    name);
	/* An exempt date that is earlier may count: that is stricter. */
	if (cert->has_not_before)
		ck_assert_msg(copied->not_before <= cert->not_before, "%s",
		    name);
	store_unref(copy);
	store_unref(store);
}
END_TEST

static const struct {
	const char *name;
	int trust, reject; /* NID, or 0 */
	enum reason want;
} trusts[] = {
	{ "none", 0, 0, REASON_OK },
	{ "mail", NID_email_protect, 0, REASON_OK },
	{ "server", NID_server_auth, 0, REASON_ROOT_PURPOSE },
	{ "not server", 0, NID_server_auth, REASON_OK },
	{ "not mail", 0, NID_email_protect, REASON_ROOT_DISALLOWED },
	{ "both", NID_email_protect, NID_email_protect,
	    REASON_ROOT_DISALLOWED },
};

START_TEST(writes_auxiliary_trust_as_properties)
{
	struct store *store = new_store(), *copy;
	BIO *bio = BIO_new(BIO_s_mem());
	char *text, *error = NULL;
	long text_len;

	if (trusts[_i].trust != 0)
		X509_add1_trust_object(root, OBJ_nid2obj(trusts[_i].trust));
	if (trusts[_i].reject != 0)
		X509_add1_reject_object(root, OBJ_nid2obj(trusts[_i].reject));
	PEM_write_bio_X509_AUX(bio, root);
	text_len = BIO_get_mem_data(bio, &text);
	ck_assert(store_add_octets(store, "x", (const uint8_t *)text,
	    (size_t)text_len, &error));
	ck_assert_uint_eq(only(store)->raw->len, len);
	ck_assert_mem_eq(only(store)->raw->der, der, len);
	copy = again(store);
	ck_assert_msg(only(copy)->verdict == trusts[_i].want, "%s: %s",
	    trusts[_i].name, reason_token(only(copy)->verdict));
	store_unref(copy);
	store_unref(store);
	BIO_free(bio);
}
END_TEST

START_TEST(adds_one_property_at_the_end)
{
	static const struct sst_property name = PROPERTY(11, "A\0\0");
	static const struct sst_property mark = PROPERTY(104, "");
	struct certraw *bare = certraw_new(der, len, NULL, 0);
	struct certraw *one = certraw_with(bare, &mark);
	struct certraw *two = certraw_with(one, &name);

	certraw_free(bare);
	certraw_free(one);
	ck_assert_uint_eq(two->property_count, 2);
	ck_assert_uint_eq(two->properties[0].id, 104);
	ck_assert_mem_eq(two->properties[1].value, "A\0\0", 3);
	ck_assert_mem_eq(two->der, der, len);
	certraw_free(two);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("certraw");
	TCase *tcase = tcase_create("certraw");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, keeps_octets_and_properties_in_order);
	tcase_add_test(tcase, keeps_nothing_unless_asked);
	tcase_add_test(tcase, leaves_out_what_leads_to_a_private_key);
	tcase_add_loop_test(tcase, merges_so_that_the_whole_reads_as_strict, 0,
	    COUNT(pairs));
	tcase_add_loop_test(tcase, writes_auxiliary_trust_as_properties, 0,
	    COUNT(trusts));
	tcase_add_test(tcase, adds_one_property_at_the_end);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
