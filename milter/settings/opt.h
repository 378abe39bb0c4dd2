/* SPDX-License-Identifier: ISC */
/*
 * opt - the table of options: what each is called, takes and is by default
 *
 * For settings.c, which reads files and command lines; all others see struct
 * settings.  libconfuse's options, the checks, the defaults, what smimectl
 * config prints and the test of the manual come from these tables: one for the
 * file, and one for each kind of section in it.
 *
 * Units    sizes count octets; "k" and "M" stand for 1024 and 1048576
 * Threads  a constant table: any thread, at any time
 */
#ifndef MILTER_SETTINGS_OPT_H
#define MILTER_SETTINGS_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "milter/settings/settings.h"

enum opt_section {
	OPT_MAIN,   /* of struct settings */
	OPT_POLICY, /* of struct rule */
	OPT_TENANT, /* of struct tenant */
};
enum { OPT_SECTIONS = OPT_TENANT + 1 };

enum opt_kind {
	OPT_TEXT,   /* char * */
	OPT_LIST,   /* struct strings */
	OPT_YES_NO, /* bool */
	OPT_NUMBER, /* size_t */
	OPT_SIZE,   /* size_t */
	OPT_OCTAL,  /* unsigned int */
	OPT_WORD,   /* an enum or an int */
	OPT_MODE,   /* enum trust_mode */
};

struct opt_word {
	const char *text; /* NULL ends a table of them */
	int value;
};

/* Returns NULL, or what is wrong, worded to follow the text in a message. */
typedef const char *opt_check(const char *text);

struct opt {
	const char *name;
	enum opt_kind kind;
	size_t offset;	     /* in the struct of its section */
	const char *value;   /* the default, bare */
	const char *written; /* the default, as it stands in a file */
	const char *expects; /* worded to follow "expected" */
	const char *manual;  /* one line */

	opt_check *check;	      /* OPT_TEXT, items of OPT_LIST */
	const struct opt_word *words; /* OPT_WORD */
	size_t min;
	size_t max;
};

/* What opt_read() returns when memory, not the value, is at fault. */
extern const char opt_no_memory[];

/* "policy", "tenant"; NULL for OPT_MAIN. */
const char *opt_section_name(enum opt_section section);

size_t opt_count(enum opt_section section);

/* In the order of the manual; index is below opt_count(). */
const struct opt *opt_at(enum opt_section section, size_t index);

/* The option of that name[0..len), or NULL. */
const struct opt *opt_find(enum opt_section section, const char *name,
    size_t len);

/* The name that a misspelt one probably stands for, or NULL. */
const char *opt_nearest(enum opt_section section, const char *name);

/*
 * Would opt_read() take the text?  Only for OPT_TEXT and OPT_LIST.
 * Returns NULL, or what is wrong, worded to follow the text in a message.
 */
const char *opt_check_text(const struct opt *opt, const char *text);

/*
 * Set the option in the struct of its section, or add one item to a list.
 * Returns as above; the struct is untouched when something is wrong.
 */
const char *opt_read(const struct opt *opt, const char *text, void *into);

/* Write the value as opt_read() and a file would take it. */
void opt_write(const struct opt *opt, const void *from, FILE *out);

/*
 * The value as JSON: text, a list of them, a truth value, or a number (of
 * octets for a size); permissions are text.  The caller frees it.
 */
struct json_t *opt_json(const struct opt *opt, const void *from);

/* The word for a value of an OPT_WORD option; value must be in its table. */
const char *opt_word(const struct opt *opt, int value);

/* Empty a list; free what an option holds. */
void opt_clear(const struct opt *opt, void *in);

/* Set all options of a section but lists, which are empty.  NULL, or why not. */
const char *opt_set_defaults(enum opt_section section, void *in);

/* opt_clear() each option of a section. */
void opt_clear_all(enum opt_section section, void *in);

#endif
