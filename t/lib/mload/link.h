/* SPDX-License-Identifier: ISC */
/*
 * link - packets on a connection to a milter
 *
 * Shape    length of what follows, 4 octets in network order; command; data
 * Limits   a packet that is received has less than 1 MiB
 * Threads  one thread for each link
 */
#ifndef T_LIB_MLOAD_LINK_H
#define T_LIB_MLOAD_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct link {
	FILE *out;   /* owned; NULL while there is no connection */
	FILE *in;    /* owned; the same connection */
	char *reply; /* owned; the last packet: command, data */
	size_t reply_len;
	char *buffer;	  /* owned, of out; NULL: its own, not on TCP */
	long long octets; /* sent */
};

/* Without a connection. */
void link_init(struct link *l);

/* Close and free what there is. */
void link_done(struct link *l);

/*
 * A socket that is connected, or -1.  to is a path, which has a slash, or a
 * port on 127.0.0.1.
 */
int link_connect(const char *to);

/* Connect it; false where that cannot be done. */
bool link_open(struct link *l, const char *to);

/* Nothing happens where it is closed. */
void link_close(struct link *l);

/* Send one packet; false if the connection is lost. */
bool link_put(struct link *l, char command, const void *data, size_t len);

/* Receive one packet as l->reply; false if the connection is lost. */
bool link_get(struct link *l);

#endif
