/* SPDX-License-Identifier: ISC */
/*
 * ctl_history - what the commands that read histories share
 *
 * Threads  one thread: it complains on standard error
 */
#ifndef MILTER_CTL_HISTORY_H
#define MILTER_CTL_HISTORY_H

#include <stdbool.h>
#include <stddef.h>

#include "milter/history/tally.h"

struct ctl_history {
	struct tally *tally; /* owned */
	size_t files;
	size_t lines;
	size_t bad_lines;
};

/* Bad lines that are told about one by one; the others are only counted. */
enum { CTL_HISTORY_TOLD = 20 };

/* Is there a file at all?  False after a complaint. */
bool ctl_history_is_named(size_t count);

/*
 * Add up the files, each plain or compressed with gzip, "-" being standard
 * input.  What the daemon keeps beside a history (history.h) is passed over
 * when the history is given too, as by FILE*.  A bad line is told as FILE:LINE
 * and passed over.  False after a complaint when a file cannot be opened or
 * read to its end; what could be read is in it all the same.
 * ctl_history_done() in any case.
 */
bool ctl_history_read(struct ctl_history *history, char *const *files,
    size_t count);
void ctl_history_done(struct ctl_history *history);

#endif
