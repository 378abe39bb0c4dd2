/* SPDX-License-Identifier: ISC */
/*
 * override - an option that the command line sets, over what the file has
 *
 * Shape    "NAME=VALUE"; of a list "NAME=VALUE,VALUE", or "NAME=" for none.
 *          Options of the main file only
 * Threads  one at a time for each struct settings
 */
#ifndef MILTER_SETTINGS_OVERRIDE_H
#define MILTER_SETTINGS_OVERRIDE_H

#include "milter/settings/conferror.h"
#include "milter/settings/settings.h"

/* Set the option that text names; where it cannot be, error says why. */
void override_apply(struct settings *settings, const char *text,
    struct conferror *error);

#endif
