/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/collection/storelog.h"
#include "t/lib/key.h"
#include "t/lib/occurs.h"
#include "t/lib/pki.h"
#include "t/lib/scratch.h"

enum { NOW = 1767225600, DAY = 86400 }; /* 2026-01-01 */

static struct trust *before, *after;

static void
begin(void)
{
	scratch_begin();
	before = after = NULL;
}

static void
end(void)
{
	trust_unref(before);
	trust_unref(after);
	scratch_end();
}

/* Roots named "Root FROM" and so on, that end on as many days after now. */
static struct store *
make_store(int from, int to)
{
	struct store *store = store_new(NULL, NULL, NULL);
	struct pki_sst sst;
	char cn[32], date[32], *error;
	time_t when;

	pki_sst_begin(&sst);
	for (int i = from; i < to; i++) {
		const struct pki_cert what = { .cn = cn,
			.extensions = pki_ca_extensions,
			.not_after = date,
			.serial = i + 100 };
		X509 *cert;

		snprintf(cn, sizeof(cn), "Root %d", i);
		when = NOW + (time_t)i * DAY;
		strftime(date, sizeof(date), "%Y%m%d000000Z", gmtime(&when));
		cert = pki_make(&what, key, NULL, NULL);
		pki_sst_cert(&sst, cert);
		X509_free(cert);
	}
	pki_sst_end(&sst);
	ck_assert(store_add_octets(store, "sst", sst.octets, sst.len, &error));
	pki_sst_done(&sst);
	return store;
}

/* New ones, then those of a store itself: made again they would differ. */
static struct store *
join(const struct store *store, int from, int to)
{
	size_t count;
	const struct store_cert *certs = store_certs(store, &count);
	struct store *both = make_store(from, to);
	struct pki_sst sst;
	char *error;

	pki_sst_begin(&sst);
	for (size_t i = 0; i < count; i++)
		pki_sst_cert(&sst, certs[i].cert);
	pki_sst_end(&sst);
	ck_assert(store_add_octets(both, "sst", sst.octets, sst.len, &error));
	pki_sst_done(&sst);
	return both;
}

static struct trust *
make_trust(struct store *collection, struct store *local)
{
	return trust_new(TRUST_EXCHANGE_2013_SP1, collection, local, NULL);
}

START_TEST(names_what_came_and_what_went)
{
	struct store *old = make_store(1, 3);
	const struct store_cert *gone;
	uint8_t hash[CERT_SHA1_LEN];
	char want[200];
	size_t count;
	char *log;

	after = make_trust(join(old, 3, 4), NULL);
	before = make_trust(old, NULL);
	storelog_changes(before, after);
	log = scratch_log();
	ck_assert_uint_eq(occurs(log, "\n"), 1);
	ck_assert_ptr_nonnull(strstr(log, "collection: added "));
	ck_assert_ptr_nonnull(strstr(log, "\"CN=Root 3\""));
	free(log);

	storelog_changes(after, before);
	gone = store_certs(trust_get0_collection(after), &count);
	ck_assert(cert_sha1(gone->cert, hash));
	snprintf(want, sizeof(want),
	    "collection: removed %02X%02X%02X%02X%02X%02X%02X%02X%02X%02X"
	    "%02X%02X%02X%02X%02X%02X%02X%02X%02X%02X \"CN=Root 3\"\n",
	    hash[0], hash[1], hash[2], hash[3], hash[4], hash[5], hash[6],
	    hash[7], hash[8], hash[9], hash[10], hash[11], hash[12], hash[13],
	    hash[14], hash[15], hash[16], hash[17], hash[18], hash[19]);
	scratch_expect_log(want, 1);

	storelog_changes(after, after);
	scratch_expect_log("\n", 0);
}
END_TEST

START_TEST(tells_the_stores_apart)
{
	before = make_trust(NULL, make_store(1, 2));
	after = make_trust(make_store(5, 7), NULL);
	storelog_changes(before, after);
	scratch_expect_log("local store: removed ", 1);
	storelog_changes(before, after);
	scratch_expect_log("collection: added ", 2);
}
END_TEST

START_TEST(names_20_and_counts_the_others)
{
	before = make_trust(NULL, NULL);
	after = make_trust(make_store(0, STORELOG_MAX), NULL);
	storelog_changes(before, after);
	scratch_expect_log("collection: added ", STORELOG_MAX);
	storelog_changes(before, after);
	scratch_expect_log(" more\n", 0);
	trust_unref(after);
	after = make_trust(make_store(0, STORELOG_MAX + 2), NULL);
	storelog_changes(before, after);
	scratch_expect_log("collection: added ", STORELOG_MAX + 1);
	storelog_changes(before, after);
	scratch_expect_log("collection: added 2 more\n", 1);
}
END_TEST

START_TEST(warns_of_what_expires_the_first_ones_first)
{
	struct store *soonest = make_store(1, 2);
	char *log, *first;

	after = make_trust(join(soonest, 2, 5), NULL);
	store_unref(soonest);
	storelog_expiry(after, NOW, 3);
	log = scratch_log();
	ck_assert_uint_eq(occurs(log, "\n"), 3);
	first = strstr(log, "collection: expires on 2026-01-02, in 1 day: ");
	ck_assert_ptr_nonnull(first);
	ck_assert_ptr_nonnull(strstr(first, "\"CN=Root 1\"\n"));
	ck_assert_ptr_nonnull(
	    strstr(first, "collection: expires on 2026-01-04, in 3 days: "));
	free(log);
	storelog_expiry(after, NOW - 1, 3);
	scratch_expect_log("\n", 2);
	storelog_expiry(after, NOW, 0);
	scratch_expect_log("\n", 0);
}
END_TEST

START_TEST(counts_what_has_expired)
{
	after = make_trust(make_store(-2, 1), NULL);
	storelog_expiry(after, NOW - DAY, 30);
	scratch_expect_log("collection: 2 certificates have expired; ", 1);
	storelog_expiry(after, NOW, 1);
	scratch_expect_log("collection: 3 certificates have expired; ", 1);
	storelog_expiry(after, NOW - 2 * DAY, 1);
	scratch_expect_log("collection: 1 certificate has expired; ", 1);
}
END_TEST

START_TEST(names_20_that_expire_and_counts_the_others)
{
	after = make_trust(make_store(0, STORELOG_MAX + 2), NULL);
	storelog_expiry(after, NOW, 30);
	scratch_expect_log("collection: expires on ", STORELOG_MAX);
	storelog_expiry(after, NOW, 30);
	scratch_expect_log("collection: 1 more expire within 30 days\n", 1);
}
END_TEST

START_TEST(is_silent_without_a_collection)
{
	after = make_trust(NULL, make_store(1, 2));
	storelog_expiry(after, NOW, 30);
	scratch_expect_log("\n", 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("storelog");
	TCase *tcase = tcase_create("storelog");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_set_timeout(tcase, 60); /* sanitizers are slow */
	tcase_add_unchecked_fixture(tcase, key_make, key_free);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, names_what_came_and_what_went);
	tcase_add_test(tcase, tells_the_stores_apart);
	tcase_add_test(tcase, names_20_and_counts_the_others);
	tcase_add_test(tcase, warns_of_what_expires_the_first_ones_first);
	tcase_add_test(tcase, counts_what_has_expired);
	tcase_add_test(tcase, names_20_that_expire_and_counts_the_others);
	tcase_add_test(tcase, is_silent_without_a_collection);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
