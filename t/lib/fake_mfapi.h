/* SPDX-License-Identifier: ISC */
/*
 * fake_mfapi - an MTA and libmilter for tests, in the place of libmilter
 *
 * The test plays the MTA with mta_*(); the filter's smfi_*() calls change the
 * header as a real MTA would.  What libmilter forbids fails, and what it
 * would complain of fails the test.
 *
 * Source   libmilter's documentation of each callback and function
 * Threads  one thread
 */
#ifndef T_LIB_FAKE_MFAPI_H
#define T_LIB_FAKE_MFAPI_H

#include <stdbool.h>
#include <stddef.h>

#include <libmilter/mfapi.h>

/* What a Postfix or Sendmail of today offers. */
#define MTA_ACTIONS 0x1ffUL
#define MTA_STEPS   0x1fffffUL

struct mta_field {
	char *name;  /* owned */
	char *value; /* owned */
	bool deleted;
};

/* libmilter's SMFICTX.  Zero is an MTA that offers nothing. */
struct smfi_str {
	/* Set by the test. */
	unsigned long actions; /* SMFIF_ bits offered */
	unsigned long steps;   /* SMFIP_ bits offered */
	bool renumbers;	       /* Postfix: a deletion moves what follows */
	const char *queue_id;  /* macro i, at the end of the message only */
	const char *name;      /* macro j */
	/* Pairs of a macro and its value at MAIL; NULL ends them. */
	const char *const *macros;
	const char *broken; /* the function that fails, "smfi_insheader" */

	/* What was agreed on. */
	unsigned long agreed_actions;
	unsigned long agreed_steps;

	/* Where it stands, and what the filter has done. */
	bool at_end;
	void *priv;		  /* the filter's */
	struct mta_field *fields; /* owned */
	size_t field_count;
	char symlist[512]; /* of MAIL */
	char reply[1024];
	char quarantine[1024];
	char *header; /* owned; see mta_header() */
};

/* Callbacks in the order of a dialogue.  Each returns what was answered. */
sfsistat mta_negotiate(SMFICTX *mta);
sfsistat mta_connect(SMFICTX *mta, const char *address);
sfsistat mta_mail(SMFICTX *mta, const char *sender, const char *parameter);
sfsistat mta_rcpt(SMFICTX *mta, const char *recipient);
sfsistat mta_data(SMFICTX *mta);
sfsistat mta_field(SMFICTX *mta, const char *name, const char *value);
sfsistat mta_eoh(SMFICTX *mta);
sfsistat mta_body(SMFICTX *mta, const void *octets, size_t len);

/*
 * The packet that ends the body, and may hold some of it: body and eom.
 * SMFIS_NOREPLY when the filter left the MTA without an answer.
 */
sfsistat mta_end(SMFICTX *mta, const void *octets, size_t len);
sfsistat mta_abort(SMFICTX *mta);

/* Also frees all there is; the filter must have let go of its data. */
void mta_close(SMFICTX *mta);

/*
 * A whole message with CRLF lines, field by field and then in chunks of the
 * body of that size, without its end.
 */
void mta_message(SMFICTX *mta, const char *message, size_t chunk);

/* The header as it is now: "Name: value\n" each.  Borrowed from mta. */
const char *mta_header(SMFICTX *mta);

#endif
