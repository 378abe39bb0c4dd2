/* SPDX-License-Identifier: ISC */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "ctl.h"
#include "settings.h"

struct options {
	const char *path;
	bool changed_only;
	bool help;
	const char **list; /* owned; one room for each argument */
	struct overrides overrides;
};

static const struct option long_options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static void
usage(FILE *out)
{
	fprintf(out,
	    "usage: smimectl config [-c FILE] [-n] [-o NAME=VALUE]...\n"
	    "Print the effective settings.\n\n"
	    "  -c FILE        the configuration (default: %s)\n"
	    "  -n             only what differs from the default\n"
	    "  -o NAME=VALUE  set an option for this run\n"
	    "  --help         this text\n",
	    settings_default_path());
}

static bool
read_options(struct options *options, int argc, char **argv)
{
	int opt;

	while ((opt = getopt_long(argc, argv, "c:no:", long_options, NULL)) !=
	    -1) {
		if (opt == 'c')
			options->path = optarg;
		else if (opt == 'n')
			options->changed_only = true;
		else if (opt == 'o')
			options->list[options->overrides.count++] = optarg;
		else if (opt == 'h')
			options->help = true;
		else
			return false;
	}
	options->overrides.list = options->list;
	return optind == argc;
}

static int
run(const struct options *options)
{
	struct settings *settings;

	settings = ctl_settings(options->path, &options->overrides);
	if (settings == NULL)
		return CTL_CONFIG;
	settings_print(settings, options->changed_only, stdout);
	settings_unref(settings);
	return CTL_OK;
}

int
ctl_config(int argc, char **argv)
{
	struct options options = {
		.list = calloc((size_t)argc, sizeof(const char *)),
	};
	int status = CTL_USAGE;

	if (options.list == NULL) {
		ctl_complain("out of memory");
	} else if (!read_options(&options, argc, argv)) {
		usage(stderr);
	} else if (options.help) {
		usage(stdout);
		status = CTL_OK;
	} else {
		status = run(&options);
	}
	free(options.list);
	return status;
}
