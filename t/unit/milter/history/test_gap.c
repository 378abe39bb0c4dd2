/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "milter/history/gap.h"
#include "t/lib/histories.h"
#include "t/lib/mail.h"
#include "t/lib/pki.h"

static struct tally *tally;
static struct gap *gap;

static void
begin(void)
{
	tally = tally_new();
	gap = NULL;
}

static void
end(void)
{
	gap_free(gap);
	tally_free(tally);
	mail_end();
}

static void
add(size_t times, const struct made *made)
{
	for (size_t i = 0; i < times; i++)
		histories_add(tally, made);
}

static const struct gap_group *
group(const GPtrArray *groups, guint index)
{
	ck_assert_uint_lt(index, groups->len);
	return g_ptr_array_index(groups, index);
}

START_TEST(ranks_what_would_change_and_nothing_else)
{
	add(10, &(struct made){ 0 });
	add(2, &(struct made){ .cloud = "policy", .by = "local" });
	add(3,
	    &(struct made){ .cloud = "policy",
		.by = "local",
		.leaf = '5',
		.between = '6',
		.root = '7',
		.from = "bob@example.com" });
	add(1,
	    &(struct made){ .cloud = "policy",
		.by = "local",
		.leaf = '8',
		.from = "eve@example.net" });
	gap = gap_new(tally, NULL);
	ck_assert_uint_eq(gap->messages, 6);
	ck_assert_uint_eq(gap->loses, 6);
	ck_assert_uint_eq(gap->by_anchor->len, 2);
	ck_assert_uint_eq(group(gap->by_anchor, 0)->messages, 3);
	ck_assert_str_eq(group(gap->by_anchor, 0)->name, "CN=Root 3");
	ck_assert_uint_eq(group(gap->by_anchor, 0)->signers, 2);
	ck_assert_str_eq(group(gap->by_anchor, 0)->sha256, histories_hash('3'));
	ck_assert_str_eq(group(gap->by_anchor, 1)->name, "CN=Root 7");
	ck_assert_uint_eq(group(gap->by_issuer, 1)->messages, 3);
	ck_assert_str_eq(group(gap->by_issuer, 1)->name, "CN=CA 6");
	ck_assert_uint_eq(gap->by_domain->len, 3);
	ck_assert_str_eq(group(gap->by_domain, 0)->name, "example.com");
}
END_TEST

START_TEST(has_a_group_for_what_is_unknown)
{
	add(1,
	    &(struct made){ .on_premises = "fail",
		.cloud = "policy",
		.has_no_path = true });
	gap = gap_new(tally, NULL);
	ck_assert_uint_eq(gap->messages, 1);
	ck_assert_uint_eq(gap->loses, 0);
	ck_assert_str_eq(group(gap->by_anchor, 0)->name, "");
	ck_assert_ptr_null(group(gap->by_anchor, 0)->sha256);
}
END_TEST

/*
 * Another collection.  The path of a made message is moved to certificates
 * that there are: the collection has a root, an intermediate, or both.
 */

static X509 *root, *between;

static void
make_certs(void)
{
	const struct pki_cert root_is = { .cn = "Root",
		.extensions = pki_ca_extensions };
	const struct pki_cert between_is = { .cn = "Between",
		.extensions = pki_ca_extensions };
	EVP_PKEY *key = pki_key("P-256"), *other = pki_key("P-256");

	root = pki_make(&root_is, key, NULL, NULL);
	between = pki_make(&between_is, other, root, key);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
}

static const char *
hash_of(const X509 *cert)
{
	static char texts[2][65];
	static size_t next;
	uint8_t hash[CERT_SHA256_LEN];
	char *text = texts[next++ % 2];

	ck_assert(cert_sha256(cert, hash));
	for (size_t i = 0; i < sizeof(hash); i++)
		snprintf(text + 2 * i, 3, "%02x", hash[i]);
	return text;
}

static void
move_path(void)
{
	struct tally_row *row = g_ptr_array_index(tally->rows, 0);
	struct tally_link *path = row->signatures->path;

	if (row->signatures->path_len == 0)
		return;
	path[1].cert->sha256 = hash_of(between);
	path[2].cert->sha256 = hash_of(root);
}

static const uint8_t filetime[8] = { 0, 0, 0, 0, 0, 0, 0xd0, 1 };

static const struct {
	const char *name;
	struct made made;
	bool has_root, has_between;
	uint32_t property; /* of the root */
	enum result want;
	bool unknown;
} replays[] = {
	{ "closes the gap", { .cloud = "policy", .by = "local" }, true, false,
	    0, RESULT_PASS, false },
	{ "needs the one between",
	    { .cloud = "policy", .by = "local", .carried = "false" }, true,
	    false, 0, RESULT_POLICY, false },
	{ "has the one between",
	    { .cloud = "policy", .by = "local", .carried = "false" }, true,
	    true, 0, RESULT_PASS, false },
	{ "does not help", { .cloud = "policy", .by = "local" }, false, true, 0,
	    RESULT_POLICY, false },
	{ "opens a gap", { 0 }, false, true, 0, RESULT_POLICY, false },
	{ "keeps what passes", { 0 }, true, false, 0, RESULT_PASS, false },
	{ "may still list the signer", { .by = "local" }, false, true, 0,
	    RESULT_PASS, true },
	{ "mends no other fault",
	    { .on_premises = "fail", .cloud = "fail", .by = "local" }, true,
	    false, 0, RESULT_FAIL, false },
	{ "knows nothing without a path",
	    { .on_premises = "policy", .cloud = "policy", .has_no_path = true },
	    true, true, 0, RESULT_POLICY, true },
	{ "but that changes no other reason",
	    { .on_premises = "neutral",
		.cloud = "neutral",
		.reason = "cms-malformed",
		.has_no_path = true },
	    true, true, 0, RESULT_NEUTRAL, false },
	{ "has a condition", { .cloud = "policy", .by = "local" }, true, false,
	    126, RESULT_POLICY, true },
	{ "is disallowed", { .cloud = "policy", .by = "local" }, true, false,
	    104, RESULT_POLICY, false },
};

START_TEST(replays_with_another_collection)
{
	struct mail_voucher vouchers[3] = { 0 };
	struct store *with;
	size_t count = 0;

	if (replays[_i].has_root)
		vouchers[count++] =
		    (struct mail_voucher){ root, replays[_i].property, filetime,
			    replays[_i].property == 0 ? 0 : sizeof(filetime) };
	if (replays[_i].has_between)
		vouchers[count++].cert = between;
	with = mail_store(vouchers);
	add(4, &replays[_i].made);
	move_path();
	gap = gap_new(tally, with);
	ck_assert_msg(gap->cloud[replays[_i].want] == 4, "%s",
	    replays[_i].name);
	ck_assert_msg(gap->unknown == (replays[_i].unknown ? 4 : 0), "%s",
	    replays[_i].name);
	store_unref(with);
}
END_TEST

/* What else a collection that has the root may say of a path. */
static const struct {
	const char *name;
	size_t path_len;
	bool refuses_leaf; /* the disallowed one is the signer's own */
	enum result want;
	bool unknown;
} refusals[] = {
	{ "the leaf", 3, true, RESULT_POLICY, false },
	{ "an authority of that name", 3, false, RESULT_POLICY, true },
	{ "a signer that stands alone", 1, false, RESULT_POLICY, true },
};

START_TEST(replays_what_a_collection_refuses)
{
	const struct mail_voucher vouchers[] = { { .cert = root },
		{ between, 104, filetime, sizeof(filetime) }, { 0 } };
	struct store *with = mail_store(vouchers);
	struct tally_signature *signature;
	GPtrArray *needed;

	add(4, &(struct made){ .cloud = "policy", .by = "local" });
	signature =
	    ((struct tally_row *)g_ptr_array_index(tally->rows, 0))->signatures;
	signature->path[2].cert->sha256 = hash_of(root);
	if (refusals[_i].refuses_leaf)
		signature->path[0].cert->sha256 = hash_of(between);
	else
		signature->path[1].cert->subject = "CN=Between";
	signature->path_len = refusals[_i].path_len;
	gap = gap_new(tally, with);
	ck_assert_msg(gap->cloud[refusals[_i].want] == 4, "%s",
	    refusals[_i].name);
	ck_assert_msg(gap->unknown == (refusals[_i].unknown ? 4 : 0), "%s",
	    refusals[_i].name);
	needed = gap_needed(tally, NULL);
	ck_assert_uint_eq(needed->len, refusals[_i].path_len == 1 ? 0 : 1);
	gap_groups_free(needed);
	store_unref(with);
}
END_TEST

START_TEST(lists_what_is_needed_to_close_the_gap)
{
	GPtrArray *needed;

	add(3, &(struct made){ .cloud = "policy", .by = "local" });
	add(2,
	    &(struct made){ .cloud = "policy",
		.by = "local",
		.carried = "false",
		.leaf = '5' });
	add(9, &(struct made){ .root = '8' });
	add(9,
	    &(struct made){ .cloud = "policy",
		.on_premises = "policy",
		.by = "local",
		.root = '9' });
	needed = gap_needed(tally, NULL);
	ck_assert_uint_eq(needed->len, 2);
	ck_assert_str_eq(group(needed, 0)->name, "CN=Root 3");
	ck_assert_uint_eq(group(needed, 0)->messages, 5);
	ck_assert_uint_eq(group(needed, 0)->signers, 2);
	ck_assert_str_eq(group(needed, 1)->name, "CN=CA 2");
	ck_assert_uint_eq(group(needed, 1)->messages, 2);
	gap_groups_free(needed);
}
END_TEST

static const struct {
	const char *name;
	bool has_root;
	uint32_t property;
	guint needed;
} haves[] = {
	{ "it is there", true, 0, 1 },
	{ "it is not", false, 0, 2 },
	{ "it is there, but may not serve", true, 104, 2 },
};

START_TEST(needs_nothing_that_the_collection_has)
{
	const struct mail_voucher vouchers[] = {
		{ haves[_i].has_root ? root : between, haves[_i].property,
		    filetime, haves[_i].property == 0 ? 0 : sizeof(filetime) },
		{ 0 }
	};
	struct store *have = mail_store(vouchers);
	GPtrArray *needed;

	add(1,
	    &(struct made){ .cloud = "policy",
		.by = "local",
		.carried = "false" });
	move_path();
	if (!haves[_i].has_root) /* what the collection has is another one */
		((struct tally_row *)g_ptr_array_index(tally->rows, 0))
		    ->signatures->path[1]
		    .cert->sha256 = histories_hash('2');
	needed = gap_needed(tally, have);
	ck_assert_msg(needed->len == haves[_i].needed, "%s", haves[_i].name);
	gap_groups_free(needed);
	store_unref(have);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("gap");
	TCase *tcase = tcase_create("gap");
	SRunner *runner = srunner_create(suite);
	int failed;

	make_certs();
	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, ranks_what_would_change_and_nothing_else);
	tcase_add_test(tcase, has_a_group_for_what_is_unknown);
	tcase_add_loop_test(tcase, replays_with_another_collection, 0,
	    sizeof(replays) / sizeof(replays[0]));
	tcase_add_loop_test(tcase, replays_what_a_collection_refuses, 0,
	    sizeof(refusals) / sizeof(refusals[0]));
	tcase_add_test(tcase, lists_what_is_needed_to_close_the_gap);
	tcase_add_loop_test(tcase, needs_nothing_that_the_collection_has, 0,
	    sizeof(haves) / sizeof(haves[0]));
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	X509_free(root);
	X509_free(between);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
