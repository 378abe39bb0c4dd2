/* SPDX-License-Identifier: ISC */
#include "t/lib/mload/clock.h"

#include <time.h>

double
clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}
