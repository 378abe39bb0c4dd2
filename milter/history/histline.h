/* SPDX-License-Identifier: ISC */
/*
 * histline - one line of the history: a verdict, and the mail it is about
 *
 * Shape    the object of smimectl verify --json, with more keys:
 *            time host queue_id client mail_from rcpt_domains action policy
 *            stage would
 *          before it, and in each of its signatures
 *            modes  the result of this signature in both modes of Exchange
 *            cloud  what Exchange Online would say, its causes apart:
 *                   reason; trust (collection, none); revocation
 *            by     who vouches whatever the mode: collection, local, none
 *            path   the certificates of that path, leaf first: subject,
 *                   sha256, not_after, carried (by the message)
 *          Every key is always there; what is unknown is null, and so is
 *          "file".  Nothing of the message's text is in it.
 * Privacy  history-addresses says what becomes of mail addresses.  Unless they
 *          are kept in full, what names the signer's own certificate (subject,
 *          serial) and the header is null, and its fingerprint is an HMAC.
 *            domain  "@example.org"
 *            hash    "0123456789abcdef@example.org", an HMAC of the address
 * Threads  pure: any thread, at any time
 */
#ifndef MILTER_HISTORY_HISTLINE_H
#define MILTER_HISTORY_HISTLINE_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <jansson.h>

#include "milter/settings/settings.h"
#include "smime/smime.h"

enum { HISTLINE_KEY_LEN = 32, HISTLINE_MAX_DOMAINS = 50 };

/* All borrowed.  Strings may be NULL, and may be any octets. */
struct histline {
	time_t time;
	const char *host;
	const char *queue_id;
	const char *client; /* an IP address */
	const char *mail_from;
	const char *const *rcpt_domains; /* rcpt_domain_count of them */
	size_t rcpt_domain_count;
	const char *action; /* what was done */
	const char *policy; /* the rule that matched, ... */
	const char *stage;  /* ... its stage, ... */
	const char *would;  /* ... and what it asks for */
	const char *header; /* on one line */
	const struct verdict *verdict;
};

struct histline_privacy {
	enum history_addresses addresses;
	uint8_t key[HISTLINE_KEY_LEN]; /* of the HMAC */
};

/* The caller gives it back with json_decref().  NULL: out of memory. */
json_t *histline_new(const struct histline *line,
    const struct histline_privacy *privacy);

/*
 * HMAC-SHA-256 under the key, lower-case hex; of what is ASCII, capital
 * letters count as small ones.  False when libcrypto fails.
 */
bool histline_hash(const uint8_t key[HISTLINE_KEY_LEN], const char *text,
    char out[static 65]);

#endif
