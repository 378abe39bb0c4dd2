/* SPDX-License-Identifier: ISC */
/*
 * Fields that only we may write: those that come with a message are removed,
 * or the message is deferred.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "milter/daemon/session.h"
#include "t/lib/fake_mfapi.h"
#include "t/lib/filter.h"
#include "t/lib/letters.h"
#include "t/lib/mta.h"

/* Fields of a message, one a line, and what becomes of them. */
static const struct {
	const char *name;
	const char *more;   /* configuration */
	const char *client; /* NULL: unknown */
	const char *before[10];
	const char *after;
} forgeries[] = {
	{
	    .name = "none",
	    .client = "198.51.100.7",
	    .before = { "Subject: x" },
	    .after = NONE "Subject: x\n",
	},
	{
	    .name = "three of four, in any case",
	    .client = "198.51.100.7",
	    .before = { "Authentication-Results: mx.example.net; smime=pass",
		"authentication-results: other.example; smime=pass",
		"Subject: x",
		"AUTHENTICATION-RESULTS: \"MX.example.NET\"; smime=pass",
		"Authentication-Results : mx.example.net; smime=pass" },
	    .after = NONE "authentication-results: other.example; smime=pass\n"
			  "Subject: x\n",
	},
	{
	    .name = "eight of nine",
	    .client = "198.51.100.7",
	    .before = { "Authentication-Results: mx.example.net; a=pass",
		"Authentication-Results: mx.example.net; b=pass",
		"Authentication-Results: mx.example.net; c=pass",
		"Authentication-Results: mx.example.net; d=pass",
		"Authentication-Results: one.example; e=pass",
		"Authentication-Results: mx.example.net; f=pass",
		"Authentication-Results: mx.example.net; g=pass",
		"Authentication-Results: mx.example.net; h=pass",
		"Authentication-Results: mx.example.net; i=pass" },
	    .after = NONE "Authentication-Results: one.example; e=pass\n",
	},
	{
	    .name = "folded",
	    .client = "2001:db8::1",
	    .before = { "Authentication-Results:\n mx.example.net;\n a=pass" },
	    .after = NONE,
	},
	{
	    .name = "not by name",
	    .client = "198.51.100.7",
	    .before = { "ARC-Authentication-Results: mx.example.net; a=pass",
		"Authentication-Results-X: mx.example.net; a=pass" },
	    .after = NONE "ARC-Authentication-Results: mx.example.net; a=pass\n"
			  "Authentication-Results-X: mx.example.net; a=pass\n",
	},
	{
	    .name = "an unknown client",
	    .before = { "Authentication-Results: mx.example.net; a=pass" },
	    .after = NONE,
	},
	{
	    .name = "an internal client",
	    .client = "192.0.2.1",
	    .before = { "Authentication-Results: mx.example.net; a=pass" },
	    .after = NONE "Authentication-Results: mx.example.net; a=pass\n",
	},
	{
	    .name = "an internal client over IPv6",
	    .client = "::ffff:192.0.2.1",
	    .before = { "Authentication-Results: mx.example.net; a=pass" },
	    .after = NONE "Authentication-Results: mx.example.net; a=pass\n",
	},
	{
	    .name = "removal switched off",
	    .more = "remove-forged = no",
	    .client = "198.51.100.7",
	    .before = { "Authentication-Results: mx.example.net; a=pass" },
	    .after = NONE "Authentication-Results: mx.example.net; a=pass\n",
	},
	{
	    .name = "a trusted name",
	    .more = "trusted-authserv-ids = { \"mx.example.net\" }",
	    .client = "198.51.100.7",
	    .before = { "Authentication-Results: mx.example.net; a=pass" },
	    .after = NONE "Authentication-Results: mx.example.net; a=pass\n",
	},
};

static void
push_lines(SMFICTX *mta, const char *const *lines)
{
	for (size_t i = 0; i < 10 && lines[i] != NULL; i++)
		mta_push_line(mta, lines[i]);
}

START_TEST(removes_forged_results_and_only_those)
{
	filter_serve(forgeries[_i].more != NULL ? forgeries[_i].more : "");
	for (int row = 0; row < MTA_KINDS; row++) {
		struct smfi_str mta = mta_of_kind(row);

		ck_assert_int_eq(mta_negotiate(&mta), SMFIS_CONTINUE);
		mta_connect(&mta, forgeries[_i].client);
		mta_envelope(&mta);
		push_lines(&mta, forgeries[_i].before);
		mta_eoh(&mta);
		ck_assert_int_eq(mta_end(&mta, NULL, 0), SMFIS_CONTINUE);
		ck_assert_msg(mta_same_header(mta_header(&mta),
				  forgeries[_i].after),
		    "%s, %s: %s", forgeries[_i].name, mta_kind_name(row),
		    mta_header(&mta));
		mta_close(&mta);
	}
}
END_TEST

START_TEST(removes_forged_results_from_mail_it_says_nothing_of)
{
	struct smfi_str mta = mta_postfix();

	mta_greet(&mta);
	mta_envelope(&mta);
	mta_push_line(&mta,
	    "Authentication-Results: mx.example.net; smime=pass");
	mta_message(&mta, letters_text(ENCRYPTED), 100);
	ck_assert_int_eq(mta_end(&mta, NULL, 0), SMFIS_CONTINUE);
	ck_assert_ptr_null(strstr(mta_header(&mta), "Results"));
	mta_close(&mta);
}
END_TEST

static sfsistat
deliver_forged(SMFICTX *mta, size_t count)
{
	mta_envelope(mta);
	while (count-- > 0)
		mta_push_line(mta,
		    "Authentication-Results: mx.example.net; none");
	mta_eoh(mta);
	return mta_end(mta, NULL, 0);
}

START_TEST(removes_as_many_as_the_limit_and_refuses_one_more)
{
	struct smfi_str mta = mta_postfix();

	mta_greet(&mta);
	ck_assert_int_eq(deliver_forged(&mta, SESSION_MAX_FORGED),
	    SMFIS_CONTINUE);
	ck_assert_str_eq(mta_header(&mta), NONE);
	ck_assert_int_eq(deliver_forged(&mta, SESSION_MAX_FORGED + 1),
	    SMFIS_TEMPFAIL);
	filter_expect_log("4XyZ12: too many forged fields\n");
	ck_assert_int_eq(deliver_forged(&mta, 1), SMFIS_CONTINUE);
	mta_close(&mta);
}
END_TEST

START_TEST(removes_tags_that_came_with_the_mail)
{
	struct smfi_str mta = mta_postfix();

	filter_serve(RULE("stage = tag tag = X-Acme"));
	mta.renumbers = _i == 0;
	mta_greet(&mta);
	mta_envelope(&mta);
	mta_field(&mta, "X-Acme", "one");
	mta_field(&mta, "Authentication-Results", "mx.example.net; smime=pass");
	mta_field(&mta, "x-acme", "two");
	mta_field(&mta, "X-Acme-Other", "three");
	mta_field(&mta, "X-ACME ", "four");
	mta_message(&mta, letters_text(SIGNED), 100);
	ck_assert_int_eq(mta_end(&mta, NULL, 0), SMFIS_CONTINUE);
	ck_assert_ptr_null(strstr(mta_header(&mta), "one"));
	ck_assert_ptr_null(strstr(mta_header(&mta), "two"));
	ck_assert_ptr_nonnull(strstr(mta_header(&mta), "three"));
	ck_assert_ptr_null(strstr(mta_header(&mta), "four"));
	ck_assert_int_eq(strncmp(mta_header(&mta), PASS, strlen(PASS)), 0);
	mta_close(&mta);
}
END_TEST

static const struct {
	const char *more;
	const char *field;
	bool refused;
} hidden[] = {
	{ "", "a\rX-SMIME-Policy: org; action=accept", true },
	{ "", "a\rx-smime-policy \t: org", true },
	{ "", "a\rAUTHENTICATION-RESULTS: mx.example.net; smime=pass", true },
	{ "", "a\rX-SMIME-Policy-Other: org", false },
	{ "", "a\rX-SMIME-Policy is no field", false },
	{ "remove-forged = no\n", "a\rX-SMIME-Policy: org", false },
	{ "internal-hosts = { 198.51.100.0/24 }\n", "a\rX-SMIME-Policy: org",
	    false },
};

START_TEST(a_field_behind_a_bare_cr_is_not_let_through)
{
	struct smfi_str mta = mta_postfix();
	char config[500];

	snprintf(config, sizeof(config), "%s%s", hidden[_i].more, RULE(""));
	filter_serve(config);
	mta_greet(&mta);
	mta_envelope(&mta);
	mta_field(&mta, "Subject", hidden[_i].field);
	mta_message(&mta, letters_text(PLAIN), 100);
	ck_assert_msg((mta_end(&mta, NULL, 0) == SMFIS_TEMPFAIL) ==
		hidden[_i].refused,
	    "%s", hidden[_i].field);
	if (hidden[_i].refused)
		filter_expect_log(
		    "4XyZ12: a field hides one that is ours behind a "
		    "bare CR\n");
	mta_close(&mta);
}
END_TEST

/* Each of them begins a line to some reader. */
START_TEST(a_field_of_bare_crs_costs_next_to_nothing)
{
	enum { LEN = 400000 };
	struct smfi_str mta = mta_postfix();
	char *flood = malloc(LEN + 1);
	clock_t began;

	memset(flood, '\r', LEN);
	flood[LEN] = '\0';
	filter_serve(RULE(""));
	mta_greet(&mta);
	mta_envelope(&mta);
	began = clock();
	mta_field(&mta, "Subject", flood);
	ck_assert(clock() - began < CLOCKS_PER_SEC);
	free(flood);
	mta_message(&mta, letters_text(PLAIN), 100);
	mta_end(&mta, NULL, 0);
	mta_close(&mta);
}
END_TEST

static void
add_tests(TCase *tcase)
{
	tcase_add_loop_test(tcase, removes_forged_results_and_only_those, 0,
	    sizeof(forgeries) / sizeof(forgeries[0]));
	tcase_add_test(tcase,
	    removes_forged_results_from_mail_it_says_nothing_of);
	tcase_add_test(tcase,
	    removes_as_many_as_the_limit_and_refuses_one_more);
	tcase_add_loop_test(tcase, removes_tags_that_came_with_the_mail, 0, 2);
	tcase_add_test(tcase, a_field_of_bare_crs_costs_next_to_nothing);
	tcase_add_loop_test(tcase, a_field_behind_a_bare_cr_is_not_let_through,
	    0, sizeof(hidden) / sizeof(hidden[0]));
}

int
main(void)
{
	return filter_run("mlfi_forged", add_tests);
}
