/* SPDX-License-Identifier: ISC */
/*
 * cputime - the processor time that one message takes, and may take
 *
 * Order    cputime_init, { cputime_resume, work..., cputime_pause }...; the
 *          thread may be another after each pause
 * Units    nanoseconds inside; the limit is in milliseconds
 * Limits   the clock of a thread costs a system call, so the first eighth of
 *          the limit is taken from the wall clock, which is never behind: on
 *          a busy machine a message may lose that eighth to others
 * Threads  one thread at a time
 */
#ifndef MILTER_DAEMON_CPUTIME_H
#define MILTER_DAEMON_CPUTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cputime {
	uint64_t limit;
	uint64_t spent; /* before the last cputime_resume() */
	uint64_t since; /* the clock at that time */
	bool exact;	/* the clock is that of the thread */
};

/* A message begins, and may take that long. */
void cputime_init(struct cputime *cputime, size_t limit_ms);

/* Work on it begins, and pauses. */
void cputime_resume(struct cputime *cputime);
void cputime_pause(struct cputime *cputime);

/* May more be spent?  Between resume and pause; arg is a struct cputime. */
bool cputime_is_left(void *arg);

#endif
