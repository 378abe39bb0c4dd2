/* SPDX-License-Identifier: ISC */
/*
 * settings_print - settings as a file that would yield them, or as JSON
 *
 * Shape    as in smime-milter.conf; the JSON is an object of names and values,
 *          in which "policy" and "tenant" are lists of such objects, each with
 *          its "name"
 * Units    sizes count octets
 * Threads  no state of its own: any thread, at any time
 */
#ifndef MILTER_SETTINGS_SETTINGS_PRINT_H
#define MILTER_SETTINGS_SETTINGS_PRINT_H

#include <stdbool.h>
#include <stdio.h>

#include "milter/settings/settings.h"

/*
 * Print "name = value" lines, and sections after them, quoted so that
 * settings_load() reads them back; with changed_only just those that differ
 * from the default.
 */
void settings_print(const struct settings *settings, bool changed_only,
    FILE *out);

/*
 * The same for one option.  False when there is none of that name; *nearest_r
 * is then what a misspelt one probably stands for, or NULL.
 */
bool settings_print_one(const struct settings *settings, const char *name,
    FILE *out, const char **nearest_r);

/* One JSON object of names and values.  NULL: out of memory. */
struct json_t *settings_json(const struct settings *settings,
    bool changed_only);

#endif
