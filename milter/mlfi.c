/* SPDX-License-Identifier: ISC */
#include "mlfi.h"

#include <limits.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <libmilter/mfapi.h>
#include <openssl/err.h>

#include "log.h"
#include "metrics.h"
#include "policy.h"
#include "result.h"
#include "session.h"

/* Without these a forged result could not be removed. */
#define NEEDED (SMFIF_ADDHDRS | SMFIF_CHGHDRS)

/*
 * libmilter keeps the steps to leave out for the whole process, so they are
 * the same for every MTA and every configuration.
 */
#define LEFT_OUT (SMFIP_NOHELO | SMFIP_NOUNKNOWN)

/*
 * Not to be answered: each answer is a round trip.  DATA is answered, because
 * Postfix over TCP waits 40 ms when neither RCPT nor DATA is.
 */
#define UNANSWERED                                                             \
	(SMFIP_NR_MAIL | SMFIP_NR_RCPT | SMFIP_NR_HDR | SMFIP_NR_EOH |         \
	    SMFIP_NR_BODY)

enum { REFUSAL_SECONDS = 60 };

/* libmilter's prototypes want names that they could write to. */
static char field_name[] = "Authentication-Results";
static char macro_id[] = "i";
static char macro_name[] = "j";
static char macro_user[] = "{auth_authen}";
static char macro_subject[] = "{cert_subject}";
static char macro_issuer[] = "{cert_issuer}";
static char macro_verify[] = "{verify}";

/* What Sendmail sends at MAIL unless asked, and what rules ask for. */
static char macros_at_mail[] = "i {auth_type} {auth_authen} {auth_ssf} "
			       "{auth_author} {mail_mailer} {mail_host} "
			       "{mail_addr} {verify} {cert_subject} "
			       "{cert_issuer}";

/* libmilter hands nothing of ours to a callback, but for private data. */
static struct engine *engine; /* borrowed; set before any thread */
static atomic_ulong last_steps;

/* Connections, and how many there may be; the limit is set before threads. */
static atomic_size_t connections;
static size_t max_connections;
static atomic_llong last_refusal; /* seconds; when it was logged */

/* What the log says of one message beside its verdict. */
struct record {
	char id[64];
	size_t size;
	const char *skipped; /* why it was not verified; NULL: it was */
	struct action action;
};

static sfsistat
quiet(const struct session *session, unsigned long bit)
{
	return (session->steps & bit) != 0 ? SMFIS_NOREPLY : SMFIS_CONTINUE;
}

/* Postfix has no queue id before the first recipient, but has one at eom. */
static void
read_id(SMFICTX *ctx, char *out, size_t size)
{
	const char *id = smfi_getsymval(ctx, macro_id);
	size_t len = 0;

	if (id != NULL)
		len = strspn(id,
		    "0123456789-._"
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		    "abcdefghijklmnopqrstuvwxyz");
	if (len == 0 || id[len] != '\0')
		id = "NOQUEUE";
	snprintf(out, size, "%s", id);
}

/* The signature that made the result what it is. */
static const struct signature *
telling_signature(const struct verdict *verdict)
{
	for (size_t i = 0; i < verdict->signature_count; i++) {
		const struct signature *signature = &verdict->signatures[i];

		if (signature->result == verdict->result &&
		    signature->reason == verdict->reason)
			return signature;
	}
	return verdict->signature_count > 0 ? verdict->signatures : NULL;
}

/* The rule that matched, and what it asks for.  Returns how many fields. */
static size_t
describe_policy(const struct action *action, struct log_field *fields)
{
	if (action->policy == NULL)
		return 0;
	fields[0] = (struct log_field){ "policy", LOG_WORD, action->policy };
	fields[1] = (struct log_field){ "stage", LOG_WORD, action->stage };
	fields[2] =
	    (struct log_field){ "would", LOG_WORD, action_word(action->would) };
	fields[3] = (struct log_field){ "unmet", LOG_WORD, action->unmet };
	return 4;
}

static void
log_verdict(const struct record *record, const struct verdict *verdict,
    const struct signature *signature, const char *size)
{
	const char *reason =
	    verdict->reason != REASON_OK ? reason_token(verdict->reason) : NULL;
	struct log_field fields[LOG_MAX_FIELDS] = {
		{ "queue_id", LOG_WORD, record->id },
		{ "smime", LOG_WORD, result_word(verdict->result) },
		{ "reason", LOG_WORD, reason },
		{ "trust", LOG_WORD, trust_who_word(verdict->trust) },
		{ "from", LOG_TEXT, verdict->from },
		{ "signer", LOG_TEXT, signature->identifier },
		{ "issuer", LOG_TEXT, signature->issuer },
		{ "serial", LOG_WORD, signature->serial },
		{ "size", LOG_NUMBER, size },
		{ "action", LOG_WORD, action_word(record->action.kind) },
	};
	size_t count = 10;

	count += describe_policy(&record->action, fields + count);
	if (record->skipped != NULL)
		fields[count++] =
		    (struct log_field){ "skipped", LOG_WORD, record->skipped };
	log_fields(LOG_INFO, "judged", fields, count);
}

/* verdict is NULL where there is none. */
static void
log_message(const struct record *record, const struct verdict *verdict)
{
	static const struct signature unknown = { 0 };
	static const struct verdict none = { .result = RESULT_ABSENT };
	const struct signature *signature;
	char size[24];

	if (verdict == NULL)
		verdict = &none;
	signature = telling_signature(verdict);
	snprintf(size, sizeof(size), "%zu", record->size);
	log_verdict(record, verdict, signature != NULL ? signature : &unknown,
	    size);
}

/* Why a message has no result, or one that says nothing of its signature. */
static void
log_unverified(const char *id, const char *why)
{
	const struct log_field fields[] = {
		{ "queue_id", LOG_WORD, id },
		{ "unverified", LOG_TEXT, why },
	};

	log_fields(LOG_INFO, "not verified", fields,
	    sizeof(fields) / sizeof(fields[0]));
}

static void
log_why_unverified(const char *id, const struct verdict *verdict)
{
	switch (verdict->result) {
	case RESULT_ABSENT:
	case RESULT_NEUTRAL:
	case RESULT_TEMPERROR:
	case RESULT_PERMERROR:
		log_unverified(id, reason_words(verdict->reason));
		break;
	case RESULT_NONE:
	case RESULT_PASS:
	case RESULT_POLICY:
	case RESULT_FAIL:
		break;
	}
}

/* What led to the result, for who wants to know it all. */
static void
log_stages(const char *id, const struct session *session,
    const struct verdict *verdict)
{
	log_line(LOG_DEBUG,
	    "%s: judged under state %u in mode %s: %zu signatures, %zu of %zu "
	    "Authentication-Results fields are forged%s",
	    id, session->state->version, trust_mode_word(verdict->mode),
	    verdict->signature_count, session->forged_count, session->results,
	    session->internal ? " (from an internal host: all are kept)" : "");
	for (size_t i = 0; i < verdict->signature_count; i++) {
		const struct signature *s = &verdict->signatures[i];
		char detail[400];

		log_line(LOG_DEBUG, "%s: part %s: %s %s, %s, %s, trust %s: %s",
		    id, s->part, result_word(s->result),
		    reason_token(s->reason),
		    s->key != NULL ? s->key : "unknown key",
		    s->digest != NULL ? s->digest : "unknown digest",
		    trust_who_word(s->trust),
		    log_quote(detail, sizeof(detail), s->detail));
	}
}

/*
 * From the highest index down: Postfix counts anew after each removal and
 * Sendmail does not, and only this order is right for both.
 */
static bool
remove_forged(SMFICTX *ctx, const struct session *session)
{
	char name[80];

	for (size_t i = session->forged_count; i > 0; i--) {
		const struct forged *forged = &session->forged[i - 1];

		snprintf(name, sizeof(name), "%s", forged->name);
		if (smfi_chgheader(ctx, name, forged->index, NULL) !=
		    MI_SUCCESS)
			return false;
	}
	return true;
}

/* At the very top, above the Received field of our own MTA: RFC 8601 4. */
static bool
insert(SMFICTX *ctx, const struct session *session, const char *name,
    const char *value)
{
	bool verbatim = (session->steps & SMFIP_HDR_LEADSPC) != 0;
	char *text;
	char copy[80];
	bool good;

	if (asprintf(&text, "%s%s", verbatim ? " " : "", value) < 0)
		return false;
	snprintf(copy, sizeof(copy), "%s", name);
	good = smfi_insheader(ctx, 0, copy, text) == MI_SUCCESS;
	free(text);
	return good;
}

/* NULL, or what went wrong. */
static const char *
insert_result(SMFICTX *ctx, const struct session *session, const char *id,
    const struct verdict *verdict)
{
	char *value;
	bool good;

	if (verdict == NULL || verdict->result == RESULT_ABSENT)
		return NULL;
	value = result_write(id, verdict, session->utf8);
	if (value == NULL)
		return "out of memory";
	good = insert(ctx, session, field_name, value);
	free(value);
	return good ? NULL : "cannot add the Authentication-Results field";
}

/* Each tenant's under its own name, and the site's. */
static const char *
insert_results(SMFICTX *ctx, const struct session *session,
    const struct action *action)
{
	const char *trouble = NULL;
	char id[SESSION_MAX_ID];

	for (size_t i = session->state->book->tenant_count;
	     trouble == NULL && i > 0; i--) {
		session_tenant_id(session, i - 1, id);
		trouble =
		    insert_result(ctx, session, id, session->tenants[i - 1]);
	}
	if (trouble != NULL)
		return trouble;
	return insert_result(ctx, session, session->authserv_id, action->site);
}

static const char cannot_remove[] = "cannot remove a forged field";

/* NULL, or what went wrong.  What is inserted last comes first. */
static const char *
mark(SMFICTX *ctx, const struct session *session, const struct action *action)
{
	if (!remove_forged(ctx, session))
		return cannot_remove;
	if (action->tag != NULL &&
	    !insert(ctx, session, action->tag, action->tag_text))
		return "cannot add the field of a rule";
	return insert_results(ctx, session, action);
}

static const char *
quarantine(SMFICTX *ctx, struct action *action)
{
	if (smfi_quarantine(ctx, action->text) != MI_SUCCESS)
		return "cannot quarantine";
	return NULL;
}

static const char *
reply(SMFICTX *ctx, struct action *action)
{
	char code[8], enhanced[REPLY_MAX_CODE], text[2 * REPLY_MAX + 2];

	snprintf(code, sizeof(code), "%s", action->code);
	snprintf(enhanced, sizeof(enhanced), "%s", action->enhanced);
	reply_escape(action->text, text, sizeof(text));
	if (smfi_setreply(ctx, code, enhanced, text) != MI_SUCCESS)
		return "cannot set the reply";
	return NULL;
}

/* The one place that touches the mail.  NULL, or what went wrong. */
static const char *
carry_out(SMFICTX *ctx, const struct session *session, struct action *action)
{
	const char *trouble;

	switch (action->kind) {
	case ACTION_DISCARD:
		return NULL;
	case ACTION_REJECT:
	case ACTION_TEMPFAIL:
		return reply(ctx, action);
	case ACTION_ACCEPT:
	case ACTION_TAG:
		return mark(ctx, session, action);
	case ACTION_QUARANTINE:
		break;
	}
	trouble = mark(ctx, session, action);
	return trouble != NULL ? trouble : quarantine(ctx, action);
}

/* CONTINUE lets the filters after us see the message too. */
static sfsistat
answer_of(enum action_kind kind)
{
	switch (kind) {
	case ACTION_ACCEPT:
	case ACTION_TAG:
	case ACTION_QUARANTINE:
		return SMFIS_CONTINUE;
	case ACTION_REJECT:
		return SMFIS_REJECT;
	case ACTION_DISCARD:
		return SMFIS_DISCARD;
	case ACTION_TEMPFAIL:
		break;
	}
	return SMFIS_TEMPFAIL;
}

/* The message spent its time in that stage since then; returns now. */
static uint64_t
spent(enum metrics_stage stage, uint64_t since)
{
	uint64_t now = metrics_clock();

	metrics_spent(stage, now - since);
	return now;
}

static void
decide(struct session *session, const struct verdict *verdict,
    struct action *action_r)
{
	const struct policy_case what = {
		.settings = session->state->settings,
		.book = session->state->book,
		.envelope = &session->envelope,
		.verdict = verdict,
		.judge = session_judge,
		.arg = session,
		.tenants_r = session->tenants,
	};

	policy_decide(&what, action_r);
}

static void
count(const struct record *record, const struct verdict *verdict)
{
	if (record->skipped != NULL)
		metrics_skipped();
	else
		metrics_message(verdict, record->action.kind,
		    record->action.policy);
}

static sfsistat
judge(SMFICTX *ctx, struct session *session)
{
	uint64_t since = spent(METRICS_READING, session->began);
	const struct verdict *verdict = session_finish(session, time(NULL));
	const char *trouble = session->trouble;
	struct record record = {
		.size = session->size,
		.action = { .kind = ACTION_TEMPFAIL },
	};

	since = spent(METRICS_JUDGING, since);
	read_id(ctx, record.id, sizeof(record.id));
	if (verdict != NULL) {
		snprintf(session->envelope.queue_id,
		    sizeof(session->envelope.queue_id), "%s", record.id);
		decide(session, verdict, &record.action);
		verdict = record.action.verdict;
		trouble = carry_out(ctx, session, &record.action);
	} else if (trouble == NULL) {
		/* Not our business; but what is forged is still forged. */
		record.skipped = session->skipped;
		record.action.kind = ACTION_ACCEPT;
		if (!remove_forged(ctx, session))
			trouble = cannot_remove;
	}
	if (trouble != NULL) {
		record.action.kind = ACTION_TEMPFAIL;
		log_line(LOG_ERR, "%s: %s", record.id, trouble);
	}
	log_message(&record, verdict);
	if (verdict != NULL) {
		log_why_unverified(record.id, verdict);
		log_stages(record.id, session, verdict);
	}
	spent(METRICS_ANSWERING, since);
	count(&record, verdict);
	return answer_of(record.action.kind);
}

/* What to ask of what is offered. */
static unsigned long
choose_steps(unsigned long offered)
{
	unsigned long steps =
	    offered & (LEFT_OUT | UNANSWERED | SMFIP_HDR_LEADSPC);

	/* Skipping is an answer. */
	if ((steps & SMFIP_NR_BODY) == 0)
		steps |= offered & SMFIP_SKIP;
	return steps;
}

/* There may be thousands: say so once a minute. */
static void
log_refusal(void)
{
	long long now = (long long)time(NULL);
	long long last = atomic_load(&last_refusal);

	if (last + REFUSAL_SECONDS > now ||
	    !atomic_compare_exchange_strong(&last_refusal, &last, now))
		return;
	log_line(LOG_WARNING,
	    "more than %zu connections: those beyond are closed, and their "
	    "mail is not verified; raise the limit of open files",
	    max_connections);
}

static bool
refuse_session(void)
{
	atomic_fetch_sub(&connections, 1);
	return false;
}

/* Only then does it mean something that {verify} is not there. */
static bool
ask_for_macros(SMFICTX *ctx, unsigned long offered)
{
	return (offered & SMFIF_SETSYMLIST) != 0 &&
	    smfi_setsymlist(ctx, SMFIM_ENVFROM, macros_at_mail) == MI_SUCCESS;
}

static bool
open_session(SMFICTX *ctx, unsigned long steps)
{
	struct session *session;

	if (atomic_fetch_add(&connections, 1) >= max_connections) {
		metrics_refused();
		log_refusal();
		return refuse_session();
	}
	session = session_new(steps);
	if (session == NULL || smfi_setpriv(ctx, session) != MI_SUCCESS) {
		log_line(LOG_ERR, "out of memory: a connection is closed");
		session_free(session);
		return refuse_session();
	}
	metrics_opened();
	return true;
}

static void
close_session(SMFICTX *ctx)
{
	struct session *session = smfi_getpriv(ctx);

	if (session == NULL)
		return;
	session_free(session);
	smfi_setpriv(ctx, NULL);
	atomic_fetch_sub(&connections, 1);
	metrics_closed();
}

static sfsistat
mlfi_negotiate(SMFICTX *ctx, unsigned long f0, unsigned long f1,
    unsigned long f2, unsigned long f3, unsigned long *pf0, unsigned long *pf1,
    unsigned long *pf2, unsigned long *pf3)
{
	unsigned long steps = choose_steps(f1);
	struct session *session;

	(void)f2;
	(void)f3;
	if ((f0 & NEEDED) != NEEDED) {
		log_line(LOG_ERR,
		    "the MTA does not let us change headers "
		    "(it offers actions 0x%lx); its mail is "
		    "not filtered",
		    f0);
		return SMFIS_REJECT;
	}
	close_session(ctx);
	if (!open_session(ctx, steps))
		return SMFIS_REJECT;
	atomic_store(&last_steps, steps);
	*pf0 = f0 & (NEEDED | SMFIF_QUARANTINE | SMFIF_SETSYMLIST);
	session = smfi_getpriv(ctx);
	session->verify_known = ask_for_macros(ctx, f0);
	*pf1 = steps;
	*pf2 = 0;
	*pf3 = 0;
	return SMFIS_CONTINUE;
}

static sfsistat
mlfi_connect(SMFICTX *ctx, char *host, _SOCK_ADDR *client)
{
	(void)host;
	/* An MTA that reuses its connection (QUIT_NC) does not ask again. */
	if (smfi_getpriv(ctx) == NULL &&
	    !open_session(ctx, atomic_load(&last_steps)))
		return SMFIS_TEMPFAIL;
	session_connect(smfi_getpriv(ctx), client);
	log_line(LOG_DEBUG, "connected: steps 0x%lx, %zu connections",
	    atomic_load(&last_steps), atomic_load(&connections));
	return SMFIS_CONTINUE;
}

static bool
wants_utf8(char **argv)
{
	for (size_t i = 1; argv[0] != NULL && argv[i] != NULL; i++) {
		if (strcasecmp(argv[i], "SMTPUTF8") == 0)
			return true;
	}
	return false;
}

/* False when out of memory. */
static bool
copy_macro(SMFICTX *ctx, char *macro, char **copy_r)
{
	const char *value = smfi_getsymval(ctx, macro);

	if (value == NULL || value[0] == '\0')
		return true;
	*copy_r = strdup(value);
	return *copy_r != NULL;
}

/*
 * Who the client is.  Sendmail names any certificate and says in {verify} what
 * it is worth; Postfix knows no such macro, and names verified ones only.
 */
static bool
read_client(SMFICTX *ctx, struct session *session)
{
	struct envelope *envelope = &session->envelope;
	const char *verify = smfi_getsymval(ctx, macro_verify);

	if (!copy_macro(ctx, macro_user, &envelope->user))
		return false;
	if (verify != NULL ? strcmp(verify, "OK") != 0 : !session->verify_known)
		return true;
	return copy_macro(ctx, macro_subject, &envelope->tls_subject) &&
	    copy_macro(ctx, macro_issuer, &envelope->tls_issuer);
}

static sfsistat
mlfi_envfrom(SMFICTX *ctx, char **argv)
{
	struct session *session = smfi_getpriv(ctx);

	if (session == NULL)
		return SMFIS_TEMPFAIL;
	session_begin(session, engine, argv[0] != NULL ? argv[0] : "",
	    smfi_getsymval(ctx, macro_name), wants_utf8(argv));
	if (!read_client(ctx, session))
		session->trouble = "out of memory";
	return quiet(session, SMFIP_NR_MAIL);
}

static sfsistat
mlfi_envrcpt(SMFICTX *ctx, char **argv)
{
	struct session *session = smfi_getpriv(ctx);

	if (session == NULL)
		return SMFIS_TEMPFAIL;
	session_add_rcpt(session, argv[0] != NULL ? argv[0] : "");
	return quiet(session, SMFIP_NR_RCPT);
}

static sfsistat
mlfi_data(SMFICTX *ctx)
{
	return smfi_getpriv(ctx) != NULL ? SMFIS_CONTINUE : SMFIS_TEMPFAIL;
}

static sfsistat
mlfi_header(SMFICTX *ctx, char *name, char *value)
{
	struct session *session = smfi_getpriv(ctx);

	if (session == NULL)
		return SMFIS_TEMPFAIL;
	session_push_field(session, name, value);
	return quiet(session, SMFIP_NR_HDR);
}

static sfsistat
mlfi_eoh(SMFICTX *ctx)
{
	struct session *session = smfi_getpriv(ctx);

	if (session == NULL)
		return SMFIS_TEMPFAIL;
	session_end_header(session);
	log_line(LOG_DEBUG, "header read: %zu octets, it %s be signed",
	    session->size, session->body_wanted ? "may" : "cannot");
	return quiet(session, SMFIP_NR_EOH);
}

/*
 * An MTA may put octets into the packet that ends the body.  libmilter then
 * calls body and, only if that answers CONTINUE, eom; without eom nobody
 * answers.  A header can be changed at the end and not before: a change that
 * changes nothing tells which it is.  Postfix and Sendmail never get here.
 */
static bool
is_end_of_body(SMFICTX *ctx)
{
	return smfi_chgheader(ctx, field_name, INT_MAX, NULL) == MI_SUCCESS;
}

static sfsistat
mlfi_body(SMFICTX *ctx, unsigned char *octets, size_t len)
{
	struct session *session = smfi_getpriv(ctx);

	if (session == NULL)
		return SMFIS_TEMPFAIL;
	session_push_body(session, octets, len);
	if (is_end_of_body(ctx))
		return SMFIS_CONTINUE;
	if (!session->body_wanted && (session->steps & SMFIP_SKIP) != 0)
		return SMFIS_SKIP;
	return quiet(session, SMFIP_NR_BODY);
}

static sfsistat
mlfi_eom(SMFICTX *ctx)
{
	struct session *session = smfi_getpriv(ctx);
	sfsistat answer;

	if (session == NULL)
		return SMFIS_TEMPFAIL;
	/* This thread may have served another connection just before. */
	ERR_clear_error();
	answer = judge(ctx, session);
	session_reset(session);
	return answer;
}

/* An MTA also does so when it has refused the sender or all recipients. */
static void
give_up(SMFICTX *ctx, const struct session *session)
{
	char id[64];

	metrics_aborted();
	read_id(ctx, id, sizeof(id));
	if (session->size > 0)
		log_unverified(id, "the MTA gave the message up");
	else
		log_line(LOG_DEBUG, "%s: given up before its header", id);
}

static sfsistat
mlfi_abort(SMFICTX *ctx)
{
	struct session *session = smfi_getpriv(ctx);

	if (session == NULL)
		return SMFIS_CONTINUE;
	if (session->state != NULL)
		give_up(ctx, session);
	session_reset(session);
	return SMFIS_CONTINUE;
}

static sfsistat
mlfi_close(SMFICTX *ctx)
{
	close_session(ctx);
	return SMFIS_CONTINUE;
}

bool
mlfi_register(struct engine *with, size_t most)
{
	static char name[] = "smime-milter";
	struct smfiDesc description = {
		.xxfi_name = name,
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = NEEDED, /* the rest is asked for if offered */
		.xxfi_connect = mlfi_connect,
		.xxfi_envfrom = mlfi_envfrom,
		.xxfi_envrcpt = mlfi_envrcpt,
		.xxfi_header = mlfi_header,
		.xxfi_eoh = mlfi_eoh,
		.xxfi_body = mlfi_body,
		.xxfi_eom = mlfi_eom,
		.xxfi_abort = mlfi_abort,
		.xxfi_close = mlfi_close,
		.xxfi_data = mlfi_data,
		.xxfi_negotiate = mlfi_negotiate,
	};

	engine = with;
	max_connections = most;
	return smfi_register(description) == MI_SUCCESS;
}
