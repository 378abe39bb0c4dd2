/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "milter/history/histline.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define LEAF "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define ROOT "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100"

static const struct path_cert path[] = {
	{ .subject = "CN=Alice,emailAddress=alice@example.org",
	    .sha256 = LEAF,
	    .not_after = 1767323045,
	    .carried = true },
	{ .subject = "CN=Root", .sha256 = ROOT, .not_after = 1893456000 },
};
static const char *const chain[] = { "CN=Alice", "CN=Root" };

static struct signature signature;
static struct verdict verdict;
static struct histline line;
static struct histline_privacy privacy;
static json_t *object;

static void
begin(void)
{
	static const char *const domains[] = { "example.net", "example.com" };

	signature = (struct signature){ .part = "2",
		.result = RESULT_PASS,
		.mode_result = { RESULT_PASS, RESULT_POLICY, RESULT_ABSENT },
		.mode_reason = { REASON_OK, REASON_UNTRUSTED },
		.integrity = INTEGRITY_GOOD,
		.trust = TRUST_BY_LOCAL,
		.identity = IDENTITY_MATCH,
		.coverage = COVERAGE_WHOLE,
		.identifier = "Alice@example.org",
		.issuer = "CN=Root",
		.serial = "0A",
		.subject = "CN=Alice",
		.sha256 = LEAF,
		.anchor = "CN=Root",
		.chain = chain,
		.chain_len = 2,
		.path_by = TRUST_BY_LOCAL,
		.path = path,
		.path_len = 2 };
	verdict = (struct verdict){ .result = RESULT_PASS,
		.scope = COVERAGE_WHOLE,
		.trust = TRUST_BY_LOCAL,
		.mode_result = { RESULT_PASS, RESULT_POLICY, RESULT_ABSENT },
		.from = "alice@example.org",
		.signatures = &signature,
		.signature_count = 1 };
	line = (struct histline){ .time = 1767323045,
		.host = "mx1",
		.queue_id = "4XyZ12",
		.client = "192.0.2.1",
		.mail_from = "bounce@example.org",
		.rcpt_domains = domains,
		.rcpt_domain_count = 2,
		.action = "accept",
		.header = "mx.example.net; smime=pass",
		.verdict = &verdict };
	privacy =
	    (struct histline_privacy){ .addresses = HISTORY_ADDRESSES_FULL };
}

static void
end(void)
{
	json_decref(object);
	object = NULL;
}

/* What the line has at such a place, as JSON. */
static char *
at(const char *key, const char *of_signature)
{
	static char text[2000];
	json_t *value;
	size_t len;

	if (object == NULL)
		object = histline_new(&line, &privacy);
	ck_assert_ptr_nonnull(object);
	value = json_object_get(object, key);
	if (of_signature != NULL)
		value = json_object_get(json_array_get(value, 0), of_signature);
	ck_assert_msg(value != NULL, "%s %s", key, of_signature);
	len = json_dumpb(value, text, sizeof(text) - 1,
	    JSON_COMPACT | JSON_ENCODE_ANY);
	ck_assert_uint_lt(len, sizeof(text) - 1);
	text[len] = '\0';
	return text;
}

START_TEST(has_the_mail_before_the_verdict)
{
	char *text;

	at("time", NULL);
	text = json_dumps(object, JSON_COMPACT);
	ck_assert_ptr_eq(strstr(text,
			     "{\"time\":\"2026-01-02T03:04:05Z\","
			     "\"host\":\"mx1\",\"queue_id\":\"4XyZ12\","
			     "\"client\":\"192.0.2.1\","
			     "\"mail_from\":\"bounce@example.org\","
			     "\"rcpt_domains\":[\"example.net\","
			     "\"example.com\"],\"action\":\"accept\","
			     "\"policy\":null,\"stage\":null,\"would\":null,"
			     "\"file\":null,\"result\":\"pass\","),
	    text);
	free(text);
}
END_TEST

START_TEST(has_null_for_what_is_unknown)
{
	static const char *const keys[] = { "host", "queue_id", "client",
		"mail_from", "action", "header" };

	line = (struct histline){ .verdict = &verdict };
	for (size_t i = 0; i < COUNT(keys); i++)
		ck_assert_str_eq(at(keys[i], NULL), "null");
	ck_assert_str_eq(at("rcpt_domains", NULL), "[]");
}
END_TEST

START_TEST(keeps_the_causes_of_the_cloud_apart)
{
	ck_assert_str_eq(at("signatures", "modes"),
	    "{\"exchange-2013-sp1\":\"pass\",\"exchange-online\":\"policy\"}");
	ck_assert_str_eq(at("signatures", "cloud"),
	    "{\"reason\":\"untrusted\",\"trust\":\"none\","
	    "\"revocation\":\"not-checked\"}");
	ck_assert_str_eq(at("signatures", "by"), "\"local\"");
}
END_TEST

/* A mode may be in force that hides who would vouch in the cloud. */
START_TEST(says_that_the_cloud_trusts_whatever_else_is_wrong)
{
	signature.mode_trust[TRUST_EXCHANGE_ONLINE] = TRUST_BY_COLLECTION;
	signature.mode_reason[TRUST_EXCHANGE_ONLINE] = REASON_FROM_MISMATCH;
	ck_assert_str_eq(at("signatures", "cloud"),
	    "{\"reason\":\"from-mismatch\",\"trust\":\"collection\","
	    "\"revocation\":\"not-checked\"}");
}
END_TEST

START_TEST(has_the_path_with_what_was_carried)
{
	ck_assert_str_eq(at("signatures", "path"),
	    "[{\"subject\":\"CN=Alice,emailAddress=alice@example.org\","
	    "\"sha256\":\"" LEAF "\",\"not_after\":\"2026-01-02T03:04:05Z\","
	    "\"carried\":true},"
	    "{\"subject\":\"CN=Root\",\"sha256\":\"" ROOT
	    "\",\"not_after\":\"2030-01-01T00:00:00Z\",\"carried\":false}]");
}
END_TEST

/* Nothing that is the signer's own may be found anywhere in the line. */
START_TEST(says_no_more_of_an_address_than_it_may)
{
	static const char *const secrets[] = { "lice", "bounce", "\"0A\"", LEAF,
		"mx.example.net" };
	char *text;

	privacy.addresses = (enum history_addresses)_i;
	at("from", NULL);
	text = json_dumps(object, JSON_COMPACT);
	for (size_t i = 0; i < COUNT(secrets); i++)
		ck_assert_msg(strstr(text, secrets[i]) == NULL, "%s in %s",
		    secrets[i], text);
	ck_assert_ptr_nonnull(strstr(text, "@example.org"));
	ck_assert_ptr_nonnull(strstr(text, ROOT));
	ck_assert_ptr_nonnull(strstr(text, "\"issuer\":\"CN=Root\""));
	free(text);
}
END_TEST

START_TEST(says_nothing_of_a_signer_that_is_its_own_issuer)
{
	char *text;

	privacy.addresses = HISTORY_ADDRESSES_DOMAIN;
	signature.issuer = signature.anchor = signature.subject;
	signature.chain_len = signature.path_len = 1;
	at("from", NULL);
	text = json_dumps(object, JSON_COMPACT);
	ck_assert_msg(strstr(text, "lice") == NULL, "%s", text);
	free(text);
}
END_TEST

START_TEST(knows_a_hashed_address_again)
{
	char first[200];

	privacy.addresses = HISTORY_ADDRESSES_HASH;
	strcpy(first, at("from", NULL));
	ck_assert_uint_eq(strlen(first), strlen("\"\"@example.org") + 16);
	/* The identifier differs in case only. */
	ck_assert_str_eq(at("signatures", "identifier"), first);
	end();
	privacy.key[31] = 1;
	ck_assert_str_ne(at("from", NULL), first);
	end();
	privacy.key[31] = 0;
	verdict.from = "bob@example.org";
	ck_assert_str_ne(at("from", NULL), first);
}
END_TEST

START_TEST(has_an_address_without_a_domain)
{
	verdict.from = "alice";
	line.mail_from = "";
	privacy.addresses = HISTORY_ADDRESSES_DOMAIN;
	ck_assert_str_eq(at("from", NULL), "null");
	ck_assert_str_eq(at("mail_from", NULL), "\"\"");
	end();
	privacy.addresses = HISTORY_ADDRESSES_HASH;
	ck_assert_uint_eq(strlen(at("from", NULL)), 2 + 16);
}
END_TEST

START_TEST(lists_as_many_domains_as_the_limit)
{
	const char *many[HISTLINE_MAX_DOMAINS + 1];

	for (size_t i = 0; i < COUNT(many); i++)
		many[i] = "example.net";
	line.rcpt_domains = many;
	line.rcpt_domain_count = COUNT(many);
	at("rcpt_domains", NULL);
	ck_assert_uint_eq(json_array_size(
			      json_object_get(object, "rcpt_domains")),
	    HISTLINE_MAX_DOMAINS);
}
END_TEST

START_TEST(takes_any_octets)
{
	line.mail_from = "a\xff@b";
	line.host = "\x80";
	ck_assert_str_eq(at("mail_from", NULL), "\"a\xef\xbf\xbd@b\"");
	end();
	privacy.addresses = HISTORY_ADDRESSES_HASH;
	at("mail_from", NULL);
}
END_TEST

/* RFC 4231 4.3 has a shorter key; this value is openssl(1)'s. */
START_TEST(hashes_as_hmac_does)
{
	uint8_t key[HISTLINE_KEY_LEN] = "0123456789abcdef0123456789abcde";
	char out[65], other[65];

	key[31] = 'f';
	ck_assert(histline_hash(key, "alice@example.org", out));
	ck_assert_str_eq(out,
	    "3c4b2380463bfa993aab26f6640e5e02b47b9ba79fabd5dc8bd9f9a033048184");
	ck_assert(histline_hash(key, "ALICE@example.ORG", other));
	ck_assert_str_eq(out, other);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("histline");
	TCase *tcase = tcase_create("histline_new");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, has_the_mail_before_the_verdict);
	tcase_add_test(tcase, has_null_for_what_is_unknown);
	tcase_add_test(tcase, keeps_the_causes_of_the_cloud_apart);
	tcase_add_test(tcase,
	    says_that_the_cloud_trusts_whatever_else_is_wrong);
	tcase_add_test(tcase, has_the_path_with_what_was_carried);
	tcase_add_loop_test(tcase, says_no_more_of_an_address_than_it_may,
	    HISTORY_ADDRESSES_DOMAIN, HISTORY_ADDRESSES_HASH + 1);
	tcase_add_test(tcase, says_nothing_of_a_signer_that_is_its_own_issuer);
	tcase_add_test(tcase, knows_a_hashed_address_again);
	tcase_add_test(tcase, has_an_address_without_a_domain);
	tcase_add_test(tcase, lists_as_many_domains_as_the_limit);
	tcase_add_test(tcase, takes_any_octets);
	tcase_add_test(tcase, hashes_as_hmac_does);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
