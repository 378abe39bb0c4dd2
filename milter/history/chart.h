/* SPDX-License-Identifier: ISC */
/*
 * chart - pictures as inline SVG, for a page of HTML
 *
 * Shape    each is one <svg role="img"> with <title> and <desc>, CHART_WIDTH
 *          units wide, that scales to what is around it.  Colours come from
 *          the page's classes (see report_html.c), so that light, dark and
 *          print are its matter; series differ in dash and position, too.
 * Limits   CHART_MAX_POINTS points of a line, CHART_MAX_BARS bars; callers
 *          put more than that together
 * Threads  any thread, at any time
 */
#ifndef MILTER_HISTORY_CHART_H
#define MILTER_HISTORY_CHART_H

#include <stddef.h>
#include <stdio.h>

enum { CHART_WIDTH = 480, CHART_MAX_POINTS = 120, CHART_MAX_BARS = 24 };

struct chart_text {
	const char *id;	   /* of this page; letters only */
	const char *title; /* short */
	const char *desc;  /* what one would see, in a sentence */
};

/* One place on the x axis. */
struct chart_point {
	const char *label; /* shown where there is room; may be NULL */
	size_t values[2];
};

/* Text of a page or a picture, with all that HTML could read as markup
 * escaped, and without control characters. */
void chart_escape(FILE *out, const char *text);

/*
 * Two lines over time; the room between them is filled.  names are those of
 * the two series.
 */
void chart_lines(FILE *out, const struct chart_text *text,
    const char *const names[2], const struct chart_point *points, size_t count);

/* values[0] of each point as bars, next to each other, with the number. */
void chart_steps(FILE *out, const struct chart_text *text,
    const struct chart_point *points, size_t count);

/* values[0] as bars that lie, one below the other, with its label above. */
void chart_bars(FILE *out, const struct chart_text *text,
    const struct chart_point *points, size_t count);

/* Both values as pairs of bars. */
void chart_pairs(FILE *out, const struct chart_text *text,
    const char *const names[2], const struct chart_point *points, size_t count);

#endif
