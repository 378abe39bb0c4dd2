/* SPDX-License-Identifier: ISC */
/*
 * record - a verdict as a JSON object
 *
 * Shape    the object that smimectl verify --json prints.  Every key is
 *          always there; what is unknown is null.
 * Threads  any thread, at any time; record_print() by one at a time
 */
#ifndef MILTER_HEADER_RECORD_H
#define MILTER_HEADER_RECORD_H

#include <stdbool.h>
#include <time.h>

#include <jansson.h>

#include "smime/smime.h"

/*
 * file may be any octets; header is the field's value on one line, or NULL.
 * The caller gives the object back with json_decref().  NULL: out of memory.
 */
json_t *record_new(const char *file, const char *header,
    const struct verdict *verdict);

/*
 * A string, or null for NULL.  Octets that are not UTF-8 are replaced.  As
 * above.
 */
json_t *record_text(const char *octets);

/*
 * Print any object on a line of standard output and give it back.  False: it
 * is NULL, or it cannot be written.
 */
bool record_print(json_t *object);

/* RFC 3339 in UTC, "2026-01-02T03:04:05Z". */
void record_time(time_t when, char out[static 32]);

#endif
