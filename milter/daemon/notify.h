/* SPDX-License-Identifier: ISC */
/*
 * notify - tell systemd how the service is doing
 *
 * Without systemd, or built without libsystemd, every call does nothing.
 *
 * Source   sd_notify(3), sd_watchdog_enabled(3)
 * Units    milliseconds
 * Threads  any thread, at any time
 */
#ifndef MILTER_DAEMON_NOTIFY_H
#define MILTER_DAEMON_NOTIFY_H

/* The socket is open; also after each reload, whatever came of it. */
void notify_ready(void);

void notify_reloading(void);
void notify_stopping(void);

/* We are alive. */
void notify_watchdog(void);

/* At most how long to wait between two notify_watchdog(); 0: no matter. */
unsigned int notify_watchdog_interval(void);

#endif
