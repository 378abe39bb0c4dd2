/* SPDX-License-Identifier: ISC */
/*
 * line - the lines of a part, whatever ends them
 *
 * Shape    a line ends with CRLF, with LF, or with the part
 * Threads  no state of its own: any thread, at any time
 */
#ifndef MILTER_CTL_FORENSIC_LINE_H
#define MILTER_CTL_FORENSIC_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct line {
	const uint8_t *at; /* borrowed */
	size_t len;	   /* without the end of line, */
	size_t eol;	   /* which has 0, 1 or 2 octets */
};

/*
 * Find the line at octets[*at..len) and move *at behind it.  False when
 * nothing is left; *line_r is untouched then.
 */
bool line_next(const uint8_t *octets, size_t len, size_t *at,
    struct line *line_r);

/* The octets of the end of line that octets[0..at) ends with: 0, 1 or 2. */
size_t line_eol_before(const uint8_t *octets, size_t at);

#endif
