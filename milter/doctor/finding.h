/* SPDX-License-Identifier: ISC */
/*
 * finding - what smimectl doctor has to say
 *
 * Shape    One row per kind in the table of finding.c: token, severity and
 *          why it matters.  A checker adds what it saw, where, and the line
 *          that would be right.
 * Threads  a list belongs to one thread
 */
#ifndef MILTER_DOCTOR_FINDING_H
#define MILTER_DOCTOR_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum severity {
	SEVERITY_NOTE,	  /* good to know */
	SEVERITY_WARNING, /* works, but not as it should */
	SEVERITY_ERROR,	  /* does not work, or is not safe */
};

enum finding_kind {
	/* Ourselves. */
	FINDING_CONFIGURATION,
	FINDING_RISKY_SETTING,
	FINDING_TRUST,
	FINDING_TRUST_ODD,
	FINDING_TLS_BUNDLE,
	FINDING_EXPIRED,
	FINDING_EXPIRES_SOON,
	FINDING_CLOCK,
	FINDING_FUTURE_FILE,
	FINDING_AUTHSERV_ID,
	/* The socket. */
	FINDING_OPEN_SOCKET,
	FINDING_NO_ANSWER,
	FINDING_SOCKET_DENIED,
	FINDING_SOCKET_CHROOT,
	FINDING_SOCKET_UNSAFE,
	/* Whether and how the MTA asks us. */
	FINDING_NO_MTA,
	FINDING_CANNOT_TELL,
	FINDING_NOT_ASKED,
	FINDING_BYPASSED,
	FINDING_BLIND,
	FINDING_TWICE,
	FINDING_SOCKET_SYNTAX,
	FINDING_NOT_ASKED_LOCALLY,
	FINDING_FAILS_OPEN,
	FINDING_FAILS_HARD,
	FINDING_PROTOCOL,
	FINDING_TIMEOUT,
	FINDING_MACROS,
	/* Others that look at mail, or change it. */
	FINDING_RESULTS_BEFORE,
	FINDING_BODY_BEFORE,
	FINDING_BODY_AFTER,
	FINDING_CONTENT_FILTER,
	FINDING_BODY_CHECKS,
	/* What the MTA itself does to mail. */
	FINDING_INPUT_CONVERSION,
	FINDING_OUTPUT_CONVERSION,
	FINDING_LINE_LENGTH,
	FINDING_NO_8BITMIME,
	FINDING_ADDED_HEADERS,
	FINDING_SEVEN_BITS,
	FINDING_HEADERS_LENGTH,
};
enum { FINDING_KINDS = FINDING_HEADERS_LENGTH + 1 };

struct findings;

/* An empty list.  Never NULL. */
struct findings *findings_new(void);
void findings_free(struct findings *findings);

/*
 * Add what was seen, where ("main.cf", a path; copied) and what would be
 * right there (NULL: nothing that is one line).  what and change were made by
 * GLib and are taken over.  What is there already is not added again.
 */
void findings_add(struct findings *findings, enum finding_kind kind,
    const char *place, char *what, char *change);

size_t findings_count(const struct findings *findings, enum severity severity);

/* Is there one of that kind? */
bool findings_have(const struct findings *findings, enum finding_kind kind);

/*
 * All of them, the worst first: for people, three or four lines each and one
 * at the end; or as one JSON object on one line.
 */
void findings_print(const struct findings *findings, FILE *out);
void findings_print_json(const struct findings *findings, FILE *out);

/* The table.  "fails-open", "error"; a sentence.  Never NULL. */
const char *finding_token(enum finding_kind kind);
const char *finding_why(enum finding_kind kind);
enum severity finding_severity(enum finding_kind kind);
const char *severity_word(enum severity severity);

#endif
