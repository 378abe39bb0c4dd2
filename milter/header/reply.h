/* SPDX-License-Identifier: ISC */
/*
 * reply - what a client is told, from a text with blanks to fill in
 *
 * Shape    [5.X.Y] text with %{result} %{reason} %{from} %{signer}
 *          %{queue_id}, and %% for a percent sign
 * Source   RFC 5321 4.2 (replies: printable ASCII) and 4.5.3.1.5 (512 octets
 *          a line), RFC 3463 2 (enhanced codes)
 * Units    octets
 * Limits   REPLY_MAX for the text, so that the line holds codes and CRLF too,
 *          and so that libmilter's 980 hold it with each "%" doubled
 * Threads  pure: any thread, at any time
 */
#ifndef MILTER_HEADER_REPLY_H
#define MILTER_HEADER_REPLY_H

#include <stddef.h>

enum { REPLY_MAX = 480, REPLY_MAX_CODE = 16 };

/* What to fill in.  NULL where unknown: "-" is then written. */
struct reply_values {
	const char *result;
	const char *reason;
	const char *from;
	const char *signer;
	const char *queue_id;
};

/*
 * Is that a template?  "" is none and will do.  Returns NULL, or what is
 * wrong, worded to follow the text in a message.
 */
const char *reply_check(const char *text);

/*
 * Fill in.  The values are from outside: whatever is not printable ASCII
 * becomes "?".  What does not fit is cut.  The template is one that
 * reply_check() takes, and not empty.
 */
void reply_write(const char *template, const struct reply_values *values,
    char out[static REPLY_MAX + 1]);

/*
 * The enhanced code that the template begins with, else "X.7.1"; its class is
 * '5' or '4', whatever the template says.
 */
void reply_code(const char *template, char class,
    char out[static REPLY_MAX_CODE]);

/* Double each "%", which libmilter would take for a format. */
void reply_escape(const char *text, char *out, size_t size);

#endif
