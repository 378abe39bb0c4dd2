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

#include "history.h"
#include "log.h"
#include "network.h"
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

/* libmilter's prototypes want names that they could write to. */
static char field_name[] = "Authentication-Results";
static char macro_id[] = "i";
static char macro_name[] = "j";
static const char no_id[] = "NOQUEUE";

/* libmilter hands nothing of ours to a callback, but for private data. */
static struct engine *engine; /* borrowed; set before any thread */
static atomic_ulong last_steps;

/* What the log says of one message beside its verdict. */
struct record {
	char id[64];
	size_t size;
	enum action_kind action;
	bool staging;
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
		id = no_id;
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

static const char *
or_dash(const char *text)
{
	return text != NULL ? text : "-";
}

/* What both modes of Exchange say, be they the same or not. */
static void
describe_staging(const struct verdict *verdict, char *out, size_t size)
{
	const enum trust_mode both[] = { TRUST_EXCHANGE_2013_SP1,
		TRUST_EXCHANGE_ONLINE };

	snprintf(out, size, " %s=%s %s=%s", trust_mode_word(both[0]),
	    or_dash(result_word(verdict->mode_result[both[0]])),
	    trust_mode_word(both[1]),
	    or_dash(result_word(verdict->mode_result[both[1]])));
}

/* verdict is NULL where there is none. */
static void
log_message(const struct record *record, const struct verdict *verdict)
{
	static const struct signature unknown = { 0 };
	static const struct verdict none = { .result = RESULT_ABSENT };
	const struct signature *signature;
	const char *reason;
	char from[400], signer[400], issuer[600], staging[100] = "";

	if (verdict == NULL)
		verdict = &none;
	signature = telling_signature(verdict);
	if (signature == NULL)
		signature = &unknown;
	reason =
	    verdict->reason != REASON_OK ? reason_token(verdict->reason) : NULL;
	if (record->staging && verdict->result != RESULT_ABSENT)
		describe_staging(verdict, staging, sizeof(staging));
	log_line(LOG_INFO,
	    "%s: smime=%s reason=%s trust=%s%s from=%s signer=%s issuer=%s "
	    "serial=%s size=%zu action=%s",
	    record->id, or_dash(result_word(verdict->result)), or_dash(reason),
	    trust_who_word(verdict->trust), staging,
	    log_quote(from, sizeof(from), verdict->from),
	    log_quote(signer, sizeof(signer), signature->identifier),
	    log_quote(issuer, sizeof(issuer), signature->issuer),
	    or_dash(signature->serial), record->size,
	    action_word(record->action));
}

static struct result_form
form_of(const struct session *session)
{
	return (struct result_form){
		.utf8 = session->utf8,
		.staging = session->state->settings->staging,
	};
}

/* Before the answer, so that what was answered has its line. */
static void
write_history(const struct session *session, const struct record *record,
    const struct verdict *verdict)
{
	const struct settings *settings = session->state->settings;
	char client[INET6_ADDRSTRLEN];
	struct histline line = { .time = time(NULL),
		.queue_id = strcmp(record->id, no_id) == 0 ? NULL : record->id,
		.client =
		    network_write((const struct sockaddr *)&session->client,
			client),
		.mail_from = session->mail_from,
		.rcpt_domains = (const char *const *)session->rcpt_domains.list,
		.rcpt_domain_count = session->rcpt_domains.count,
		.action = action_word(record->action),
		.verdict = verdict };
	char *header;

	if (settings->history[0] == '\0')
		return;
	header = result_write_unfolded(session->authserv_id, verdict,
	    form_of(session));
	line.header = header;
	history_write(&line);
	free(header);
}

/*
 * From the highest index down: Postfix counts anew after each removal and
 * Sendmail does not, and only this order is right for both.
 */
static bool
remove_forged(SMFICTX *ctx, const struct session *session)
{
	for (size_t i = session->forged_count; i > 0; i--) {
		if (smfi_chgheader(ctx, field_name, session->forged[i - 1],
			NULL) != MI_SUCCESS)
			return false;
	}
	return true;
}

/* At the very top, above the Received field of our own MTA: RFC 8601 4. */
static bool
insert(SMFICTX *ctx, const struct session *session, const char *value)
{
	bool verbatim = (session->steps & SMFIP_HDR_LEADSPC) != 0;
	char *text;
	bool good;

	if (asprintf(&text, "%s%s", verbatim ? " " : "", value) < 0)
		return false;
	good = smfi_insheader(ctx, 0, field_name, text) == MI_SUCCESS;
	free(text);
	return good;
}

/* NULL, or what went wrong. */
static const char *
mark(SMFICTX *ctx, const struct session *session, const struct verdict *verdict)
{
	char *value;
	bool good;

	if (!remove_forged(ctx, session))
		return "cannot remove a forged Authentication-Results field";
	if (verdict->result == RESULT_ABSENT)
		return NULL;
	value = result_write(session->authserv_id, verdict, form_of(session));
	if (value == NULL)
		return "out of memory";
	good = insert(ctx, session, value);
	free(value);
	return good ? NULL : "cannot add the Authentication-Results field";
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
	char code[8], enhanced[16];

	snprintf(code, sizeof(code), "%s", action->code);
	snprintf(enhanced, sizeof(enhanced), "%s", action->enhanced);
	if (smfi_setreply(ctx, code, enhanced, action->text) != MI_SUCCESS)
		return "cannot set the reply";
	return NULL;
}

/* The one place that touches the mail.  NULL, or what went wrong. */
static const char *
carry_out(SMFICTX *ctx, const struct session *session,
    const struct verdict *verdict, struct action *action)
{
	const char *trouble;

	switch (action->kind) {
	case ACTION_DISCARD:
		return NULL;
	case ACTION_REJECT:
	case ACTION_TEMPFAIL:
		return reply(ctx, action);
	case ACTION_ACCEPT:
		return mark(ctx, session, verdict);
	case ACTION_QUARANTINE:
		break;
	}
	trouble = mark(ctx, session, verdict);
	return trouble != NULL ? trouble : quarantine(ctx, action);
}

/* CONTINUE lets the filters after us see the message too. */
static sfsistat
answer_of(enum action_kind kind)
{
	switch (kind) {
	case ACTION_ACCEPT:
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

static sfsistat
judge(SMFICTX *ctx, struct session *session)
{
	const struct verdict *verdict = session_finish(session, time(NULL));
	const char *trouble = session->trouble;
	struct record record = { .size = session->size };
	struct action action = { .kind = ACTION_TEMPFAIL };

	read_id(ctx, record.id, sizeof(record.id));
	if (verdict != NULL) {
		record.staging = session->state->settings->staging;
		policy_decide(session->state->settings, verdict, &action);
		trouble = carry_out(ctx, session, verdict, &action);
	}
	record.action = trouble == NULL ? action.kind : ACTION_TEMPFAIL;
	if (trouble != NULL)
		log_line(LOG_ERR, "%s: %s", record.id, trouble);
	log_message(&record, verdict);
	if (verdict != NULL)
		write_history(session, &record, verdict);
	return answer_of(record.action);
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

static bool
open_session(SMFICTX *ctx, unsigned long steps)
{
	struct session *session = session_new(steps);

	if (session == NULL)
		return false;
	if (smfi_setpriv(ctx, session) != MI_SUCCESS) {
		session_free(session);
		return false;
	}
	return true;
}

static sfsistat
mlfi_negotiate(SMFICTX *ctx, unsigned long f0, unsigned long f1,
    unsigned long f2, unsigned long f3, unsigned long *pf0, unsigned long *pf1,
    unsigned long *pf2, unsigned long *pf3)
{
	unsigned long steps = choose_steps(f1);

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
	session_free(smfi_getpriv(ctx));
	smfi_setpriv(ctx, NULL);
	if (!open_session(ctx, steps))
		return SMFIS_REJECT;
	atomic_store(&last_steps, steps);
	*pf0 = f0 & (NEEDED | SMFIF_QUARANTINE);
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

static sfsistat
mlfi_envfrom(SMFICTX *ctx, char **argv)
{
	struct session *session = smfi_getpriv(ctx);

	if (session == NULL)
		return SMFIS_TEMPFAIL;
	session_begin(session, engine, smfi_getsymval(ctx, macro_name),
	    wants_utf8(argv));
	session_set_sender(session, argv[0]);
	return quiet(session, SMFIP_NR_MAIL);
}

static sfsistat
mlfi_envrcpt(SMFICTX *ctx, char **argv)
{
	struct session *session = smfi_getpriv(ctx);

	if (session == NULL)
		return SMFIS_TEMPFAIL;
	session_add_recipient(session, argv[0]);
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

static sfsistat
mlfi_abort(SMFICTX *ctx)
{
	struct session *session = smfi_getpriv(ctx);

	if (session != NULL)
		session_reset(session);
	return SMFIS_CONTINUE;
}

static sfsistat
mlfi_close(SMFICTX *ctx)
{
	session_free(smfi_getpriv(ctx));
	smfi_setpriv(ctx, NULL);
	return SMFIS_CONTINUE;
}

bool
mlfi_register(struct engine *with)
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
	return smfi_register(description) == MI_SUCCESS;
}
