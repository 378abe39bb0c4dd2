/* SPDX-License-Identifier: ISC */
#include "milter/daemon/notify.h"

#ifdef HAVE_LIBSYSTEMD

#include <inttypes.h>
#include <limits.h>
#include <stdint.h>
#include <time.h>

#include <systemd/sd-daemon.h>

void
notify_ready(void)
{
	sd_notify(0, "READY=1");
}

void
notify_reloading(void)
{
	struct timespec now;

	/* systemd must know which READY answers which RELOADING. */
	clock_gettime(CLOCK_MONOTONIC, &now);
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
	    (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000);
}

void
notify_stopping(void)
{
	sd_notify(0, "STOPPING=1");
}

void
notify_watchdog(void)
{
	sd_notify(0, "WATCHDOG=1");
}

unsigned int
notify_watchdog_interval(void)
{
	uint64_t limit;

	if (sd_watchdog_enabled(0, &limit) <= 0)
		return 0;
	limit /= 3000; /* microseconds, and thrice as often as asked for */
	if (limit > UINT_MAX)
		return UINT_MAX;
	return limit > 0 ? (unsigned int)limit : 1;
}

#else

void
notify_ready(void)
{
}

void
notify_reloading(void)
{
}

void
notify_stopping(void)
{
}

void
notify_watchdog(void)
{
}

unsigned int
notify_watchdog_interval(void)
{
	return 0;
}

#endif
