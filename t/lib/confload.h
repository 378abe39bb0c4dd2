/* SPDX-License-Identifier: ISC */
/*
 * confload - a configuration file of one test, and the settings that it makes
 *
 * Every function fails the running test rather than return a failure.
 *
 * Threads  one thread; once it is written, any may load the file
 */
#ifndef T_LIB_CONFLOAD_H
#define T_LIB_CONFLOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "milter/settings/settings.h"

/* Fixtures: make a folder for the file; remove both. */
void confload_begin(void);
void confload_end(void);

const char *confload_folder(void);
const char *confload_path(void);

void confload_write(const char *text, size_t len);

/* Write that text and load it; it must be good. */
struct settings *confload(const char *text);

/* Without a file. */
struct settings *confload_defaults(void);

/* The file must be refused, with an error that has that text in it. */
void confload_refuses(const char *file, const char *want);

/* What settings_print() gives; the caller frees it. */
char *confload_printed(const struct settings *settings, bool changed_only);

#endif
