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
#ifndef MILTER_DAEMON_SESSION_H
#define MILTER_DAEMON_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <time.h>

#include "milter/daemon/cputime.h"
#include "milter/daemon/engine.h"
#include "milter/header/result.h"
#include "milter/policy/envelope.h"
#include "smime/smime.h"

enum { SESSION_MAX_FORGED = 1000, SESSION_MAX_ID = 256 };

/* A field that came with the message, and has to go. */
struct forged {
	const char *name; /* static, or a tag of the rulebook's */
	int index;	  /* among the fields of that name */
};

/* What another trust than the site's says. */
struct other_verdict {
	const struct trust *trust;
	const struct verdict *verdict;
};

/* Readable by all, written by session.c only, but for the envelope. */
struct session {
	/* Of the connection. */
	unsigned long steps;		/* SMFIP_ bits that were agreed on */
	struct sockaddr_storage client; /* AF_UNSPEC where unknown */
	bool negotiated;   /* else the steps are those of the last that was */
	bool verify_known; /* the MTA sends {verify} if it has it */

	/* Of the message, and cleared by session_reset(). */
	bool internal; /* its own fields of results are believed */
	bool utf8;     /* SMTPUTF8 */
	bool header_ended;
	bool body_wanted;    /* the message may be signed */
	uint64_t began;	     /* metrics_clock() */
	size_t size;	     /* octets of header and body so far */
	const char *trouble; /* static: why it cannot be judged; or NULL */
	const char *skipped; /* static: why it is not judged; or NULL */
	char authserv_id[SESSION_MAX_ID];
	struct envelope envelope;   /* owned */
	time_t now;		    /* when it was finished */
	struct engine_state *state; /* one count; NULL between messages */
	struct smime *smime;	    /* owned */
	struct cputime cputime;	    /* that the body and the verdict take */

	/* Authentication-Results and tags that came with the message. */
	size_t results;	       /* how many Authentication-Results */
	size_t *tags;	       /* owned; how many of each of the rulebook's */
	struct forged *forged; /* owned; those to remove, as they came */
	size_t forged_count;
	size_t forged_room;

	/* Owned; what each tenant's header is to say, see policy.h. */
	const struct verdict **tenants;

	struct other_verdict *others; /* owned, other_count of them */
	size_t other_count;
};

/* NULL when out of memory. */
struct session *session_new(unsigned long steps);

/* Takes NULL. */
void session_free(struct session *session);

/* The client's address, which may be NULL, as libmilter gives it. */
void session_connect(struct session *session, const struct sockaddr *client);

/*
 * A message begins, under the state in force now.  sender is the argument of
 * MAIL.  name is the MTA's own, or NULL: it marks our results when the
 * settings do not say how.
 */
void session_begin(struct session *session, struct engine *engine,
    const char *sender, const char *name, bool utf8);

/* The argument of RCPT. */
void session_add_rcpt(struct session *session, const char *path);

/* What the message, and the settings, let our field say. */
struct result_form session_form(const struct session *session);

/* One header field; trailing white space in its name is set aside. */
void session_push_field(struct session *session, const char *name,
    const char *value);

void session_end_header(struct session *session);

void session_push_body(struct session *session, const uint8_t *octets,
    size_t len);

/*
 * The message is complete.  Its verdict, which lives until session_reset();
 * or NULL, and session->trouble or session->skipped says why.
 */
const struct verdict *session_finish(struct session *session, time_t now);

/*
 * The verdict under another trust, which lives as long as session_finish()'s.
 * After that; arg is the session.
 */
const struct verdict *session_judge(void *arg, struct trust *trust);

/* The name that results of the tenant of that index go by. */
void session_tenant_id(const struct session *session, size_t index,
    char out[static SESSION_MAX_ID]);

/* Forget the message, if there is one.  May run at any time, and twice. */
void session_reset(struct session *session);

#endif
