/* SPDX-License-Identifier: ISC */
/*
 * scrape - metrics handed out: a page for Prometheus, or a file
 *
 * The page is at /metrics and nowhere else, for GET and HEAD.  A client that
 * misbehaves costs its connection and nothing of what mail needs: one thread
 * serves all, a text is made at most once a second, and SCRAPE_CONNECTIONS
 * connections fit.
 *
 * Source   RFC 9110; Prometheus, "Exposition formats"; node_exporter,
 *          "Textfile Collector"
 * Limits   SCRAPE_CONNECTIONS at once, idle for SCRAPE_SECONDS at most, a
 *          request SCRAPE_REQUEST octets
 * Threads  scrape_listen() once, before or after other threads;
 *          scrape_write_file() from one thread at a time
 */
#ifndef MILTER_DAEMON_SCRAPE_H
#define MILTER_DAEMON_SCRAPE_H

#include <stdbool.h>

#include "milter/daemon/engine.h"

enum { SCRAPE_CONNECTIONS = 16, SCRAPE_SECONDS = 5, SCRAPE_REQUEST = 8192 };

/*
 * Serve the page from a thread of its own, until the process ends, at an
 * endpoint as listenaddr.h has it.  engine is borrowed.  On failure returns
 * false and sets *error_r to a line that the caller frees.
 */
bool scrape_listen(const char *endpoint, struct engine *engine, char **error_r);

/* In one piece: a reader sees the old file or the new one.  As above. */
bool scrape_write_file(const char *path, struct engine *engine, char **error_r);

#endif
