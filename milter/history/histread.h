/* SPDX-License-Identifier: ISC */
/*
 * histread - read back what histline.h writes, one message at a time
 *
 * Shape    JSON Lines, plain or compressed with gzip.  Keys may come in any
 *          order, and unknown ones are passed over.  What a line must have is
 *          "time", "modes" and "signatures"; anything else may be missing or
 *          null.  A line of smimectl verify --json has no time, and is bad.
 * Limits   a line HISTREAD_MAX_LINE octets; a message
 *          HISTREAD_MAX_SIGNATURES signatures, of HISTREAD_MAX_PATH
 *          certificates each: what is beyond makes the line a bad one
 * Errors   a bad line is told to the caller, who goes on with the next
 * Threads  one thread for one struct
 */
#ifndef MILTER_HISTORY_HISTREAD_H
#define MILTER_HISTORY_HISTREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "smime/smime.h"

enum {
	HISTREAD_MAX_LINE = 1024 * 1024,
	HISTREAD_MAX_SIGNATURES = 128,
	HISTREAD_MAX_PATH = 16,
};

struct hist_cert {
	const char *subject; /* NULL: not told */
	const char *sha256;  /* 64 hex digits; NULL: not told */
	time_t not_after;
	bool has_not_after;
	bool carried;
};

/* One that counts: of the outermost layer, if that is signed. */
struct hist_signature {
	const char *identifier; /* each may be NULL */
	const char *issuer;
	const char *sha256;
	const char *cloud_reason; /* a token; NULL: none */
	enum result on_premises;  /* exchange-2013-sp1 */
	enum result cloud;	  /* exchange-online */
	enum revocation revocation;
	enum trust_who by;
	struct hist_cert path[HISTREAD_MAX_PATH]; /* leaf first */
	size_t path_len;
};

/* All strings live until the next one is read. */
struct hist_message {
	time_t time;
	const char *host; /* each may be NULL */
	const char *from;
	const char *reason;
	const char *action;
	const char *policy;
	const char *stage;
	const char *would;
	enum result result;
	enum result on_premises;
	enum result cloud;
	const struct hist_signature *signatures; /* count of them */
	size_t count;
};

enum histread_status {
	HISTREAD_MESSAGE,
	HISTREAD_BAD_LINE, /* see histread_line(), histread_why() */
	HISTREAD_END,
	HISTREAD_FAILED, /* it cannot be read any further: histread_why() */
};

struct histread;

/* "-" is standard input.  NULL and errno when it cannot be opened. */
struct histread *histread_open(const char *path);

/* Valid with HISTREAD_MESSAGE only, until the next call. */
enum histread_status histread_next(struct histread *reader,
    const struct hist_message **message_r);

/* The number of the line that was read last; the first one is 1. */
size_t histread_line(const struct histread *reader);

/* What was wrong with it, worded to follow "FILE:LINE: ". */
const char *histread_why(const struct histread *reader);

/* Takes NULL. */
void histread_free(struct histread *reader);

/* One line without its end, as histread_next() would take it; for the tests. */
enum histread_status histread_parse(struct histread *reader, const char *line,
    size_t len, const struct hist_message **message_r);

/* A reader without a file, for histread_parse().  NULL: out of memory. */
struct histread *histread_new(void);

#endif
