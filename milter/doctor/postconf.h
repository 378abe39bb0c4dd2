/* SPDX-License-Identifier: ISC */
/*
 * postconf - the configuration of a Postfix, as text
 *
 * Shape    "name = value" lines of "postconf -n", of plain "postconf" or of
 *          main.cf; the lines of "postconf -M" or of master.cf, with their
 *          "-o name=value".  Of a name that is set twice the last counts.
 *          What is not set has the default that "postconf -d" gave, or that of
 *          Postfix 3.7 where the table in postconf.c knows it, else none.
 * Source   postconf(5), master(5), MILTER_README
 * Limits   those of cfline.h; POSTCONF_MAX_VALUE octets of a value once
 *          expanded, and POSTCONF_MAX_STEPS names expanded on the way there:
 *          what is beyond is left out
 * Threads  filled by one thread; any number may read it afterwards
 */
#ifndef MILTER_DOCTOR_POSTCONF_H
#define MILTER_DOCTOR_POSTCONF_H

#include <stdbool.h>
#include <stddef.h>

enum { POSTCONF_MAX_VALUE = 64 * 1024, POSTCONF_MAX_STEPS = 1000 };

struct postconf;

/* A line of master.cf. */
struct postconf_service {
	size_t index;  /* in master.cf */
	char *name;    /* "smtp", "127.0.0.1:10025" */
	char *type;    /* "inet", "unix", ... */
	char *command; /* "smtpd" */
	bool chrooted;
};

/* Nothing set, no services.  Never NULL. */
struct postconf *postconf_new(void);
void postconf_free(struct postconf *postconf);

/*
 * Add a text; name is used in messages.  On failure returns false and sets
 * *error_r to "NAME:LINE: what is wrong; expected ...", which the caller
 * frees; what came before that line is kept.
 */
bool postconf_read_main(struct postconf *postconf, const char *name,
    const char *text, size_t len, char **error_r);
bool postconf_read_master(struct postconf *postconf, const char *name,
    const char *text, size_t len, char **error_r);

/* The same for "postconf -d": what that Postfix does where nothing is set. */
bool postconf_read_defaults(struct postconf *postconf, const char *name,
    const char *text, size_t len, char **error_r);

/* The services, in order.  Good as long as the postconf is. */
size_t postconf_services(const struct postconf *postconf);
const struct postconf_service *postconf_service(const struct postconf *postconf,
    size_t index);

/* Was it set by a text, and not just by default? */
bool postconf_is_set(const struct postconf *postconf, const char *name);

/* Does the service set it for itself, with -o?  service may be NULL: no. */
bool postconf_overrides(const struct postconf *postconf,
    const struct postconf_service *service, const char *name);

/*
 * The value in force for the service (NULL: for main.cf), with $name
 * expanded and "" for one that is unknown.  The caller frees it.
 */
char *postconf_value(const struct postconf *postconf,
    const struct postconf_service *service, const char *name);

/*
 * The elements of a list, with white space or commas between; what is in
 * braces is one element.  Ends with NULL; free with g_strfreev().
 */
char **postconf_split(const char *list);

/*
 * Of an element of smtpd_milters, "SOCKET" or "{ SOCKET, name=value, ... }":
 * its socket, and one of its attributes or NULL.  The caller frees either.
 */
char *postconf_milter_socket(const char *element);
char *postconf_milter_attribute(const char *element, const char *name);

#endif
