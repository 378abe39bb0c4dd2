/* SPDX-License-Identifier: ISC */
/*
 * conferror - what is wrong with a configuration, in one line
 *
 * Shape    "FILE:LINE: OPTION: what is wrong; expected a, b or c", and on the
 *          command line "-o: OPTION: what is wrong; expected a, b or c"
 * Units    lines count from 1; 0 where there are no lines
 * Limits   the first of all errors is kept
 * Threads  one at a time
 */
#ifndef MILTER_SETTINGS_CONFERROR_H
#define MILTER_SETTINGS_CONFERROR_H

#include <stdbool.h>
#include <stddef.h>

#include "milter/settings/opt.h"

struct conferror {
	const char *source; /* borrowed: the path, or "-o" */
	bool is_set;
	char *text; /* owned; NULL: none, or no memory even for that */
};

/*
 * Keep what is wrong, with what would be right, unless there is an error
 * already.  name is NULL where no option is meant.
 */
void conferror_set(struct conferror *error, size_t line, const char *name,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The same for a value; why is what optvalue_read() returned. */
void conferror_value(struct conferror *error, size_t line,
    const struct opt *opt, const char *value, const char *why);

/* The same for a name that no option of the section has. */
void conferror_name(struct conferror *error, enum opt_section section,
    size_t line, const char *name);

#endif
