/* SPDX-License-Identifier: ISC */
#include "milter/daemon/cputime.h"

#include <time.h>

/* One part in so many is measured by the wall clock. */
enum { COARSE = 8 };

static uint64_t
read_clock(const struct cputime *cputime)
{
	struct timespec now = { 0, 0 };

	clock_gettime(cputime->exact ? CLOCK_THREAD_CPUTIME_ID :
				       CLOCK_MONOTONIC,
	    &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static uint64_t
spent_now(const struct cputime *cputime)
{
	return cputime->spent + (read_clock(cputime) - cputime->since);
}

void
cputime_init(struct cputime *cputime, size_t limit_ms)
{
	*cputime = (struct cputime){ .limit = (uint64_t)limit_ms * 1000000 };
}

void
cputime_resume(struct cputime *cputime)
{
	cputime->since = read_clock(cputime);
}

void
cputime_pause(struct cputime *cputime)
{
	cputime->spent = spent_now(cputime);
}

bool
cputime_is_left(void *arg)
{
	struct cputime *cputime = arg;
	uint64_t spent = spent_now(cputime);

	if (!cputime->exact && spent >= cputime->limit / COARSE) {
		cputime->spent = cputime->limit / COARSE;
		cputime->exact = true;
		cputime->since = read_clock(cputime);
		return true;
	}
	return spent < cputime->limit;
}
