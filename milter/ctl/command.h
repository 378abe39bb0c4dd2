/* SPDX-License-Identifier: ISC */
/*
 * ctl_command - the command line: which subcommand, and with what options
 *
 * Shape    all options are read before --help counts; --help is 'h' in the
 *          table of options
 * Exit     CTL_OK after --help; CTL_USAGE: wrong usage, which is said on
 *          standard error; else what the subcommand returns
 * Threads  one thread: getopt_long() has a state
 */
#ifndef MILTER_CTL_COMMAND_H
#define MILTER_CTL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct option;

/* A subcommand, and its own struct of options, which args is. */
struct ctl_command {
	const char *letters; /* as getopt_long() has them, such as "o:" */
	const struct option *options;
	void (*usage)(FILE *out);

	/* Take one option, with optarg.  False after a complaint. */
	bool (*read)(void *args, int opt);

	/*
	 * NULL, or whether the options and the count of what follows them go
	 * together, even beside --help.  False: the usage is printed.
	 */
	bool (*check)(const void *args, size_t count);

	size_t least; /* of what follows; fewer: the usage is printed */
	int (*run)(void *args, char **rest, size_t count);
};

/* Read the options into args and run the subcommand.  Returns the status. */
int ctl_command_run(const struct ctl_command *command, int argc, char **argv,
    void *args);

/* Subcommands that stand beside each other. */
struct ctl_family {
	const char *prefix; /* before their names: "", or "collection " */
	int width;	    /* of the names, where --help lists them */
	const char *head;   /* of --help, above the list */
	const char *tail;
	const struct ctl_member {
		const char *name;
		int (*run)(int argc, char **argv); /* argv[0] is name */
		const char *words;
	} * members;
	size_t count;
};

/*
 * Find the one that argv[1] names.  NULL when it is --help, or when there is
 * none of that name, both of which have been told about; *status_r then is the
 * exit status.
 */
const struct ctl_member *ctl_family_find(const struct ctl_family *family,
    int argc, char **argv, int *status_r);

#endif
