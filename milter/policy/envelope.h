/* SPDX-License-Identifier: ISC */
/*
 * envelope - what rules ask about a message beside its signature
 *
 * Who the authors are: the one mailbox of the one From field where that is
 * beyond doubt.  Else every address that any reader might find in any From
 * field: around every "@", encoded words decoded or not, with and without
 * comments and blanks.  A field in which some reader sees another begin (at a
 * bare CR) is taken for one more From.  A rule shall not be escaped by a second
 * From, a group or odd syntax.  Without one, those of Sender, then the
 * envelope's sender.
 *
 * Order    envelope_init, envelope_set_sender, envelope_add_rcpt...,
 *          envelope_push_field..., envelope_settle, envelope_done
 * Source   RFC 5321 4.1.1.2 and 4.1.1.3, RFC 5322 3.6.2, RFC 3834 5, RFC 6522
 * Limits   ENVELOPE_MAX_RCPTS; ENVELOPE_MAX_AUTHORS, beyond which anybody may
 *          be the author, and so where there are absurdly many "@" or open
 *          comments; ENVELOPE_MAX_FROM octets of each kind of field
 * Threads  one thread at a time
 */
#ifndef MILTER_POLICY_ENVELOPE_H
#define MILTER_POLICY_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>

#include <sys/socket.h>

#include "smime/mime/mailbox.h"

enum {
	ENVELOPE_MAX_RCPTS = 10000,
	ENVELOPE_MAX_AUTHORS = 16,
	ENVELOPE_MAX_FROM = 64 * 1024,
};

/*
 * Mailboxes whose domain may be NULL: there is none, or an address literal, and
 * only the MTA knows whose it is.
 */
struct mailbox_list {
	struct mailbox *list; /* owned, count of them */
	size_t count;
	size_t room;
};

/* Fields of one name. */
struct field_values {
	char *text; /* owned: the values, a line feed after each; or NULL */
	size_t len;
	size_t count;
};

/* Readable by all, written by envelope.c and by who has begun it. */
struct envelope {
	/* Set by the caller. */
	struct sockaddr_storage client; /* AF_UNSPEC where unknown */
	char *user;	   /* owned: who has authenticated; NULL: nobody */
	char *tls_subject; /* owned: of a certificate that the MTA verified */
	char *tls_issuer;  /* owned; NULL where there is none */
	char queue_id[64]; /* "" while unknown */

	bool null_sender;
	struct mailbox sender;	   /* owned */
	struct mailbox_list rcpts; /* owned */
	struct field_values from;
	struct field_values of_sender; /* the fields, not the envelope */
	struct field_values message_id;
	bool report;
	bool auto_reply;

	/* By envelope_settle(). */
	struct mailbox_list authors; /* owned */
	bool anybody; /* it cannot be told who: take it for each */
};

void envelope_init(struct envelope *envelope);

/* Frees what it owns.  May run twice. */
void envelope_done(struct envelope *envelope);

/*
 * The argument of MAIL and of RCPT, "<a@b>".  False when out of memory, or
 * when there are more recipients than ENVELOPE_MAX_RCPTS.
 */
bool envelope_set_sender(struct envelope *envelope, const char *path);
bool envelope_add_rcpt(struct envelope *envelope, const char *path);

/*
 * May it be for somebody else than it says?  It has no domain, or is of the
 * form "a%b@c", "a@b@c" or "b!a@c", which an MTA may send on to a at b.
 */
bool envelope_is_anybodys(const struct mailbox *rcpt);

/* One field of the message's header.  False when out of memory. */
bool envelope_push_field(struct envelope *envelope, const char *name,
    size_t name_len, const char *value);

/* The header is complete: find the authors.  False when out of memory. */
bool envelope_settle(struct envelope *envelope);

/*
 * The one Message-ID.  NULL where there is none, an empty one, or more than
 * one, or where it is too long to be kept: nothing then tells one try from
 * another.
 */
const char *envelope_message_id(const struct envelope *envelope);

/* Bits of enum condition_class. */
unsigned int envelope_classes(const struct envelope *envelope);

#endif
