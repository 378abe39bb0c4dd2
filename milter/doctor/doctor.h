/* SPDX-License-Identifier: ISC */
/*
 * doctor - what is wrong with how an MTA and the daemon work together
 *
 * Each checker is handed facts and adds findings; none looks at the machine
 * itself.  hostfacts.h collects the facts.
 *
 * Room     hostfacts.h, postconf.h, sendmailcf.h and milterlink.h collect facts;
 *          host.c, postfix.c and sendmail.c judge them, with neighbour.h for
 *          other filters; finding.h is what comes out.
 * Source   MILTER_README and postconf(5) of Postfix 3.7; Sendmail
 *          Installation and Operation Guide; contrib/postfix/README,
 *          contrib/sendmail/README
 * Threads  no state of its own: any thread, at any time
 */
#ifndef MILTER_DOCTOR_DOCTOR_H
#define MILTER_DOCTOR_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "milter/doctor/finding.h"
#include "milter/doctor/hostfacts.h"
#include "milter/doctor/postconf.h"
#include "milter/doctor/sendmailcf.h"
#include "milter/settings/settings.h"

/* How the MTA asks us, and what else it does to mail. */
void doctor_postfix(struct findings *findings, const struct settings *settings,
    const struct postconf *postconf);
/* name is where the text came from. */
void doctor_sendmail(struct findings *findings, const struct settings *settings,
    const char *name, const struct sendmailcf *cf);

/* The socket as the settings name it: who can reach it? */
void doctor_socket(struct findings *findings, const struct settings *settings);

/*
 * May the MTA's user connect?  With is_sendmail, also whether Sendmail
 * thinks the path safe.
 */
void doctor_access(struct findings *findings, const struct host_user *user,
    const struct host_path *path, bool is_sendmail);

void doctor_clock(struct findings *findings, enum host_clock clock);

/* A file of ours that was last changed at "changed". */
void doctor_file(struct findings *findings, const char *path, time_t changed,
    time_t now);

/*
 * What another filter calls itself.  our_name is what we write, or "" where
 * that is not known.
 */
void doctor_authserv_id(struct findings *findings, const char *our_name,
    const char *place, const char *their_name);

/* Certificates of one store, up to "soon" from now. */
void doctor_store(struct findings *findings, const char *option,
    const struct store *store, time_t now);

#endif
