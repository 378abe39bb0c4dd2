/* SPDX-License-Identifier: ISC */
#include "milter/ctl/collection/collection.h"

#include <stdio.h>
#include <string.h>

#include "milter/ctl/ctl.h"
#include "milter/log/complaint.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *words;
} commands[] = {
	{ "list", ctl_collection_list, "show what is in a collection" },
	{ "create", ctl_collection_create, "make one from certificates" },
	{ "add", ctl_collection_add, "put certificates into one" },
	{ "remove", ctl_collection_remove, "take certificates out of one" },
	{ "export", ctl_collection_export, "write it in another format" },
	{ "lint", ctl_collection_lint, "say what is wrong with one" },
	{ "diff", ctl_collection_diff, "compare two collections" },
	{ "import-ldap", ctl_collection_import_ldap,
	    "take users' certificates from a directory" },
	{ "import-ldif", ctl_collection_import_ldif,
	    "take users' certificates from a dump of one" },
};
enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void
usage(FILE *out)
{
	fputs("usage: smimectl collection COMMAND [OPTION]... FILE...\n\n",
	    out);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-11s %s\n", commands[i].name,
		    commands[i].words);
	fputs("\nFiles may be SST, PEM, DER or PKCS#7 (.p7b), or folders of"
	      " such.\n\"smimectl collection COMMAND --help\" says more.\n",
	    out);
}

int
ctl_collection(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "--help";

	if (strcmp(name, "--help") == 0 || strcmp(name, "help") == 0) {
		usage(argc > 1 ? stdout : stderr);
		return argc > 1 ? CTL_OK : CTL_USAGE;
	}
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(name, commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	complaint_print("there is no command \"collection %s\"; \"smimectl"
			" collection --help\" lists them",
	    name);
	return CTL_USAGE;
}
