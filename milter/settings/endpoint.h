/* SPDX-License-Identifier: ISC */
/*
 * endpoint - where a milter listens, as each of three programs writes it
 *
 * Shape    libmilter and Sendmail: "unix:PATH", "local:PATH", "PATH",
 *          "inet:PORT@HOST", "inet6:PORT@HOST", "inet:PORT".
 *          Postfix: "unix:PATH", "inet:HOST:PORT", "inet:[ADDRESS]:PORT".
 * Limits   a path has to fit into a struct sockaddr_un, a host is at most
 *          255 octets
 * Threads  no state of its own: any thread, at any time
 */
#ifndef MILTER_SETTINGS_ENDPOINT_H
#define MILTER_SETTINGS_ENDPOINT_H

#include <stdbool.h>

#include <sys/un.h>

enum { ENDPOINT_MAX_HOST = 255 };

struct endpoint {
	bool is_unix;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	char host[ENDPOINT_MAX_HOST + 1]; /* "" for every address */
	unsigned int port;
};

/* False when text is none; *endpoint_r is then untouched. */
bool endpoint_read_sendmail(const char *text, struct endpoint *endpoint_r);
bool endpoint_read_postfix(const char *text, struct endpoint *endpoint_r);

/*
 * Does a client that connects to "to" reach who listens at "at"?  Names of
 * hosts are compared, not looked up; "localhost" and all of 127.0.0.0/8 and
 * ::1 are the same.
 */
bool endpoint_reaches(const struct endpoint *to, const struct endpoint *at);

/* Nobody on another machine can connect. */
bool endpoint_is_local(const struct endpoint *endpoint);

/* As Postfix or Sendmail would have it.  Free with g_free(). */
char *endpoint_for_postfix(const struct endpoint *endpoint);
char *endpoint_for_sendmail(const struct endpoint *endpoint);

#endif
