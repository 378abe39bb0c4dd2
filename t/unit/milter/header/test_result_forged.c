/* SPDX-License-Identifier: ISC */
/*
 * Fields that came with a message: which of them claim to be ours.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "milter/header/result.h"
#include "t/lib/authres.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *name;
	const char *id;
	bool ok;
} ids[] = {
	{ "host name", "mx.example.net", true },
	{ "one label", "mx", true },
	{ "tspecial", "mx/1", true },
	{ "A-label", "xn--bcher-kva.example", true },
	{ "empty", "", false },
	{ "space", "mx example", false },
	{ "trailing space", "mx.example.net ", false },
	{ "tab", "mx\texample", false },
	{ "line feed", "mx.example.net\n", false },
	{ "delete", "mx\177", false },
	{ "quotes", "\"mx.example.net\"", false },
	{ "backslash", "mx\\example", false },
	{ "U-label", "b\303\274cher.example", false },
};

START_TEST(knows_a_usable_id)
{
	ck_assert_msg(result_id_ok(ids[_i].id) == ids[_i].ok, "%s",
	    ids[_i].name);
}
END_TEST

START_TEST(knows_how_long_an_id_may_be)
{
	ck_assert(result_id_ok(authres_word(253, ".")));
	ck_assert(!result_id_ok(authres_word(254, ".")));
}
END_TEST

static const struct {
	const char *name;
	const char *value;
	bool forged;
} claims[] = {
	/* Ours, in every dress. */
	{ "ours", "example.net; smime=pass", true },
	{ "no result", "example.net; none", true },
	{ "nothing after", "example.net", true },
	{ "no space", "example.net;spf=pass", true },
	{ "leading space", " example.net; none", true },
	{ "leading fold", "\n\texample.net; none", true },
	{ "CRLF fold", "\r\n example.net\r\n ; none", true },
	{ "case", "EXAMPLE.Net; none", true },
	{ "comment before", "(c)example.net; none", true },
	{ "nested comments", " (a(b)\\)) example.net; none", true },
	{ "comment after", "example.net(c); none", true },
	{ "quoted", "\"example.net\"; none", true },
	{ "quoted, escaped", "\"e\\xampl\\e.net\"; none", true },
	{ "quoted, spaces", "\" example.net \"; none", true },
	{ "quoted, folded", "\"example\n .net\"; none", true },
	{ "version", "example.net 1; none", true },
	{ "root's dot", "example.net.; none", true },
	{ "full width", "\"\357\275\205xample.net\"; none", true },
	{ "ideographic stop", "\"example\343\200\202net\"; none", true },
	{ "invisible", "\"exam\342\200\213ple.net\"; none", true },

	/* Somebody else's. */
	{ "another", "example.org; smime=pass", false },
	{ "below ours", "mx.example.net; none", false },
	{ "above ours", "net; none", false },
	{ "ours as a prefix", "example.network; none", false },
	{ "ours as a suffix", "anexample.net; none", false },
	{ "ours among labels", "\"a.example.net.example.org\"; none", false },
	{ "ours in a result", "example.org; spf=pass smtp.mailfrom=example.net",
	    false },
	{ "ours in a comment of a result",
	    "example.org; spf=pass (for example.net; none) a.b=\"example.net\"",
	    false },
	{ "encoded-word in a result", "example.org; a=b (=?x?q?y?=)", false },
	{ "nothing after another", "example.org", false },
	{ "another, quoted", "\"example.org\"; none", false },
	{ "strange", "\"; smime=pass\"; none", false },
	{ "comments", "(a\\)b(c))example.org(d)(e); none", false },
	{ "version 1", "example.org 1; none", false },
	{ "version 1, commented", "example.org(c)1(d) ; none", false },
	{ "version 001", "example.org 001; none", false },
	{ "version 1 and the end", "example.org 1", false },
	{ "folded", "example.org;\n\tspf=pass\r\n a.b=c", false },
	{ "UTF-8 comment", "example.org; a=b (\303\274)", false },
	{ "U-label", "\"b\303\274cher.example\"; none", false },
	{ "no host name", "\"a\342\200\250\"; none", false },
	{ "bad A-label", "xn--\\; none", true },
	{ "bad A-label, well-formed", "xn--9; none", false },

	/* Malformed. */
	{ "empty", "", true },
	{ "only space", " \t", true },
	{ "only a comment", "(c)", true },
	{ "only a result", "; none", true },
	{ "empty quotes", "\"\"; none", true },
	{ "quoted space", "\" \"; none", true },
	{ "comment does not end", "example.org (; none", true },
	{ "first comment does not end", "(; example.org; none", true },
	{ "inner comment does not end", "((c)example.org; none", true },
	{ "comment ends escaped", "example.org; a=b (\\)", true },
	{ "comment ends in an escape", "example.org; a=b (\\", true },
	{ "late comment does not end", "example.org; a=b (c", true },
	{ "quote does not end", "\"example.org; none", true },
	{ "quote ends escaped", "\"example.org\\\"", true },
	{ "quote ends in an escape", "\"example.org\\", true },
	{ "late quote does not end", "example.org; a=\"b", true },
	{ "quote in a comment", "example.org; a=b (\")", false },
	{ "comment in a quote", "example.org; a=\"(\"", false },
	{ "slash after the id", "example.org/x; none", true },
	{ "equals sign after the id", "spf=pass; dkim=pass", true },
	{ "at sign", "a@example.org; none", true },
	{ "comma", "example.org, example.net; none", true },
	{ "two ids", "example.org example.net; smime=pass", true },
	{ "two ids, comment between", "example.org(c)example.com; none", true },
	{ "two quoted ids", "\"example.org\"\"example.com\"; none", true },
	{ "id after a version", "example.org 1 example.net; none", true },
	{ "version at a quote", "\"example.org\"1; none", true },
	{ "version 2", "example.org 2; none", true },
	{ "version 0", "example.org 0; none", true },
	{ "version 11", "example.org 11; none", true },
	{ "version that wraps", "example.org 18446744073709551617; none",
	    true },
	{ "version and more", "example.org 1x; none", true },
	{ "version, comment does not end", "example.org 1(; none", true },
	{ "bare U-label", "b\303\274cher.example; none", true },
	{ "not UTF-8", "\"b\374cher.example\"; none", true },
	{ "late, not UTF-8", "example.org; a=b (\374)", true },
	{ "line feed, no fold", "example.org;\nnone", true },
	{ "line feed at the end", "example.org; none\n", true },
	{ "fold without a line", "example.org; none\n\n x", true },
	{ "carriage return", "example.org;\r none", true },
	{ "control before a fold", "example.org;\001\n none", true },
	{ "carriage return at the end", "example.org; none\r", true },
	{ "encoded-word", "=?utf-8?q?example.net?=; none", true },

	/* Well-formed, but some reader would find ours. */
	{ "no escapes known", "(\\) example.net; a=b;) example.org", true },
	{ "no comments known", "(example.net) example.org; none", true },
	{ "no comments known, after", "example.org (Example.NET); none", true },
	{ "no quotes known", "\"a;example.net;b\"; none", true },
	{ "escaped quote", "\"\\\"example.net\"; none", true },
	{ "quoted encoded-word", "\"=?utf-8?q?ex=61mple.net?=\"; none", true },
	{ "commented encoded-word", "(=?x?b?KQ==?=) example.org; none", true },
};

static bool
is_forged(const char *id, const char *value, size_t len)
{
	char *copy = malloc(len + 1); /* its own block, for ASan */
	bool forged;

	memcpy(copy + 1, value, len);
	forged = result_is_forged(id, NULL, copy + 1, len);
	free(copy);
	return forged;
}

START_TEST(recognises_forged_fields)
{
	const char *value = claims[_i].value;

	ck_assert_msg(is_forged("example.net", value, strlen(value)) ==
		claims[_i].forged,
	    "%s: %s", claims[_i].name, value);
}
END_TEST

static const struct {
	const char *name;
	const char *ours;
	const char *theirs;
} labels[] = {
	{ "the same", "xn--bcher-kva.example", "xn--bcher-kva.example" },
	{ "case", "xn--bcher-kva.example", "XN--Bcher-KVA.example" },
	{ "U-label", "xn--bcher-kva.example", "\"b\303\274cher.example\"" },
	{ "U-label, case", "xn--bcher-kva.example",
	    "\"B\303\234CHER.example\"" },
	{ "decomposed", "xn--bcher-kva.example", "\"bu\314\210cher.example\"" },
	{ "IDNA 2008", "xn--strae-oqa.example", "\"stra\303\237e.example\"" },
	{ "IDNA 2003", "strasse.example", "\"stra\303\237e.example\"" },
	{ "bad A-label", "xn--\177.example", "\"xn--\\\177.example\"" },
	{ "root's dot on ours", "example.net.", "example.net" },
};

START_TEST(compares_labels_in_either_form)
{
	const char *theirs = labels[_i].theirs;

	ck_assert_msg(is_forged(labels[_i].ours, theirs, strlen(theirs)), "%s",
	    labels[_i].name);
	ck_assert(!is_forged("other.example", "\"b\303\274cher.example\"", 17));
}
END_TEST

/* Where the field may be cut and still be a well-formed one ('.'). */
static const char whole[] = " (a(b)) \"ex.org\" (\\)) 1 ; x=y (z) p.q=\"r\"";
static const char marks[] = "################..###..........##......##.";

START_TEST(judges_every_truncation)
{
	for (size_t n = 0; n < sizeof(whole); n++)
		ck_assert_msg(is_forged(US, whole, n) == (marks[n] == '#'),
		    "%zu", n);
}
END_TEST

static bool
is_control(int octet)
{
	return (octet < ' ' || octet == 0x7f) && octet != '\t' && octet != '\n';
}

START_TEST(claims_a_control_wherever_it_stands)
{
	for (int octet = 0; octet < 128; octet++) {
		for (size_t n = 0; n < sizeof(whole) - 1; n++) {
			char value[sizeof(whole)];

			memcpy(value, whole, sizeof(whole));
			value[n] = (char)octet;
			ck_assert_msg(!is_control(octet) ||
				is_forged(US, value, sizeof(value) - 1),
			    "%d at %zu", octet, n);
		}
	}
	ck_assert(is_forged(US, "ex.org; a\0b", 11));
}
END_TEST

START_TEST(claims_a_field_that_is_too_long)
{
	const size_t limit = 65536;
	char *value = malloc(limit + 1);

	memset(value, ' ', limit + 1);
	memcpy(value, "ex.org;", 7);
	ck_assert(!result_is_forged(US, NULL, value, limit));
	ck_assert(result_is_forged(US, NULL, value, limit + 1));
	free(value);
}
END_TEST

START_TEST(claims_an_id_that_is_too_long)
{
	ck_assert(!is_forged(US, authres_word(1023, ".org"), 1023));
	ck_assert(is_forged(US, authres_word(1024, ".org"), 1024));
}
END_TEST

START_TEST(follows_comments_to_any_depth)
{
	enum { DEPTH = 30000 };
	char value[2 * DEPTH + 6];

	memset(value, '(', DEPTH);
	memset(value + DEPTH, ')', DEPTH);
	memcpy(value + 2 * DEPTH, "ex.org", 6);
	ck_assert(!result_is_forged(US, NULL, value, sizeof(value)));
	value[DEPTH] = ' ';
	ck_assert(result_is_forged(US, NULL, value, sizeof(value)));
}
END_TEST

static const struct {
	const char *name;
	const char *value;
	bool forged;
} trusts[] = {
	{ "listed", "relay.example.org; none", false },
	{ "listed, quoted", "\"relay\\.example.org\"; none", false },
	{ "listed, case", "RELAY.example.org; none", false },
	{ "listed and ours", US "; none", false },
	{ "listed, ours in a comment", "relay.example.org (" US "); none",
	    false },
	{ "listed, malformed", "relay.example.org (; none", true },
	{ "listed, version 2", "relay.example.org 2; none", true },
	{ "not listed", "example.com; none", false },
	{ "not listed, ours in a comment", "example.com (" US "); none", true },
};

START_TEST(never_claims_a_trusted_id)
{
	char relay[] = "relay.example.org";
	char ours[] = US;
	char *list[] = { relay, ours };
	const struct strings trusted = { .list = list, .count = 2 };
	const char *value = trusts[_i].value;

	ck_assert_msg(result_is_forged(US, &trusted, value, strlen(value)) ==
		trusts[_i].forged,
	    "%s", trusts[_i].name);
}
END_TEST

static void
add_reading(Suite *suite)
{
	TCase *tcase = tcase_create("result_is_forged");

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, knows_a_usable_id, 0, COUNT(ids));
	tcase_add_test(tcase, knows_how_long_an_id_may_be);
	tcase_add_loop_test(tcase, recognises_forged_fields, 0, COUNT(claims));
	tcase_add_loop_test(tcase, compares_labels_in_either_form, 0,
	    COUNT(labels));
	tcase_add_test(tcase, judges_every_truncation);
	tcase_add_test(tcase, claims_a_control_wherever_it_stands);
	tcase_add_test(tcase, claims_a_field_that_is_too_long);
	tcase_add_test(tcase, claims_an_id_that_is_too_long);
	tcase_add_test(tcase, follows_comments_to_any_depth);
	tcase_add_loop_test(tcase, never_claims_a_trusted_id, 0, COUNT(trusts));
}

int
main(void)
{
	Suite *suite = suite_create("result_forged");
	SRunner *runner = srunner_create(suite);
	int failed;

	add_reading(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
