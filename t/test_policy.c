/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "policy.h"

static const struct {
	const char *name;
	enum action_kind kind;
	enum result result;
	enum reason reason;
	const char *code;
	const char *enhanced;
	const char *text;
} rows[] = {
	{ "changed mail is refused", ACTION_REJECT, RESULT_FAIL,
	    REASON_DIGEST_MISMATCH, "550", "5.7.1",
	    "S/MIME signature refused: digest-mismatch: " },
	{ "changed mail may come again", ACTION_TEMPFAIL, RESULT_FAIL,
	    REASON_DIGEST_MISMATCH, "451", "4.7.1",
	    "S/MIME signature refused: digest-mismatch: " },
	{ "changed mail is held", ACTION_QUARANTINE, RESULT_FAIL,
	    REASON_DIGEST_MISMATCH, NULL, NULL,
	    "S/MIME signature refused: digest-mismatch: " },
	{ "changed mail is dropped", ACTION_DISCARD, RESULT_FAIL,
	    REASON_DIGEST_MISMATCH, NULL, NULL,
	    "S/MIME signature refused: digest-mismatch: " },
	{ "an unknown root", ACTION_REJECT, RESULT_POLICY, REASON_UNTRUSTED,
	    "550", "5.7.1", "S/MIME signature not accepted: untrusted: " },
	{ "no memory", ACTION_TEMPFAIL, RESULT_TEMPERROR, REASON_TEMP_NOMEM,
	    "451", "4.7.1", "S/MIME signature not verified: no-memory: " },
	{ "too deep", ACTION_REJECT, RESULT_PERMERROR, REASON_TOO_DEEP, "550",
	    "5.7.1", "S/MIME signature not verified: too-deep: " },
	{ "not CMS", ACTION_REJECT, RESULT_NEUTRAL, REASON_CMS_MALFORMED, "550",
	    "5.7.1", "S/MIME signature not accepted: cms-malformed: " },
	{ "not signed", ACTION_REJECT, RESULT_NONE, REASON_UNSIGNED, "550",
	    "5.7.1", "S/MIME signature required: unsigned: " },
	{ "encrypted", ACTION_REJECT, RESULT_ABSENT, REASON_ENCRYPTED, "550",
	    "5.7.1", "encrypted mail is not taken here: encrypted: " },
	{ "good mail", ACTION_ACCEPT, RESULT_PASS, REASON_OK, NULL, NULL,
	    "S/MIME signed mail is not taken here" },
};

START_TEST(does_what_is_set_for_the_result)
{
	struct settings settings = { .socket = NULL };
	struct verdict verdict = { .result = rows[_i].result,
		.reason = rows[_i].reason };
	struct action action;
	size_t len = strlen(rows[_i].text);

	/* No other result may count. */
	for (int i = 0; i <= RESULT_FAIL; i++)
		settings.on[i] = rows[_i].kind == ACTION_DISCARD ?
		    ACTION_ACCEPT :
		    ACTION_DISCARD;
	settings.on[rows[_i].result] = rows[_i].kind;
	policy_decide(&settings, &verdict, &action);

	ck_assert_int_eq(action.kind, rows[_i].kind);
	ck_assert_pstr_eq(action.code, rows[_i].code);
	ck_assert_pstr_eq(action.enhanced, rows[_i].enhanced);
	ck_assert_msg(strncmp(action.text, rows[_i].text, len) == 0, "%s: %s",
	    rows[_i].name, action.text);
	if (rows[_i].reason != REASON_OK)
		ck_assert_str_eq(action.text + len,
		    reason_words(rows[_i].reason));
	else
		ck_assert_str_eq(action.text, rows[_i].text);
}
END_TEST

/*
 * RFC 5321 4.5.3.1.5: a reply line has at most 512 octets; "%" would be
 * taken for a format by libmilter.
 */
START_TEST(has_a_reply_for_every_reason)
{
	struct settings settings = { .socket = NULL };
	struct verdict verdict = { .reason = (enum reason)_i,
		.result = reason_result((enum reason)_i) };
	struct action action;

	settings.on[verdict.result] = ACTION_REJECT;
	policy_decide(&settings, &verdict, &action);
	ck_assert_ptr_null(strpbrk(action.text, "%\r\n"));
	ck_assert_uint_gt(strlen(action.text), 0);
	for (const char *c = action.text; *c != '\0'; c++)
		ck_assert(*c >= ' ' && *c < 0x7f);
	if (_i != REASON_OK) {
		const char *words = reason_words(verdict.reason);
		size_t len = strlen(action.text);

		ck_assert_uint_ge(len, strlen(words));
		ck_assert_str_eq(action.text + len - strlen(words), words);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("policy");
	TCase *tcase = tcase_create("policy_decide");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, does_what_is_set_for_the_result, 0,
	    sizeof(rows) / sizeof(rows[0]));
	tcase_add_loop_test(tcase, has_a_reply_for_every_reason, 0,
	    REASON_COUNT);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
