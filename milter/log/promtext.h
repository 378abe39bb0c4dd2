/* SPDX-License-Identifier: ISC */
/*
 * promtext - lines that Prometheus reads
 *
 * Source   Prometheus, "Exposition formats", text format 0.0.4
 * Limits   a label's value PROMTEXT_MAX_LABEL octets; what is longer is cut
 * Threads  no state of its own: any thread, at any time
 */
#ifndef MILTER_LOG_PROMTEXT_H
#define MILTER_LOG_PROMTEXT_H

#include <stdio.h>

/* As long as a path can be: what names a file names no other. */
enum { PROMTEXT_MAX_LABEL = 4095 };

/*
 * What a family of samples is.  type is "counter", "gauge" or "histogram";
 * help has no line feed.
 */
void promtext_family(FILE *out, const char *name, const char *type,
    const char *help);

/*
 * NAME="VALUE", without braces and commas.  In the value, which may come from
 * outside, '"', '\\' and line feeds are escaped, and other control characters
 * and octets that are not UTF-8 become "?".
 */
void promtext_label(FILE *out, const char *name, const char *value);

#endif
