/* SPDX-License-Identifier: ISC */
/*
 * msglog - what the log and the history say of one message
 *
 * Shape    smime-milter(8), LOG, and histline.h
 * Threads  any thread, at any time; the session is the caller's alone
 */
#ifndef MILTER_MSGLOG_H
#define MILTER_MSGLOG_H

#include "policy.h"
#include "session.h"

/* Stands in the log where the MTA has told no queue id. */
#define MSGLOG_NO_ID "NOQUEUE"

/*
 * A message is decided; its queue id is in the envelope, and action->verdict
 * is NULL where there is none.  To be called before the MTA has its answer, so
 * that what was answered has its line.
 */
void msglog_judged(const struct session *session, const struct action *action);

/* Why a message has no verdict. */
void msglog_unverified(const char *id, const char *why);

#endif
