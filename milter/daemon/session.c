/* SPDX-License-Identifier: ISC */
#include "milter/daemon/session.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <netinet/in.h>

#include "milter/daemon/metrics.h"
#include "milter/header/result.h"
#include "milter/log/log.h"
#include "milter/settings/tenant.h"

static const char result_name[] = "Authentication-Results";
static const char no_message[] = "no message has begun";
static const char no_memory[] = "out of memory";
static const char too_many_forged[] = "too many forged fields";
static const char too_many_rcpts[] = "too many recipients, or out of memory";

/* The configured name, or the MTA's, or that of the host. */
static void
choose_id(struct session *session, const char *name)
{
	const char *id = session->state->settings->authserv_id;
	char host[SESSION_MAX_ID] = "";

	if (id[0] == '\0') {
		id = name;
		if (name == NULL || !result_id_ok(name)) {
			gethostname(host, sizeof(host) - 1);
			id = result_id_ok(host) ? host : "localhost";
		}
	}
	snprintf(session->authserv_id, sizeof(session->authserv_id), "%s", id);
}

/* White space before the colon is obsolete syntax, RFC 5322 4.5. */
static size_t
name_length(const char *name, size_t len)
{
	while (len > 0 && (name[len - 1] == ' ' || name[len - 1] == '\t'))
		len--;
	return len;
}

static bool
name_is(const char *name, size_t len, const char *wanted)
{
	return len == strlen(wanted) && strncasecmp(name, wanted, len) == 0;
}

static bool
make_room(struct session *session)
{
	size_t room = session->forged_room == 0 ? 8 : 2 * session->forged_room;
	struct forged *forged;

	if (session->forged_count < session->forged_room)
		return true;
	forged = realloc(session->forged, room * sizeof(*forged));
	if (forged == NULL)
		return false;
	session->forged = forged;
	session->forged_room = room;
	return true;
}

static void
remember_forged(struct session *session, const char *name, size_t index)
{
	if (session->forged_count >= SESSION_MAX_FORGED || index > INT_MAX)
		session->trouble = too_many_forged;
	else if (!make_room(session))
		session->trouble = no_memory;
	else
		session->forged[session->forged_count++] =
		    (struct forged){ name, (int)index };
}

void
session_tenant_id(const struct session *session, size_t index,
    char out[static SESSION_MAX_ID])
{
	const struct tenant *tenant =
	    session->state->book->tenants[index].tenant;
	int len;

	if (tenant->authserv_id[0] != '\0') {
		snprintf(out, SESSION_MAX_ID, "%s", tenant->authserv_id);
		return;
	}
	len = snprintf(out, SESSION_MAX_ID, "%s.%s", tenant->name,
	    session->authserv_id);
	if (len >= SESSION_MAX_ID || !result_id_ok(out))
		snprintf(out, SESSION_MAX_ID, "%s", tenant->name);
}

/* Does it claim to be the site's, or a tenant's? */
static bool
is_forged(const struct session *session, const char *value)
{
	const struct strings *trusted =
	    &session->state->settings->trusted_authserv_ids;
	size_t len = strlen(value);
	char id[SESSION_MAX_ID];

	if (result_is_forged(session->authserv_id, trusted, value, len))
		return true;
	for (size_t i = 0; i < session->state->book->tenant_count; i++) {
		session_tenant_id(session, i, id);
		if (result_is_forged(id, trusted, value, len))
			return true;
	}
	return false;
}

static bool
removes_forged(const struct session *session)
{
	return session->state->settings->remove_forged && !session->internal;
}

/*
 * Every field of that name counts, since the MTA counts so; RFC 8601 5 has
 * those removed that claim to be ours.
 */
static void
push_result(struct session *session, const char *value)
{
	session->results++;
	if (removes_forged(session) && is_forged(session, value))
		remember_forged(session, result_name, session->results);
}

/* A rule's tag is our word: whoever sends mail cannot have it. */
static bool
push_tag(struct session *session, const char *name, size_t len)
{
	const struct rulebook *book = session->state->book;

	for (size_t i = 0; i < book->tag_count; i++) {
		if (!name_is(name, len, book->tags[i]))
			continue;
		session->tags[i]++;
		if (removes_forged(session))
			remember_forged(session, book->tags[i],
			    session->tags[i]);
		return true;
	}
	return false;
}

static void
set_budget(struct session *session)
{
	const struct budget budget = { .is_left = cputime_is_left,
		.arg = &session->cputime };

	cputime_init(&session->cputime, session->state->settings->max_cpu_time);
	smime_set_budget(session->smime, &budget);
}

struct session *
session_new(unsigned long steps)
{
	struct session *session = calloc(1, sizeof(*session));

	if (session != NULL)
		session->steps = steps;
	return session;
}

void
session_free(struct session *session)
{
	if (session == NULL)
		return;
	session_reset(session);
	free(session);
}

void
session_connect(struct session *session, const struct sockaddr *client)
{
	memset(&session->client, 0, sizeof(session->client));
	if (client == NULL)
		return;
	if (client->sa_family == AF_INET)
		memcpy(&session->client, client, sizeof(struct sockaddr_in));
	else if (client->sa_family == AF_INET6)
		memcpy(&session->client, client, sizeof(struct sockaddr_in6));
}

void
session_begin(struct session *session, struct engine *engine,
    const char *sender, const char *name, bool utf8)
{
	const struct settings *settings;
	const struct rulebook *book;

	session_reset(session);
	session->began = metrics_clock();
	session->state = engine_get1(engine);
	settings = session->state->settings;
	session->internal = settings_is_internal(settings,
	    (const struct sockaddr *)&session->client);
	session->utf8 = utf8;
	session->envelope.client = session->client;
	choose_id(session, name);
	book = session->state->book;
	session->tags = calloc(book->tag_count + 1, sizeof(*session->tags));
	session->tenants =
	    calloc(book->tenant_count + 1, sizeof(*session->tenants));
	if (session->tags == NULL || session->tenants == NULL ||
	    !envelope_set_sender(&session->envelope, sender))
		session->trouble = no_memory;
	session->smime = smime_new(session->state->libctx, &settings->limits,
	    &settings->rules);
	if (session->smime == NULL)
		session->trouble = no_memory;
	else
		set_budget(session);
}

void
session_add_rcpt(struct session *session, const char *path)
{
	if (session->state != NULL &&
	    !envelope_add_rcpt(&session->envelope, path))
		session->trouble = too_many_rcpts;
}

/* No further than the next line: there may be thousands of them. */
static bool
begins_field(const char *text, const char *name)
{
	size_t len = strcspn(text, ":\r");

	return text[len] == ':' && name_is(text, name_length(text, len), name);
}

static bool
is_ours(const struct session *session, const char *text)
{
	const struct rulebook *book = session->state->book;

	if (begins_field(text, result_name))
		return true;
	for (size_t i = 0; i < book->tag_count; i++) {
		if (begins_field(text, book->tags[i]))
			return true;
	}
	return false;
}

/*
 * To a reader that ends lines at a bare CR, another field begins there.  Only
 * whole fields can be removed, and this one's index nobody knows.
 */
static bool
hides_ours(const struct session *session, const char *value)
{
	while ((value = strchr(value, '\r')) != NULL) {
		value++;
		if (is_ours(session, value))
			return true;
	}
	return false;
}

void
session_push_field(struct session *session, const char *name, const char *value)
{
	size_t name_len = name_length(name, strlen(name));

	if (session->smime == NULL || session->tags == NULL)
		return;
	session->size += strlen(name) + 1 + strlen(value) + 2;
	if (name_is(name, name_len, result_name))
		push_result(session, value);
	else if (!push_tag(session, name, name_len) &&
	    removes_forged(session) && hides_ours(session, value))
		session->trouble = "a field hides one that is ours behind a "
				   "bare CR";
	if (!envelope_push_field(&session->envelope, name, name_len, value))
		session->trouble = no_memory;
	smime_push_field(session->smime, name, name_len, value, strlen(value));
}

void
session_end_header(struct session *session)
{
	if (session->smime == NULL || session->header_ended)
		return;
	session->header_ended = true;
	session->size += 2;
	session->skipped = rulebook_skips(session->state->book,
	    session->state->settings, &session->envelope);
	session->body_wanted =
	    smime_end_header(session->smime) && session->skipped == NULL;
	log_line(LOG_DEBUG, "header read: %zu octets, it %s be signed",
	    session->size, session->body_wanted ? "may" : "cannot");
}

void
session_push_body(struct session *session, const uint8_t *octets, size_t len)
{
	session_end_header(session);
	session->size += len;
	if (!session->body_wanted)
		return;
	cputime_resume(&session->cputime);
	smime_push_body(session->smime, octets, len);
	cputime_pause(&session->cputime);
}

/* Only rules ask for authors. */
static bool
settle(struct session *session)
{
	return session->state->book->count == 0 || session->skipped != NULL ||
	    envelope_settle(&session->envelope);
}

/* With a verifier that is ours no longer than that. */
static const struct verdict *
judge(struct session *session, struct trust *trust)
{
	struct engine_state *state = session->state;
	struct verifier *verifier =
	    verifiers_lend(state->verifiers, state->version);
	const struct verdict *verdict;

	smime_set_verifier(session->smime, verifier);
	if (state->settings->history[0] != '\0')
		smime_want_path(session->smime);
	cputime_resume(&session->cputime);
	verdict = smime_finish(session->smime, trust, session->now);
	cputime_pause(&session->cputime);
	smime_set_verifier(session->smime, NULL);
	verifiers_give_back(state->verifiers, verifier);
	return verdict;
}

struct result_form
session_form(const struct session *session)
{
	return (struct result_form){
		.utf8 = session->utf8,
		.staging = session->state->settings->staging,
	};
}

const struct verdict *
session_finish(struct session *session, time_t now)
{
	session_end_header(session);
	session->now = now;
	if (session->state == NULL)
		session->trouble = no_message;
	else if (session->trouble == NULL && !settle(session))
		session->trouble = no_memory;
	if (session->trouble != NULL || session->skipped != NULL)
		return NULL;
	return judge(session, session->state->trust);
}

static void
keep_verdict(struct session *session, const struct trust *trust,
    const struct verdict *verdict)
{
	struct other_verdict *others = reallocarray(session->others,
	    session->other_count + 1, sizeof(*others));

	if (others == NULL) /* it will have to be found again */
		return;
	session->others = others;
	others[session->other_count++] =
	    (struct other_verdict){ trust, verdict };
}

const struct verdict *
session_judge(void *arg, struct trust *trust)
{
	struct session *session = arg;
	const struct verdict *verdict;

	for (size_t i = 0; i < session->other_count; i++) {
		if (session->others[i].trust == trust)
			return session->others[i].verdict;
	}
	verdict = judge(session, trust);
	keep_verdict(session, trust, verdict);
	return verdict;
}

void
session_reset(struct session *session)
{
	struct session blank = {
		.steps = session->steps,
		.client = session->client,
		.negotiated = session->negotiated,
		.verify_known = session->verify_known,
	};

	smime_free(session->smime);
	engine_state_unref(session->state);
	envelope_done(&session->envelope);
	free(session->tags);
	free(session->tenants);
	free(session->forged);
	free(session->others);
	*session = blank;
}
