/* SPDX-License-Identifier: ISC */
#include "milter/ctl/collection/collection.h"

#include <stdio.h>

#include "milter/ctl/command.h"
#include "milter/ctl/ctl.h"
#include "milter/log/log.h"

static const struct ctl_member commands[] = {
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

static const struct ctl_family family = {
	.prefix = "collection ",
	.width = 11,
	.head = "usage: smimectl collection COMMAND [OPTION]... FILE...\n\n",
	.tail = "\nFiles may be SST, PEM, DER or PKCS#7 (.p7b), or folders of"
		" such.\n\"smimectl collection COMMAND --help\" says more.\n",
	.members = commands,
	.count = sizeof(commands) / sizeof(commands[0]),
};

int
ctl_collection(int argc, char **argv)
{
	int status;
	const struct ctl_member *command =
	    ctl_family_find(&family, argc, argv, &status);

	return command != NULL ? command->run(argc - 1, argv + 1) : status;
}

void
ctl_collection_print_change(char sign, const struct certview *view)
{
	char quoted[1200];

	printf("%c %s %s%s\n", sign, view->thumbprint,
	    log_quote(quoted, sizeof(quoted), view->subject),
	    view->expired ? " (expired)" : "");
}
