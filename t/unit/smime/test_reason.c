/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "smime/reason.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* The token may stand bare in a header: RFC 8601 2.2, RFC 2045 5.1. */
START_TEST(tokens_are_in_kebab_case)
{
	const char *token = reason_token((enum reason)_i);
	size_t len = strlen(token);

	ck_assert_uint_gt(len, 0);
	ck_assert_uint_le(len, 30);
	ck_assert(islower(token[0]));
	ck_assert(token[len - 1] != '-');
	for (size_t i = 0; i < len; i++)
		ck_assert_msg(islower(token[i]) || isdigit(token[i]) ||
			(token[i] == '-' && token[i - 1] != '-'),
		    "%s", token);
}
END_TEST

START_TEST(tokens_are_unique)
{
	for (enum reason other = 0; other < REASON_COUNT; other++)
		if (other != (enum reason)_i)
			ck_assert_str_ne(reason_token((enum reason)_i),
			    reason_token(other));
}
END_TEST

/* Both may be set into a sentence of somebody else's. */
START_TEST(words_and_cures_are_sentences_without_a_full_stop)
{
	const char *words = reason_words((enum reason)_i);
	const char *cure = reason_cure((enum reason)_i);

	ck_assert_uint_gt(strlen(words), 10);
	ck_assert(words[strlen(words) - 1] != '.');
	ck_assert_ptr_null(strchr(words, '\n'));
	ck_assert_ptr_null(strstr(words, "  "));
	ck_assert_uint_gt(strlen(cure), 5);
	ck_assert(isupper(cure[0]));
	ck_assert(cure[strlen(cure) - 1] != '.');
	ck_assert_ptr_null(strchr(cure, '\n'));
	ck_assert_ptr_null(strstr(cure, "  "));
}
END_TEST

/* [MS-ASCMD]: 1 is success, and nothing else is. */
START_TEST(only_ok_is_a_good_status_of_validatecert)
{
	int status = reason_validatecert((enum reason)_i);

	ck_assert_int_ge(status, 0);
	ck_assert_int_le(status, 17);
	ck_assert_int_eq(status == 1, _i == REASON_OK);
	/* What there is to verify has a status. */
	ck_assert_int_eq(status == 0,
	    reason_result((enum reason)_i) < RESULT_PASS);
}
END_TEST

START_TEST(only_ok_passes)
{
	ck_assert_int_eq(reason_result((enum reason)_i) == RESULT_PASS,
	    _i == REASON_OK);
	if (_i != REASON_OK)
		ck_assert_str_ne(reason_cure((enum reason)_i), "");
}
END_TEST

/* RFC 7281 3.1, and what each result is for. */
static const struct {
	enum reason reason;
	const char *token;
	const char *word; /* NULL: no result at all */
	int validatecert;
} rows[] = {
	{ REASON_OK, "ok", "pass", 1 },
	{ REASON_UNSIGNED, "unsigned", "none", 0 },
	{ REASON_CERTS_ONLY, "certs-only", "none", 0 },
	{ REASON_ENCRYPTED, "encrypted", NULL, 0 },
	{ REASON_UNTRUSTED, "untrusted", "policy", 4 },
	{ REASON_INTERMEDIATE_MISSING, "intermediate-missing", "policy", 5 },
	{ REASON_ROOT_DISALLOWED, "root-disallowed", "policy", 4 },
	{ REASON_ROOT_PURPOSE, "root-purpose", "policy", 6 },
	{ REASON_ROOT_NOT_BEFORE, "root-not-before", "policy", 4 },
	{ REASON_ROOT_CONSTRAINTS, "root-constraints", "policy", 4 },
	{ REASON_MD5, "md5", "policy", 3 },
	{ REASON_SHA1, "sha1", "policy", 3 },
	{ REASON_DSA, "dsa", "policy", 3 },
	{ REASON_SHORT_KEY, "short-key", "policy", 3 },
	{ REASON_NO_SIGNED_ATTRIBUTES, "no-signed-attributes", "policy", 3 },
	{ REASON_NO_FROM, "no-from", "policy", 12 },
	{ REASON_FROM_AMBIGUOUS, "from-ambiguous", "policy", 12 },
	{ REASON_FROM_DISPLAY_NAME, "from-display-name", "policy", 12 },
	{ REASON_FROM_MISMATCH, "from-mismatch", "policy", 12 },
	{ REASON_PROTECTED_FROM, "protected-from", "policy", 12 },
	{ REASON_NO_ADDRESS, "no-address", "policy", 12 },
	{ REASON_PARTIAL, "partial", "policy", 3 },
	{ REASON_CMS_MALFORMED, "cms-malformed", "neutral", 2 },
	{ REASON_CMS_TRAILING, "cms-trailing", "neutral", 2 },
	{ REASON_CMS_TYPE, "cms-type", "neutral", 2 },
	{ REASON_CONTENT_TYPE, "content-type", "neutral", 2 },
	{ REASON_NO_SIGNERS, "no-signers", "neutral", 3 },
	{ REASON_NO_CONTENT, "no-content", "neutral", 2 },
	{ REASON_CONTENT_IN_DETACHED, "content-in-detached", "neutral", 2 },
	{ REASON_COMPRESSED, "compressed", "neutral", 2 },
	{ REASON_TNEF, "tnef", "neutral", 2 },
	{ REASON_NOT_TWO_PARTS, "not-two-parts", "neutral", 2 },
	{ REASON_PROTOCOL_MISMATCH, "protocol-mismatch", "neutral", 2 },
	{ REASON_HEADER_AMBIGUOUS, "header-ambiguous", "neutral", 2 },
	{ REASON_BOUNDARY_AMBIGUOUS, "boundary-ambiguous", "neutral", 2 },
	{ REASON_UNTERMINATED, "unterminated", "neutral", 2 },
	{ REASON_TRANSFER_ENCODING, "transfer-encoding", "neutral", 2 },
	{ REASON_TEMP_NOMEM, "no-memory", "temperror", 17 },
	{ REASON_TEMP_CRYPTO, "crypto-error", "temperror", 17 },
	{ REASON_DIGEST_NOT_ANNOUNCED, "digest-not-announced", "permerror", 3 },
	{ REASON_SIGNER_MISSING, "signer-missing", "permerror", 10 },
	{ REASON_UNSUPPORTED_ALGORITHM, "unsupported-algorithm", "permerror",
	    3 },
	{ REASON_MESSAGE_TOO_LARGE, "message-too-large", "permerror", 3 },
	{ REASON_EXPANDED_TOO_LARGE, "expanded-too-large", "permerror", 3 },
	{ REASON_TOO_DEEP, "too-deep", "permerror", 3 },
	{ REASON_TOO_MANY_PARTS, "too-many-parts", "permerror", 3 },
	{ REASON_HEADER_TOO_LARGE, "header-too-large", "permerror", 3 },
	{ REASON_CMS_TOO_LARGE, "cms-too-large", "permerror", 3 },
	{ REASON_KEY_TOO_LARGE, "key-too-large", "permerror", 3 },
	{ REASON_TOO_MANY_SIGNATURES, "too-many-signatures", "permerror", 3 },
	{ REASON_TOO_MANY_SIGNERS, "too-many-signers", "permerror", 3 },
	{ REASON_TOO_MANY_CERTIFICATES, "too-many-certificates", "permerror",
	    3 },
	{ REASON_TOO_MANY_ADDRESSES, "too-many-addresses", "permerror", 12 },
	{ REASON_CHAIN_TOO_LONG, "chain-too-long", "permerror", 5 },
	{ REASON_TOO_COSTLY, "too-costly", "permerror", 3 },
	{ REASON_DIGEST_MISMATCH, "digest-mismatch", "fail", 3 },
	{ REASON_BAD_SIGNATURE, "bad-signature", "fail", 3 },
	{ REASON_ATTRIBUTE_MISMATCH, "attribute-mismatch", "fail", 3 },
	{ REASON_EXPIRED, "expired", "fail", 7 },
	{ REASON_NOT_YET_VALID, "not-yet-valid", "fail", 7 },
	{ REASON_CHAIN_SIGNATURE, "chain-signature", "fail", 5 },
	{ REASON_KEY_PURPOSE, "key-purpose", "fail", 6 },
	{ REASON_NOT_A_CA, "not-a-ca", "fail", 11 },
	{ REASON_PATH_LENGTH, "path-length", "fail", 11 },
	{ REASON_NAME_CONSTRAINTS, "name-constraints", "fail", 9 },
	{ REASON_CERTIFICATE_POLICY, "certificate-policy", "fail", 5 },
	{ REASON_CRITICAL_EXTENSION, "critical-extension", "fail", 10 },
	{ REASON_CHAIN_INVALID, "chain-invalid", "fail", 5 },
	{ REASON_REVOKED, "revoked", "fail", 13 },
};

START_TEST(each_reason_leads_to_its_result)
{
	const char *word = result_word(reason_result(rows[_i].reason));

	ck_assert_str_eq(reason_token(rows[_i].reason), rows[_i].token);
	ck_assert_int_eq(reason_validatecert(rows[_i].reason),
	    rows[_i].validatecert);
	if (rows[_i].word == NULL)
		ck_assert_ptr_null(word);
	else
		ck_assert_str_eq(word, rows[_i].word);
}
END_TEST

START_TEST(no_reason_is_left_out_here)
{
	ck_assert_uint_eq(COUNT(rows), REASON_COUNT);
	for (size_t i = 0; i < COUNT(rows); i++)
		ck_assert_uint_eq(rows[i].reason, i);
}
END_TEST

START_TEST(the_worse_of_two_results_hides_no_failure)
{
	static const enum result order[] = { RESULT_ABSENT, RESULT_NONE,
		RESULT_PASS, RESULT_POLICY, RESULT_NEUTRAL, RESULT_TEMPERROR,
		RESULT_PERMERROR, RESULT_FAIL };

	for (size_t a = 0; a < COUNT(order); a++)
		for (size_t b = 0; b < COUNT(order); b++)
			ck_assert_int_eq(result_worse(order[a], order[b]),
			    order[a > b ? a : b]);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("reason");
	TCase *tcase = tcase_create("reason");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, tokens_are_in_kebab_case, 0, REASON_COUNT);
	tcase_add_loop_test(tcase, tokens_are_unique, 0, REASON_COUNT);
	tcase_add_loop_test(tcase,
	    words_and_cures_are_sentences_without_a_full_stop, 0, REASON_COUNT);
	tcase_add_loop_test(tcase, only_ok_is_a_good_status_of_validatecert, 0,
	    REASON_COUNT);
	tcase_add_loop_test(tcase, only_ok_passes, 0, REASON_COUNT);
	tcase_add_loop_test(tcase, each_reason_leads_to_its_result, 0,
	    COUNT(rows));
	tcase_add_test(tcase, no_reason_is_left_out_here);
	tcase_add_test(tcase, the_worse_of_two_results_hides_no_failure);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
