/* SPDX-License-Identifier: ISC */
/*
 * optrow - how a row of the tables of options is written
 *
 * For opt_main.c, opt_policy.c and opt_tenant.c, one table each, and for
 * opt.c, which finds a row in them.  The names of macros are short, because
 * nobody else includes this.
 *
 * Shape    { .name = "max-depth", NUMBER(limits.max_depth, "20", 1, 100),
 *          .manual = "Levels of MIME and CMS nesting." },
 *          with .check and .expects where the macro does not give them
 * Units    sizes count octets
 * Threads  constant tables: any thread, at any time
 */
#ifndef MILTER_SETTINGS_OPTROW_H
#define MILTER_SETTINGS_OPTROW_H

#include <stddef.h>

#include "milter/settings/opt.h"

struct opt_table {
	const char *name; /* of the section; NULL for the main file */
	const struct opt *rows;
	size_t count;
};

extern const struct opt_table opt_main;
extern const struct opt_table opt_policy;
extern const struct opt_table opt_tenant;

#define TABLE(n, r)                                                            \
	{                                                                      \
		n, r, sizeof(r) / sizeof((r)[0])                               \
	}

/*
 * What rows of one kind have in common.  Each table defines IN, the struct of
 * its section.
 */
#define VALUE(k, m, v, w)                                                      \
	.kind = k, .offset = offsetof(struct IN, m), .value = v, .written = w
#define QUOTED(k, m, v) VALUE(k, m, v, "\"" v "\"")
#define TEXT(m, v)	QUOTED(OPT_TEXT, m, v)
#define LIST(m)		VALUE(OPT_LIST, m, "", "{}")
#define YES_NO(m, v)	VALUE(OPT_YES_NO, m, v, v), .expects = "yes or no"
#define NUMBER(m, v, lo, hi)                                                   \
	VALUE(OPT_NUMBER, m, v, v), .min = lo, .max = hi,                      \
				    .expects = "a number from " #lo " to " #hi
#define SIZE(m, v, lo)                                                         \
	VALUE(OPT_SIZE, m, v, v),                                              \
	    .min = lo, .max = (size_t)4095 * 1024 * 1024,                      \
	    .expects = "a size from " #lo " to 4095M, such as 64k or 10M"
#define WORD(m, v, w) QUOTED(OPT_WORD, m, v), .words = w
#define DOMAINS(m)                                                             \
	LIST(m), .check = optcheck_domain,                                     \
		 .expects = "a domain, such as example.org, .example.org or "  \
			    "=example.org, * or @/FILE"

#endif
