/* SPDX-License-Identifier: ISC */
/*
 * metrics - what was done, counted
 *
 * Shape    counters that only grow, for the whole process.  All messages are
 *          counted by result, reason, trust and action; those that a policy
 *          rule matched, once more by its name and result.
 * Units    nanoseconds in, seconds out
 * Limits   METRICS_MAX_RULES names of rules; those beyond share "(other)", so
 *          that no configuration makes more series than that
 * Threads  any thread, at any time; counting takes no lock and no memory, but
 *          for the first message of each rule
 */
#ifndef MILTER_DAEMON_METRICS_H
#define MILTER_DAEMON_METRICS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "milter/settings/settings.h"
#include "smime/smime.h"

enum { METRICS_MAX_RULES = 100 };

/* Where a message spends its time. */
enum metrics_stage {
	METRICS_READING,   /* from the envelope to the end of the body */
	METRICS_JUDGING,   /* what is left to do after the end of the body */
	METRICS_ANSWERING, /* changing the header, and the answer */
};
enum { METRICS_STAGES = 3 };

/* A connection began, ended, or was closed because there were too many. */
void metrics_opened(void);
void metrics_closed(void);
void metrics_refused(void);

/*
 * A message was judged and answered.  verdict is NULL when it could not be
 * judged.  rule is the name of the policy rule that decided, which stands for
 * a partner, or NULL.
 */
void metrics_message(const struct verdict *verdict, enum action_kind action,
    const char *rule);

/* While a move is rehearsed: a message was judged under both modes. */
void metrics_staging(const struct verdict *verdict);

/* A message was left alone, as the settings ask for. */
void metrics_skipped(void);

/* The MTA gave a message up before its end. */
void metrics_aborted(void);

/* A message spent so long in a stage. */
void metrics_spent(enum metrics_stage stage, uint64_t nanoseconds);

/* A clock for the above, which only goes forward. */
uint64_t metrics_clock(void);

/* The files were read anew; good: and put in force. */
void metrics_reloaded(bool good);

/* Connections open now. */
uint64_t metrics_connections(void);

/* All of it, as Prometheus reads it. */
void metrics_write(FILE *out);

#endif
