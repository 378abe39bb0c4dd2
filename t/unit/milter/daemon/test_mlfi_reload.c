/* SPDX-License-Identifier: ISC */
/*
 * A reload between messages, and in the middle of one.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/daemon/engine.h"
#include "t/lib/fake_mfapi.h"
#include "t/lib/filter.h"
#include "t/lib/letters.h"
#include "t/lib/mta.h"
#include "t/lib/scratch.h"

/*
 * A configuration, and the one that a reload puts in its place; the root is in
 * the local store.  What each says of the same message, every time.
 */
static const struct outcome {
	const char *verdict;
	const char *modes;
} local_pass = { "smime=pass reason=- trust=local ",
	" exchange_2013_sp1=pass exchange_online=policy\n" },
  cloud_policy = { "smime=policy reason=untrusted trust=none ",
	  " exchange_2013_sp1=pass exchange_online=policy\n" },
  cloud_pass = { "smime=pass reason=- trust=collection ",
	  " exchange_2013_sp1=pass exchange_online=pass\n" },
  nowhere = { "smime=policy reason=untrusted trust=none ",
	  " exchange_2013_sp1=policy exchange_online=policy\n" };

static void
expect_outcome(const struct outcome *outcome)
{
	char *log = scratch_log();

	ck_assert_msg(strstr(log, outcome->verdict) != NULL &&
		strstr(log, outcome->modes) != NULL,
	    "%s...%s in: %s", outcome->verdict, outcome->modes, log);
	free(log);
}

static const struct swap {
	const char *name;
	const char *mode[2];
	bool collection[2]; /* the root is there, too */
	bool local[2];
	const struct outcome *outcome[2];
} swaps[] = {
	{ "on premises, then the cloud",
	    { "exchange-2013-sp1", "exchange-online" }, { false, false },
	    { true, true }, { &local_pass, &cloud_policy } },
	{ "the cloud, then on premises",
	    { "exchange-online", "exchange-2013-sp1" }, { false, false },
	    { true, true }, { &cloud_policy, &local_pass } },
	{ "the collection gets the root",
	    { "exchange-2013-sp1", "exchange-2013-sp1" }, { false, true },
	    { true, true }, { &local_pass, &cloud_pass } },
	{ "the collection loses the root",
	    { "exchange-online", "exchange-online" }, { true, false },
	    { true, true }, { &cloud_pass, &cloud_policy } },
	{ "the local store loses the root",
	    { "exchange-2013-sp1", "exchange-2013-sp1" }, { false, false },
	    { true, false }, { &local_pass, &nowhere } },
};

static void
write_swap(const struct swap *swap, int side, char *out, size_t size)
{
	char *anchors = scratch_path("anchors");

	snprintf(out, size,
	    "%slocal-store = \"%s\"\nmode = \"%s\"\n"
	    "staging = yes\n",
	    swap->collection[side] ? "" : "collection = {}\n",
	    swap->local[side] ? anchors : "none", swap->mode[side]);
	free(anchors);
}

START_TEST(a_reload_leaves_no_path_of_the_other_mode)
{
	const struct swap *swap = &swaps[_i];
	struct smfi_str mta = mta_postfix();
	char more[300];

	for (int side = 0; side < 2; side++) {
		write_swap(swap, side, more, sizeof(more));
		if (side == 0) {
			filter_serve(more);
			mta_greet(&mta);
		} else {
			filter_write_config(more);
			ck_assert(engine_reload(filter_engine()));
		}
		for (int i = 0; i < 3; i++) {
			free(scratch_log());
			mta_deliver(&mta, SIGNED, 1000);
			expect_outcome(swap->outcome[side]);
		}
	}
	mta_close(&mta);
}
END_TEST

START_TEST(a_message_ends_under_the_settings_it_began_with)
{
	struct smfi_str mta = mta_postfix();
	const char *want = "Authentication-Results: new.example; smime=none";

	mta_greet(&mta);
	mta_envelope(&mta);
	filter_write_config("authserv-id = \"new.example\"");
	ck_assert(engine_reload(filter_engine()));
	mta_message(&mta, letters_text(PLAIN), 1000);
	mta_end(&mta, NULL, 0);
	ck_assert_msg(strncmp(mta_header(&mta), NONE, strlen(NONE)) == 0, "%s",
	    mta_header(&mta));
	mta_deliver(&mta, PLAIN, 1000);
	ck_assert_msg(strncmp(mta_header(&mta), want, strlen(want)) == 0, "%s",
	    mta_header(&mta));
	mta_close(&mta);
	filter_expect_idle();
}
END_TEST

/* Whoever is not known cannot be told from those a rule is about. */
START_TEST(defers_where_it_has_not_asked_for_the_recipients_that_matter_now)
{
	struct smfi_str before = mta_postfix(), after = mta_postfix();

	mta_greet(&before);
	filter_write_config("policy p { rcpt-domain = { example.net } "
			    "stage = reject require = pass }");
	ck_assert(engine_reload(filter_engine()));
	free(scratch_log());
	ck_assert_int_eq(mta_deliver(&before, SIGNED, 1000), SMFIS_TEMPFAIL);
	filter_expect_log(
	    "4XyZ12: recipients matter since the last reload, and this "
	    "connection of the MTA does not name them; its next one "
	    "will\n");
	mta_greet(&after);
	ck_assert_int_eq(mta_deliver(&after, SIGNED, 1000), SMFIS_CONTINUE);
	ck_assert_int_eq(mta_deliver(&after, PLAIN, 1000), SMFIS_REJECT);
	/* Used again, each is known by whether it names them. */
	mta_close(&before);
	mta_connect(&before, "198.51.100.7");
	ck_assert_int_eq(mta_deliver(&before, PLAIN, 1000), SMFIS_TEMPFAIL);
	mta_close(&after);
	mta_connect(&after, "198.51.100.7");
	ck_assert_int_eq(mta_deliver(&after, PLAIN, 1000), SMFIS_REJECT);
	mta_close(&before);
	mta_close(&after);
	filter_expect_idle();
}
END_TEST

static void
add_tests(TCase *tcase)
{
	tcase_add_loop_test(tcase, a_reload_leaves_no_path_of_the_other_mode, 0,
	    sizeof(swaps) / sizeof(swaps[0]));
	tcase_add_test(tcase, a_message_ends_under_the_settings_it_began_with);
	tcase_add_test(tcase,
	    defers_where_it_has_not_asked_for_the_recipients_that_matter_now);
}

int
main(void)
{
	return filter_run("mlfi_reload", add_tests);
}
