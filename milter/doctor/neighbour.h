/* SPDX-License-Identifier: ISC */
/*
 * neighbour - the other milters of an MTA, and in which order to ask them
 *
 * What a milter does is guessed from its name and its socket: neither MTA
 * knows more.
 *
 * Threads  no state of its own: any thread, at any time
 */
#ifndef MILTER_DOCTOR_NEIGHBOUR_H
#define MILTER_DOCTOR_NEIGHBOUR_H

#include <stdbool.h>
#include <stddef.h>

#include "milter/doctor/finding.h"

enum neighbour_kind {
	NEIGHBOUR_UNKNOWN,
	NEIGHBOUR_US,
	NEIGHBOUR_RESULTS, /* adds Authentication-Results */
	NEIGHBOUR_BODY,	   /* may change bodies */
};

struct neighbour {
	const char *text; /* borrowed; as it stands in the list */
	enum neighbour_kind kind;
};

/* Of a milter that is not us, from its name and socket in one text. */
enum neighbour_kind neighbour_guess(const char *text);

/*
 * Add what is wrong with the order.  Each change is "NAME" followed by the
 * list in the right order and "END".  Without us in the list nothing is.
 * forged_removed: do we remove results that look like ours?
 */
void neighbours_check(struct findings *findings, const char *place,
    const char *name, const char *end, const struct neighbour *list,
    size_t count, bool forged_removed);

#endif
