/* SPDX-License-Identifier: ISC */
/*
 * Who may vouch, from where, under which mode.
 */
#include <check.h>

#include "smime/trust/trust.h"
#include "t/lib/chain.h"
#include "t/lib/pki.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct {
	const char *name;
	unsigned int root, ca; /* places */
	bool leaf_is_known;    /* in both stores, as signer */
	enum trust_who sp1, online, local;
} places[] = {
	{ "the collection only", IN_COLLECTION, IN_MESSAGE, false,
	    TRUST_BY_COLLECTION, TRUST_BY_COLLECTION, TRUST_NONE },
	{ "the local store only", IN_LOCAL, IN_MESSAGE, false, TRUST_BY_LOCAL,
	    TRUST_NONE, TRUST_BY_LOCAL },
	{ "both", ANYWHERE, IN_MESSAGE, false, TRUST_BY_COLLECTION,
	    TRUST_BY_COLLECTION, TRUST_BY_LOCAL },
	{ "the message only", IN_MESSAGE, IN_MESSAGE, false, TRUST_NONE,
	    TRUST_NONE, TRUST_NONE },
	{ "nowhere", 0, 0, false, TRUST_NONE, TRUST_NONE, TRUST_NONE },
	{ "no intermediate", ANYWHERE, 0, false, TRUST_NONE, TRUST_NONE,
	    TRUST_NONE },
	{ "the intermediate in the collection", ANYWHERE, IN_COLLECTION, false,
	    TRUST_BY_COLLECTION, TRUST_BY_COLLECTION, TRUST_NONE },
	{ "the intermediate in the local store", ANYWHERE, IN_LOCAL, false,
	    TRUST_BY_LOCAL, TRUST_NONE, TRUST_BY_LOCAL },
	{ "stores are not merged", IN_COLLECTION, IN_LOCAL, false, TRUST_NONE,
	    TRUST_NONE, TRUST_NONE },
	{ "an intermediate is no anchor", 0, ANYWHERE | IN_MESSAGE, false,
	    TRUST_NONE, TRUST_NONE, TRUST_NONE },
	{ "nor is a known signer", 0, ANYWHERE, true, TRUST_NONE, TRUST_NONE,
	    TRUST_NONE },
};

/* The intermediate is at hand in the other store: what is missing is trust. */
START_TEST(tells_what_is_missing_by_both_stores)
{
	chain_make(NULL, NULL, NULL);
	chain_put(chain.root, IN_COLLECTION);
	chain_put(chain.ca, IN_LOCAL);
	chain_check(TRUST_EXCHANGE_ONLINE);
	chain_expect("known to the local store", TRUST_EXCHANGE_ONLINE,
	    REASON_UNTRUSTED, TRUST_NONE);
	chain.local_count = 0;
	chain.local[0] = (struct mail_voucher){ .cert = NULL };
	chain_check(TRUST_EXCHANGE_ONLINE);
	chain_expect("known to nobody", TRUST_EXCHANGE_ONLINE,
	    REASON_INTERMEDIATE_MISSING, TRUST_NONE);
}
END_TEST

/* Where nobody vouches, it is for want of trust or of the intermediate. */
static void
expect_who(const char *name, enum trust_mode mode, enum trust_who who,
    bool ca_is_sent)
{
	enum reason reason = REASON_OK;
	enum trust_who got;

	if (who == TRUST_NONE) {
		reason = path_answer(&chain.path, mode, &got)->reason;
		ck_assert_msg(reason == REASON_UNTRUSTED ||
			(reason == REASON_INTERMEDIATE_MISSING && !ca_is_sent),
		    "%s: %s", name, reason_token(reason));
	}
	chain_expect(name, mode, reason, who);
}

START_TEST(asks_the_stores_in_the_order_of_the_mode)
{
	bool sent = (places[_i].ca & IN_MESSAGE) != 0;
	const char *name = places[_i].name;

	chain_make(NULL, NULL, NULL);
	chain_put(chain.root, places[_i].root);
	chain_put(chain.ca, places[_i].ca);
	if (places[_i].leaf_is_known)
		chain_put(chain.leaf, ANYWHERE);
	chain_check(TRUST_EXCHANGE_2013_SP1);
	expect_who(name, TRUST_EXCHANGE_2013_SP1, places[_i].sp1, sent);
	/* Fallback only after failure. */
	ck_assert_int_eq(chain.path.local.done,
	    places[_i].sp1 != TRUST_BY_COLLECTION);
	chain_check(TRUST_EXCHANGE_ONLINE);
	expect_who(name, TRUST_EXCHANGE_ONLINE, places[_i].online, sent);
	/* What on premises would say is known under this mode, too. */
	expect_who(name, TRUST_EXCHANGE_2013_SP1, places[_i].sp1, sent);
	chain_check(TRUST_LOCAL);
	expect_who(name, TRUST_LOCAL, places[_i].local, sent);
	expect_who(name, TRUST_EXCHANGE_ONLINE, places[_i].online, sent);
}
END_TEST

START_TEST(a_self_signed_signer_is_untrusted)
{
	chain_make(NULL, NULL, NULL);
	X509_free(chain.leaf);
	chain.leaf = pki_make(&chain_leaf_is, chain.leaf_key, NULL, NULL);
	chain_put(chain.root, ANYWHERE);
	chain_put(chain.leaf, IN_MESSAGE | ANYWHERE);
	chain_check(TRUST_EXCHANGE_2013_SP1);
	chain_expect("self-signed", TRUST_EXCHANGE_2013_SP1, REASON_UNTRUSTED,
	    TRUST_NONE);
}
END_TEST

START_TEST(hands_out_the_chain_that_holds)
{
	enum trust_who who;
	const struct run *run;

	chain_make(NULL, NULL, NULL);
	chain_put(chain.root, IN_LOCAL);
	chain_put(chain.ca, IN_MESSAGE);
	chain_check(TRUST_EXCHANGE_2013_SP1);
	run = path_answer(&chain.path, TRUST_EXCHANGE_2013_SP1, &who);
	ck_assert_int_eq(sk_X509_num(run->chain), 3);
	ck_assert_int_eq(X509_cmp(sk_X509_value(run->chain, 0), chain.leaf), 0);
	ck_assert_int_eq(X509_cmp(sk_X509_value(run->chain, 2), chain.root), 0);
}
END_TEST

/* Two failures: the one that says more is heard. */
START_TEST(prefers_the_failure_that_tells_more)
{
	const struct pki_cert old_root = { .not_after = "20250101000000Z" };
	enum trust_who who;
	const struct run *run;

	chain_make(&old_root, NULL, NULL);
	chain_put(chain.root, IN_LOCAL);
	chain_put(chain.ca, IN_MESSAGE);
	chain_check(TRUST_EXCHANGE_2013_SP1);
	chain_expect("the local store knows more", TRUST_EXCHANGE_2013_SP1,
	    REASON_EXPIRED, TRUST_NONE);
	chain.local_count = 0;
	chain_put(chain.root, IN_COLLECTION);
	chain_check(TRUST_EXCHANGE_2013_SP1);
	chain_expect("the collection knows more", TRUST_EXCHANGE_2013_SP1,
	    REASON_EXPIRED, TRUST_NONE);
	chain.collection_count = 0;
	chain_check(TRUST_EXCHANGE_2013_SP1);
	run = path_answer(&chain.path, TRUST_EXCHANGE_2013_SP1, &who);
	ck_assert_int_eq(run->reason, REASON_UNTRUSTED);
	chain.collection_count = 1;
	chain.collection[0].cert = chain.leaf;
	chain_check(TRUST_EXCHANGE_2013_SP1);
	run = path_answer(&chain.path, TRUST_EXCHANGE_2013_SP1, &who);
	ck_assert_ptr_eq(run, &chain.path.collection);
	ck_assert_int_eq(sk_X509_num(run->chain), 2);
}
END_TEST

START_TEST(failing_to_ask_is_no_answer)
{
	struct path made = { .collection = { .done = true,
				 .reason = REASON_EXPIRED },
		.local = { .done = true, .reason = REASON_TEMP_NOMEM } };
	enum trust_who who;

	ck_assert_ptr_eq(path_answer(&made, TRUST_EXCHANGE_2013_SP1, &who),
	    &made.local);
	ck_assert_int_eq(who, TRUST_NONE);
	made.collection.final = true;
	ck_assert_ptr_eq(path_answer(&made, TRUST_EXCHANGE_2013_SP1, &who),
	    &made.collection);
}
END_TEST

START_TEST(answers_without_any_store)
{
	chain_make(NULL, NULL, NULL);
	sk_X509_free(chain.message);
	chain.message = NULL; /* nor certificates of the message */
	for (size_t i = 0; i < TRUST_MODES; i++) {
		chain_check((enum trust_mode)i);
		chain_expect("none", (enum trust_mode)i, REASON_UNTRUSTED,
		    TRUST_NONE);
		ck_assert_ptr_null(trust_get0_collection(chain.trust));
		ck_assert_ptr_null(trust_get0_local(chain.trust));
		ck_assert_ptr_null(trust_get0_aliases(chain.trust));
		ck_assert_int_eq(trust_mode(chain.trust), (enum trust_mode)i);
	}
}
END_TEST

START_TEST(lives_until_its_last_owner_is_gone)
{
	struct trust *second;

	chain_make(NULL, NULL, NULL);
	chain_put(chain.root, IN_COLLECTION);
	chain_put(chain.ca, IN_MESSAGE);
	chain_check(TRUST_EXCHANGE_ONLINE);
	second = trust_ref(chain.trust);
	trust_unref(chain.trust);
	path_done(&chain.path);
	trust_check(second, NULL, chain.leaf, chain.message, CHAIN_NOW,
	    &chain.tries, &chain.path);
	chain_expect("second", TRUST_EXCHANGE_ONLINE, REASON_OK,
	    TRUST_BY_COLLECTION);
	trust_unref(NULL);
	ck_assert_ptr_null(trust_ref(NULL));
}
END_TEST

START_TEST(words_of_modes_read_back)
{
	enum trust_mode mode = TRUST_LOCAL;

	for (size_t i = 0; i < TRUST_MODES; i++) {
		ck_assert(trust_mode_read(trust_mode_word((enum trust_mode)i),
		    &mode));
		ck_assert_int_eq(mode, (enum trust_mode)i);
	}
	mode = TRUST_EXCHANGE_ONLINE;
	ck_assert(!trust_mode_read("Local", &mode));
	ck_assert(!trust_mode_read("", &mode));
	ck_assert(!trust_mode_read("exchange", &mode));
	ck_assert_int_eq(mode, TRUST_EXCHANGE_ONLINE);
	ck_assert_str_eq(trust_mode_word(TRUST_EXCHANGE_2013_SP1),
	    "exchange-2013-sp1");
	ck_assert_str_eq(trust_mode_word(TRUST_EXCHANGE_ONLINE),
	    "exchange-online");
	ck_assert_str_eq(trust_mode_word(TRUST_LOCAL), "local");
	ck_assert_str_eq(trust_who_word(TRUST_NONE), "none");
	ck_assert_str_eq(trust_who_word(TRUST_BY_COLLECTION), "collection");
	ck_assert_str_eq(trust_who_word(TRUST_BY_LOCAL), "local");
}
END_TEST

static void
add_tests(TCase *tcase)
{
	tcase_add_test(tcase, tells_what_is_missing_by_both_stores);
	tcase_add_loop_test(tcase, asks_the_stores_in_the_order_of_the_mode, 0,
	    COUNT(places));
	tcase_add_test(tcase, a_self_signed_signer_is_untrusted);
	tcase_add_test(tcase, hands_out_the_chain_that_holds);
	tcase_add_test(tcase, prefers_the_failure_that_tells_more);
	tcase_add_test(tcase, failing_to_ask_is_no_answer);
	tcase_add_test(tcase, answers_without_any_store);
	tcase_add_test(tcase, lives_until_its_last_owner_is_gone);
	tcase_add_test(tcase, words_of_modes_read_back);
}

int
main(void)
{
	return chain_run("trust_stores", add_tests);
}
