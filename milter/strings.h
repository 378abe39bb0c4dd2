/* SPDX-License-Identifier: ISC */
/*
 * strings - a list of texts
 *
 * Room     the ground of milter/, on which all else stands
 * Shape    all zero when empty; in the order in which they were pushed
 * Threads  one thread while it is filled; any number may read it then
 */
#ifndef MILTER_STRINGS_H
#define MILTER_STRINGS_H

#include <stdbool.h>
#include <stddef.h>

struct strings {
	char **list; /* owned, count of them, each owned */
	size_t count;
};

/* Add a copy of the text.  False, out of memory: the list is as it was. */
bool strings_push(struct strings *strings, const char *text);

/* Free all; the list is then empty. */
void strings_done(struct strings *strings);

#endif
