/* SPDX-License-Identifier: ISC */
/*
 * displayname - does a display name show another address?
 *
 * What counts is what a person would read: white space around "@" and dots,
 * characters that nobody sees, and full-width letters do not hide an address.
 *
 * Shape    display names and comments of a From field, without their quotes,
 *          backslashes and parentheses; encoded words are still encoded
 * Source   RFC 5322 3.4, RFC 2047, Unicode's NFKC and
 *          Default_Ignorable_Code_Point
 * Threads  opinion_init() once before any thread; the rest from any thread
 */
#ifndef SMIME_MIME_DISPLAYNAME_H
#define SMIME_MIME_DISPLAYNAME_H

#include <stdbool.h>

#include "smime/mime/mailbox.h"
#include "smime/mime/text.h"

/*
 * Would a person read an address in the text that is not mailbox?  Encoded
 * words may be shown as they are or decoded, inside quotes and comments too
 * (RFC 2047 5 or not).
 */
bool displayname_shows_other(const struct text *text,
    const struct mailbox *mailbox);

#endif
