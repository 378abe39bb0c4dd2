/* SPDX-License-Identifier: ISC */
/*
 * optvalue - the value of an option, read, written and freed by its kind
 *
 * Shape    as a file has it: a text, or an item of a list; "yes" and "no", as
 *          libconfuse reads them; digits, after which a size may have "k" or
 *          "M"; a word of the table
 * Units    sizes count octets; "k" and "M" stand for 1024 and 1048576
 * Threads  no state of its own: any thread, at any time
 */
#ifndef MILTER_SETTINGS_OPTVALUE_H
#define MILTER_SETTINGS_OPTVALUE_H

#include <stdio.h>

#include "milter/settings/opt.h"

/* What optvalue_read() returns when memory, not the value, is at fault. */
extern const char optvalue_no_memory[];

/*
 * Would optvalue_read() take the text?  Only for OPT_TEXT and OPT_LIST.
 * Returns NULL, or what is wrong, worded to follow the text in a message.
 */
const char *optvalue_check(const struct opt *opt, const char *text);

/*
 * Set the option in the struct of its section, or add one item to a list.
 * Returns as above; the struct is untouched when something is wrong.
 */
const char *optvalue_read(const struct opt *opt, const char *text, void *into);

/* Write the value as optvalue_read() and a file would take it. */
void optvalue_write(const struct opt *opt, const void *from, FILE *out);

/*
 * The value as JSON: text, a list of them, a truth value, or a number (of
 * octets for a size); permissions are text.  The caller frees it.
 */
struct json_t *optvalue_json(const struct opt *opt, const void *from);

/* Empty a list; free what an option holds. */
void optvalue_clear(const struct opt *opt, void *in);

/* Set all options of a section but lists, which are empty.  NULL, or why not. */
const char *optvalue_set_defaults(enum opt_section section, void *in);

/* optvalue_clear() each option of a section. */
void optvalue_clear_all(enum opt_section section, void *in);

#endif
