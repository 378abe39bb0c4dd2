/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/header/record.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char *const chain[] = { "CN=Alice", "CN=CA", "CN=Root" };

static const struct signature full = {
	.part = "1/2",
	.outermost = true,
	.result = RESULT_POLICY,
	.reason = REASON_SHA1,
	.mode_result = { RESULT_POLICY, RESULT_FAIL, RESULT_ABSENT },
	.integrity = INTEGRITY_GOOD,
	.trust = TRUST_BY_LOCAL,
	.identity = IDENTITY_MATCH,
	.revocation = REVOCATION_NOT_CHECKED,
	.coverage = COVERAGE_WHOLE,
	.identifier = "alice@example.org",
	.issuer = "CN=CA",
	.serial = "0A",
	.subject = "CN=Alice",
	.sha256 = "00ff",
	.digest = "sha1",
	.signature = "rsaEncryption",
	.order = ATTR_SORTED,
	.key = "RSA-2048",
	.has_signing_time = true,
	.signing_time = 1767323045,
	.anchor = "CN=Root",
	.chain = chain,
	.chain_len = 3,
	.openssl_error = 20,
	.detail = "a sentence",
};

static struct signature signature;
static struct verdict verdict;
static json_t *record;

/* Full of everything; each test takes away what it is about. */
static void
begin(void)
{
	signature = full;
	verdict = (struct verdict){
		.result = RESULT_POLICY,
		.reason = REASON_SHA1,
		.scope = COVERAGE_WHOLE,
		.mode = TRUST_EXCHANGE_2013_SP1,
		.trust = TRUST_BY_LOCAL,
		.mode_result = { RESULT_POLICY, RESULT_FAIL, RESULT_ABSENT },
		.from = "alice@example.org",
		.signatures = &signature,
		.signature_count = 1,
	};
}

static void
end(void)
{
	json_decref(record);
	record = NULL;
}

static const char *
dump(const json_t *json)
{
	static char text[4096];
	char *dumped = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);

	ck_assert_ptr_nonnull(dumped);
	snprintf(text, sizeof(text), "%s", dumped);
	free(dumped);
	return text;
}

static const char *
make(const char *file, const char *header)
{
	json_decref(record);
	record = record_new(file, header, &verdict);
	ck_assert_ptr_nonnull(record);
	return dump(record);
}

static const json_t *
signature_at(size_t index)
{
	return json_array_get(json_object_get(record, "signatures"), index);
}

START_TEST(has_every_key_in_the_documented_order)
{
	ck_assert_str_eq(make("a.eml", "mx.example.net; smime=policy"),
	    "{\"file\":\"a.eml\",\"result\":\"policy\",\"reason\":\"sha1\","
	    "\"scope\":\"whole\",\"from\":\"alice@example.org\","
	    "\"mode\":\"exchange-2013-sp1\",\"trust\":\"local\","
	    "\"modes\":{\"exchange-2013-sp1\":\"policy\","
	    "\"exchange-online\":\"fail\"},"
	    "\"header\":\"mx.example.net; smime=policy\","
	    "\"signatures\":[{\"part\":\"1/2\",\"result\":\"policy\","
	    "\"reason\":\"sha1\",\"identifier\":\"alice@example.org\","
	    "\"issuer\":\"CN=CA\",\"serial\":\"0A\",\"subject\":\"CN=Alice\","
	    "\"sha256\":\"00ff\",\"digest\":\"sha1\","
	    "\"signature\":\"rsaEncryption\","
	    "\"attributes\":\"sorted\",\"key\":\"RSA-2048\","
	    "\"signing_time\":\"2026-01-02T03:04:05Z\","
	    "\"facts\":{\"integrity\":\"good\",\"trust\":\"local\","
	    "\"identity\":\"match\",\"revocation\":\"not-checked\","
	    "\"coverage\":\"whole\"},\"anchor\":\"CN=Root\","
	    "\"chain\":[\"CN=Alice\",\"CN=CA\",\"CN=Root\"],"
	    "\"openssl_error\":20,\"detail\":\"a sentence\"}]}");
}
END_TEST

START_TEST(writes_null_for_what_is_unknown)
{
	signature = (struct signature){ .part = "2",
		.result = RESULT_NEUTRAL,
		.reason = REASON_CMS_MALFORMED };
	verdict.result = RESULT_NEUTRAL;
	verdict.reason = REASON_CMS_MALFORMED;
	verdict.trust = TRUST_NONE;
	verdict.scope = COVERAGE_PARTIAL;
	verdict.from = NULL;
	ck_assert_str_eq(make("-", NULL),
	    "{\"file\":\"-\",\"result\":\"neutral\","
	    "\"reason\":\"cms-malformed\",\"scope\":\"partial\","
	    "\"from\":null,\"mode\":\"exchange-2013-sp1\",\"trust\":\"none\","
	    "\"modes\":{\"exchange-2013-sp1\":\"policy\","
	    "\"exchange-online\":\"fail\"},\"header\":null,"
	    "\"signatures\":[{\"part\":\"2\",\"result\":\"neutral\","
	    "\"reason\":\"cms-malformed\",\"identifier\":null,"
	    "\"issuer\":null,\"serial\":null,\"subject\":null,"
	    "\"sha256\":null,\"digest\":null,\"signature\":null,"
	    "\"attributes\":null,\"key\":null,\"signing_time\":null,"
	    "\"facts\":{\"integrity\":\"unknown\",\"trust\":\"none\","
	    "\"identity\":\"none\",\"revocation\":\"not-checked\","
	    "\"coverage\":\"partial\"},\"anchor\":null,\"chain\":[],"
	    "\"openssl_error\":0,\"detail\":null}]}");
}
END_TEST

START_TEST(has_no_reason_where_all_is_well)
{
	verdict.result = signature.result = RESULT_PASS;
	verdict.reason = signature.reason = REASON_OK;
	make("a.eml", "x");
	ck_assert_str_eq(dump(json_object_get(record, "result")), "\"pass\"");
	ck_assert(json_is_null(json_object_get(record, "reason")));
	ck_assert(json_is_null(json_object_get(signature_at(0), "reason")));
}
END_TEST

/* DESIGN 5: result and header of what is encrypted are null. */
START_TEST(has_no_result_for_encrypted_mail)
{
	verdict = (struct verdict){ .reason = REASON_ENCRYPTED,
		.scope = COVERAGE_WHOLE,
		.encrypted = true };
	ck_assert_str_eq(make("a.eml", NULL),
	    "{\"file\":\"a.eml\",\"result\":null,\"reason\":\"encrypted\","
	    "\"scope\":\"whole\",\"from\":null,"
	    "\"mode\":\"exchange-2013-sp1\",\"trust\":null,"
	    "\"modes\":{\"exchange-2013-sp1\":null,"
	    "\"exchange-online\":null},\"header\":null,\"signatures\":[]}");
}
END_TEST

START_TEST(shows_the_local_mode_when_it_is_in_force)
{
	verdict.mode = TRUST_LOCAL;
	verdict.mode_result[TRUST_LOCAL] = RESULT_PASS;
	make("a.eml", NULL);
	ck_assert_str_eq(dump(json_object_get(record, "mode")), "\"local\"");
	ck_assert_str_eq(dump(json_object_get(record, "modes")),
	    "{\"exchange-2013-sp1\":\"policy\",\"exchange-online\":\"fail\","
	    "\"local\":\"pass\"}");
}
END_TEST

START_TEST(lists_signatures_in_order)
{
	struct signature both[] = { full, full };

	both[1].part = "1/1.2";
	verdict.signatures = both;
	verdict.signature_count = 2;
	make("a.eml", NULL);
	ck_assert_str_eq(dump(json_object_get(signature_at(0), "part")),
	    "\"1/2\"");
	ck_assert_str_eq(dump(json_object_get(signature_at(1), "part")),
	    "\"1/1.2\"");
}
END_TEST

static const struct {
	const char *fact;
	size_t offset;
	int value;
	const char *word;
} facts[] = {
	{ "integrity", offsetof(struct signature, integrity), INTEGRITY_UNKNOWN,
	    "\"unknown\"" },
	{ "integrity", offsetof(struct signature, integrity), INTEGRITY_GOOD,
	    "\"good\"" },
	{ "integrity", offsetof(struct signature, integrity), INTEGRITY_BAD,
	    "\"bad\"" },
	{ "trust", offsetof(struct signature, trust), TRUST_NONE, "\"none\"" },
	{ "trust", offsetof(struct signature, trust), TRUST_BY_COLLECTION,
	    "\"collection\"" },
	{ "trust", offsetof(struct signature, trust), TRUST_BY_LOCAL,
	    "\"local\"" },
	{ "identity", offsetof(struct signature, identity), IDENTITY_NONE,
	    "\"none\"" },
	{ "identity", offsetof(struct signature, identity), IDENTITY_MATCH,
	    "\"match\"" },
	{ "identity", offsetof(struct signature, identity), IDENTITY_ALIAS,
	    "\"match\"" },
	{ "identity", offsetof(struct signature, identity), IDENTITY_MISMATCH,
	    "\"mismatch\"" },
	{ "identity", offsetof(struct signature, identity), IDENTITY_AMBIGUOUS,
	    "\"ambiguous\"" },
	{ "revocation", offsetof(struct signature, revocation),
	    REVOCATION_NOT_CHECKED, "\"not-checked\"" },
	{ "revocation", offsetof(struct signature, revocation), REVOCATION_GOOD,
	    "\"good\"" },
	{ "revocation", offsetof(struct signature, revocation),
	    REVOCATION_UNKNOWN, "\"unknown\"" },
	{ "revocation", offsetof(struct signature, revocation),
	    REVOCATION_REVOKED, "\"revoked\"" },
	{ "coverage", offsetof(struct signature, coverage), COVERAGE_PARTIAL,
	    "\"partial\"" },
	{ "coverage", offsetof(struct signature, coverage), COVERAGE_WHOLE,
	    "\"whole\"" },
};

START_TEST(has_a_word_for_every_fact)
{
	_Static_assert(sizeof(enum identity) == sizeof(int), "enum");
	memcpy((char *)&signature + facts[_i].offset, &facts[_i].value,
	    sizeof(facts[_i].value));
	make("a.eml", NULL);
	ck_assert_str_eq(dump(json_object_get(json_object_get(signature_at(0),
						  "facts"),
			     facts[_i].fact)),
	    facts[_i].word);
}
END_TEST

/* File names, and names in certificates, may be any octets. */
START_TEST(replaces_what_is_not_utf8)
{
	static const char *const bad = "a\xff-\xc3";
	static const char *const good = "\"a\xef\xbf\xbd-\xef\xbf\xbd\"";
	static const char *const keys[] = { "identifier", "issuer", "subject",
		"anchor" };

	signature.identifier = signature.issuer = signature.subject = bad;
	signature.anchor = bad;
	signature.chain = &bad;
	signature.chain_len = 1;
	verdict.from = bad;
	make(bad, bad);
	ck_assert_str_eq(dump(json_object_get(record, "file")), good);
	ck_assert_str_eq(dump(json_object_get(record, "from")), good);
	ck_assert_str_eq(dump(json_object_get(record, "header")), good);
	for (size_t i = 0; i < COUNT(keys); i++)
		ck_assert_str_eq(dump(
				     json_object_get(signature_at(0), keys[i])),
		    good);
	ck_assert_str_eq(dump(json_array_get(json_object_get(signature_at(0),
						 "chain"),
			     0)),
	    good);
}
END_TEST

START_TEST(keeps_utf8_and_escapes_controls)
{
	make("J\xc3\xb6rg\n\"\x01", NULL);
	ck_assert_str_eq(dump(json_object_get(record, "file")),
	    "\"J\xc3\xb6rg\\n\\\"\\u0001\"");
}
END_TEST

static const struct {
	time_t when;
	const char *text;
} times[] = {
	{ 0, "1970-01-01T00:00:00Z" },
	{ 1767323045, "2026-01-02T03:04:05Z" },
	{ -1, "1969-12-31T23:59:59Z" },
	{ 253402300799, "9999-12-31T23:59:59Z" },
	{ -62135596800, "0001-01-01T00:00:00Z" },
};

START_TEST(writes_times_as_rfc_3339_does)
{
	char text[32];

	record_time(times[_i].when, text);
	ck_assert_str_eq(text, times[_i].text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("record");
	TCase *tcase = tcase_create("record_new");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, has_every_key_in_the_documented_order);
	tcase_add_test(tcase, writes_null_for_what_is_unknown);
	tcase_add_test(tcase, has_no_reason_where_all_is_well);
	tcase_add_test(tcase, has_no_result_for_encrypted_mail);
	tcase_add_test(tcase, shows_the_local_mode_when_it_is_in_force);
	tcase_add_test(tcase, lists_signatures_in_order);
	tcase_add_loop_test(tcase, has_a_word_for_every_fact, 0, COUNT(facts));
	tcase_add_test(tcase, replaces_what_is_not_utf8);
	tcase_add_test(tcase, keeps_utf8_and_escapes_controls);
	tcase_add_loop_test(tcase, writes_times_as_rfc_3339_does, 0,
	    COUNT(times));
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
