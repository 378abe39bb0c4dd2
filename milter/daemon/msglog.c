/* SPDX-License-Identifier: ISC */
#include "milter/daemon/msglog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <netinet/in.h>

#include "milter/header/result.h"
#include "milter/history/history.h"
#include "milter/log/log.h"
#include "milter/settings/network.h"
#include "smime/mime/mailbox.h"
#include "smime/reason.h"

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

/* What both modes of Exchange say, be they the same or not. */
static size_t
describe_staging(const struct verdict *verdict, struct log_field *fields)
{
	const enum result *results = verdict->mode_result;

	fields[0] = (struct log_field){ "exchange_2013_sp1", LOG_WORD,
		result_word(results[TRUST_EXCHANGE_2013_SP1]) };
	fields[1] = (struct log_field){ "exchange_online", LOG_WORD,
		result_word(results[TRUST_EXCHANGE_ONLINE]) };
	return 2;
}

static bool
is_staging(const struct session *session, const struct verdict *site)
{
	return site != NULL && session->state->settings->staging &&
	    site->result != RESULT_ABSENT;
}

static void
log_verdict(const struct session *session, const struct verdict *site,
    const struct action *action, const struct verdict *verdict,
    const struct signature *signature)
{
	char size[24];
	const char *reason =
	    verdict->reason != REASON_OK ? reason_token(verdict->reason) : NULL;
	struct log_field fields[LOG_MAX_FIELDS] = {
		{ "queue_id", LOG_WORD, session->envelope.queue_id },
		{ "smime", LOG_WORD, result_word(verdict->result) },
		{ "reason", LOG_WORD, reason },
		{ "trust", LOG_WORD, trust_who_word(verdict->trust) },
		{ "from", LOG_TEXT, verdict->from },
		{ "signer", LOG_TEXT, signature->identifier },
		{ "issuer", LOG_TEXT, signature->issuer },
		{ "serial", LOG_WORD, signature->serial },
		{ "size", LOG_NUMBER, size },
		{ "action", LOG_WORD, action_word(action->kind) },
	};
	size_t count = 10;

	snprintf(size, sizeof(size), "%zu", session->size);
	if (is_staging(session, site))
		count += describe_staging(site, fields + count);
	count += describe_policy(action, fields + count);
	if (session->skipped != NULL)
		fields[count++] =
		    (struct log_field){ "skipped", LOG_WORD, session->skipped };
	log_fields(LOG_INFO, "judged", fields, count);
}

static void
log_message(const struct session *session, const struct verdict *site,
    const struct action *action)
{
	static const struct signature unknown = { 0 };
	static const struct verdict none = { .result = RESULT_ABSENT };
	const struct verdict *verdict =
	    action->verdict != NULL ? action->verdict : &none;
	const struct signature *signature = telling_signature(verdict);

	log_verdict(session, site, action, verdict,
	    signature != NULL ? signature : &unknown);
}

/* Why a message has no result, or one that says nothing of its signature. */
static void
log_why_unverified(const char *id, const struct verdict *verdict)
{
	switch (verdict->result) {
	case RESULT_ABSENT:
	case RESULT_NEUTRAL:
	case RESULT_TEMPERROR:
	case RESULT_PERMERROR:
		msglog_unverified(id, reason_words(verdict->reason));
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

static bool
has_domain(const struct histline *line, const char *const *domains,
    const char *domain)
{
	for (size_t i = 0; i < line->rcpt_domain_count; i++)
		if (strcmp(domains[i], domain) == 0)
			return true;
	return false;
}

/* Each domain of the recipients once, as many as a line holds. */
static void
add_domains(struct histline *line, const struct mailbox_list *rcpts,
    const char **domains)
{
	const char *domain;

	line->rcpt_domains = domains;
	for (size_t i = 0;
	     i < rcpts->count && line->rcpt_domain_count < HISTLINE_MAX_DOMAINS;
	     i++) {
		domain = rcpts->list[i].domain;
		if (domain != NULL && !has_domain(line, domains, domain))
			domains[line->rcpt_domain_count++] = domain;
	}
}

/* "" for the null sender; NULL: unknown.  The caller frees it. */
static char *
sender_text(const struct envelope *envelope)
{
	if (envelope->null_sender)
		return strdup("");
	if (envelope->sender.domain == NULL)
		return envelope->sender.local != NULL ?
		    strdup(envelope->sender.local) :
		    NULL;
	return mailbox_write(&envelope->sender);
}

static void
write_line(const struct session *session, const struct verdict *site,
    const struct action *action)
{
	const char *domains[HISTLINE_MAX_DOMAINS];
	const char *id = session->envelope.queue_id;
	char client[INET6_ADDRSTRLEN];
	char *sender = sender_text(&session->envelope);
	char *header = result_write_unfolded(session->authserv_id, site,
	    session_form(session));
	struct histline line = { .time = time(NULL),
		.queue_id = strcmp(id, MSGLOG_NO_ID) == 0 ? NULL : id,
		.client =
		    network_write((const struct sockaddr *)&session->client,
			client),
		.mail_from = sender,
		.action = action_word(action->kind),
		.policy = action->policy,
		.stage = action->stage,
		.would =
		    action->policy != NULL ? action_word(action->would) : NULL,
		.header = header,
		.verdict = site };

	add_domains(&line, &session->envelope.rcpts, domains);
	history_write(&line);
	free(header);
	free(sender);
}

void
msglog_unverified(const char *id, const char *why)
{
	const struct log_field fields[] = {
		{ "queue_id", LOG_WORD, id },
		{ "unverified", LOG_TEXT, why },
	};

	log_fields(LOG_INFO, "not verified", fields,
	    sizeof(fields) / sizeof(fields[0]));
}

void
msglog_judged(const struct session *session, const struct verdict *site,
    const struct action *action)
{
	const char *id = session->envelope.queue_id;

	log_message(session, site, action);
	if (site == NULL)
		return;
	log_why_unverified(id, action->verdict);
	if (log_wants(LOG_DEBUG))
		log_stages(id, session, action->verdict);
	if (session->state->settings->history[0] != '\0')
		write_line(session, site, action);
}
