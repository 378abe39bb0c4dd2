/* SPDX-License-Identifier: ISC */
/*
 * The dialogue of libmilter: what is asked of MTAs of each kind, and what
 * follows from what they say, in any order.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "milter/daemon/mlfi.h"
#include "t/lib/fake_mfapi.h"
#include "t/lib/filter.h"
#include "t/lib/letters.h"
#include "t/lib/mta.h"

static const struct {
	const char *name;
	enum kind kind;
	const char *header; /* how it begins then */
} marks[] = {
	{ "signed", SIGNED, PASS "From: " },
	{ "altered", ALTERED, FAIL },
	{ "plain", PLAIN, NONE "From: " },
	{ "encrypted", ENCRYPTED, "From: " },
};

START_TEST(marks_a_message_for_every_kind_of_mta)
{
	static const size_t chunks[] = { 1, 7, 65535 };

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		for (size_t j = 0; j < sizeof(chunks) / sizeof(chunks[0]);
		     j++) {
			struct smfi_str mta = mta_of_kind(_i);
			const char *want = marks[i].header;

			mta_greet(&mta);
			ck_assert_int_eq(mta_deliver(&mta, marks[i].kind,
					     chunks[j]),
			    SMFIS_CONTINUE);
			ck_assert_msg(strncmp(mta_header(&mta), want,
					  strlen(want)) == 0,
			    "%s, %s in %zu: %s", mta_kind_name(_i),
			    marks[i].name, chunks[j], mta_header(&mta));
			mta_close(&mta);
			filter_expect_idle();
		}
	}
}
END_TEST

#define ASKED                                                                  \
	(SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_QUARANTINE | SMFIF_SETSYMLIST)

#define ASKED_STEPS                                                            \
	(SMFIP_NOHELO | SMFIP_NOUNKNOWN | SMFIP_NOEOH | SMFIP_NR_MAIL |        \
	    SMFIP_NR_RCPT | SMFIP_NR_HDR | SMFIP_NR_EOH | SMFIP_NR_BODY |      \
	    SMFIP_HDR_LEADSPC)

static const struct {
	const char *name;
	unsigned long actions;
	unsigned long steps;
	sfsistat answer;
	unsigned long asked_actions;
	unsigned long asked_steps;
} offers[] = {
	{ "everything", MTA_ACTIONS, MTA_STEPS, SMFIS_CONTINUE, ASKED,
	    ASKED_STEPS | SMFIP_NORCPT | SMFIP_NODATA },
	{ "everything and more to come", MTA_ACTIONS | 0x200,
	    MTA_STEPS | SMFIP_MDS_1M, SMFIS_CONTINUE, ASKED,
	    ASKED_STEPS | SMFIP_NORCPT | SMFIP_NODATA },
	{ "skip, but no silence", MTA_ACTIONS, SMFIP_SKIP | SMFIP_NOHELO,
	    SMFIS_CONTINUE, ASKED, SMFIP_SKIP | SMFIP_NOHELO },
	{ "no quarantine", SMFIF_ADDHDRS | SMFIF_CHGHDRS, 0, SMFIS_CONTINUE,
	    SMFIF_ADDHDRS | SMFIF_CHGHDRS, 0 },
	{ "no new headers", MTA_ACTIONS ^ SMFIF_ADDHDRS, MTA_STEPS,
	    SMFIS_REJECT, 0, 0 },
	{ "no changed headers", MTA_ACTIONS ^ SMFIF_CHGHDRS, MTA_STEPS,
	    SMFIS_REJECT, 0, 0 },
};

START_TEST(asks_for_what_it_needs_of_what_is_offered)
{
	struct smfi_str mta = mta_postfix();

	mta.actions = offers[_i].actions;
	mta.steps = offers[_i].steps;
	ck_assert_msg(mta_negotiate(&mta) == offers[_i].answer, "%s",
	    offers[_i].name);
	ck_assert_msg(mta.agreed_actions == offers[_i].asked_actions, "%s: %lx",
	    offers[_i].name, mta.agreed_actions);
	ck_assert_msg(mta.agreed_steps == offers[_i].asked_steps, "%s: %lx",
	    offers[_i].name, mta.agreed_steps);
	mta_close(&mta);
}
END_TEST

/* Or Postfix would wait 40 ms each time. */
START_TEST(answers_data_over_tcp)
{
	struct smfi_str mta = mta_postfix();

	ck_assert(mlfi_register(filter_engine(), FILTER_CONNECTIONS, true));
	ck_assert_int_eq(mta_negotiate(&mta), SMFIS_CONTINUE);
	ck_assert_uint_eq(mta.agreed_steps, ASKED_STEPS | SMFIP_NORCPT);
	mta_connect(&mta, "198.51.100.7");
	ck_assert_int_eq(mta_deliver(&mta, SIGNED, 100), SMFIS_CONTINUE);
	ck_assert(strncmp(mta_header(&mta), PASS, strlen(PASS)) == 0);
	mta_close(&mta);
}
END_TEST

/* The dialogue up to each of its stages. */
enum stage { CONNECTED, MAILED, ADDRESSED, HEADED, BODIED, ENDED, STAGES };

static void
go_to(SMFICTX *mta, enum stage stage)
{
	if (stage >= MAILED)
		mta_mail(mta, "<alice@example.org>", NULL);
	if (stage >= ADDRESSED)
		mta_rcpt(mta, "<bob@example.net>");
	if (stage >= HEADED)
		mta_push_line(mta,
		    "Authentication-Results: mx.example.net; none");
	if (stage >= BODIED)
		mta_message(mta, letters_text(SIGNED), 100);
	if (stage >= ENDED)
		mta_end(mta, NULL, 0);
}

START_TEST(an_abort_at_any_stage_leaves_nothing_behind)
{
	struct smfi_str mta = mta_postfix();

	mta_greet(&mta);
	go_to(&mta, (enum stage)_i);
	ck_assert_int_eq(mta_abort(&mta), SMFIS_CONTINUE);
	ck_assert_int_eq(mta_abort(&mta), SMFIS_CONTINUE);
	filter_expect_idle();
	ck_assert_int_eq(mta_deliver(&mta, PLAIN, 100), SMFIS_CONTINUE);
	ck_assert_msg(strncmp(mta_header(&mta), NONE, strlen(NONE)) == 0, "%s",
	    mta_header(&mta));
	mta_close(&mta);
}
END_TEST

START_TEST(a_close_at_any_stage_leaves_nothing_behind)
{
	struct smfi_str mta = mta_postfix();

	mta_greet(&mta);
	go_to(&mta, (enum stage)_i);
	mta_close(&mta);
	filter_expect_idle();
}
END_TEST

/* A command out of order makes libmilter begin anew without an abort. */
START_TEST(a_message_can_begin_at_any_stage)
{
	struct smfi_str mta = mta_postfix();

	mta_greet(&mta);
	go_to(&mta, (enum stage)_i);
	ck_assert_int_eq(mta_deliver(&mta, PLAIN, 100), SMFIS_CONTINUE);
	ck_assert_msg(strncmp(mta_header(&mta), NONE, strlen(NONE)) == 0, "%s",
	    mta_header(&mta));
	mta_close(&mta);
	filter_expect_idle();
}
END_TEST

START_TEST(messages_of_a_connection_are_judged_apart)
{
	static const enum kind order[] = { SIGNED, PLAIN, ALTERED, ENCRYPTED,
		SIGNED };
	struct smfi_str mta = mta_postfix();

	mta_greet(&mta);
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		const char *want = marks[order[i]].header;

		ck_assert_int_eq(marks[order[i]].kind, order[i]);
		mta_deliver(&mta, order[i], 1000);
		ck_assert_msg(strncmp(mta_header(&mta), want, strlen(want)) ==
			0,
		    "%zu: %s", i, mta_header(&mta));
	}
	mta_close(&mta);
}
END_TEST

START_TEST(holds_nothing_between_messages)
{
	struct smfi_str mta = mta_postfix();

	mta_greet(&mta);
	mta_deliver(&mta, SIGNED, 1000);
	filter_expect_idle();
	mta_close(&mta);
}
END_TEST

/* Not every client of libmilter sends one. */
START_TEST(takes_a_body_without_an_end_of_header)
{
	struct smfi_str mta = mta_postfix();
	char *body = strstr(letters_text(SIGNED), "\r\n\r\n") + 4;

	mta_greet(&mta);
	mta_envelope(&mta);
	mta_push_line(&mta, "From: alice@example.org");
	mta_push_line(&mta,
	    "Content-Type: multipart/signed; micalg=sha-256; "
	    "protocol=\"application/pkcs7-signature\"; boundary=b");
	mta_body(&mta, body, strlen(body));
	ck_assert_int_eq(mta_end(&mta, NULL, 0), SMFIS_CONTINUE);
	ck_assert_msg(strncmp(mta_header(&mta), PASS, strlen(PASS)) == 0, "%s",
	    mta_header(&mta));
	mta_close(&mta);
}
END_TEST

START_TEST(survives_a_probe_of_the_port)
{
	struct smfi_str mta = mta_postfix();

	mta_close(&mta);
	mta = mta_postfix();
	mta_negotiate(&mta);
	mta_close(&mta);
}
END_TEST

START_TEST(defers_where_it_has_no_session)
{
	struct smfi_str mta = mta_postfix();

	ck_assert_int_eq(mta_mail(&mta, "<>", NULL), SMFIS_TEMPFAIL);
	ck_assert_int_eq(mta_rcpt(&mta, "<b@example.net>"), SMFIS_TEMPFAIL);
	ck_assert_int_eq(mta_data(&mta), SMFIS_TEMPFAIL);
	ck_assert_int_eq(mta_field(&mta, "From", "a"), SMFIS_TEMPFAIL);
	ck_assert_int_eq(mta_eoh(&mta), SMFIS_TEMPFAIL);
	ck_assert_int_eq(mta_body(&mta, "x", 1), SMFIS_TEMPFAIL);
	ck_assert_int_eq(mta_end(&mta, NULL, 0), SMFIS_TEMPFAIL);
	ck_assert_int_eq(mta_abort(&mta), SMFIS_CONTINUE);
	mta_close(&mta);
}
END_TEST

START_TEST(defers_what_comes_without_mail)
{
	struct smfi_str mta = mta_postfix();

	mta_greet(&mta);
	mta_push_line(&mta, "Authentication-Results: mx.example.net; none");
	mta_eoh(&mta);
	mta_body(&mta, "x", 1);
	ck_assert_int_eq(mta_end(&mta, NULL, 0), SMFIS_TEMPFAIL);
	filter_expect_log("4XyZ12: no message has begun\n");
	mta_close(&mta);
}
END_TEST

START_TEST(takes_the_rest_of_a_body_with_its_end)
{
	for (int row = 0; row < MTA_KINDS; row++) {
		for (size_t i = 0; i < 3; i++) {
			struct smfi_str mta = mta_of_kind(row);
			const char *want = marks[i].header;
			char *message = strdup(letters_text(marks[i].kind));
			char *rest = strstr(message, "\r\n\r\n") + 4;

			mta_greet(&mta);
			mta_envelope(&mta);
			ck_assert_int_eq(mta_end(&mta, NULL, 0),
			    SMFIS_CONTINUE);
			mta_envelope(&mta);
			rest = strdup(rest);
			strstr(message, "\r\n\r\n")[4] = '\0';
			mta_message(&mta, message, 100);
			ck_assert_int_eq(mta_end(&mta, rest, strlen(rest)),
			    SMFIS_CONTINUE);
			ck_assert_msg(strncmp(mta_header(&mta), want,
					  strlen(want)) == 0,
			    "%s, %s: %s", mta_kind_name(row), marks[i].name,
			    mta_header(&mta));
			mta_close(&mta);
			free(rest);
			free(message);
		}
	}
}
END_TEST

START_TEST(takes_a_header_field_of_70_kB)
{
	struct smfi_str mta = mta_postfix();
	char *value = malloc(70001);

	memset(value, 'x', 70000);
	value[70000] = '\0';
	mta_greet(&mta);
	mta_envelope(&mta);
	mta_field(&mta, "Subject", value);
	mta_field(&mta, "Authentication-Results", value);
	mta_message(&mta, letters_text(PLAIN), 100);
	ck_assert_int_eq(mta_end(&mta, NULL, 0), SMFIS_CONTINUE);
	ck_assert_ptr_nonnull(strstr(mta_header(&mta), "; smime="));
	mta_close(&mta);
	free(value);
}
END_TEST

START_TEST(takes_mail_without_sender_header_or_body)
{
	struct smfi_str mta = mta_postfix();

	mta_greet(&mta);
	mta_mail(&mta, "<>", NULL);
	mta_rcpt(&mta, "<bob@example.net>");
	ck_assert_int_eq(mta_end(&mta, NULL, 0), SMFIS_CONTINUE);
	ck_assert(mta_same_header(mta_header(&mta), NONE));
	filter_expect_log(
	    "4XyZ12: smime=none reason=unsigned trust=none from=- "
	    "signer=- issuer=- serial=- size=2 action=accept\n");
	mta_close(&mta);
}
END_TEST

static const struct {
	const char *name;
	const char *more;
	bool wants; /* to know the recipients */
} askings[] = {
	{ "nothing", "", false },
	{ "rule about senders",
	    "policy p { from-domain = { example.org } require = pass }",
	    false },
	{ "rule about recipients",
	    "policy p { rcpt-domain = { example.net } require = pass }", true },
	{ "rule about a recipient",
	    "policy p { rcpt = { bob@example.net } require = pass }", true },
	{ "tenant",
	    "tenant t { recipient-domain = { example.net } collection = {} }",
	    true },
	{ "skipped recipients", "skip-recipients = { example.com }", true },
	{ "history", "history = \"/nonexistent/history\"", true },
};

START_TEST(asks_for_recipients_only_where_they_matter)
{
	struct smfi_str mta = mta_postfix();

	filter_serve(askings[_i].more);
	mta_greet(&mta);
	ck_assert_msg(((mta.agreed_steps & SMFIP_NORCPT) == 0) ==
		askings[_i].wants,
	    "%s", askings[_i].name);
	mta_close(&mta);
}
END_TEST

/* As SMFIC_QUIT_NC does: closed, and connected without a negotiation. */
START_TEST(an_mta_may_use_its_connection_again)
{
	for (int row = 0; row < MTA_KINDS; row++) {
		struct smfi_str mta = mta_of_kind(row);

		mta_greet(&mta);
		mta_deliver(&mta, SIGNED, 1000);
		mta_close(&mta);
		mta_connect(&mta, "198.51.100.7");
		ck_assert_int_eq(mta_deliver(&mta, PLAIN, 1000),
		    SMFIS_CONTINUE);
		ck_assert_msg(strncmp(mta_header(&mta), NONE, strlen(NONE)) ==
			0,
		    "%s: %s", mta_kind_name(row), mta_header(&mta));
		mta_close(&mta);
	}
}
END_TEST

START_TEST(forgets_the_client_of_the_last_connection)
{
	struct smfi_str mta = mta_postfix();

	mta_greet(&mta);
	mta_connect(&mta, "192.0.2.1");
	mta_connect(&mta, NULL);
	mta_envelope(&mta);
	mta_push_line(&mta, "Authentication-Results: mx.example.net; a=pass");
	mta_end(&mta, NULL, 0);
	ck_assert(mta_same_header(mta_header(&mta), NONE));
	mta_close(&mta);
}
END_TEST

START_TEST(closes_connections_beyond_the_limit_and_recovers)
{
	struct smfi_str mta[FILTER_CONNECTIONS + 2];

	for (size_t i = 0; i < FILTER_CONNECTIONS + 2; i++)
		mta[i] = mta_postfix();
	for (size_t i = 0; i < FILTER_CONNECTIONS; i++)
		mta_greet(&mta[i]);
	ck_assert_int_eq(mta_negotiate(&mta[FILTER_CONNECTIONS]), SMFIS_REJECT);
	filter_expect_log("more than 3 connections: those beyond are closed");
	ck_assert_int_eq(mta_negotiate(&mta[FILTER_CONNECTIONS + 1]),
	    SMFIS_REJECT);
	filter_expect_log(""); /* once a minute is enough */
	mta_close(&mta[FILTER_CONNECTIONS]);
	mta_close(&mta[FILTER_CONNECTIONS + 1]);

	/* Those who are served are not hurt. */
	ck_assert_int_eq(mta_deliver(&mta[0], SIGNED, 65535), SMFIS_CONTINUE);
	mta_close(&mta[0]);

	/* One has gone: there is room for one. */
	mta[0] = mta_postfix();
	mta_greet(&mta[0]);
	ck_assert_int_eq(mta_deliver(&mta[0], ALTERED, 65535), SMFIS_CONTINUE);
	ck_assert_int_eq(mta_negotiate(&mta[FILTER_CONNECTIONS]), SMFIS_REJECT);
	mta_close(&mta[FILTER_CONNECTIONS]);
	for (size_t i = 0; i < FILTER_CONNECTIONS; i++)
		mta_close(&mta[i]);
	filter_expect_idle();
}
END_TEST

START_TEST(leaves_no_error_of_openssl_behind)
{
	struct smfi_str mta = mta_postfix();

	mta_greet(&mta);
	ERR_raise(ERR_LIB_USER, 1); /* another connection's */
	mta_deliver(&mta, ALTERED, 1000);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	mta_close(&mta);
}
END_TEST

static void
add_tests(TCase *tcase)
{
	tcase_add_loop_test(tcase, marks_a_message_for_every_kind_of_mta, 0,
	    MTA_KINDS);
	tcase_add_loop_test(tcase, asks_for_what_it_needs_of_what_is_offered, 0,
	    sizeof(offers) / sizeof(offers[0]));
	tcase_add_test(tcase, answers_data_over_tcp);
	tcase_add_loop_test(tcase, an_abort_at_any_stage_leaves_nothing_behind,
	    0, STAGES);
	tcase_add_loop_test(tcase, a_close_at_any_stage_leaves_nothing_behind,
	    0, STAGES);
	tcase_add_loop_test(tcase, a_message_can_begin_at_any_stage, 0, STAGES);
	tcase_add_test(tcase, messages_of_a_connection_are_judged_apart);
	tcase_add_test(tcase, holds_nothing_between_messages);
	tcase_add_test(tcase, takes_a_body_without_an_end_of_header);
	tcase_add_test(tcase, survives_a_probe_of_the_port);
	tcase_add_test(tcase, defers_where_it_has_no_session);
	tcase_add_test(tcase, defers_what_comes_without_mail);
	tcase_add_test(tcase, takes_the_rest_of_a_body_with_its_end);
	tcase_add_test(tcase, takes_a_header_field_of_70_kB);
	tcase_add_test(tcase, takes_mail_without_sender_header_or_body);
	tcase_add_loop_test(tcase, asks_for_recipients_only_where_they_matter,
	    0, sizeof(askings) / sizeof(askings[0]));
	tcase_add_test(tcase, an_mta_may_use_its_connection_again);
	tcase_add_test(tcase, forgets_the_client_of_the_last_connection);
	tcase_add_test(tcase, leaves_no_error_of_openssl_behind);
	tcase_add_test(tcase, closes_connections_beyond_the_limit_and_recovers);
}

int
main(void)
{
	return filter_run("mlfi_protocol", add_tests);
}
