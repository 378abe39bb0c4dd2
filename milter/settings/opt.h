/* SPDX-License-Identifier: ISC */
/*
 * opt - the options: what each is called, takes and is by default
 *
 * libconfuse's options, the checks, the defaults, what smimectl config prints
 * and the test of the manual come from three tables, a row for each option:
 * opt_main.c for the main file, opt_policy.c and opt_tenant.c for its sections.
 * Here a row is found; optvalue.h does with it what its kind asks for.  All
 * outside of this room see struct settings.
 *
 * Units    sizes count octets
 * Threads  constant tables: any thread, at any time
 */
#ifndef MILTER_SETTINGS_OPT_H
#define MILTER_SETTINGS_OPT_H

#include <stddef.h>

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

/* "policy", "tenant"; NULL for OPT_MAIN. */
const char *opt_section_name(enum opt_section section);

/* The section that name[0..len) begins; OPT_MAIN: none. */
enum opt_section opt_section_named(const char *name, size_t len);

size_t opt_count(enum opt_section section);

/* In the order of the manual; index is below opt_count(). */
const struct opt *opt_at(enum opt_section section, size_t index);

/* The option of that name[0..len), or NULL. */
const struct opt *opt_find(enum opt_section section, const char *name,
    size_t len);

/* The name that a misspelt one probably stands for, or NULL. */
const char *opt_nearest(enum opt_section section, const char *name);

/* The word for a value of an OPT_WORD option; value must be in its table. */
const char *opt_word(const struct opt *opt, int value);

#endif
