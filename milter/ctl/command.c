/* SPDX-License-Identifier: ISC */
#include "milter/ctl/command.h"

#include <getopt.h>

#include "milter/ctl/ctl.h"

static int
misuse(const struct ctl_command *command)
{
	command->usage(stderr);
	return CTL_USAGE;
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
