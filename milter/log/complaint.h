/* SPDX-License-Identifier: ISC */
/*
 * complaint - a line that says what is wrong, and what would be right
 *
 * Shape    "socket: /run/x: is there and is no socket; expected a path that is
 *          free"
 * Threads  any thread, at any time
 */
#ifndef MILTER_LOG_COMPLAINT_H
#define MILTER_LOG_COMPLAINT_H

#include <stdbool.h>

/*
 * Set *complaint_r, which is not freed before, to a line that the caller
 * frees, or to NULL: no memory even for that.  Always returns false, for who
 * has failed to return.
 */
bool complaint_set(char **complaint_r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Print a line on standard error, after "smimectl: "; what the daemon has to
 * say goes to log.h.
 */
void complaint_print(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* Print a line as complaint_set() makes it, NULL included, and free it. */
void complaint_pass_on(char *complaint);

#endif
