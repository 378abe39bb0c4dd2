/* SPDX-License-Identifier: ISC */
/*
 * smimectl - the companion of smime-milter: a table of subcommands
 */
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "milter/ctl/command.h"
#include "milter/ctl/ctl.h"
#include "smime/smime.h"

static const struct ctl_member commands[] = {
	{ "verify", ctl_verify, "judge messages as the milter would" },
	{ "config", ctl_config, "print the effective settings" },
	{ "collection", ctl_collection, "look at and edit collections" },
	{ "doctor", ctl_doctor, "find what breaks signatures on this host" },
	{ "status", ctl_status, "is the milter up, and with what?" },
	{ "report", ctl_report, "say what a move to the cloud would change" },
	{ "candidate", ctl_candidate,
	    "make the collection that closes the gap" },
};

static const struct ctl_family family = {
	.prefix = "",
	.width = 10,
	.head = "usage: smimectl COMMAND [OPTION]... [ARGUMENT]...\n\n",
	.tail = "\n\"smimectl COMMAND --help\" says more; so does"
		" smimectl(1).\n",
	.members = commands,
	.count = sizeof(commands) / sizeof(commands[0]),
};

static void
version(void)
{
	printf("smimectl %s\n%s\n", PACKAGE_VERSION,
	    OpenSSL_version(OPENSSL_VERSION));
}

int
main(int argc, char **argv)
{
	const struct ctl_member *command;
	int status;

	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		version();
		return CTL_OK;
	}
	command = ctl_family_find(&family, argc, argv, &status);
	if (command == NULL)
		return status;
	smime_init();
	/* As in the daemon: openssl.cnf must not change a verdict. */
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	return command->run(argc - 1, argv + 1);
}
