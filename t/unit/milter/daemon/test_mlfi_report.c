/* SPDX-License-Identifier: ISC */
/*
 * What is said of a message: in its header, the log, the history and metrics.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "milter/daemon/engine.h"
#include "milter/daemon/metrics.h"
#include "milter/history/history.h"
#include "milter/log/log.h"
#include "t/lib/fake_mfapi.h"
#include "t/lib/filter.h"
#include "t/lib/letters.h"
#include "t/lib/mta.h"
#include "t/lib/scratch.h"

static size_t
count_lines(const char *text)
{
	size_t lines = 0;

	while ((text = strchr(text, '\n')) != NULL) {
		text++;
		lines++;
	}
	return lines;
}

START_TEST(logs_one_line_a_message)
{
	struct smfi_str mta = mta_postfix();
	char *want, *log;

	log_open("test", LOG_TARGET_STDERR, LOG_INFO, LOG_MAIL);
	mta_greet(&mta);
	mta_deliver(&mta, SIGNED, 1000);
	ck_assert_int_gt(
	    asprintf(&want,
		"4XyZ12: smime=pass reason=- trust=collection "
		"from=\"alice@example.org\" signer=\"alice@example.org\" "
		"issuer=\"CN=R\xc3\xb6\xc3\xb6t\" serial=ABCDEF size=%zu "
		"action=accept\n",
		strlen(letters_text(SIGNED)) - strlen("\r")),
	    0); /* a fold comes without its CR */
	log = scratch_log();
	ck_assert_msg(strstr(log, want) != NULL, "%s in: %s", want, log);
	ck_assert_uint_eq(count_lines(log), 1);
	free(log);
	free(want);

	mta_deliver(&mta, ENCRYPTED, 1000);
	filter_expect_log("4XyZ12: smime=- reason=encrypted trust=none ");
	mta_close(&mta);
}
END_TEST

START_TEST(logs_why_a_message_was_not_verified)
{
	struct smfi_str mta = mta_postfix();
	char *log;

	filter_serve("max-message = 10");
	log_open("test", LOG_TARGET_STDERR, LOG_INFO, LOG_MAIL);
	mta_greet(&mta);
	mta_deliver(&mta, SIGNED, 1000);
	filter_expect_log("4XyZ12: unverified=\"the message is larger than "
			  "max-message\"\n");
	mta_deliver(&mta, ENCRYPTED, 1000);
	filter_expect_log(": unverified=\"");
	mta_deliver(&mta, PLAIN, 1000);
	log = scratch_log();
	ck_assert_uint_eq(count_lines(log), 1); /* nothing to verify */
	free(log);

	mta_envelope(&mta);
	mta_abort(&mta);
	log = scratch_log();
	ck_assert_str_eq(log, ""); /* nobody wanted it */
	free(log);
	mta_envelope(&mta);
	mta_message(&mta, letters_text(SIGNED), 1000);
	mta_abort(&mta);
	filter_expect_log(": unverified=\"the MTA gave the message up\"\n");
	mta_close(&mta);
}
END_TEST

START_TEST(logs_each_stage_at_level_debug)
{
	struct smfi_str mta = mta_postfix();
	char *log;

	mta_greet(&mta);
	mta_deliver(&mta, ALTERED, 1000);
	log = scratch_log();
	ck_assert_ptr_nonnull(strstr(log, ": connected: "));
	ck_assert_ptr_nonnull(strstr(log, " octets, it may be signed\n"));
	ck_assert_ptr_nonnull(strstr(log,
	    "4XyZ12: judged under state 1 in mode exchange-2013-sp1: 1 "
	    "signatures, 0 of 0 Authentication-Results fields are forged\n"));
	ck_assert_ptr_nonnull(strstr(log,
	    "4XyZ12: part 2: fail digest-mismatch, EC-P-256, sha256, trust "
	    "collection: \""));
	free(log);
	mta_close(&mta);
}
END_TEST

/* The root is in the local store, or in the collection, too. */
static const struct {
	const char *name;
	bool collection;
	const char *staging;
	const char *log;
	bool differs;
} stagings[] = {
	{ "differs", false, "yes",
	    "action=accept exchange_2013_sp1=pass exchange_online=policy\n",
	    true },
	{ "the same", true, "yes",
	    "action=accept exchange_2013_sp1=pass exchange_online=pass\n",
	    false },
	{ "no staging", false, "no", "action=accept\n", false },
};

START_TEST(says_what_the_cloud_would_if_staging)
{
	char *anchors = scratch_path("anchors");
	struct smfi_str mta = mta_postfix();
	char more[300];

	snprintf(more, sizeof(more), "%slocal-store = \"%s\"\nstaging = %s\n",
	    stagings[_i].collection ? "" : "collection = {}\n", anchors,
	    stagings[_i].staging);
	filter_serve(more);
	mta_greet(&mta);
	mta_deliver(&mta, SIGNED, 1000);
	ck_assert_msg((strstr(mta_header(&mta), " policy.smime-cloud=policy") !=
			  NULL) == stagings[_i].differs,
	    "%s: %s", stagings[_i].name, mta_header(&mta));
	filter_expect_log(stagings[_i].log);
	mta_close(&mta);
	free(anchors);
}
END_TEST

/* The history of one message, as it is when the MTA has its answer. */
START_TEST(writes_the_history_before_it_answers)
{
	char *path = scratch_path("history");
	struct smfi_str mta = mta_postfix();
	char text[4000], more[300];
	char *error = NULL;
	struct engine_state *state;
	FILE *file;
	size_t len;

	snprintf(more, sizeof(more),
	    "history = \"%s\"\n"
	    "policy \"org\" { from-domain = { \"example.org\" }\n"
	    "on-pass = \"reject\"\non-policy = \"reject\"\n"
	    "stage = \"monitor\" }\n"
	    "tenant t { recipient-domain = { example.net } collection = {} }\n",
	    path);
	filter_serve(more);
	state = engine_get1(filter_engine());
	ck_assert_msg(history_open(state->settings, &error), "%s", error);
	engine_state_unref(state);
	mta_greet(&mta);
	mta_mail(&mta, "<Bounce@Example.ORG>", NULL);
	mta_rcpt(&mta, "<bob@Example.NET>");
	mta_rcpt(&mta, "<carol@example.com>");
	mta_rcpt(&mta, "dave@example.net");
	mta_rcpt(&mta, "<postmaster>");
	mta_data(&mta);
	mta_message(&mta, letters_text(SIGNED), 1000);
	ck_assert_int_eq(mta_end(&mta, NULL, 0), SMFIS_CONTINUE);

	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	len = fread(text, 1, sizeof(text) - 1, file);
	text[len] = '\0';
	fclose(file);
	ck_assert_msg(strstr(text,
			  "\"queue_id\":\"4XyZ12\",\"client\":\"198.51.100.7\","
			  "\"mail_from\":\"Bounce@example.org\","
			  "\"rcpt_domains\":[\"example.net\",\"example.com\"],"
			  "\"action\":\"accept\",\"policy\":\"org\","
			  "\"stage\":\"monitor\",\"would\":\"reject\"") != NULL,
	    "%s", text);
	ck_assert_ptr_nonnull(strstr(text,
	    "\"header\":\"mx.example.net; smime=pass body.smime-identifier="));
	history_close();
	mta_close(&mta);
	free(path);
}
END_TEST

static const struct {
	const char *id;
	const char *log;
} ids[] = {
	{ "4XyZ12", "test: 4XyZ12: smime=" },
	{ "1abC-00.x_Y", "test: 1abC-00.x_Y: smime=" },
	{ NULL, "test: NOQUEUE: smime=" },
	{ "", "test: NOQUEUE: smime=" },
	{ "X: smime=pass", "test: NOQUEUE: smime=none" },
};

START_TEST(logs_a_queue_id_that_is_one)
{
	struct smfi_str mta = mta_postfix();

	mta.queue_id = ids[_i].id;
	mta_greet(&mta);
	mta_deliver(&mta, PLAIN, 1000);
	filter_expect_log(ids[_i].log);
	mta_close(&mta);
}
END_TEST

static const struct {
	const char *configured;
	const char *mta;  /* macro j */
	const char *want; /* NULL: the name of this host */
} names[] = {
	{ "mx.example.net", "mta.example.net", "mx.example.net" },
	{ "", "mta.example.net", "mta.example.net" },
	{ "", NULL, NULL },
	{ "", "", NULL },
	{ "", "no name; smime=pass", NULL },
};

START_TEST(signs_with_the_best_name_there_is)
{
	struct smfi_str mta = mta_postfix();
	char host[256] = "", more[64], want[300];

	gethostname(host, sizeof(host) - 1);
	snprintf(more, sizeof(more), "authserv-id = \"%s\"",
	    names[_i].configured);
	snprintf(want, sizeof(want), "Authentication-Results: %s; smime=none",
	    names[_i].want != NULL ? names[_i].want : host);
	filter_serve(more);
	mta.name = names[_i].mta;
	mta_greet(&mta);
	mta_deliver(&mta, PLAIN, 1000);
	ck_assert_msg(strncmp(mta_header(&mta), want, strlen(want)) == 0, "%s",
	    mta_header(&mta));
	mta_close(&mta);
}
END_TEST

static bool
is_ascii(const char *text)
{
	while (*text != '\0') {
		if ((unsigned char)*text++ >= 0x80)
			return false;
	}
	return true;
}

START_TEST(writes_utf8_only_where_the_message_has_it)
{
	static const char *const parameters[] = { NULL, "BODY=8BITMIME",
		"smtputf8" };
	struct smfi_str mta = mta_postfix();

	mta_greet(&mta);
	for (size_t i = 0; i < 3; i++) {
		mta_mail(&mta, "<alice@example.org>", parameters[i]);
		mta_message(&mta, letters_text(NO_ADDRESS), 1000);
		mta_end(&mta, NULL, 0);
		ck_assert_ptr_nonnull(
		    strstr(mta_header(&mta), "body.smime-issuer="));
		ck_assert_msg(is_ascii(mta_header(&mta)) == (i < 2), "%s",
		    mta_header(&mta));
	}
	mta_close(&mta);
}
END_TEST

static void
expect_metric(const char *line)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	metrics_write(out);
	ck_assert_int_eq(fclose(out), 0);
	ck_assert_msg(strstr(text, line) != NULL, "%s", line);
	free(text);
}

START_TEST(counts_what_it_does)
{
	struct smfi_str mta = mta_postfix();

	filter_serve("on-fail = \"reject\"\nstaging = yes");
	mta_greet(&mta);
	expect_metric("\nsmime_milter_connections 1\n");
	ck_assert_int_eq(mta_deliver(&mta, ALTERED, 65535), SMFIS_REJECT);
	expect_metric("\nsmime_milter_messages_total{result=\"fail\","
		      "reason=\"digest-mismatch\",trust=\"collection\","
		      "action=\"reject\"} 1\n");
	expect_metric("\nsmime_milter_staging_total{exchange_2013_sp1=\"fail\","
		      "exchange_online=\"fail\"} 1\n");
	expect_metric("_count{stage=\"reading\"} 1\n");
	expect_metric("_count{stage=\"judging\"} 1\n");
	expect_metric("_count{stage=\"answering\"} 1\n");
	mta_envelope(&mta);
	mta_abort(&mta);
	mta_abort(&mta); /* nothing was there any more */
	expect_metric("\nsmime_milter_messages_aborted_total 1\n");
	mta_close(&mta);
	expect_metric("\nsmime_milter_connections 0\n");
	expect_metric("\nsmime_milter_connections_total 1\n");
}
END_TEST

static void
add_tests(TCase *tcase)
{
	tcase_add_test(tcase, logs_one_line_a_message);
	tcase_add_test(tcase, logs_why_a_message_was_not_verified);
	tcase_add_test(tcase, logs_each_stage_at_level_debug);
	tcase_add_test(tcase, writes_the_history_before_it_answers);
	tcase_add_loop_test(tcase, says_what_the_cloud_would_if_staging, 0,
	    sizeof(stagings) / sizeof(stagings[0]));
	tcase_add_loop_test(tcase, logs_a_queue_id_that_is_one, 0,
	    sizeof(ids) / sizeof(ids[0]));
	tcase_add_loop_test(tcase, signs_with_the_best_name_there_is, 0,
	    sizeof(names) / sizeof(names[0]));
	tcase_add_test(tcase, writes_utf8_only_where_the_message_has_it);
	tcase_add_test(tcase, counts_what_it_does);
}

int
main(void)
{
	return filter_run("mlfi_report", add_tests);
}
