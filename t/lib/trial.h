/* SPDX-License-Identifier: ISC */
/*
 * trial - messages are judged, by rules and anchors that a test may change
 *
 * Each test begins with the rules and limits that are the defaults, and with
 * the root of t/lib/people.h in the collection.  Every function fails the
 * running test rather than return a failure.
 *
 * Threads  one thread
 */
#ifndef T_LIB_TRIAL_H
#define T_LIB_TRIAL_H

#include <check.h>

#include "smime/smime.h"
#include "t/lib/mail.h"

enum { TRIAL_NOW = 1767225600 }; /* 2026-01-01 */

/* What trial_describe() says of good mail, and of what cannot be read. */
#define PASS	      "pass ok whole collection match good"
#define UNREAD(token) "neutral " token " whole none none unknown"

/* Adds tests to a case. */
typedef void trial_tests(TCase *tcase);

/*
 * The main() of a test program: run the tests that add adds, without what a
 * verifier remembers and with it.  Those of add_long, which may be NULL, judge
 * thousands of messages each, and are run without it only.
 */
int trial_run(const char *suite, trial_tests *add, trial_tests *add_long);

/* What the next message is judged by; may be changed. */
struct limits *trial_limits(void);
struct rules *trial_rules(void);

/* Let these anchors count instead; takes them over. */
void trial_set_trust(struct trust *trust);

/* A new message, and its verdict.  Both borrowed, until the next message. */
struct smime *trial_new(void);
const struct verdict *trial_finish(void);

/* Judge all of a message; what is remembered must change nothing. */
const struct verdict *trial_judge(struct octets mail);

/* "pass ok whole collection match good": of the verdict, then of a signer. */
const char *trial_describe(const struct verdict *verdict);

/* Judge a message; fail, with that name, unless it is described like this. */
void trial_expect(const char *name, struct octets mail, const char *want);

#endif
