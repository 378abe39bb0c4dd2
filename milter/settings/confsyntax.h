/* SPDX-License-Identifier: ISC */
/*
 * confsyntax - errors of syntax, by the option that they are at and in our
 * words
 *
 * libconfuse knows a line, but mostly not the option that stands there; what
 * it says is known by its format.  In all of these text is the whole file,
 * cleaned by conftext.h.
 *
 * Source   libconfuse 3.3, confuse.c (the formats)
 * Units    lines count from 1
 * Threads  no state of its own: any thread, at any time
 */
#ifndef MILTER_SETTINGS_CONFSYNTAX_H
#define MILTER_SETTINGS_CONFSYNTAX_H

#include <stdarg.h>

#include <confuse.h>

#include "milter/settings/conferror.h"
#include "milter/settings/conftext.h"

/* What conftext_clean() has found. */
void confsyntax_flaw(struct conferror *error, const char *text,
    const struct conftext_flaw *flaw);

/*
 * What libconfuse says of the section cfg; what we have no words for passes as
 * it is.
 */
void confsyntax_error(struct conferror *error, const char *text,
    const cfg_t *cfg, const char *format, va_list args)
    __attribute__((format(printf, 4, 0)));

/* Refuse a section that the file ends in. */
void confsyntax_end(struct conferror *error, char *text);

#endif
