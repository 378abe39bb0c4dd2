/* SPDX-License-Identifier: ISC */
/*
 * sendmailcf - what a sendmail.cf says about milters and about 8-bit mail
 *
 * Shape    "O Name=value", "Xfilter, S=..., F=..., T=..." and
 *          "Mmailer, P=..., F=..." lines; the others are passed over.
 * Source   Sendmail Installation and Operation Guide 5.4, 5.6, 5.12
 * Limits   those of cfline.h
 * Threads  filled by one thread; any number may read it afterwards
 */
#ifndef MILTER_DOCTOR_SENDMAILCF_H
#define MILTER_DOCTOR_SENDMAILCF_H

#include <stdbool.h>
#include <stddef.h>

struct sendmailcf;

/* An X line.  What it does not say is "". */
struct sendmailcf_filter {
	char *name;
	char *socket;	/* S= */
	char *flags;	/* F= */
	char *timeouts; /* T= */
	size_t line;
};

/* An M line. */
struct sendmailcf_mailer {
	char *name;
	char *flags; /* F= */
	size_t line;
};

/*
 * Read a text; name is used in messages.  On failure returns NULL and sets
 * *error_r to "NAME:LINE: what is wrong; expected ...", which the caller
 * frees.
 */
struct sendmailcf *sendmailcf_read(const char *name, const char *text,
    size_t len, char **error_r);
void sendmailcf_free(struct sendmailcf *cf);

/*
 * The value of an option, whose name is compared without case, the last one
 * if it is set more than once; NULL for one that is not set.
 */
const char *sendmailcf_option(const struct sendmailcf *cf, const char *name);

/* The values of DaemonPortOptions, one for each listener, in order. */
size_t sendmailcf_daemons(const struct sendmailcf *cf);
const char *sendmailcf_daemon(const struct sendmailcf *cf, size_t index);

/*
 * Of "Name=MTA, Port=smtp, ...": the value of a key, of which the first
 * letter counts, in either case.  NULL if there is none; the caller frees it.
 */
char *sendmailcf_key(const char *pairs, char letter);

size_t sendmailcf_filters(const struct sendmailcf *cf);
const struct sendmailcf_filter *sendmailcf_filter(const struct sendmailcf *cf,
    size_t index);
/* By name, or NULL. */
const struct sendmailcf_filter *sendmailcf_find_filter(
    const struct sendmailcf *cf, const char *name);

size_t sendmailcf_mailers(const struct sendmailcf *cf);
const struct sendmailcf_mailer *sendmailcf_mailer(const struct sendmailcf *cf,
    size_t index);

#endif
