/* SPDX-License-Identifier: ISC */
/*
 * milter - what Postfix says to a milter, and what that answers
 *
 * What returns a bool is false if the connection is lost, or if the milter ends
 * the message before it is sent.
 *
 * Source   the milter protocol, version 6: libmilter/mfdef.h of Sendmail
 * Threads  one thread for each milter
 */
#ifndef T_LIB_MLOAD_MILTER_H
#define T_LIB_MLOAD_MILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "t/lib/mload/link.h"
#include "t/lib/mload/message.h"

struct milter {
	struct link link;   /* the connection */
	const char *method; /* borrowed; whose verdicts count */
	size_t chunk;	    /* octets of a body in one packet, at most */
	uint32_t steps;	    /* what was agreed on */
};

/* What the milter said about one message. */
struct answer {
	char final;   /* the last reply */
	int verdicts; /* fields Authentication-Results */
	char word[16];
	double waited; /* for the last reply, since the body ended; seconds */
};

/* Not connected yet.  milter_done() closes and frees what there is. */
void milter_init(struct milter *to, const char *method, size_t chunk);
void milter_done(struct milter *to);

/* Connect, agree on what is said, and say hello. */
bool milter_open(struct milter *to, const char *socket);

/* Say good-bye, and close the connection. */
void milter_quit(struct milter *to);

/* All of a message up to so many octets of its body. */
bool milter_begin(struct milter *to, const struct message *m, size_t end);

/* Its body from there on; fills in an answer that is zero. */
bool milter_end(struct milter *to, const struct message *m, size_t at,
    struct answer *a_r);

#endif
