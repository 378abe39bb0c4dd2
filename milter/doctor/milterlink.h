/* SPDX-License-Identifier: ISC */
/*
 * milterlink - ask a milter whether it is there, as an MTA would
 *
 * Shape    a packet: length in four octets, the most significant first;
 *          command in one; data.  Only the negotiation is spoken: no mail,
 *          and the milter sees a client that leaves.
 * Source   the milter protocol, version 6: libmilter/mfdef.h of Sendmail
 * Limits   an answer of MILTERLINK_MAX_ANSWER octets
 * Threads  no state of its own: any thread, at any time
 */
#ifndef MILTER_DOCTOR_MILTERLINK_H
#define MILTER_DOCTOR_MILTERLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "milter/settings/endpoint.h"

enum { MILTERLINK_MAX_ANSWER = 64 * 1024 };

enum milterlink_state {
	MILTERLINK_UP,
	MILTERLINK_NOT_THERE, /* nothing listens */
	MILTERLINK_DENIED,    /* this process may not connect */
	MILTERLINK_NO_ANSWER, /* it took longer than was allowed */
	MILTERLINK_NO_MILTER, /* what answers speaks something else */
};

struct milterlink {
	enum milterlink_state state;
	int error; /* errno of what failed, or 0 */

	/* Valid for MILTERLINK_UP. */
	double seconds;	  /* from before connect to the answer */
	uint32_t version; /* of the protocol */
	uint32_t actions; /* SMFIF_...: what it may do to mail */
	uint32_t steps;	  /* SMFIP_...: what it leaves out */
};

/* Connect, negotiate, leave.  Takes at most so many milliseconds. */
void milterlink_try(const struct endpoint *endpoint, int milliseconds,
    struct milterlink *link_r);

/*
 * The answer to a negotiation: the octets of the packet after its length.
 * False when it is none, or asks for what was not offered.
 */
bool milterlink_read_answer(const uint8_t *octets, size_t len,
    struct milterlink *link_r);

/* "up", "not there", ...; never NULL. */
const char *milterlink_word(enum milterlink_state state);

/*
 * The names of actions and of steps, "add headers, change headers"; free
 * with g_free().
 */
char *milterlink_actions(uint32_t actions);
char *milterlink_steps(uint32_t steps);

#endif
