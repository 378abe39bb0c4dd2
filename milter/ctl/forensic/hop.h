/* SPDX-License-Identifier: ISC */
/*
 * hop - who did it, as far as a header tells beyond doubt
 *
 * Source   RFC 2919 3 (List-Id); fields that sendmail, Exchange and Postfix
 *          leave
 * Limits   HOP_MAX_TEXT octets of text, with its NUL; a longer name is cut
 * Threads  no state of its own: any thread, at any time
 */
#ifndef MILTER_CTL_FORENSIC_HOP_H
#define MILTER_CTL_FORENSIC_HOP_H

#include <stdbool.h>
#include <stddef.h>

#include "milter/ctl/forensic/damage.h"

enum { HOP_MAX_TEXT = 256 };

/*
 * Find who did it in header[0..len), which is the message's own or that of
 * the signed part, up to the blank line.  Writes a few words of ASCII, such as
 * "mx.example.net, which says so in X-MIME-Autoconverted".  False when it
 * cannot be told.
 */
bool hop_find(enum damage cause, const char *header, size_t len,
    char out[static HOP_MAX_TEXT]);

#endif
