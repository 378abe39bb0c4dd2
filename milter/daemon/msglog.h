/* SPDX-License-Identifier: ISC */
/*
 * msglog - what the log and the history say of one message
 *
 * Shape    smime-milter(8), LOG, and histline.h
 * Threads  any thread, at any time; the session is the caller's alone
 */
#ifndef MILTER_DAEMON_MSGLOG_H
#define MILTER_DAEMON_MSGLOG_H

#include "milter/daemon/session.h"
#include "milter/policy/policy.h"

/* Stands in the log where the MTA has told no queue id. */
#define MSGLOG_NO_ID "NOQUEUE"

/*
 * A message is decided, and its queue id is in the envelope.  The line of the
 * log has action->verdict, which is what the header says and may be a
 * tenant's or a rule's; the history, and what staging says, are about site,
 * the verdict under the site's own trust.  Both are NULL where there is none.
 * To be called before the MTA has its answer, so that what was answered has
 * its line.
 */
void msglog_judged(const struct session *session, const struct verdict *site,
    const struct action *action);

/* Why a message has no verdict. */
void msglog_unverified(const char *id, const char *why);

#endif
