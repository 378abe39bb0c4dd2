/* SPDX-License-Identifier: ISC */
/*
 * mailbox - addresses, and the names of their domains
 *
 * Shape    addr-spec = local "@" domain; local is a dot-atom or one quoted
 *          string, in UTF-8; domain is a name, of A-labels or U-labels
 * Source   RFC 5322 3.4.1, RFC 6532 3.2, RFC 1035 2.3.4, RFC 8550 3
 * Units    octets
 * Limits   a domain 253, a label of it 63
 * Threads  any thread, at any time
 */
#ifndef SMIME_MIME_MAILBOX_H
#define SMIME_MIME_MAILBOX_H

#include <stdbool.h>
#include <stddef.h>

/* One mailbox, split.  Both strings are owned. */
struct mailbox {
	char *local;  /* unquoted, octet for octet */
	char *domain; /* A-labels, lower case; never a literal */
	bool utf8;    /* local is not ASCII */
};

enum mailbox_status {
	MAILBOX_OK,
	MAILBOX_BAD, /* not exactly one addr-spec with a domain name */
	MAILBOX_NOMEM,
};

/*
 * Split an addr-spec as a certificate, an alias file or a header gives it.
 * False when it is not exactly one addr-spec with a domain name, or when out
 * of memory; *mailbox_r is then untouched.  Refused are a second "@" (even a
 * quoted one), control and invisible characters, IP addresses, a trailing
 * dot, and a U-label that changes on its way to an A-label and back.
 */
bool mailbox_read(const char *addr, size_t len, struct mailbox *mailbox_r);

/* The same, but it says why not.  It leaves nomem_note() to the caller. */
enum mailbox_status mailbox_split(const char *addr, size_t len,
    struct mailbox *mailbox_r);

/*
 * The same mailbox?  Domains as A-labels without case, local parts without
 * ASCII case when both are ASCII (RFC 8550 3), else octet for octet.
 */
bool mailbox_equal(const struct mailbox *a, const struct mailbox *b);

/*
 * "local@domain" for a header or a log, local quoted where RFC 5322 demands
 * it.  The caller frees it.  NULL when out of memory.
 */
char *mailbox_write(const struct mailbox *mailbox);

/*
 * The name of a host or domain in ASCII, without a dot at its end: letters,
 * digits, hyphens, and the underscores that are out there.  RFC 1035 2.3.4.
 */
bool domain_is_name(const char *domain);

/* Free the strings and clear the struct. */
void mailbox_done(struct mailbox *mailbox);

#endif
