/* SPDX-License-Identifier: ISC */
/*
 * history - one line of JSON for each signed message, in a file that is
 *           only ever appended to
 *
 * Room     history writes lines of histline.h, and beside them known.h (who has
 *          signed) and seen.h (certificates).  histread.h reads lines, tally.h
 *          counts, gap.h compares modes, report.h and chart.h show.
 * Shape    histline.h.  A message has its line before the MTA has its answer:
 *          so no mail that was answered is missing, even at kill -9.
 * Cost     some 30 microseconds and 2 KB of a message of one signer, most of
 *          it to make the JSON: t/bench/bench_history
 * Writing  each line with one write(2) under a lock, at the end of the file
 *          (O_APPEND); what was written of a line that does not fit is cut
 *          off again, and so is half a line found at history_open().  One
 *          process writes a file: it holds a lock on it (flock(2)).
 * Size     beyond history-max-size a file becomes FILE.1, FILE.1 becomes
 *          FILE.2, and so on up to history-keep; 0 leaves that to others,
 *          such as logrotate(8), after which history_open() begins anew.
 * Errors   a line that cannot be written never stops mail.  The first one
 *          is logged, and how many were lost when it works again.
 * Beside   FILE.key: the key of the HMACs, made when missing
 *          FILE.known: hashes of addresses that have signed, for
 *          history-unsigned; at most HISTORY_MAX_KNOWN
 * Threads  any thread, at any time
 */
#ifndef MILTER_HISTORY_HISTORY_H
#define MILTER_HISTORY_HISTORY_H

#include <stdbool.h>

#include "milter/history/histline.h"
#include "milter/settings/settings.h"

enum { HISTORY_MAX_KNOWN = 1000000 };

#define HISTORY_KEY   ".key"
#define HISTORY_KNOWN ".known"

/*
 * Write to the file that the settings name from now on, or to none.  A full
 * disk is no error: the file is tried again later.  On any other failure
 * returns false, sets *error_r to a line that the caller frees (NULL: out of
 * memory), and what was open stays so.
 */
bool history_open(const struct settings *settings, char **error_r);

/*
 * Write the line of a message that is signed, or of which a rule asks for
 * something other than accept; where history-unsigned says so, also that of
 * one which is not signed but whose author has signed before.  All others are
 * passed over, and so is everything when there is no file.  host
 * is filled in here.
 */
void history_write(const struct histline *line);

/* Back to none.  May run twice. */
void history_close(void);

#endif
