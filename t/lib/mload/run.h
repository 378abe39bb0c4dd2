/* SPDX-License-Identifier: ISC */
/*
 * run - messages on many connections at once: how many, how fast, how it went
 *
 * The first failures are told on standard error.
 *
 * Limits   a thread for each connection; latencies of the first 2^20 messages
 * Threads  one thread calls it
 */
#ifndef T_LIB_MLOAD_RUN_H
#define T_LIB_MLOAD_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include <sys/types.h>

#include "t/lib/mload/latency.h"
#include "t/lib/mload/message.h"
#include "t/lib/mload/process.h"

/* What to send. */
struct load {
	const char *socket; /* as link_connect() takes it */
	long connections;   /* at once */
	long messages;	    /* in all, unless: */
	long seconds;	    /* 0: until all are sent */
	long reuse;	    /* messages on a connection */
	long warm_up;	    /* messages before */
	long rate;	    /* messages begun a second; 0: as fast as it goes */
	long hold;	    /* in percent; -1: nothing is held */
	long pid;	    /* of the milter; 0: unknown */
	const char *method; /* whose verdicts count */
	size_t chunk;	    /* octets of a body in one packet, at most */
	pid_t reloaded;	    /* 0: nobody */
	bool all_at_once;   /* no message before all connections are open */
	bool patient;	    /* a connection that is closed is tried again */
	const struct message *files; /* in turn, file_count of them */
	size_t file_count;
};

/* How it went. */
struct figures {
	double seconds;
	long messages; /* that got a final answer */
	long long octets;
	struct latency latency;
	struct usage before; /* what the milter had used after the warm-up */
	struct usage held;   /* ... while some were held, or in the end */
	struct usage after;
	long wrong;   /* messages that got another verdict than expected */
	long broken;  /* connections that ended before their time */
	long refused; /* connections that ended before their first message */
	long signals; /* sent */
};

/* Warm up, send it all, and wait for the answers.  Once in a process. */
struct figures run_load(const struct load *load);

/* Connect as often as load says, say nothing, and stay for its seconds. */
void run_idle(const struct load *load);

#endif
