/* SPDX-License-Identifier: ISC */
/*
 * ctl - what the subcommands of smimectl share
 *
 * Room     smimectl.c finds the subcommand NAME in NAME.c, command.h reads its
 *          command line.  Whatever it knows comes from the rooms below;
 *          forensic/ and collection/ are rooms of their own.
 * Shape    each subcommand has argc and argv as main() has them, argv[0] is
 *          its name, and returns an enum ctl_exit
 * Exit     CTL_OK and the others; each subcommand's manual says which
 * Threads  one thread
 */
#ifndef MILTER_CTL_CTL_H
#define MILTER_CTL_CTL_H

#include <stdbool.h>
#include <time.h>

#include "milter/settings/settings.h"

enum ctl_exit {
	CTL_OK = 0,
	CTL_BAD = 1,	 /* the answer is no */
	CTL_USAGE = 2,	 /* wrong usage, or input that cannot be read */
	CTL_NONE = 3,	 /* there was nothing to judge */
	CTL_CONFIG = 78, /* EX_CONFIG: the configuration is wrong */
};

/* argv[0] is the subcommand's name. */
int ctl_verify(int argc, char **argv);
int ctl_config(int argc, char **argv);
int ctl_collection(int argc, char **argv);
int ctl_doctor(int argc, char **argv);
int ctl_status(int argc, char **argv);
int ctl_report(int argc, char **argv);
int ctl_candidate(int argc, char **argv);

/* path, else the default file where there is one, else NULL. */
const char *ctl_settings_path(const char *path);

/*
 * Load the settings from there, or the built-in defaults.  NULL after a
 * complaint, which is the bare line of settings_load().
 */
struct settings *ctl_settings(const char *path,
    const struct overrides *overrides);

/* Write out standard output.  False after a complaint: some of it is lost. */
bool ctl_flush(void);

/*
 * Read a time of RFC 3339; the second one also reads a date, which begins at
 * midnight, UTC.  False after a complaint that names the option.
 */
bool ctl_read_time(const char *option, const char *text, time_t *time_r);
bool ctl_read_date(const char *option, const char *text, time_t *time_r);

/* Read a decimal number.  False after a complaint that says the range. */
bool ctl_read_number(const char *option, const char *text, unsigned int least,
    unsigned int most, unsigned int *number_r);

#endif
