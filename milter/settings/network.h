/* SPDX-License-Identifier: ISC */
/*
 * network - is that address one of ours?
 *
 * Shape    "192.0.2.1", "192.0.2.0/24", "2001:db8::/32".  An IPv4-mapped
 *          IPv6 address is the IPv4 address, here and in what is asked.
 * Source   RFC 4632 3.1, RFC 4291 2.3 and 2.5.5.2
 * Units    a prefix counts bits
 * Threads  pure: any thread, at any time
 */
#ifndef MILTER_SETTINGS_NETWORK_H
#define MILTER_SETTINGS_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include <netinet/in.h>
#include <sys/socket.h>

/* IPv4 is kept as IPv4-mapped IPv6, so that there is one kind only. */
struct network {
	uint8_t address[16];
	unsigned int prefix;
};

/*
 * Returns NULL and fills *network_r, or returns what is wrong, worded to
 * follow the text in a message; *network_r is then untouched.
 */
const char *network_read(const char *text, struct network *network_r);

/* False for NULL and for families other than IPv4 and IPv6. */
bool network_has(const struct network *network, const struct sockaddr *peer);

/* The address as text, in out; NULL for families other than these. */
const char *network_write(const struct sockaddr *peer,
    char out[static INET6_ADDRSTRLEN]);

/* Wider than anybody's own: IPv4 below /8, IPv6 below /7. */
bool network_is_wide(const struct network *network);

#endif
