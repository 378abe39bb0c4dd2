/* SPDX-License-Identifier: ISC */
/*
 * conffile - read a configuration file with libconfuse
 *
 * To libconfuse all values are text; which options there are, and what their
 * values are, opt.h and optvalue.h tell.
 *
 * Shape    see settings.h
 * Limits   a file 1 MiB, the name of a section 64 letters, digits, "-", "_"
 *          and "."
 * Threads  any thread, at any time; libconfuse has globals, and so one file is
 *          read after another
 */
#ifndef MILTER_SETTINGS_CONFFILE_H
#define MILTER_SETTINGS_CONFFILE_H

#include "milter/settings/conferror.h"
#include "milter/settings/settings.h"

/*
 * Set all that the file of that path has, over what settings have, and add its
 * sections to them.  Where that cannot be, error, whose source is the path,
 * says why, and settings are half made.
 */
void conffile_read(struct settings *settings, const char *path,
    struct conferror *error);

#endif
