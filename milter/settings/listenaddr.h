/* SPDX-License-Identifier: ISC */
/*
 * listenaddr - an address and a port to listen on
 *
 * Shape    "PORT" (on 127.0.0.1), "ADDRESS:PORT" or "[ADDRESS]:PORT", with
 *          numbers only: no name is looked up at start
 * Source   RFC 3986 3.2.2 (brackets around IPv6)
 * Threads  pure: any thread, at any time
 */
#ifndef MILTER_SETTINGS_LISTENADDR_H
#define MILTER_SETTINGS_LISTENADDR_H

#include <stdbool.h>

#include <sys/socket.h>

/*
 * Returns NULL and fills *endpoint_r, or returns what is wrong, worded to
 * follow the text in a message; *endpoint_r is then untouched.
 */
const char *listenaddr_read(const char *text,
    struct sockaddr_storage *endpoint_r);

/* Can nobody but this host reach it? */
bool listenaddr_is_loopback(const struct sockaddr_storage *endpoint);

#endif
