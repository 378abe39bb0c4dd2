/* SPDX-License-Identifier: ISC */
#include "milter/daemon/engine.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "milter/collection/storelog.h"
#include "milter/daemon/metrics.h"
#include "milter/log/log.h"
#include "milter/policy/anchors.h"

enum { DAY = 24 * 60 * 60 };

struct engine {
	const char *path;		   /* borrowed */
	const struct overrides *overrides; /* borrowed */
	OSSL_LIB_CTX *libctx;		   /* owned */
	struct verifiers *verifiers;	   /* owned */
	struct settings *first;		   /* one count: as of the start */

	pthread_mutex_t lock;	      /* guards current */
	struct engine_state *current; /* one count */

	/* What the polling thread remembers. */
	uint64_t seen;	       /* the stamp at the last poll */
	uint64_t refused;      /* the stamp that could not be loaded */
	unsigned int patience; /* polls until refused is tried again */
	char *complaint;       /* owned; what was logged about it, or NULL */
	bool reminded;	       /* of what expires in the state in force */
	time_t reminded_at;
};

static void
log_oddity(void *arg, int level, const char *text)
{
	(void)arg;
	log_line(level, "%s", text);
}

/* Of each file that a state is built from, but the settings' own. */
static uint64_t
stamp_of(const struct settings *settings)
{
	return rulebook_stamp(anchors_stamp(settings), settings);
}

/* Takes over one count of the settings. */
static struct engine_state *
build(const struct engine *engine, struct settings *settings, char **error_r)
{
	struct engine_state *state = calloc(1, sizeof(*state));

	*error_r = NULL;
	if (state == NULL) {
		settings_unref(settings);
		return NULL;
	}
	atomic_init(&state->owners, 1);
	state->settings = settings;
	state->libctx = engine->libctx;
	state->verifiers = engine->verifiers;
	state->version = 1;
	/* Before the files are read: a change meanwhile is then seen. */
	state->stamp = stamp_of(settings);
	state->trust =
	    anchors_load(settings, engine->libctx, log_oddity, NULL, error_r);
	if (state->trust != NULL)
		state->book = rulebook_load(settings, state->trust,
		    engine->libctx, log_oddity, NULL, error_r);
	if (state->book == NULL) {
		engine_state_unref(state);
		return NULL;
	}
	return state;
}

static struct engine_state *
build_all(const struct engine *engine, char **error_r)
{
	struct settings *settings;

	*error_r = NULL;
	settings = settings_load(engine->path, engine->overrides, error_r);
	if (settings == NULL)
		return NULL;
	return build(engine, settings, error_r);
}

/* What is left of a file while it is saved, or after the disk was full. */
static bool
lost_its_file(const struct engine *engine, const struct settings *settings)
{
	return settings->file_is_blank &&
	    !engine->current->settings->file_is_blank;
}

/* As build_all(), to be put in force after the one that is. */
static struct engine_state *
build_next(const struct engine *engine, char **error_r)
{
	struct engine_state *next = build_all(engine, error_r);

	if (next == NULL || !lost_its_file(engine, next->settings))
		return next;
	engine_state_unref(next);
	if (asprintf(error_r,
		"%s: says nothing; expected the settings that it had",
		engine->path) < 0)
		*error_r = NULL;
	return NULL;
}

static void
forget_refusal(struct engine *engine)
{
	free(engine->complaint);
	engine->complaint = NULL;
	engine->patience = 0;
}

static void
log_swap(const struct engine_state *old, const struct engine_state *new)
{
	char before[400], after[400];

	anchors_describe(old->trust, before, sizeof(before));
	anchors_describe(new->trust, after, sizeof(after));
	log_line(LOG_INFO, "reloaded: %s (before: %s)", after,
	    strcmp(before, after) == 0 ? "the same" : before);
	storelog_changes(old->trust, new->trust);
}

static void
swap(struct engine *engine, struct engine_state *new)
{
	struct engine_state *old = engine->current;

	new->version = old->version + 1;
	pthread_mutex_lock(&engine->lock);
	engine->current = new;
	pthread_mutex_unlock(&engine->lock);
	log_swap(old, new);
	metrics_reloaded(true);
	engine_state_unref(old);
	forget_refusal(engine);
	engine->reminded = false;
}

/* Takes over complaint. */
static void
refuse(struct engine *engine, uint64_t stamp, char *complaint)
{
	const char *why = complaint != NULL ? complaint : "out of memory";

	metrics_reloaded(false);
	if (engine->complaint == NULL || strcmp(engine->complaint, why) != 0)
		log_line(LOG_ERR,
		    "reload refused: %s; the previous settings stay in force",
		    why);
	free(engine->complaint);
	engine->complaint = complaint;
	engine->refused = stamp;
	engine->patience = ENGINE_RETRY;
}

static void
warn_of_change(const char *name, bool same)
{
	if (!same)
		log_line(LOG_WARNING,
		    "%s has changed; restart to put that in force", name);
}

static void
warn_of_restart(const struct settings *first, const struct settings *now)
{
	warn_of_change("socket", strcmp(first->socket, now->socket) == 0);
	warn_of_change("socket-mode", first->socket_mode == now->socket_mode);
	warn_of_change("socket-group",
	    strcmp(first->socket_group, now->socket_group) == 0);
	warn_of_change("user", strcmp(first->user, now->user) == 0);
	warn_of_change("log", first->log == now->log);
	warn_of_change("metrics-listen",
	    strcmp(first->metrics_listen, now->metrics_listen) == 0);
	warn_of_change("pid-file", strcmp(first->pid_file, now->pid_file) == 0);
}

static void
warn_of_danger(const struct settings *settings)
{
	const char *warning = settings_warning(settings);

	if (warning != NULL)
		log_line(LOG_WARNING, "%s", warning);
}

struct engine *
engine_new(const char *path, const struct overrides *overrides, char **error_r)
{
	struct engine *engine = calloc(1, sizeof(*engine));

	*error_r = NULL;
	if (engine == NULL)
		return NULL;
	engine->path = path;
	engine->overrides = overrides;
	pthread_mutex_init(&engine->lock, NULL);
	engine->libctx = OSSL_LIB_CTX_new();
	engine->verifiers = verifiers_new();
	if (engine->libctx != NULL && engine->verifiers != NULL)
		engine->current = build_all(engine, error_r);
	if (engine->current == NULL) {
		engine_free(engine);
		return NULL;
	}
	engine->first = settings_ref(engine->current->settings);
	engine->seen = engine->current->stamp;
	warn_of_danger(engine->first);
	return engine;
}

void
engine_free(struct engine *engine)
{
	if (engine == NULL)
		return;
	engine_state_unref(engine->current);
	settings_unref(engine->first);
	verifiers_free(engine->verifiers);
	OSSL_LIB_CTX_free(engine->libctx);
	pthread_mutex_destroy(&engine->lock);
	free(engine->complaint);
	free(engine);
}

struct engine_state *
engine_get1(struct engine *engine)
{
	struct engine_state *state;

	pthread_mutex_lock(&engine->lock);
	state = engine->current;
	atomic_fetch_add(&state->owners, 1);
	pthread_mutex_unlock(&engine->lock);
	return state;
}

void
engine_state_unref(struct engine_state *state)
{
	if (state == NULL || atomic_fetch_sub(&state->owners, 1) != 1)
		return;
	rulebook_free(state->book);
	trust_unref(state->trust);
	settings_unref(state->settings);
	free(state);
}

bool
engine_reload(struct engine *engine)
{
	struct engine_state *new;
	char *error;

	forget_refusal(engine); /* whoever asks is told, even if again */
	new = build_next(engine, &error);
	if (new == NULL) {
		refuse(engine, stamp_of(engine->current->settings), error);
		return false;
	}
	warn_of_restart(engine->first, new->settings);
	warn_of_danger(new->settings);
	swap(engine, new);
	return true;
}

bool
engine_poll(struct engine *engine)
{
	struct settings *settings = engine->current->settings;
	uint64_t now = stamp_of(settings);
	bool rested = now == engine->seen;
	struct engine_state *new;
	char *error;

	engine->seen = now;
	if (now == engine->current->stamp || !rested)
		return false;
	if (engine->patience > 0 && now == engine->refused) {
		engine->patience--;
		return false;
	}
	new = build(engine, settings_ref(settings), &error);
	if (new == NULL) {
		refuse(engine, now, error);
		return false;
	}
	swap(engine, new);
	return true;
}

void
engine_remind(struct engine *engine, time_t now)
{
	const struct engine_state *state = engine->current;
	time_t since = now - engine->reminded_at;

	/* A clock that was set back counts as another day. */
	if (engine->reminded && since >= 0 && since < DAY)
		return;
	engine->reminded = true;
	engine->reminded_at = now;
	storelog_expiry(state->trust, now, state->settings->warn_expiry_days);
}
