/* SPDX-License-Identifier: ISC */
#include "smime/store/namesake.h"
#include "smime/trust/pathcache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>
#include <openssl/err.h>

#include "smime/smime.h"
#include "smime/x509/certcache.h"
#include "t/lib/mail.h"
#include "t/lib/pki.h"

enum { NOW = 1767225600 /* 2026-01-01 */, ROOM = 16, MANY = 200 };

static EVP_PKEY *root_key, *leaf_key;
static X509 *root, *other_root, *leaf;
static STACK_OF(X509) *message;
static struct trust *trust;
static struct pathcache *cache;
static struct path path;

static void
make_keys(void)
{
	smime_init();
	root_key = pki_key("P-256");
	leaf_key = pki_key("P-256");
}

static void
free_keys(void)
{
	EVP_PKEY_free(root_key);
	EVP_PKEY_free(leaf_key);
}

/* The collection holds the first, the local store the second; or NULL. */
static struct trust *
new_trust(enum trust_mode mode, X509 *collection, X509 *local)
{
	const struct mail_voucher first[] = { { .cert = collection },
		{ NULL } };
	const struct mail_voucher second[] = { { .cert = local }, { NULL } };

	return trust_new(mode, collection != NULL ? mail_store(first) : NULL,
	    local != NULL ? mail_store(second) : NULL, NULL);
}

static X509 *
new_leaf(const char *not_before, const char *not_after)
{
	return pki_make(&(struct pki_cert){ .cn = "Alice",
			    .extensions = pki_leaf_extensions_alice,
			    .not_before = not_before,
			    .not_after = not_after },
	    leaf_key, root, root_key);
}

static void
begin(void)
{
	const struct pki_cert is = { .cn = "Root",
		.extensions = pki_ca_extensions };
	const struct pki_cert other = { .cn = "Other",
		.extensions = pki_ca_extensions };

	root = pki_make(&is, root_key, NULL, NULL);
	other_root = pki_make(&other, leaf_key, NULL, NULL);
	leaf = new_leaf(NULL, NULL);
	message = sk_X509_new_null();
	trust = new_trust(TRUST_EXCHANGE_2013_SP1, root, NULL);
	cache = pathcache_new(ROOM);
}

static void
end(void)
{
	ck_assert_uint_eq(ERR_peek_error(), 0);
	path_done(&path);
	pathcache_free(cache);
	trust_unref(trust);
	sk_X509_free(message);
	X509_free(root);
	X509_free(other_root);
	X509_free(leaf);
}

static struct path_question
question_at(time_t now)
{
	return (struct path_question){ .trust = trust,
		.leaf = leaf,
		.untrusted = message,
		.now = now };
}

/* Seek a path and offer it to the cache. */
static bool
keep_at(time_t now)
{
	struct path_question question = question_at(now);

	path_done(&path);
	trust_check(trust, NULL, leaf, message, now,
	    &(unsigned int){ NAMESAKE_MAX_TRIES }, &path);
	return pathcache_keep(cache, &question, &path) != NULL;
}

static bool
is_known_at(time_t now)
{
	struct path_question question = question_at(now);

	return pathcache_find(cache, &question) != NULL;
}

START_TEST(knows_a_good_path_again)
{
	struct path_question question = question_at(NOW);
	const struct path *found;
	enum trust_who who;

	ck_assert(!is_known_at(NOW));
	ck_assert(keep_at(NOW));
	found = pathcache_find(cache, &question);
	ck_assert_ptr_nonnull(found);
	ck_assert_int_eq(
	    path_answer(found, TRUST_EXCHANGE_ONLINE, &who)->reason, REASON_OK);
	ck_assert_int_eq(who, TRUST_BY_COLLECTION);
	ck_assert_int_eq(sk_X509_num(found->collection.chain), 2);
}
END_TEST

START_TEST(keeps_no_path_that_does_not_hold)
{
	struct trust *good = trust;

	trust = new_trust(TRUST_EXCHANGE_2013_SP1, other_root, NULL);
	ck_assert(!keep_at(NOW));
	ck_assert(!is_known_at(NOW));
	trust_unref(trust);
	trust = good;
}
END_TEST

/* Good by the local store, and still not by the collection. */
START_TEST(keeps_the_answer_of_each_mode)
{
	struct path_question question;
	const struct path *found;
	enum trust_who who;

	trust_unref(trust);
	trust = new_trust(TRUST_EXCHANGE_2013_SP1, other_root, root);
	ck_assert(keep_at(NOW));
	question = question_at(NOW);
	found = pathcache_find(cache, &question);
	path_answer(found, TRUST_EXCHANGE_2013_SP1, &who);
	ck_assert_int_eq(who, TRUST_BY_LOCAL);
	path_answer(found, TRUST_EXCHANGE_ONLINE, &who);
	ck_assert_int_eq(who, TRUST_NONE);
}
END_TEST

/* Where the local store has no say, what it says is known all the same. */
START_TEST(keeps_what_the_mode_does_not_take)
{
	struct path_question question;
	const struct path *found;
	enum trust_who who;

	trust_unref(trust);
	trust = new_trust(TRUST_EXCHANGE_ONLINE, other_root, root);
	ck_assert(keep_at(NOW));
	question = question_at(NOW);
	found = pathcache_find(cache, &question);
	ck_assert_int_eq(path_answer(found, TRUST_EXCHANGE_ONLINE, &who)
			     ->reason,
	    REASON_UNTRUSTED);
	ck_assert_int_eq(who, TRUST_NONE);
	path_answer(found, TRUST_EXCHANGE_2013_SP1, &who);
	ck_assert_int_eq(who, TRUST_BY_LOCAL);
}
END_TEST

START_TEST(forgets_after_a_while)
{
	ck_assert(keep_at(NOW));
	ck_assert(is_known_at(NOW + PATHCACHE_MAX_AGE));
	ck_assert(!is_known_at(NOW + PATHCACHE_MAX_AGE + 1));
	/* For good: time does not bring it back. */
	ck_assert(!is_known_at(NOW + PATHCACHE_MAX_AGE));
}
END_TEST

START_TEST(knows_nothing_of_the_time_before)
{
	ck_assert(keep_at(NOW));
	ck_assert(!is_known_at(NOW - 1));
}
END_TEST

START_TEST(forgets_what_expires)
{
	X509_free(leaf);
	leaf = new_leaf(NULL, "20260101000010Z");
	ck_assert(keep_at(NOW));
	ck_assert(is_known_at(NOW + 10));
	ck_assert(!is_known_at(NOW + 11));
}
END_TEST

/* Each store has a root of that name and key, and one ends sooner. */
static const struct {
	enum trust_mode mode;
	bool collection_ends; /* else the local store's */
	bool is_kept_on;
} endings[] = {
	{ TRUST_LOCAL, true, false },
	{ TRUST_LOCAL, false, false },
	/* Here the local store is not asked at all. */
	{ TRUST_EXCHANGE_2013_SP1, true, false },
	{ TRUST_EXCHANGE_2013_SP1, false, true },
};

START_TEST(forgets_what_expires_in_either_store)
{
	const struct pki_cert is = { .cn = "Root",
		.extensions = pki_ca_extensions,
		.not_after = "20260101000010Z" };
	X509 *ending = pki_make(&is, root_key, NULL, NULL);

	trust_unref(trust);
	trust = endings[_i].collection_ends ?
	    new_trust(endings[_i].mode, ending, root) :
	    new_trust(endings[_i].mode, root, ending);
	X509_free(ending);
	ck_assert(keep_at(NOW));
	ck_assert(is_known_at(NOW + 10));
	ck_assert_int_eq(is_known_at(NOW + 11), endings[_i].is_kept_on);
}
END_TEST

START_TEST(keeps_no_path_before_its_time)
{
	X509_free(leaf);
	leaf = new_leaf("20260101000010Z", NULL);
	ck_assert(!keep_at(NOW));
	ck_assert(keep_at(NOW + 10));
}
END_TEST

/* A reload makes another trust, in which the root may be missing. */
START_TEST(a_path_of_one_trust_is_none_of_another)
{
	struct trust *old = trust;

	ck_assert(keep_at(NOW));
	trust = new_trust(TRUST_EXCHANGE_2013_SP1, other_root, NULL);
	ck_assert(!is_known_at(NOW));
	trust_unref(trust);
	/* Whatever is built where the old one was. */
	trust_unref(old);
	for (size_t i = 0; i < MANY; i++) {
		trust = new_trust(TRUST_EXCHANGE_2013_SP1, other_root, NULL);
		ck_assert(!is_known_at(NOW));
		trust_unref(trust);
	}
	trust = new_trust(TRUST_EXCHANGE_2013_SP1, root, NULL);
}
END_TEST

static void
expect_who(struct trust *asked, enum trust_who want)
{
	struct path_question question = question_at(NOW);
	const struct path *found;
	enum trust_who who;

	question.trust = asked;
	found = pathcache_find(cache, &question);
	ck_assert_ptr_nonnull(found);
	path_answer(found, trust_mode(asked), &who);
	ck_assert_int_eq(who, want);
}

/* Two trusts over the same stores, in either order. */
START_TEST(a_path_of_one_mode_is_none_of_the_other)
{
	const enum trust_mode modes[] = { TRUST_EXCHANGE_2013_SP1,
		TRUST_EXCHANGE_ONLINE };
	struct trust *both[2], *first, *second;

	trust_unref(trust);
	for (size_t i = 0; i < 2; i++)
		both[i] = new_trust(modes[i], other_root, root);
	first = both[_i];
	second = both[1 - _i];

	trust = first;
	ck_assert(keep_at(NOW));
	trust = second;
	ck_assert(!is_known_at(NOW));
	ck_assert(keep_at(NOW));
	expect_who(both[0], TRUST_BY_LOCAL);
	expect_who(both[1], TRUST_NONE);
	trust_unref(first);
}
END_TEST

/* Other certificates may make another path, with other constraints. */
START_TEST(a_path_with_other_certificates_is_another)
{
	ck_assert(keep_at(NOW));
	sk_X509_push(message, other_root);
	ck_assert(!is_known_at(NOW));
	ck_assert(keep_at(NOW));
	sk_X509_unshift(message, root);
	ck_assert(!is_known_at(NOW));
	sk_X509_pop(message);
	ck_assert(!is_known_at(NOW));
}
END_TEST

START_TEST(a_path_of_another_leaf_is_another)
{
	X509 *first = leaf;

	ck_assert(keep_at(NOW));
	leaf = new_leaf(NULL, NULL);
	ck_assert(!is_known_at(NOW));
	X509_free(first);
	for (size_t i = 0; i < MANY; i++) {
		X509_free(leaf);
		leaf = new_leaf(NULL, NULL);
		ck_assert(!is_known_at(NOW));
	}
}
END_TEST

START_TEST(keeps_no_path_with_many_certificates)
{
	for (size_t i = 0; i < PATHCACHE_MAX_UNTRUSTED; i++)
		sk_X509_push(message, other_root);
	ck_assert(keep_at(NOW));
	sk_X509_push(message, other_root);
	ck_assert(!keep_at(NOW));
}
END_TEST

/* Such a certificate is another object each time, and would only take room. */
START_TEST(keeps_no_path_with_a_large_certificate)
{
	X509 *large = pki_make_large(CERTCACHE_MAX_DER, leaf_key);

	ck_assert(keep_at(NOW));
	sk_X509_push(message, large);
	ck_assert(!keep_at(NOW));
	sk_X509_pop(message);
	X509_free(large);
}
END_TEST

START_TEST(survives_more_paths_than_it_holds)
{
	X509 *leaves[MANY];
	X509 *first = leaf;

	for (size_t i = 0; i < MANY; i++) {
		leaf = leaves[i] = new_leaf(NULL, NULL);
		ck_assert(keep_at(NOW));
		ck_assert(is_known_at(NOW));
	}
	for (size_t i = 0; i < MANY; i++)
		X509_free(leaves[i]);
	leaf = first;
}
END_TEST

START_TEST(forgets_all_when_flushed)
{
	ck_assert(keep_at(NOW));
	pathcache_flush(cache);
	ck_assert(!is_known_at(NOW));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("pathcache");
	TCase *tcase = tcase_create("pathcache");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 60); /* sanitizers are slow */
	tcase_add_unchecked_fixture(tcase, make_keys, free_keys);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, knows_a_good_path_again);
	tcase_add_test(tcase, keeps_no_path_that_does_not_hold);
	tcase_add_test(tcase, keeps_the_answer_of_each_mode);
	tcase_add_test(tcase, keeps_what_the_mode_does_not_take);
	tcase_add_test(tcase, forgets_after_a_while);
	tcase_add_test(tcase, knows_nothing_of_the_time_before);
	tcase_add_test(tcase, forgets_what_expires);
	tcase_add_loop_test(tcase, forgets_what_expires_in_either_store, 0,
	    sizeof(endings) / sizeof(endings[0]));
	tcase_add_test(tcase, keeps_no_path_before_its_time);
	tcase_add_test(tcase, a_path_of_one_trust_is_none_of_another);
	tcase_add_loop_test(tcase, a_path_of_one_mode_is_none_of_the_other, 0,
	    2);
	tcase_add_test(tcase, a_path_with_other_certificates_is_another);
	tcase_add_test(tcase, a_path_of_another_leaf_is_another);
	tcase_add_test(tcase, keeps_no_path_with_many_certificates);
	tcase_add_test(tcase, keeps_no_path_with_a_large_certificate);
	tcase_add_test(tcase, survives_more_paths_than_it_holds);
	tcase_add_test(tcase, forgets_all_when_flushed);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
