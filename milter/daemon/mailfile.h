/* SPDX-License-Identifier: ISC */
/*
 * mailfile - messages from files, as an MTA would hand them to us
 *
 * Shape    one message (.eml), or, where the file begins with "From ", an
 *          mbox: each message begins at a line "From " that is the first or
 *          follows a blank line.  Line ends are LF or CRLF and stay as they
 *          are, as does ">From ".  Any octets are a message.
 * Source   RFC 5322 2.1, RFC 4155
 * Limits   a header field MAILFILE_MAX_FIELD octets: what is longer is cut
 *          there, and given twice, so that it is not taken for the whole; a
 *          body may have any size
 * Threads  one thread at a time
 */
#ifndef MILTER_DAEMON_MAILFILE_H
#define MILTER_DAEMON_MAILFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include "smime/smime.h"

enum { MAILFILE_MAX_FIELD = 1024 * 1024 };

struct mailfile;

/* Read from an open file, which stays the caller's.  NULL: out of memory. */
struct mailfile *mailfile_new(FILE *file);

/*
 * Push the next message into smime, up to its end.  Returns false when there
 * is none; a file always has at least one.
 */
bool mailfile_push(struct mailfile *mailfile, struct smime *smime);

/* The file holds more than one message, or may: it begins with "From ". */
bool mailfile_is_mbox(const struct mailfile *mailfile);

/*
 * Where in the file the next message begins, or the last one has ended.
 * False when the file has no such places: it is a pipe.
 */
bool mailfile_offset(const struct mailfile *mailfile, off_t *offset_r);

/* Reading stopped for a reason other than the end of the file. */
bool mailfile_failed(const struct mailfile *mailfile);

void mailfile_free(struct mailfile *mailfile);

#endif
