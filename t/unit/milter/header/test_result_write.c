/* SPDX-License-Identifier: ISC */
/*
 * What is written of a signature, of what certificates say, and how it is
 * folded.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "milter/header/result.h"
#include "smime/reason.h"
#include "smime/trust/trust.h"
#include "t/lib/authres.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct result_form ascii = { .utf8 = false };

START_TEST(folds_as_documented)
{
	struct verdict verdict = authres_verdict(&authres_good, 1);
	char *folded = result_write(US, &verdict, ascii);

	ck_assert_str_eq(folded,
	    "mx.example.net; smime=pass\n"
	    " body.smime-identifier=alice@example.org body.smime-part=2\n"
	    " policy.smime-trust=collection");
	free(folded);
}
END_TEST

/* Each row: the good signature, with these differences. */
static const struct {
	const char *name;
	enum result result;
	enum reason reason;
	enum integrity integrity;
	enum trust_who trust;
	enum identity identity;
	enum coverage coverage;
	const char *part;
	const char *want;
} facts[] = {
	{ "pass by the local store", RESULT_PASS, REASON_OK, INTEGRITY_GOOD,
	    TRUST_BY_LOCAL, IDENTITY_MATCH, COVERAGE_WHOLE, "2",
	    US "; smime=pass body.smime-identifier=alice@example.org"
	       " body.smime-part=2 policy.smime-trust=local" },
	{ "pass by an alias", RESULT_PASS, REASON_OK, INTEGRITY_GOOD,
	    TRUST_BY_COLLECTION, IDENTITY_ALIAS, COVERAGE_WHOLE, "1",
	    US "; smime=pass body.smime-identifier=alice@example.org"
	       " body.smime-part=1 policy.smime-trust=collection"
	       " policy.smime-signer=alias" },
	{ "only a part is signed", RESULT_POLICY, REASON_PARTIAL,
	    INTEGRITY_GOOD, TRUST_BY_COLLECTION, IDENTITY_MATCH,
	    COVERAGE_PARTIAL, "2.2",
	    US "; smime=policy reason=partial"
	       " body.smime-identifier=alice@example.org body.smime-part=2.2"
	       " policy.smime-trust=collection policy.smime-scope=partial" },
	{ "partial, by an alias", RESULT_POLICY, REASON_PARTIAL, INTEGRITY_GOOD,
	    TRUST_BY_LOCAL, IDENTITY_ALIAS, COVERAGE_PARTIAL, "1/2",
	    US
	    "; smime=policy reason=partial"
	    " body.smime-identifier=alice@example.org body.smime-part=\"1/2\""
	    " policy.smime-trust=local policy.smime-scope=partial"
	    " policy.smime-signer=alias" },
	{ "nobody vouches", RESULT_POLICY, REASON_UNTRUSTED, INTEGRITY_GOOD,
	    TRUST_NONE, IDENTITY_MATCH, COVERAGE_WHOLE, "2",
	    US "; smime=policy reason=untrusted body.smime-part=2"
	       " policy.smime-trust=none" },
	{ "changed octets", RESULT_FAIL, REASON_DIGEST_MISMATCH, INTEGRITY_BAD,
	    TRUST_BY_COLLECTION, IDENTITY_MATCH, COVERAGE_WHOLE, "2",
	    US "; smime=fail reason=digest-mismatch body.smime-part=2" },
	{ "not judged", RESULT_NEUTRAL, REASON_NO_SIGNERS, INTEGRITY_UNKNOWN,
	    TRUST_BY_COLLECTION, IDENTITY_NONE, COVERAGE_WHOLE, "1",
	    US "; smime=neutral reason=no-signers body.smime-part=1" },
	{ "no result of its own", RESULT_ABSENT, REASON_ENCRYPTED,
	    INTEGRITY_UNKNOWN, TRUST_NONE, IDENTITY_NONE, COVERAGE_WHOLE, "1",
	    US "; smime=neutral reason=encrypted body.smime-part=1" },
};

START_TEST(states_the_facts_of_a_signature)
{
	struct signature signature = authres_good;
	struct verdict verdict;
	char *line;

	signature.result = facts[_i].result;
	signature.reason = facts[_i].reason;
	signature.integrity = facts[_i].integrity;
	signature.trust = facts[_i].trust;
	signature.identity = facts[_i].identity;
	signature.coverage = facts[_i].coverage;
	signature.part = facts[_i].part;
	verdict = authres_verdict(&signature, 1);
	line = result_write_unfolded(US, &verdict, ascii);
	ck_assert_msg(strcmp(line, facts[_i].want) == 0, "%s: %s",
	    facts[_i].name, line);
	free(line);
	authres_rewrite(facts[_i].name, US, &verdict, false);
}
END_TEST

static const struct {
	const char *name;
	bool staging;
	enum result result;
	enum result cloud;
	const char *want; /* behind policy.smime-trust */
} clouds[] = {
	{ "the same", true, RESULT_PASS, RESULT_PASS, "" },
	{ "not asked", true, RESULT_PASS, RESULT_ABSENT, "" },
	{ "no staging", false, RESULT_PASS, RESULT_POLICY, "" },
	{ "stops passing", true, RESULT_PASS, RESULT_POLICY,
	    " policy.smime-cloud=policy" },
	{ "fails there", true, RESULT_PASS, RESULT_FAIL,
	    " policy.smime-cloud=fail" },
	{ "passes there", true, RESULT_POLICY, RESULT_PASS,
	    " policy.smime-cloud=pass" },
	{ "unknown is no pass", true, RESULT_PASS, RESULT_TEMPERROR,
	    " policy.smime-cloud=temperror" },
};

START_TEST(says_what_the_cloud_would_where_it_differs)
{
	struct result_form form = { .staging = clouds[_i].staging };
	struct signature signature = authres_good;
	struct verdict verdict;
	char *line, *end;

	signature.result = clouds[_i].result;
	if (signature.result != RESULT_PASS)
		signature.reason = REASON_UNTRUSTED;
	signature.mode_result[TRUST_EXCHANGE_ONLINE] = clouds[_i].cloud;
	verdict = authres_verdict(&signature, 1);
	line = result_write_unfolded(US, &verdict, form);
	end = strstr(line, "policy.smime-trust=collection");
	ck_assert_ptr_nonnull(end);
	ck_assert_msg(strcmp(end + strlen("policy.smime-trust=collection"),
			  clouds[_i].want) == 0,
	    "%s: %s", clouds[_i].name, line);
	free(line);
}
END_TEST

static const struct {
	const char *name;
	enum result result;
	enum reason reason;
	const char *want;
} unsigneds[] = {
	{ "unsigned", RESULT_NONE, REASON_UNSIGNED,
	    US "; smime=none reason=unsigned" },
	{ "certificates only", RESULT_NONE, REASON_CERTS_ONLY,
	    US "; smime=none reason=certs-only" },
	{ "too deep to look", RESULT_PERMERROR, REASON_TOO_DEEP,
	    US "; smime=permerror reason=too-deep" },
	{ "our own trouble", RESULT_TEMPERROR, REASON_TEMP_NOMEM,
	    US "; smime=temperror reason=no-memory" },
};

START_TEST(gives_the_verdict_where_no_signature_is_listed)
{
	struct verdict verdict = { .result = unsigneds[_i].result,
		.reason = unsigneds[_i].reason };
	char *line = result_write_unfolded(US, &verdict, ascii);

	ck_assert_msg(strcmp(line, unsigneds[_i].want) == 0, "%s: %s",
	    unsigneds[_i].name, line);
	free(line);
}
END_TEST

START_TEST(says_nothing_about_mail_that_is_enveloped_only)
{
	struct verdict verdict = { .result = RESULT_ABSENT,
		.reason = REASON_ENCRYPTED,
		.encrypted = true };

	ck_assert_ptr_null(result_write(US, &verdict, ascii));
	ck_assert_ptr_null(result_write_unfolded(US, &verdict,
	    (struct result_form){ .utf8 = true }));
}
END_TEST

START_TEST(lists_signatures_in_order)
{
	struct signature list[] = { authres_good, authres_good, authres_good };
	struct verdict verdict;
	const struct parsed *parsed;

	list[0].part = "3";
	list[1].result = RESULT_FAIL;
	list[1].reason = REASON_REVOKED;
	list[2].part = "1";
	verdict = authres_verdict(list, 3);
	verdict.result = RESULT_PASS; /* the failed one is further in */
	parsed = authres_rewrite("three", US, &verdict, false);
	ck_assert_uint_eq(parsed->count, 3);
	for (size_t i = 0; i < 3; i++)
		authres_check_value("three", &parsed->resinfos[i],
		    "body.smime-part", list[i].part);
	ck_assert_str_eq(parsed->resinfos[0].result, "pass");
	ck_assert_str_eq(parsed->resinfos[1].result, "fail");
	ck_assert_str_eq(parsed->resinfos[1].reason, "revoked");
	ck_assert_str_eq(parsed->resinfos[2].result, "pass");
}
END_TEST

static const struct {
	const char *name;
	bool utf8;
	const char *identifier;
	bool written;
} addresses[] = {
	{ "plain", false, "alice@example.org", true },
	{ "dots", false, "a.b.c@sub.example.org", true },
	{ "all of atext but =", false, "!#$%&'*+-/?^_`{|}~1@example.org",
	    true },
	{ "equals sign", false, "smime=pass@example.org", false },
	{ "equals sign last", false, "a=@example.org", false },
	{ "quoted", false, "\"odd local\"@example.org", false },
	{ "needlessly quoted", false, "\"a\"@example.org", false },
	{ "quoted, escaped", false, "\"a\\\"; x=y (\\\\\"@example.org", false },
	{ "quoted, empty", false, "\"\"@example.org", false },
	{ "A-label", false, "a@xn--bcher-kva.example", true },
	{ "unknown", false, NULL, false },
	{ "empty", false, "", false },
	{ "no local part", false, "@example.org", false },
	{ "no domain", false, "alice", false },
	{ "empty domain", false, "alice@", false },
	{ "one label", false, "root@localhost", false },
	{ "literal", false, "a@[192.0.2.1]", false },
	{ "dot at the end", false, "a@example.org.", false },
	{ "dot at the start", false, "a@.example.org", false },
	{ "two dots in the domain", false, "a@example..org", false },
	{ "underscore", false, "a@ex_ample.org", false },
	{ "hyphen at the start", false, "a@-example.org", false },
	{ "hyphen at the end", false, "a@example-.org", false },
	{ "hyphen last", false, "a@example.org-", false },
	{ "local starts with a dot", false, ".a@example.org", false },
	{ "local ends with a dot", false, "a.@example.org", false },
	{ "two dots", false, "a..b@example.org", false },
	{ "two at signs", false, "a@b@example.org", false },
	{ "space", false, "a b@example.org", false },
	{ "another result", false, "a@example.org; dkim=pass", false },
	{ "a property", false, "a@example.org header.d=example.org", false },
	{ "a comment", false, "a@example.org(", false },
	{ "comment in local", false, "a(b)@example.org", false },
	{ "quote does not end", false, "\"a@example.org", false },
	{ "escape at the end", false, "\"a\\", false },
	{ "quote ends early", false, "\"a\"b\"@example.org", false },
	{ "quote within", false, "a\"b\"@example.org", false },
	{ "line end", false, "a@example.org\nX: y", false },
	{ "line end in quotes", false, "\"a\n b\"@example.org", false },
	{ "control", false, "a\001@example.org", false },
	{ "delete", false, "a\177@example.org", false },
	{ "angle brackets", false, "<a@example.org>", false },
	{ "non-ASCII local, ASCII mail", false, "\303\244@example.org", false },
	{ "non-ASCII domain, ASCII mail", false, "a@b\303\274.example", false },
	{ "non-ASCII local", true, "\303\244@example.org", true },
	{ "non-ASCII quoted", true, "\"\303\244 b\"@example.org", false },
	{ "U-label", true, "a@b\303\274cher.example", true },
	{ "not UTF-8", true, "\344@example.org", false },
	{ "overlong UTF-8", true, "a\300\200@example.org", false },
	{ "truncated UTF-8", true, "a@example.org\303", false },
	{ "C1 control", true, "a\302\205@example.org", false },
	{ "line separator", true, "\"a\342\200\250b\"@example.org", false },
	{ "turned around", true, "a\342\200\256b@example.org", false },
};

START_TEST(writes_only_addresses_that_fit_the_grammar)
{
	struct signature signature = authres_good;
	struct verdict verdict = authres_verdict(&signature, 1);
	bool written = addresses[_i].written;
	const char *name = addresses[_i].name;
	const struct resinfo *got;

	signature.identifier = addresses[_i].identifier;
	got = &authres_rewrite(name, US, &verdict, addresses[_i].utf8)
		   ->resinfos[0];
	authres_check_value(name, got, "body.smime-identifier",
	    written ? addresses[_i].identifier : NULL);
	authres_check_value(name, got, "body.smime-serial",
	    written ? NULL : "0A");
	authres_check_value(name, got, "body.smime-issuer",
	    written ? NULL : "CN=CA");
}
END_TEST

static const struct {
	const char *name;
	bool utf8;
	const char *issuer;
	const char *want;
} issuers[] = {
	{ "a DN", false, "CN=CA 3,O=Ex\\, Ltd", "CN=CA 3,O=Ex\\, Ltd" },
	{ "quotes", false, "CN=\"a\"", "CN=\"a\"" },
	{ "empty", false, "", "" },
	{ "a token", false, "CA", "CA" },
	{ "another result", false, "CN=a\"; dkim=pass header.d=x",
	    "CN=a\"? dkim?pass header.d?x" },
	{ "a result as a value", false, "CN=smime=pass", "CN=smime?pass" },
	{ "equals signs", false, "CN==a==", "CN=?a??" },
	{ "values", false, "CN=a=b,OU=c=d+UID=e=f", "CN=a?b,OU=c?d+UID=e?f" },
	{ "escaped separators", false, "CN=a\\,b=c\\+d=e,O=f",
	    "CN=a\\,b?c\\+d?e,O=f" },
	{ "escaped backslash", false, "CN=a\\\\,O=b=c", "CN=a\\\\,O=b?c" },
	{ "three backslashes", false, "CN=a\\\\\\,O=b", "CN=a\\\\\\,O?b" },
	{ "escaped equals sign", false, "CN=a\\=b", "CN=a\\?b" },
	{ "escaped semicolon", false, "CN=a\\;b", "CN=a\\?b" },
	{ "semicolon in a type", false, "a;b=c", "a?b=c" },
	{ "opens a comment", false, "CN=a (", "CN=a (" },
	{ "backslash at the end", false, "CN=a\\", "CN=a\\" },
	{ "line ends", false, "CN=a\r\nX: y\n\n", "CN=a??X: y??" },
	{ "controls", false, "\001\t\033\177", "????" },
	{ "non-ASCII in ASCII mail", false, "CN=M\303\274ller", "CN=M?ller" },
	{ "Latin-1", false, "CN=M\374ller", "CN=M?ller" },
	{ "non-ASCII", true, "CN=M\303\274ller", "CN=M\303\274ller" },
	{ "not UTF-8", true, "CN=M\374ller\303", "CN=M?ller?" },
	{ "overlong quote", true, "CN=\300\242", "CN=??" },
	{ "surrogate", true, "\355\240\200", "???" },
	{ "C1 control", true, "CN=a\302\205b", "CN=a?b" },
	{ "line separator", true, "CN=a\342\200\250b", "CN=a?b" },
	{ "paragraph separator", true, "CN=a\342\200\251b", "CN=a?b" },
	{ "turned around", true, "CN=a\342\200\256b", "CN=a?b" },
};

START_TEST(quotes_and_mends_what_certificates_say)
{
	struct signature signature = authres_good;
	struct verdict verdict = authres_verdict(&signature, 1);
	const char *name = issuers[_i].name;
	const struct parsed *got;

	signature.identifier = NULL;
	signature.issuer = issuers[_i].issuer;
	got = authres_rewrite(name, US, &verdict, issuers[_i].utf8);
	authres_check_value(name, got->resinfos, "body.smime-issuer",
	    issuers[_i].want);
}
END_TEST

START_TEST(quotes_a_serial_that_is_none)
{
	struct signature signature = authres_good;
	struct verdict verdict = authres_verdict(&signature, 1);
	const struct parsed *got;

	signature.identifier = NULL;
	signature.serial = "0\"; \\\r\n\303\274";
	got = authres_rewrite("serial", US, &verdict, false);
	authres_check_value("serial", got->resinfos, "body.smime-serial",
	    "0\"; \\???");
}
END_TEST

START_TEST(says_nothing_of_a_certificate_nobody_vouches_for)
{
	struct signature list[] = { authres_good, authres_good, authres_good };
	struct verdict verdict = authres_verdict(list, 3);
	const struct parsed *got;

	list[0].trust = TRUST_NONE;
	list[1].trust = TRUST_NONE;
	list[1].identifier = NULL;
	list[2].integrity = INTEGRITY_BAD;
	list[2].identifier = NULL;
	got = authres_rewrite("unknown", US, &verdict, false);
	for (size_t i = 0; i < 3; i++) {
		const struct resinfo *resinfo = &got->resinfos[i];

		authres_check_value("any", resinfo, "body.smime-identifier",
		    NULL);
		authres_check_value("any", resinfo, "body.smime-serial", NULL);
		authres_check_value("any", resinfo, "body.smime-issuer", NULL);
	}
}
END_TEST

START_TEST(keeps_to_the_grammar_whatever_octet_comes)
{
	char words[] = "a?b.c=\"@x.example";
	struct signature signature = authres_good;
	struct verdict verdict = authres_verdict(&signature, 1);

	signature.issuer = words;
	signature.serial = words + 1;
	signature.identifier = words;
	for (int octet = 1; octet < 256; octet++) {
		words[1] = (char)octet;
		authres_rewrite("ASCII", US, &verdict, false);
		authres_rewrite("UTF-8", US, &verdict, true);
		words[6] = '-';
		authres_rewrite("address, ASCII", US, &verdict, false);
		authres_rewrite("address, UTF-8", US, &verdict, true);
		words[8] = (char)octet;
		authres_rewrite("domain, ASCII", US, &verdict, false);
		authres_rewrite("domain, UTF-8", US, &verdict, true);
		words[6] = '"';
		words[8] = 'x';
	}
}
END_TEST

START_TEST(gives_both_serial_and_issuer_or_neither)
{
	struct signature list[] = { authres_good, authres_good };
	struct verdict verdict = authres_verdict(list, 2);
	const struct parsed *got;

	list[0].identifier = list[1].identifier = NULL;
	list[0].serial = NULL;
	list[1].issuer = NULL;
	got = authres_rewrite("halves", US, &verdict, false);
	for (size_t i = 0; i < 2; i++) {
		const struct resinfo *resinfo = &got->resinfos[i];

		authres_check_value("half", resinfo, "body.smime-serial", NULL);
		authres_check_value("half", resinfo, "body.smime-issuer", NULL);
	}
}
END_TEST

START_TEST(tells_signers_of_one_part_and_address_apart)
{
	struct signature list[] = { authres_good, authres_good, authres_good,
		authres_good, authres_good };
	struct verdict verdict = authres_verdict(list, 5);
	const struct parsed *got;

	list[1].identifier = "ALICE@example.org";
	list[1].serial = "0B";
	list[2].identifier = "bob@example.org";
	list[3].part = "1";
	list[4].part = "1";
	list[4].identifier = NULL;
	got = authres_rewrite("twins", US, &verdict, false);
	authres_check_value("first", &got->resinfos[0], "body.smime-serial",
	    "0A");
	authres_check_value("first", &got->resinfos[0], "body.smime-identifier",
	    "alice@example.org");
	authres_check_value("second", &got->resinfos[1], "body.smime-serial",
	    "0B");
	authres_check_value("address", &got->resinfos[2], "body.smime-serial",
	    NULL);
	authres_check_value("part", &got->resinfos[3], "body.smime-serial",
	    NULL);
}
END_TEST

static const struct {
	const char *name;
	size_t len;
	const char *end;
	size_t want;
} cuts[] = {
	{ "199", 199, ",", 199 },
	{ "200", 200, ",", 200 },
	{ "201", 201, ",", 200 },
	{ "4000", 4000, ",", 200 },
	{ "token", 200, "", 200 },
	{ "long token", 201, "", 200 },
	{ "two octets within", 200, "\303\274", 200 },
	{ "two octets across", 201, "\303\274", 199 },
	{ "four octets across", 203, "\360\237\224\217", 199 },
};

START_TEST(cuts_a_long_issuer_between_characters)
{
	struct signature signature = authres_good;
	struct verdict verdict = authres_verdict(&signature, 1);
	const char *got;

	signature.identifier = NULL;
	signature.issuer = authres_word(cuts[_i].len, cuts[_i].end);
	got = authres_value(authres_rewrite(cuts[_i].name, US, &verdict, true)
				->resinfos,
	    "body.smime-issuer");
	ck_assert_uint_eq(strlen(got), cuts[_i].want);
	ck_assert_int_eq(strncmp(got, signature.issuer, strlen(got)), 0);
}
END_TEST

START_TEST(omits_what_must_not_be_cut)
{
	struct signature signature = authres_good;
	struct verdict verdict = authres_verdict(&signature, 1);
	const struct parsed *got;

	signature.identifier = authres_word(320, "@example.org");
	got = authres_rewrite("320", US, &verdict, false);
	authres_check_value("320", got->resinfos, "body.smime-identifier",
	    signature.identifier);
	signature.identifier = authres_word(321, "@example.org");
	got = authres_rewrite("321", US, &verdict, false);
	authres_check_value("321", got->resinfos, "body.smime-identifier",
	    NULL);
	authres_check_value("321", got->resinfos, "body.smime-serial", "0A");

	signature.identifier = NULL;
	signature.serial = authres_word(80, "0");
	got = authres_rewrite("80", US, &verdict, false);
	authres_check_value("80", got->resinfos, "body.smime-serial",
	    signature.serial);
	signature.serial = authres_word(81, "0");
	got = authres_rewrite("81", US, &verdict, false);
	authres_check_value("81", got->resinfos, "body.smime-serial", NULL);
	authres_check_value("81", got->resinfos, "body.smime-issuer", NULL);
}
END_TEST

/* 24 for the name, 45 for the rest of the line: 9 are left for the id. */
START_TEST(folds_after_78_octets_and_not_before)
{
	struct verdict verdict = { .result = RESULT_PERMERROR,
		.reason = REASON_DIGEST_NOT_ANNOUNCED };
	char *folded = result_write("abcdefghi", &verdict, ascii);

	ck_assert_str_eq(folded,
	    "abcdefghi; smime=permerror reason=digest-not-announced");
	free(folded);
	folded = result_write("abcdefghij", &verdict, ascii);
	ck_assert_str_eq(folded,
	    "abcdefghij; smime=permerror\n reason=digest-not-announced");
	free(folded);
}
END_TEST

START_TEST(fills_a_folded_line_to_78_octets)
{
	struct signature signature = authres_good;
	struct verdict verdict = authres_verdict(&signature, 1);
	char *folded;

	signature.identifier = authres_word(37, "@example.org");
	folded = result_write(US, &verdict, ascii);
	ck_assert_ptr_nonnull(strstr(folded, "org body.smime-part=2\n"));
	free(folded);
	signature.identifier = authres_word(38, "@example.org");
	folded = result_write(US, &verdict, ascii);
	ck_assert_ptr_nonnull(strstr(folded, "org\n body.smime-part=2"));
	free(folded);
}
END_TEST

START_TEST(does_not_fold_within_quotes)
{
	struct signature signature = authres_good;
	struct verdict verdict = authres_verdict(&signature, 1);
	char *folded;

	signature.identifier = NULL;
	signature.issuer =
	    "CN=a \"b\\\" c d e f g h i j k l m n o p q r s t u v "
	    "w x y z a b c d e f g h i j k l m n o p q r s t u v w x y z";
	folded = result_write(US, &verdict, ascii);
	ck_assert_str_eq(folded,
	    US "; smime=pass body.smime-part=2\n"
	       " body.smime-serial=0A\n"
	       " body.smime-issuer=\"CN=a \\\"b\\\\\\\" c d e f g h i j k l "
	       "m n o p q r s t u v w x y z a b c d e f g h i j k l m n o p "
	       "q r s t u v w x y z\"\n"
	       " policy.smime-trust=collection");
	free(folded);
}
END_TEST

START_TEST(writes_any_id_that_is_ok)
{
	struct verdict verdict = authres_verdict(&authres_good, 1);

	authres_rewrite("token", "mx_1.example.net", &verdict, false);
	authres_rewrite("tspecials", "a/b(c;d=e,f", &verdict, false);
	authres_rewrite("253", authres_word(253, "."), &verdict, false);
	authres_rewrite("253 quoted", authres_word(253, ";"), &verdict, false);
}
END_TEST

static void
add_writing(Suite *suite)
{
	TCase *tcase = tcase_create("result_write");

	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, folds_as_documented);
	tcase_add_loop_test(tcase, states_the_facts_of_a_signature, 0,
	    COUNT(facts));
	tcase_add_loop_test(tcase,
	    gives_the_verdict_where_no_signature_is_listed, 0,
	    COUNT(unsigneds));
	tcase_add_loop_test(tcase, says_what_the_cloud_would_where_it_differs,
	    0, COUNT(clouds));
	tcase_add_test(tcase, says_nothing_about_mail_that_is_enveloped_only);
	tcase_add_test(tcase, lists_signatures_in_order);
	tcase_add_loop_test(tcase, writes_only_addresses_that_fit_the_grammar,
	    0, COUNT(addresses));
	tcase_add_loop_test(tcase, quotes_and_mends_what_certificates_say, 0,
	    COUNT(issuers));
	tcase_add_test(tcase, quotes_a_serial_that_is_none);
	tcase_add_test(tcase, says_nothing_of_a_certificate_nobody_vouches_for);
	tcase_add_test(tcase, keeps_to_the_grammar_whatever_octet_comes);
	tcase_add_test(tcase, gives_both_serial_and_issuer_or_neither);
	tcase_add_test(tcase, tells_signers_of_one_part_and_address_apart);
	tcase_add_loop_test(tcase, cuts_a_long_issuer_between_characters, 0,
	    COUNT(cuts));
	tcase_add_test(tcase, omits_what_must_not_be_cut);
	tcase_add_test(tcase, folds_after_78_octets_and_not_before);
	tcase_add_test(tcase, fills_a_folded_line_to_78_octets);
	tcase_add_test(tcase, does_not_fold_within_quotes);
	tcase_add_test(tcase, writes_any_id_that_is_ok);
}

int
main(void)
{
	Suite *suite = suite_create("result_write");
	SRunner *runner = srunner_create(suite);
	int failed;

	add_writing(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
