/* SPDX-License-Identifier: ISC */
/*
 * engine - what judges a message, and what a reload swaps
 *
 * Shape    one state is in force: settings, trust and rules, built together,
 *          never changed, counted.  A message holds the state that it began
 *          under until it ends, so a reload never touches mail in progress.
 * Errors   a state that cannot be built is refused with one line at LOG_ERR,
 *          and the one in force stays.
 * Threads  engine_get1() and engine_state_unref() from any thread; reload,
 *          poll and remind from one thread at a time
 */
#ifndef MILTER_DAEMON_ENGINE_H
#define MILTER_DAEMON_ENGINE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include <openssl/types.h>

#include "milter/daemon/verifiers.h"
#include "milter/policy/rulebook.h"
#include "milter/settings/settings.h"
#include "smime/trust/trust.h"

/* Polls after which files that were refused are tried again as they are. */
enum { ENGINE_RETRY = 15 };

struct engine;

/* Readable by all who hold a count, written by engine.c only. */
struct engine_state {
	atomic_size_t owners;
	struct settings *settings;   /* one count */
	struct trust *trust;	     /* one count */
	struct rulebook *book;	     /* owned */
	OSSL_LIB_CTX *libctx;	     /* borrowed from the engine */
	struct verifiers *verifiers; /* borrowed from the engine */
	unsigned int version;	     /* 1, and one more for each swap */
	uint64_t stamp;		     /* of the files, before they were read */
};

/*
 * Build the first state.  path and overrides are as for settings_load(), are
 * used again at each reload, and are borrowed.  On failure returns NULL and
 * sets *error_r as settings_load() and anchors_load() do.
 */
struct engine *engine_new(const char *path, const struct overrides *overrides,
    char **error_r);

/* Takes NULL.  Every state must have been given back. */
void engine_free(struct engine *engine);

/* The state in force, counted once more: engine_state_unref() it. */
struct engine_state *engine_get1(struct engine *engine);

/* Takes NULL. */
void engine_state_unref(struct engine_state *state);

/*
 * Read everything anew, settings and files.  True when the new state is in
 * force.  Settings that only a restart can change are warned of.
 */
bool engine_reload(struct engine *engine);

/*
 * Look at the files of the state in force, and read them anew when they have
 * changed and then looked the same at two polls in a row, so that a file is
 * not read while it is being written.  The settings stay as they are.  True
 * when a new state is in force.
 */
bool engine_poll(struct engine *engine);

/*
 * Warn in the log of certificates that expire within warn-expiry-days, unless
 * that was done within the last day for the state in force.
 */
void engine_remind(struct engine *engine, time_t now);

#endif
