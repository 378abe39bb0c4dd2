/* SPDX-License-Identifier: ISC */
#include "session.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <netinet/in.h>

#include "result.h"

static const char no_message[] = "no message has begun";
static const char no_memory[] = "out of memory";
static const char too_many_forged[] =
    "too many forged Authentication-Results fields";

/* The configured name, or the MTA's, or that of the host. */
static void
choose_id(struct session *session, const char *name)
{
	const char *id = session->state->settings->authserv_id;
	char host[SESSION_MAX_ID] = "";

	if (id[0] == '\0') {
		gethostname(host, sizeof(host) - 1);
		id = result_id_ok(host) ? host : "localhost";
		if (name != NULL && result_id_ok(name))
			id = name;
	}
	snprintf(session->authserv_id, sizeof(session->authserv_id), "%s", id);
}

/* White space before the colon is obsolete syntax, RFC 5322 4.5. */
static size_t
name_length(const char *name)
{
	size_t len = strlen(name);

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
	int *forged;

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
remember_forged(struct session *session, size_t index)
{
	if (session->forged_count >= SESSION_MAX_FORGED || index > INT_MAX)
		session->trouble = too_many_forged;
	else if (!make_room(session))
		session->trouble = no_memory;
	else
		session->forged[session->forged_count++] = (int)index;
}

/*
 * Every field of that name counts, since the MTA counts so; RFC 8601 5 has
 * those removed that claim to be ours.
 */
static void
push_result(struct session *session, const char *value)
{
	const struct settings *settings = session->state->settings;

	session->results++;
	if (settings->remove_forged && !session->internal &&
	    result_is_forged(session->authserv_id,
		&settings->trusted_authserv_ids, value, strlen(value)))
		remember_forged(session, session->results);
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
session_begin(struct session *session, struct engine *engine, const char *name,
    bool utf8)
{
	const struct settings *settings;

	session_reset(session);
	session->state = engine_get1(engine);
	settings = session->state->settings;
	session->internal = settings_is_internal(settings,
	    (const struct sockaddr *)&session->client);
	session->utf8 = utf8;
	choose_id(session, name);
	session->smime = smime_new(session->state->libctx, &settings->limits,
	    &settings->rules);
	if (session->smime == NULL)
		session->trouble = no_memory;
	else
		set_budget(session);
}

/* A copy without what stands around it. */
static char *
bare_address(const char *address)
{
	size_t len = strlen(address);

	if (len >= 2 && address[0] == '<' && address[len - 1] == '>')
		return strndup(address + 1, len - 2);
	return strdup(address);
}

void
session_set_sender(struct session *session, const char *address)
{
	free(session->mail_from);
	session->mail_from = address == NULL ? NULL : bare_address(address);
}

static bool
has_domain(const struct strings *domains, const char *domain)
{
	for (size_t i = 0; i < domains->count; i++)
		if (strcasecmp(domains->list[i], domain) == 0)
			return true;
	return false;
}

static void
add_domain(struct strings *domains, const char *domain)
{
	char **list;

	if (domains->count >= HISTLINE_MAX_DOMAINS ||
	    has_domain(domains, domain))
		return;
	list = realloc(domains->list, (domains->count + 1) * sizeof(*list));
	if (list == NULL)
		return;
	domains->list = list;
	list[domains->count] = strdup(domain);
	if (list[domains->count] == NULL)
		return;
	for (char *c = list[domains->count++]; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
}

void
session_add_recipient(struct session *session, const char *address)
{
	char *bare = address == NULL ? NULL : bare_address(address);
	const char *at = bare == NULL ? NULL : strrchr(bare, '@');

	if (at != NULL && session->state != NULL)
		add_domain(&session->rcpt_domains, at + 1);
	free(bare);
}

/*
 * To a reader that ends lines at a bare CR, another field begins there.  Only
 * whole fields can be removed, and this one's index nobody knows.
 */
static bool
hides_result(const char *value)
{
	static const char name[] = "Authentication-Results";

	while ((value = strchr(value, '\r')) != NULL) {
		value++;
		if (strncasecmp(value, name, sizeof(name) - 1) == 0)
			return true;
	}
	return false;
}

void
session_push_field(struct session *session, const char *name, const char *value)
{
	size_t name_len = name_length(name);

	if (session->smime == NULL)
		return;
	session->size += strlen(name) + 1 + strlen(value) + 2;
	if (name_is(name, name_len, "Authentication-Results"))
		push_result(session, value);
	else if (hides_result(value))
		session->trouble = "a field hides an Authentication-Results "
				   "field behind a bare CR";
	smime_push_field(session->smime, name, name_len, value, strlen(value));
}

void
session_end_header(struct session *session)
{
	if (session->smime == NULL || session->header_ended)
		return;
	session->header_ended = true;
	session->size += 2;
	session->body_wanted = smime_end_header(session->smime);
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

const struct verdict *
session_finish(struct session *session, time_t now)
{
	const struct verdict *verdict;
	struct verifier *verifier;

	session_end_header(session);
	if (session->state == NULL)
		session->trouble = no_message;
	if (session->trouble != NULL)
		return NULL;
	verifier =
	    verifiers_lend(session->state->verifiers, session->state->version);
	smime_set_verifier(session->smime, verifier);
	if (session->state->settings->history[0] != '\0')
		smime_want_path(session->smime);
	cputime_resume(&session->cputime);
	verdict = smime_finish(session->smime, session->state->trust, now);
	cputime_pause(&session->cputime);
	verifiers_give_back(session->state->verifiers, verifier);
	return verdict;
}

void
session_reset(struct session *session)
{
	struct session blank = {
		.steps = session->steps,
		.client = session->client,
	};

	smime_free(session->smime);
	engine_state_unref(session->state);
	free(session->forged);
	free(session->mail_from);
	for (size_t i = 0; i < session->rcpt_domains.count; i++)
		free(session->rcpt_domains.list[i]);
	free(session->rcpt_domains.list);
	*session = blank;
}
