/* SPDX-License-Identifier: ISC */
/*
 * conftext - make a configuration file safe for libconfuse
 *
 * libconfuse 3.3 miscounts lines after any comment, takes a comment inside a
 * list for a value, and passes over in silence an unclosed comment, a stray
 * "*", octets it does not know, and a section that does not end.  So comments
 * are blanked out beforehand, line for line, and what it would misread is
 * refused.
 *
 * Shape    comments begin with "#", with "//" or are between slash-star and
 *          star-slash; strings are in double or single quotes, on one line
 * Units    lines count from 1
 * Threads  pure: any thread, at any time
 */
#ifndef MILTER_SETTINGS_CONFTEXT_H
#define MILTER_SETTINGS_CONFTEXT_H

#include <stdbool.h>
#include <stddef.h>

struct conftext_flaw {
	size_t line;
	const char *what;     /* what is wrong */
	const char *expected; /* what would be right */
};

/*
 * Blank the comments of text[0..len), and a UTF-8 byte order mark, in place.
 * False when something in it would be misread: *flaw_r says what and where.
 */
bool conftext_clean(char *text, size_t len, struct conftext_flaw *flaw_r);

/*
 * The line of the brace that is open at the end of text[0..len), which has
 * been cleaned; 0: there is none.  libconfuse takes the end of the file for
 * the end of a section.
 */
size_t conftext_find_open(char *text, size_t len);

#endif
