/* SPDX-License-Identifier: ISC */
#include "milter/daemon/mlfi.h"

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

#include "milter/daemon/metrics.h"
#include "milter/daemon/msglog.h"
#include "milter/daemon/session.h"
#include "milter/header/result.h"
#include "milter/log/log.h"
#include "milter/policy/policy.h"

/* Without these a forged result could not be removed. */
#define NEEDED (SMFIF_ADDHDRS | SMFIF_CHGHDRS)

/* Nobody needs them.  The header also ends where the body begins. */
#define LEFT_OUT (SMFIP_NOHELO | SMFIP_NOUNKNOWN | SMFIP_NOEOH)

/* Not to be answered: each answer is a round trip. */
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

/* Of a connection that was opened when they did not matter. */
static const char no_recipients[] =
    "recipients matter since the last reload, and this connection of the MTA "
    "does not name them; its next one will";

/* libmilter hands nothing of ours to a callback, but for private data. */
static struct engine *engine;  /* borrowed; set before any thread */
static unsigned long left_out; /* SMFIP_ bits; set before any thread */
static atomic_ulong last_steps;

/* Connections, and how many there may be; the limit is set before threads. */
static atomic_size_t connections;
static size_t max_connections;
static atomic_llong last_refusal; /* seconds; when it was logged */

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
		id = MSGLOG_NO_ID;
	snprintf(out, size, "%s", id);
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
	value = result_write(id, verdict, session_form(session));
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

/* site is the verdict under the site's own trust, or NULL. */
static void
count(const struct session *session, const struct verdict *site,
    const struct action *action)
{
	if (session->skipped != NULL && action->kind == ACTION_ACCEPT) {
		metrics_skipped();
		return;
	}
	metrics_message(action->verdict, action->kind, action->policy);
	if (site != NULL && site->result != RESULT_ABSENT &&
	    session->state->settings->staging)
		metrics_staging(site);
}

/* Not our business; but what is forged is still forged. */
static const char *
leave_alone(SMFICTX *ctx, const struct session *session, struct action *action)
{
	action->kind = ACTION_ACCEPT;
	return remove_forged(ctx, session) ? NULL : cannot_remove;
}

/*
 * Were the recipients that matter left out?  Of a connection that is used again
 * nobody knows, but there is no mail for nobody.
 */
static bool
lacks_recipients(const struct session *session)
{
	return session->state != NULL && session->skipped == NULL &&
	    session->envelope.rcpts.count == 0 &&
	    (!session->negotiated || (session->steps & SMFIP_NORCPT) != 0) &&
	    rulebook_wants_recipients(session->state->book);
}

static sfsistat
judge(SMFICTX *ctx, struct session *session)
{
	uint64_t since = spent(METRICS_READING, session->began);
	struct action action = { .kind = ACTION_TEMPFAIL };
	const char *id = session->envelope.queue_id;
	const struct verdict *verdict;
	const char *trouble;

	session_end_header(session);
	if (lacks_recipients(session))
		session->trouble = no_recipients;
	verdict = session_finish(session, time(NULL));
	trouble = session->trouble;
	since = spent(METRICS_JUDGING, since);
	read_id(ctx, session->envelope.queue_id,
	    sizeof(session->envelope.queue_id));
	if (verdict != NULL) {
		decide(session, verdict, &action);
		trouble = carry_out(ctx, session, &action);
	} else if (trouble == NULL) {
		trouble = leave_alone(ctx, session, &action);
	}
	if (trouble != NULL) {
		action.kind = ACTION_TEMPFAIL;
		log_line(LOG_ERR, "%s: %s", id, trouble);
	}
	msglog_judged(session, verdict, &action);
	spent(METRICS_ANSWERING, since);
	count(session, verdict, &action);
	return answer_of(action.kind);
}

/* A history names their domains. */
static bool
wants_recipients(void)
{
	struct engine_state *state = engine_get1(engine);
	bool wants = rulebook_wants_recipients(state->book) ||
	    state->settings->history[0] != '\0';

	engine_state_unref(state);
	return wants;
}

/* What to ask of what is offered. */
static unsigned long
choose_steps(unsigned long offered)
{
	unsigned long steps =
	    offered & (left_out | UNANSWERED | SMFIP_HDR_LEADSPC);

	if (!wants_recipients())
		steps |= offered & SMFIP_NORCPT;
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
	session->negotiated = true;
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
		msglog_unverified(id, "the MTA gave the message up");
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
mlfi_register(struct engine *with, size_t most, bool over_tcp)
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
	/* Postfix over TCP waits 40 ms if neither RCPT nor DATA is answered. */
	left_out = over_tcp ? LEFT_OUT : LEFT_OUT | SMFIP_NODATA;
	return smfi_register(description) == MI_SUCCESS;
}
