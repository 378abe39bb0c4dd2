/* SPDX-License-Identifier: ISC */
/*
 * gauges - what is measured when somebody asks: the process, the stores
 *
 * Source   names of the process: Prometheus, "Writing client libraries", with
 *          ours before them, lest they clash with those of node_exporter
 * Units    octets, and seconds since 1970
 * Limits   GAUGES_MAX_CERTS certificates of each store, those that expire
 *          first
 * Threads  no state of its own: any thread, at any time
 */
#ifndef MILTER_DAEMON_GAUGES_H
#define MILTER_DAEMON_GAUGES_H

#include <stdio.h>

#include "milter/daemon/engine.h"

enum { GAUGES_MAX_CERTS = 50 };

/* As Prometheus reads it. */
void gauges_write(const struct engine_state *state, FILE *out);

#endif
