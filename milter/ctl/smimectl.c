/* SPDX-License-Identifier: ISC */
/*
 * smimectl - the companion of smime-milter: a table of subcommands
 */
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "milter/ctl/ctl.h"
#include "milter/log/complaint.h"
#include "smime/smime.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *words;
} commands[] = {
	{ "verify", ctl_verify, "judge messages as the milter would" },
	{ "config", ctl_config, "print the effective settings" },
	{ "collection", ctl_collection, "look at and edit collections" },
	{ "doctor", ctl_doctor, "find what breaks signatures on this host" },
	{ "status", ctl_status, "is the milter up, and with what?" },
	{ "report", ctl_report, "say what a move to the cloud would change" },
	{ "candidate", ctl_candidate,
	    "make the collection that closes the gap" },
};
enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void
usage(FILE *out)
{
	fputs("usage: smimectl COMMAND [OPTION]... [ARGUMENT]...\n\n", out);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-10s %s\n", commands[i].name,
		    commands[i].words);
	fputs("\n\"smimectl COMMAND --help\" says more; so does"
	      " smimectl(1).\n",
	    out);
}

static void
version(void)
{
	printf("smimectl %s\n%s\n", PACKAGE_VERSION,
	    OpenSSL_version(OPENSSL_VERSION));
}

int
main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "--help";

	if (strcmp(name, "--help") == 0 || strcmp(name, "help") == 0) {
		usage(argc > 1 ? stdout : stderr);
		return argc > 1 ? CTL_OK : CTL_USAGE;
	}
	if (strcmp(name, "--version") == 0) {
		version();
		return CTL_OK;
	}
	smime_init();
	/* As in the daemon: openssl.cnf must not change a verdict. */
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(name, commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	complaint_print("there is no command \"%s\"; \"smimectl --help\" lists"
			" them",
	    name);
	return CTL_USAGE;
}
