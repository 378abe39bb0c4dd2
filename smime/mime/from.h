/* SPDX-License-Identifier: ISC */
/*
 * from - who a message says it is from
 *
 * Shape    the value of a From field: what stands after the colon, still folded
 *          (with LF or CRLF), of any octets
 * Source   RFC 5322 3.4 and 3.6.2, RFC 6532
 * Units    octets
 * Limits   a value 8192, its display name 2048 and its comments together 2048
 * Threads  opinion_init() once before any thread; the rest from any thread
 */
#ifndef SMIME_MIME_FROM_H
#define SMIME_MIME_FROM_H

#include <stddef.h>

#include "smime/mime/mailbox.h"

enum from_status {
	FROM_OK,	/* exactly one mailbox, beyond doubt */
	FROM_AMBIGUOUS, /* not exactly one mailbox, or readers could differ */
	FROM_DISPLAY_NAME, /* one mailbox, but the name shows another address */
	FROM_NOMEM,
};

/*
 * Read the value of a From field (RFC 5322 3.6.2).  On FROM_OK and
 * FROM_DISPLAY_NAME *mailbox_r is filled and the caller frees it with
 * mailbox_done(); otherwise it is untouched.
 *
 * One addr-spec without white space or comments in its midst, bare or in
 * angle brackets, is one mailbox.  Lists, groups, routes, literals, control
 * characters, an encoded word in the address, an unquoted "@" or other
 * special before the brackets are ambiguous, except for "a@b <a@b>", and
 * except for dots ("John Q. Public") and for apostrophes around the first a@b.
 * So is whatever GMime reads in another way, a value of more than 8192 octets,
 * and a display name, or comments, of more than 2048.  The display name and
 * the comments show another address if they hold one after decoding, each
 * alone or all in their order, with full-width letters and "@" as plain ones.
 */
enum from_status from_read(const char *value, size_t len,
    struct mailbox *mailbox_r);

#endif
