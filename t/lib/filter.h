/* SPDX-License-Identifier: ISC */
/*
 * filter - the daemon's side of libmilter, under a configuration of the test
 *
 * The name is mx.example.net, 192.0.2.0/24 is internal, and the root of
 * t/lib/letters.h is in the collection.  t/lib/mta.h plays the other side.
 * Every function fails the running test rather than return a failure.
 *
 * Threads  one thread
 */
#ifndef T_LIB_FILTER_H
#define T_LIB_FILTER_H

#include <check.h>

#include "milter/daemon/engine.h"

enum { FILTER_CONNECTIONS = 3 }; /* so many are served at once */

/* What the header of letters that are SIGNED, PLAIN and ALTERED begins with. */
#define PASS                                                                   \
	"Authentication-Results: mx.example.net; smime=pass\n"                 \
	" body.smime-identifier=alice@example.org body.smime-part=2\n"         \
	" policy.smime-trust=collection\n"
#define NONE                                                                   \
	"Authentication-Results: mx.example.net; smime=none "                  \
	"reason=unsigned\n"
#define FAIL                                                                   \
	"Authentication-Results: mx.example.net; smime=fail "                  \
	"reason=digest-mismatch\n"

/* A rule that says what unsigned mail of example.org needs. */
#define RULE(more)                                                             \
	"policy \"org\" { from-domain = { \"example.org\" }\n"                 \
	"require = pass\n" more "}"

/*
 * The main() of a test program: run the tests that add adds, each in a process
 * of its own, with a scratch folder and the filter under its usual
 * configuration.
 */
int filter_run(const char *suite, void (*add)(TCase *tcase));

/* What serves now; borrowed. */
struct engine *filter_engine(void);

/* Write the usual configuration and more lines, for engine_reload(). */
void filter_write_config(const char *more);

/* Begin anew under that configuration: its log is kept, but nothing served. */
void filter_load(const char *more);

/* Begin anew under it, and serve; what was logged is forgotten. */
void filter_serve(const char *more);

/* Fail unless part was logged since the last look at the log. */
void filter_expect_log(const char *part);

/* Fail if a message is left behind: one that holds the engine's state. */
void filter_expect_idle(void);

#endif
