/* SPDX-License-Identifier: ISC */
/*
 * optcheck - may that text be the value of an option?
 *
 * For the tables of options.  A check for one option or for a few; those of
 * what a rule is matched by are in condition.h, that of a reply in reply.h.
 * Each takes a text without control characters and returns NULL, or what is
 * wrong, worded to follow the text in a message.  No file is looked at.
 *
 * Source   RFC 8601 2.5 (authserv-id)
 * Limits   an authserv-id 253 octets, the name of a field 60
 * Threads  pure: any thread, at any time
 */
#ifndef MILTER_SETTINGS_OPTCHECK_H
#define MILTER_SETTINGS_OPTCHECK_H

/* Anything but "". */
const char *optcheck_filled(const char *text);

/* An absolute path or "". */
const char *optcheck_absolute(const char *text);

/* An absolute path. */
const char *optcheck_key(const char *text);

/* "auto", "none" or an absolute path. */
const char *optcheck_seen(const char *text);

/* "unix:/PATH", "local:/PATH", "inet:PORT@HOST" or "inet6:PORT@HOST". */
const char *optcheck_socket(const char *text);

/* "USER", "USER:GROUP" or "". */
const char *optcheck_user(const char *text);

/* The name of a group or "". */
const char *optcheck_group(const char *text);

/* See listenaddr.h, or "", which alone will do without libmicrohttpd. */
const char *optcheck_endpoint(const char *text);

/* See network.h. */
const char *optcheck_network(const char *text);

/* An authserv-id in ASCII or "". */
const char *optcheck_id(const char *text);

/* An authserv-id in ASCII. */
const char *optcheck_trusted_id(const char *text);

/* Of domains.h: a domain, an address, or either; "*" and "@/FILE" as well. */
const char *optcheck_domain(const char *text);
const char *optcheck_address(const char *text);
const char *optcheck_either(const char *text);

/* One address. */
const char *optcheck_signer(const char *text);

/* The name of a field that begins with "X-". */
const char *optcheck_tag(const char *text);

#endif
