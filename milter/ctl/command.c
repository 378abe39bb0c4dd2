/* SPDX-License-Identifier: ISC */
#include "milter/ctl/command.h"

#include <getopt.h>
#include <string.h>

#include "milter/ctl/ctl.h"
#include "milter/log/complaint.h"

static int
misuse(const struct ctl_command *command)
{
	command->usage(stderr);
	return CTL_USAGE;
}

static void
print_family(const struct ctl_family *family, FILE *out)
{
	fputs(family->head, out);
	for (size_t i = 0; i < family->count; i++)
		fprintf(out, "  %-*s %s\n", family->width,
		    family->members[i].name, family->members[i].words);
	fputs(family->tail, out);
}

int
ctl_command_run(const struct ctl_command *command, int argc, char **argv,
    void *args)
{
	bool help = false;
	size_t count;
	int opt;

	while ((opt = getopt_long(argc, argv, command->letters,
		    command->options, NULL)) != -1) {
		if (opt == '?')
			return misuse(command);
		if (opt == 'h')
			help = true;
		else if (!command->read(args, opt))
			return CTL_USAGE;
	}
	count = (size_t)(argc - optind);
	if (command->check != NULL && !command->check(args, count))
		return misuse(command);
	if (help) {
		command->usage(stdout);
		return CTL_OK;
	}
	if (count < command->least)
		return misuse(command);
	return command->run(args, argv + optind, count);
}

const struct ctl_member *
ctl_family_find(const struct ctl_family *family, int argc, char **argv,
    int *status_r)
{
	const char *name = argc > 1 ? argv[1] : "--help";

	if (strcmp(name, "--help") == 0 || strcmp(name, "help") == 0) {
		print_family(family, argc > 1 ? stdout : stderr);
		*status_r = argc > 1 ? CTL_OK : CTL_USAGE;
		return NULL;
	}
	for (size_t i = 0; i < family->count; i++)
		if (strcmp(name, family->members[i].name) == 0)
			return &family->members[i];
	complaint_print("there is no command \"%s%s\"; \"smimectl %s--help\""
			" lists them",
	    family->prefix, name, family->prefix);
	*status_r = CTL_USAGE;
	return NULL;
}
