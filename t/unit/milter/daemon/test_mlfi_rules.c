/* SPDX-License-Identifier: ISC */
/*
 * What becomes of a message: as the policy, a rule or a tenant says, with
 * anchors of its own, or left alone.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "milter/daemon/engine.h"
#include "milter/daemon/session.h"
#include "smime/smime.h"
#include "t/lib/fake_mfapi.h"
#include "t/lib/filter.h"
#include "t/lib/letters.h"
#include "t/lib/mta.h"
#include "t/lib/pki.h"
#include "t/lib/scratch.h"

static const struct {
	const char *name;
	const char *more;
	enum kind kind;
	sfsistat answer;
	const char *reply;	/* how it begins */
	const char *quarantine; /* part of the reason */
	const char *log;
} actions[] = {
	{ "accept", "on-fail = \"accept\"", ALTERED, SMFIS_CONTINUE, "", "",
	    "action=accept\n" },
	{ "reject", "on-fail = \"reject\"", ALTERED, SMFIS_REJECT,
	    "550 5.7.1 S/MIME signature refused: digest-mismatch", "",
	    "action=reject\n" },
	{ "tempfail", "on-none = \"tempfail\"", PLAIN, SMFIS_TEMPFAIL,
	    "451 4.7.1 S/MIME signature required", "", "action=tempfail\n" },
	{ "discard", "on-fail = \"discard\"", ALTERED, SMFIS_DISCARD, "", "",
	    "action=discard\n" },
	{ "quarantine", "on-fail = \"quarantine\"", ALTERED, SMFIS_CONTINUE, "",
	    "digest-mismatch", "action=quarantine\n" },
	{ "reject encrypted", "on-encrypted = \"reject\"", ENCRYPTED,
	    SMFIS_REJECT, "550 5.7.1 encrypted mail", "", "action=reject\n" },
	{ "another result", "on-fail = \"reject\"", SIGNED, SMFIS_CONTINUE, "",
	    "", "action=accept\n" },
};

START_TEST(does_what_the_policy_says)
{
	struct smfi_str mta = mta_postfix();
	const char *name = actions[_i].name;
	bool taken = actions[_i].answer == SMFIS_CONTINUE;

	filter_serve(actions[_i].more);
	mta_greet(&mta);
	mta_envelope(&mta);
	mta_push_line(&mta, "Authentication-Results: mx.example.net; a=pass");
	mta_message(&mta, letters_text(actions[_i].kind), 1000);
	ck_assert_msg(mta_end(&mta, NULL, 0) == actions[_i].answer, "%s", name);
	ck_assert_msg(strncmp(mta.reply, actions[_i].reply,
			  strlen(actions[_i].reply)) == 0 &&
		(mta.reply[0] == '\0') == (actions[_i].reply[0] == '\0'),
	    "%s: %s", name, mta.reply);
	ck_assert_msg(strstr(mta.quarantine, actions[_i].quarantine) != NULL &&
		(mta.quarantine[0] == '\0') ==
		    (actions[_i].quarantine[0] == '\0'),
	    "%s: %s", name, mta.quarantine);
	/* What is not taken need not be changed. */
	ck_assert_msg((strstr(mta_header(&mta), "smime=") != NULL) == taken,
	    "%s: %s", name, mta_header(&mta));
	filter_expect_log(actions[_i].log);
	mta_close(&mta);
	filter_expect_idle();
}
END_TEST

static const struct {
	const char *function;
	const char *more;
	const char *log;
} breakages[] = {
	{ "smfi_chgheader", "", "cannot remove a forged" },
	{ "smfi_insheader", "", "cannot add the Auth" },
	{ "smfi_quarantine", "on-fail = \"quarantine\"", "cannot quarantine" },
	{ "smfi_setreply", "on-fail = \"reject\"", "cannot set the reply" },
};

START_TEST(a_failing_call_defers_that_message_and_no_other)
{
	struct smfi_str mta = mta_postfix();
	char *log;

	filter_serve(breakages[_i].more);
	mta_greet(&mta);
	mta.broken = breakages[_i].function;
	mta_envelope(&mta);
	mta_push_line(&mta, "Authentication-Results: mx.example.net; a=pass");
	mta_message(&mta, letters_text(ALTERED), 1000);
	ck_assert_msg(mta_end(&mta, NULL, 0) == SMFIS_TEMPFAIL, "%s",
	    mta.broken);
	log = scratch_log();
	ck_assert_msg(strstr(log, breakages[_i].log) != NULL &&
		strstr(log, "action=tempfail\n") != NULL,
	    "%s", log);
	free(log);

	mta.broken = NULL;
	ck_assert_int_eq(mta_deliver(&mta, SIGNED, 1000), SMFIS_CONTINUE);
	ck_assert_msg(strncmp(mta_header(&mta), PASS, strlen(PASS)) == 0, "%s",
	    mta_header(&mta));
	mta_close(&mta);
}
END_TEST

START_TEST(defers_what_it_may_not_quarantine)
{
	struct smfi_str mta = mta_postfix();

	filter_serve("on-fail = \"quarantine\"");
	mta.actions = SMFIF_ADDHDRS | SMFIF_CHGHDRS;
	mta_greet(&mta);
	ck_assert_int_eq(mta_deliver(&mta, ALTERED, 1000), SMFIS_TEMPFAIL);
	filter_expect_log("4XyZ12: cannot quarantine\n");
	mta_close(&mta);
}
END_TEST

static const struct {
	const char *name;
	const char *more;
	enum kind kind;
	sfsistat answer;
	const char *header; /* how it begins */
	const char *reply;
	const char *quarantine;
	const char *log;
} ruled[] = {
	{ "signed as required", "stage = reject", SIGNED, SMFIS_CONTINUE, PASS,
	    "", "",
	    "action=accept policy=org stage=reject would=accept "
	    "unmet=-\n" },
	{ "watched", "", PLAIN, SMFIS_CONTINUE, NONE, "", "",
	    "action=accept policy=org stage=monitor would=reject "
	    "unmet=signature\n" },
	{ "tagged", "stage = tag", PLAIN, SMFIS_CONTINUE,
	    NONE "X-SMIME-Policy: org; action=reject; result=none; "
		 "reason=unsigned\n",
	    "", "", "action=tag policy=org" },
	{ "held", "stage = quarantine", PLAIN, SMFIS_CONTINUE,
	    NONE "X-SMIME-Policy: org; action=reject; result=none; "
		 "reason=unsigned\n",
	    "", "S/MIME signature required: unsigned: ",
	    "action=quarantine policy=org" },
	{ "refused", "stage = reject", PLAIN, SMFIS_REJECT,
	    "From: ", "550 5.7.1 S/MIME signature required: unsigned: ", "",
	    "action=reject policy=org" },
	{ "refused in words of our own",
	    "stage = reject reply = '5.7.9 %{from} 100%% %{queue_id}'", PLAIN,
	    SMFIS_REJECT, "From: ", "550 5.7.9 alice@example.org 100%% 4XyZ12",
	    "", "action=reject" },
	{ "put off", "stage = reject unmet = tempfail reply = a", PLAIN,
	    SMFIS_TEMPFAIL, "From: ", "451 4.7.1 a", "", "action=tempfail" },
	{ "thrown away", "stage = reject unmet = discard", PLAIN, SMFIS_DISCARD,
	    "From: ", "", "", "action=discard" },
	{ "encrypted is held", "stage = reject", ENCRYPTED, SMFIS_CONTINUE,
	    "X-SMIME-Policy: org; action=quarantine; result=encrypted; "
	    "reason=encrypted\n",
	    "", "encrypted mail is not taken here: encrypted: ",
	    "action=quarantine" },
};

START_TEST(does_what_a_rule_says)
{
	struct smfi_str mta = mta_postfix();
	char config[400];

	snprintf(config, sizeof(config), RULE("%s"), ruled[_i].more);
	filter_serve(config);
	mta_greet(&mta);
	ck_assert_msg(mta_deliver(&mta, ruled[_i].kind, 100) ==
		ruled[_i].answer,
	    "%s", ruled[_i].name);
	ck_assert_msg(strncmp(mta_header(&mta), ruled[_i].header,
			  strlen(ruled[_i].header)) == 0,
	    "%s: %s", ruled[_i].name, mta_header(&mta));
	ck_assert_msg(strncmp(mta.reply, ruled[_i].reply,
			  strlen(ruled[_i].reply)) == 0,
	    "%s: %s", ruled[_i].name, mta.reply);
	ck_assert(ruled[_i].reply[0] != '\0' || mta.reply[0] == '\0');
	ck_assert_msg(strncmp(mta.quarantine, ruled[_i].quarantine,
			  strlen(ruled[_i].quarantine)) == 0,
	    "%s: %s", ruled[_i].name, mta.quarantine);
	ck_assert(
	    (ruled[_i].quarantine[0] == '\0') == (mta.quarantine[0] == '\0'));
	filter_expect_log(ruled[_i].log);
	mta_close(&mta);
	filter_expect_idle();
}
END_TEST

/* Whoever has authenticated, and certificates that the MTA has verified. */
static const struct {
	const char *name;
	const char *condition;
	const char *macros[7];
	unsigned long actions;
	bool matches;
} clients[] = {
	{ "user", "user = { carol }", { "{auth_authen}", "carol", NULL },
	    MTA_ACTIONS, true },
	{ "no user", "user = { '*' }", { NULL }, MTA_ACTIONS, false },
	{ "an empty user", "user = { '*' }", { "{auth_authen}", "", NULL },
	    MTA_ACTIONS, false },
	{ "certificate, verified by Sendmail", "tls-subject = { CN }",
	    { "{cert_subject}", "CN", "{verify}", "OK", NULL }, MTA_ACTIONS,
	    true },
	{ "certificate, not verified by Sendmail", "tls-subject = { CN }",
	    { "{cert_subject}", "CN", "{verify}", "FAIL", NULL }, MTA_ACTIONS,
	    false },
	{ "certificate, of Postfix", "tls-issuer = { CA }",
	    { "{cert_issuer}", "CA", NULL }, MTA_ACTIONS, true },
	{ "certificate, of who knows no better", "tls-issuer = { CA }",
	    { "{cert_issuer}", "CA", NULL }, V2_ACTIONS, false },
};

START_TEST(rules_ask_who_the_client_is)
{
	struct smfi_str mta = mta_postfix();
	char config[300];

	snprintf(config, sizeof(config),
	    "policy p { %s\non-none = reject stage = reject }",
	    clients[_i].condition);
	filter_serve(config);
	mta.actions = clients[_i].actions;
	mta.macros = clients[_i].macros;
	mta_greet(&mta);
	ck_assert_msg(mta_deliver(&mta, PLAIN, 100) ==
		(clients[_i].matches ? SMFIS_REJECT : SMFIS_CONTINUE),
	    "%s", clients[_i].name);
	ck_assert((strstr(mta.symlist, "{verify}") != NULL) ==
	    (mta.actions == MTA_ACTIONS));
	mta_close(&mta);
}
END_TEST

/* Alice's certificate signs for Bob, by a rule alone. */
START_TEST(a_gateway_signs_for_its_domain)
{
	struct smfi_str mta = mta_postfix();
	char *from_bob = strdup(strchr(letters_text(SIGNED), '\n') + 1);

	filter_serve(RULE("stage = reject signers = { alice@example.org }"));
	mta_greet(&mta);
	mta_envelope(&mta);
	mta_field(&mta, "From", "bob@sub.example.org");
	mta_message(&mta, from_bob, 100);
	ck_assert_int_eq(mta_end(&mta, NULL, 0), SMFIS_CONTINUE);
	ck_assert_ptr_nonnull(
	    strstr(mta_header(&mta), "policy.smime-signer=alias"));
	mta_close(&mta);

	mta = mta_postfix();
	filter_serve(RULE("stage = monitor signers = { alice@example.org }"));
	mta_greet(&mta);
	mta_envelope(&mta);
	mta_field(&mta, "From", "bob@sub.example.org");
	mta_message(&mta, from_bob, 100);
	ck_assert_int_eq(mta_end(&mta, NULL, 0), SMFIS_CONTINUE);
	ck_assert_ptr_nonnull(
	    strstr(mta_header(&mta), "smime=policy reason=from-mismatch"));
	filter_expect_log("stage=monitor would=accept unmet=-\n");
	mta_close(&mta);
	free(from_bob);
}
END_TEST

/* A file with a root that Alice's certificate does not lead to. */
static void
write_other_root(const char *name)
{
	EVP_PKEY *key = pki_key("P-256");
	X509 *other = pki_make(&(struct pki_cert){ .cn = "Other",
				   .extensions = pki_ca_extensions },
	    key, NULL, NULL);

	scratch_write_cert(name, other);
	X509_free(other);
	EVP_PKEY_free(key);
}

/* Only the rule's own roots vouch for its mail. */
START_TEST(a_rule_has_anchors_of_its_own)
{
	struct smfi_str mta = mta_postfix();
	char *path = scratch_path("own");
	char config[300];

	write_other_root("own");
	snprintf(config, sizeof(config),
	    RULE("stage = reject anchors = \"%s\"\n"), path);
	filter_serve(config);
	mta_greet(&mta);
	ck_assert_int_eq(mta_deliver(&mta, SIGNED, 100), SMFIS_REJECT);
	filter_expect_log(
	    "smime=policy reason=intermediate-missing trust=none");
	mta_close(&mta);

	scratch_write_cert("own", letters_root());
	ck_assert(engine_reload(filter_engine()));
	mta = mta_postfix();
	mta_greet(&mta);
	ck_assert_int_eq(mta_deliver(&mta, SIGNED, 100), SMFIS_CONTINUE);
	ck_assert_int_eq(strncmp(mta_header(&mta), PASS, strlen(PASS)), 0);
	mta_close(&mta);
	filter_expect_idle();
	free(path);
}
END_TEST

/* Signed mail to that recipient. */
static sfsistat
deliver_to(SMFICTX *mta, const char *rcpt)
{
	mta_mail(mta, "<alice@example.org>", NULL);
	mta_rcpt(mta, rcpt);
	mta_data(mta);
	mta_message(mta, letters_text(SIGNED), 100);
	return mta_end(mta, NULL, 0);
}

/* Whatever is remembered: the same signer again and again, by turns. */
START_TEST(a_path_of_one_trust_counts_for_no_other)
{
	struct smfi_str mta = mta_postfix();
	char *path = scratch_path("own");
	char config[500];

	write_other_root("own");
	snprintf(config, sizeof(config),
	    "policy own { rcpt = { own@example.net } require = pass\n"
	    "on-encrypted = accept stage = reject anchors = \"%s\" }\n"
	    "tenant t { recipient-domain = { t.example }\n"
	    "collection = { \"%s\" } }",
	    path, path);
	filter_serve(config);
	mta_greet(&mta);
	for (int i = 0; i < 6; i++) {
		/* In the second half the rule's trust is asked first. */
		if (i < 3) {
			ck_assert_int_eq(deliver_to(&mta, "<bob@example.net>"),
			    SMFIS_CONTINUE);
			ck_assert_int_eq(strncmp(mta_header(&mta), PASS,
					     strlen(PASS)),
			    0);
		}
		ck_assert_int_eq(deliver_to(&mta, "<own@example.net>"),
		    SMFIS_REJECT);
		filter_expect_log(
		    "smime=policy reason=intermediate-missing trust=none");
		ck_assert_int_eq(deliver_to(&mta, "<x@t.example>"),
		    SMFIS_CONTINUE);
		ck_assert_ptr_nonnull(strstr(mta_header(&mta),
		    "t.mx.example.net; smime=policy\n"
		    " reason=intermediate-missing"));
		free(scratch_log());
	}
	mta_close(&mta);
	filter_expect_idle();
	free(path);
}
END_TEST

/*
 * A verifier is somebody else's once a verdict is there.  Whoever has it here
 * leaves nothing in it that could be used.
 */
START_TEST(judges_anew_with_no_verifier_of_others)
{
	struct engine_state *state;
	struct verifier *lent, mine;
	struct session *session = session_new(0);
	const struct verdict *verdict;
	char *end_of_header = strstr(letters_text(SIGNED), "\r\n\r\n");

	session_begin(session, filter_engine(), "<a@example.org>", NULL, false);
	state = session->state;
	session_push_field(session, "From", "alice@example.org");
	session_push_field(session, "Content-Type",
	    "multipart/signed; micalg=sha-256; boundary=b;\n"
	    " protocol=\"application/pkcs7-signature\"");
	session_push_body(session, (uint8_t *)end_of_header + 4,
	    strlen(end_of_header + 4));
	verdict = session_finish(session, time(NULL));
	ck_assert_int_eq(verdict->result, RESULT_PASS);

	lent = verifiers_lend(state->verifiers, state->version);
	mine = *lent;
	memset(lent, 0x55, sizeof(*lent));
	verdict = session_judge(session, state->trust);
	ck_assert_int_eq(verdict->result, RESULT_PASS);
	*lent = mine;
	verifiers_give_back(state->verifiers, lent);
	session_free(session);
	filter_expect_idle();
}
END_TEST

/* The rule's file lists Alice's certificate, and no root of it. */
START_TEST(a_listed_signer_vouches_for_itself_in_anchors_too)
{
	struct smfi_str mta = mta_postfix();
	char *path = scratch_path("own");
	char config[400];

	scratch_write_cert("own", letters_alice());
	snprintf(config, sizeof(config),
	    "trust-listed-signers = yes\n" RULE(
		"stage = reject anchors = \"%s\"\n"),
	    path);
	filter_serve(config);
	mta_greet(&mta);
	ck_assert_int_eq(mta_deliver(&mta, SIGNED, 100), SMFIS_CONTINUE);
	ck_assert_int_eq(strncmp(mta_header(&mta), PASS, strlen(PASS)), 0);
	mta_close(&mta);
	free(path);
}
END_TEST

/* Not all that says so is encrypted, nor encrypted as a whole. */
static const struct {
	const char *name;
	const char *before; /* replaces the header up to the CMS, if any */
	const char *after;  /* replaces the CMS, if any */
	bool encrypted;
} secrets[] = {
	{ "encrypted", NULL, NULL, true },
	{ "a claim", NULL, "SGVsbG8=\r\n", false },
	{ "a claim without a body", NULL, "", false },
	{ "a part",
	    "From: alice@example.org\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
	    "--b\r\n\r\nPay to 12345\r\n--b\r\n"
	    "Content-Type: application/pkcs7-mime;\r\n"
	    " smime-type=enveloped-data\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n",
	    NULL, false },
};

START_TEST(no_claim_to_be_encrypted_is_a_way_around_a_rule)
{
	struct smfi_str mta = mta_postfix();
	const char *cms = strstr(letters_text(ENCRYPTED), "\r\n\r\n") + 4;
	char *message;

	if (secrets[_i].before != NULL)
		ck_assert_int_gt(asprintf(&message, "%s%s", secrets[_i].before,
				     cms),
		    0);
	else
		ck_assert_int_gt(asprintf(&message, "%.*s%s",
				     (int)(cms - letters_text(ENCRYPTED)),
				     letters_text(ENCRYPTED),
				     secrets[_i].after != NULL ?
					 secrets[_i].after :
					 cms),
		    0);
	filter_serve(RULE("stage = reject on-encrypted = accept"));
	mta_greet(&mta);
	mta_envelope(&mta);
	mta_message(&mta, message, 100);
	ck_assert_msg(mta_end(&mta, NULL, 0) ==
		(secrets[_i].encrypted ? SMFIS_CONTINUE : SMFIS_REJECT),
	    "%s", secrets[_i].name);
	mta_close(&mta);
	free(message);
}
END_TEST

/* An author and a signature that would like to write the reply. */
START_TEST(nobody_else_writes_into_a_reply)
{
	struct smfi_str mta = mta_postfix();

	filter_serve(
	    RULE("stage = reject\n"
		 "reply = '5.7.1 %{from} %{signer} %{reason} %{queue_id}'"));
	mta.queue_id = "4X\r\n250 ok";
	mta_greet(&mta);
	mta_envelope(&mta);
	mta_field(&mta, "From", "\"a%s\r\n 250 2.0.0 Ok\"@example.org");
	mta_message(&mta, strchr(letters_text(PLAIN), '\n') + 1, 100);
	ck_assert_int_eq(mta_end(&mta, NULL, 0), SMFIS_REJECT);
	ck_assert_int_eq(strncmp(mta.reply, "550 5.7.1 ", 10), 0);
	for (const char *c = mta.reply; *c != '\0'; c++)
		ck_assert(*c >= ' ' && *c < 0x7f);
	ck_assert_ptr_nonnull(strstr(mta.reply, "NOQUEUE"));
	mta_close(&mta);
}
END_TEST

static const struct {
	const char *name;
	const char *config;
	const char *user;
	const char *second;  /* another recipient */
	const char *skipped; /* NULL: it is verified */
} skips[] = {
	{ "authenticated", "authenticated = skip", "carol", NULL,
	    "authenticated" },
	{ "not authenticated", "authenticated = skip", NULL, NULL, NULL },
	{ "authenticated, but verified", "", "carol", NULL, NULL },
	{ "host", "skip-hosts = { 198.51.100.0/24 }", NULL, NULL, "host" },
	{ "another host", "skip-hosts = { 198.51.101.0/24 }", NULL, NULL,
	    NULL },
	{ "recipient", "skip-recipients = { example.net }", NULL, NULL,
	    "recipients" },
	{ "both recipients", "skip-recipients = { example.net }", NULL,
	    "<x@EXAMPLE.net.>", "recipients" },
	{ "one of two recipients", "skip-recipients = { bob@example.net }",
	    NULL, "<x@example.net>", NULL },
};

START_TEST(leaves_alone_whose_mail_is_not_verified)
{
	const char *macros[] = { "{auth_authen}", skips[_i].user, NULL };
	struct smfi_str mta = mta_postfix();
	char config[300], log[100];

	/* No rule counts for it, either. */
	snprintf(config, sizeof(config), "on-fail = reject\n%s",
	    skips[_i].config);
	filter_serve(config);
	mta.macros = skips[_i].user != NULL ? macros : NULL;
	mta_greet(&mta);
	mta_mail(&mta, "<alice@example.org>", NULL);
	mta_rcpt(&mta, "<bob@example.net>");
	if (skips[_i].second != NULL)
		mta_rcpt(&mta, skips[_i].second);
	mta_data(&mta);
	mta_field(&mta, "Authentication-Results", "mx.example.net; smime=pass");
	mta_message(&mta, letters_text(ALTERED), 100);
	ck_assert_msg(mta_end(&mta, NULL, 0) ==
		(skips[_i].skipped != NULL ? SMFIS_CONTINUE : SMFIS_REJECT),
	    "%s", skips[_i].name);
	if (skips[_i].skipped != NULL) {
		ck_assert_ptr_null(
		    strstr(mta_header(&mta), "Authentication-Results"));
		snprintf(log, sizeof(log), "action=accept skipped=%s\n",
		    skips[_i].skipped);
		filter_expect_log(log);
	}
	mta_close(&mta);
	filter_expect_idle();
}
END_TEST

static const char *const wide[] = {
	"skip-hosts = { 10.0.0.0/8, 0.0.0.0/0 }",
	"skip-hosts = { '::/0' }",
	"skip-recipients = { '*' }",
	"internal-hosts = { 0.0.0.0/0 }",
};

static const char *const wide_warnings[] = {
	"skip-hosts covers a large part of the Internet",
	"skip-hosts covers a large part of the Internet",
	"skip-recipients has \"*\": no mail at all is verified",
	"internal-hosts covers a large part of the Internet",
};

START_TEST(warns_of_a_list_that_covers_everything)
{
	char *log;

	filter_load(wide[_i]);
	log = scratch_log();
	ck_assert_msg(strstr(log, wide_warnings[_i]) != NULL, "%s", log);
	free(log);
}
END_TEST

/* The site knows no root; only the first customer's collection has it. */
START_TEST(each_tenant_has_a_header_of_its_own)
{
	struct smfi_str mta = mta_postfix();
	char *path = scratch_path("anchors");
	char config[500];

	snprintf(config, sizeof(config),
	    "collection = {}\n"
	    "tenant one { recipient-domain = { one.example }\n"
	    "collection = { \"%s\" } }\n"
	    "tenant two { recipient-domain = { two.example }\n"
	    "authserv-id = two.example }",
	    path);
	filter_serve(config);
	mta_greet(&mta);
	mta_mail(&mta, "<alice@example.org>", NULL);
	mta_rcpt(&mta, "<a@one.example>");
	mta_rcpt(&mta, "<b@two.example>");
	if (_i == 0)
		mta_rcpt(&mta, "<c@example.net>");
	mta_data(&mta);
	mta_field(&mta, "Authentication-Results",
	    "one.mx.example.net; smime=fail");
	mta_field(&mta, "Authentication-Results", "TWO.example; smime=forged");
	mta_field(&mta, "Authentication-Results", "mx.example.net; smime=x");
	mta_field(&mta, "Authentication-Results", "other.example; dkim=pass");
	mta_message(&mta, letters_text(SIGNED), 100);
	ck_assert_int_eq(mta_end(&mta, NULL, 0), SMFIS_CONTINUE);
	ck_assert_ptr_nonnull(strstr(mta_header(&mta),
	    "Authentication-Results: one.mx.example.net; smime=pass\n"));
	ck_assert_ptr_nonnull(strstr(mta_header(&mta),
	    "Authentication-Results: two.example; smime=policy "
	    "reason=untrusted"));
	ck_assert((strstr(mta_header(&mta),
		       "Authentication-Results: mx.example.net; smime=policy "
		       "reason=untrusted") != NULL) == (_i == 0));
	ck_assert_ptr_null(strstr(mta_header(&mta), "smime=fail"));
	ck_assert_ptr_null(strstr(mta_header(&mta), "smime=forged"));
	ck_assert_ptr_null(strstr(mta_header(&mta), "smime=x"));
	ck_assert_ptr_nonnull(strstr(mta_header(&mta), "dkim=pass"));
	mta_close(&mta);
	filter_expect_idle();
	free(path);
}
END_TEST

START_TEST(warns_of_a_rule_for_everybody)
{
	filter_load("policy all { from-domain = { '*' } require = pass }");
	filter_expect_log("policy \"all\": it covers all mail of everybody");
	filter_serve(
	    "policy some { from-domain = { a.example } require = pass }");
}
END_TEST

static void
add_tests(TCase *tcase)
{
	tcase_add_loop_test(tcase, does_what_the_policy_says, 0,
	    sizeof(actions) / sizeof(actions[0]));
	tcase_add_loop_test(tcase,
	    a_failing_call_defers_that_message_and_no_other, 0,
	    sizeof(breakages) / sizeof(breakages[0]));
	tcase_add_test(tcase, defers_what_it_may_not_quarantine);
	tcase_add_loop_test(tcase, does_what_a_rule_says, 0,
	    sizeof(ruled) / sizeof(ruled[0]));
	tcase_add_loop_test(tcase, rules_ask_who_the_client_is, 0,
	    sizeof(clients) / sizeof(clients[0]));
	tcase_add_test(tcase, a_gateway_signs_for_its_domain);
	tcase_add_test(tcase, a_rule_has_anchors_of_its_own);
	tcase_add_test(tcase, a_path_of_one_trust_counts_for_no_other);
	tcase_add_test(tcase, judges_anew_with_no_verifier_of_others);
	tcase_add_test(tcase,
	    a_listed_signer_vouches_for_itself_in_anchors_too);
	tcase_add_loop_test(tcase,
	    no_claim_to_be_encrypted_is_a_way_around_a_rule, 0,
	    sizeof(secrets) / sizeof(secrets[0]));
	tcase_add_test(tcase, nobody_else_writes_into_a_reply);
	tcase_add_loop_test(tcase, leaves_alone_whose_mail_is_not_verified, 0,
	    sizeof(skips) / sizeof(skips[0]));
	tcase_add_loop_test(tcase, warns_of_a_list_that_covers_everything, 0,
	    sizeof(wide) / sizeof(wide[0]));
	tcase_add_loop_test(tcase, each_tenant_has_a_header_of_its_own, 0, 2);
	tcase_add_test(tcase, warns_of_a_rule_for_everybody);
}

int
main(void)
{
	return filter_run("mlfi_rules", add_tests);
}
