/* SPDX-License-Identifier: ISC */
/*
 * cfline - the logical lines of a configuration file of an MTA
 *
 * Shape    A line whose first character is "#", and one with nothing but
 *          white space before it, is a comment; a line that begins with white
 *          space continues the one before; comments and empty lines in
 *          between do not end it.  A carriage return before the line feed is
 *          dropped.
 * Source   postconf(5) DESCRIPTION; Sendmail Installation and Operation
 *          Guide 5
 * Units    lines count from 1
 * Limits   CFLINE_MAX_TEXT octets of text, CFLINE_MAX_LINE of a logical line
 * Threads  one scan belongs to one thread
 */
#ifndef MILTER_DOCTOR_CFLINE_H
#define MILTER_DOCTOR_CFLINE_H

#include <stdbool.h>
#include <stddef.h>

enum { CFLINE_MAX_TEXT = 4 * 1024 * 1024, CFLINE_MAX_LINE = 64 * 1024 };

struct cfline;

/* The text is borrowed until cfline_free(). */
struct cfline *cfline_new(const char *text, size_t len);

/*
 * The next logical line, which ends with NUL and is good until the next
 * call; *line_r is where it begins.  NULL at the end, and at a flaw.
 */
char *cfline_next(struct cfline *scan, size_t *line_r);

/*
 * What ended the scan early, worded to follow "FILE:LINE: ", and where; NULL
 * when nothing did.
 */
const char *cfline_flaw(const struct cfline *scan, size_t *line_r);

/* Takes NULL. */
void cfline_free(struct cfline *scan);

#endif
