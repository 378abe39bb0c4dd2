/* SPDX-License-Identifier: ISC */
/*
 * session - one connection of the MTA, and the message on it
 *
 * Order    session_new, session_connect, { session_begin,
 *          session_push_field..., session_end_header, session_push_body...,
 *          session_finish, session_reset }..., session_free.  Any of them may
 *          be missing; what comes without session_begin() is dropped.
 * Units    octets; a field's index counts from 1 among those of its name
 * Limits   SESSION_MAX_FORGED fields remembered; the rest: struct limits
 * Threads  one thread at a time
 */
#ifndef MILTER_SESSION_H
#define MILTER_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <time.h>

#include "cputime.h"
#include "engine.h"
#include "smime.h"

enum { SESSION_MAX_FORGED = 1000, SESSION_MAX_ID = 256 };

/* Readable by all, written by session.c only. */
struct session {
	/* Of the connection. */
	unsigned long steps;		/* SMFIP_ bits that were agreed on */
	struct sockaddr_storage client; /* AF_UNSPEC where unknown */

	/* Of the message, and cleared by session_reset(). */
	bool internal; /* its own fields of results are believed */
	bool utf8;     /* SMTPUTF8 */
	bool header_ended;
	bool body_wanted;    /* the message may be signed */
	size_t size;	     /* octets of header and body so far */
	const char *trouble; /* static: why it cannot be judged; or NULL */
	char authserv_id[SESSION_MAX_ID];
	char *mail_from;	     /* owned; "" for <>; NULL: unknown */
	struct strings rcpt_domains; /* owned; each once, in small letters */
	struct engine_state *state;  /* one count; NULL between messages */
	struct smime *smime;	     /* owned */
	struct cputime cputime;	     /* that the body and the verdict take */

	/* Authentication-Results that came with the message. */
	size_t results; /* how many */
	int *forged;	/* owned; indices of those to remove, ascending */
	size_t forged_count;
	size_t forged_room;
};

/* NULL when out of memory. */
struct session *session_new(unsigned long steps);

/* Takes NULL. */
void session_free(struct session *session);

/* The client's address, which may be NULL, as libmilter gives it. */
void session_connect(struct session *session, const struct sockaddr *client);

/*
 * A message begins, under the state in force now.  name is the MTA's own, or
 * NULL: it marks our results when the settings do not say how.
 */
void session_begin(struct session *session, struct engine *engine,
    const char *name, bool utf8);

/*
 * The envelope, for the history: an address as the MTA gives it, with or
 * without "<>".  Recipients have to come after the sender.  Beyond
 * HISTLINE_MAX_DOMAINS domains, and without memory, there are just fewer.
 */
void session_set_sender(struct session *session, const char *address);
void session_add_recipient(struct session *session, const char *address);

/* One header field; trailing white space in its name is set aside. */
void session_push_field(struct session *session, const char *name,
    const char *value);

void session_end_header(struct session *session);

void session_push_body(struct session *session, const uint8_t *octets,
    size_t len);

/*
 * The message is complete.  Its verdict, which lives until session_reset();
 * or NULL, and session->trouble says why.
 */
const struct verdict *session_finish(struct session *session, time_t now);

/* Forget the message, if there is one.  May run at any time, and twice. */
void session_reset(struct session *session);

#endif
