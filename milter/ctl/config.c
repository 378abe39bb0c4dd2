/* SPDX-License-Identifier: ISC */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "milter/ctl/command.h"
#include "milter/ctl/ctl.h"
#include "milter/log/complaint.h"
#include "milter/settings/settings.h"
#include "milter/settings/settings_print.h"

struct options {
	const char *path;
	bool changed_only;
	bool json;
	char **names; /* borrowed from argv, name_count of them; none: all */
	size_t name_count;
	const char **list; /* owned; one room for each argument */
	struct overrides overrides;
};

enum { OPT_JSON = 256 };

static const struct option long_options[] = {
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static void
usage(FILE *out)
{
	fprintf(out,
	    "usage: smimectl config [-c FILE] [-n] [-o NAME=VALUE]..."
	    " [--json] [NAME]...\n"
	    "Print the effective settings, or those named.\n\n"
	    "  -c FILE        the configuration (default: %s)\n"
	    "  -n             only what differs from the default\n"
	    "  -o NAME=VALUE  set an option for this run\n"
	    "  --json         one JSON object\n"
	    "  --help         this text\n\n"
	    "Exit status: 0 it is good; 2 wrong usage; 78 it is wrong, and"
	    " where.\n",
	    settings_default_path());
}

static bool
read_option(void *args, int opt)
{
	struct options *options = args;

	if (opt == 'c')
		options->path = optarg;
	else if (opt == 'n')
		options->changed_only = true;
	else if (opt == 'o')
		options->list[options->overrides.count++] = optarg;
	else if (opt == OPT_JSON)
		options->json = true;
	return true;
}

static bool
check_options(const void *args, size_t count)
{
	const struct options *options = args;

	if (options->json && count > 0) {
		complaint_print("config: --json prints all options; no NAME can"
				" be chosen");
		return false;
	}
	return true;
}

static int
print_names(const struct options *options, const struct settings *settings)
{
	const char *nearest;

	for (size_t i = 0; i < options->name_count; i++) {
		const char *name = options->names[i];

		if (settings_print_one(settings, name, stdout, &nearest))
			continue;
		complaint_print("config: %s: no such option; expected %s", name,
		    nearest != NULL ? nearest :
				      "a name from smime-milter.conf(5)");
		return CTL_USAGE;
	}
	return CTL_OK;
}

static int
print_json(const struct options *options, const struct settings *settings)
{
	json_t *object = settings_json(settings, options->changed_only);

	json_dumpf(object, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(object);
	return CTL_OK;
}

static int
print(const struct options *options, const struct settings *settings)
{
	if (options->json)
		return print_json(options, settings);
	if (options->name_count > 0)
		return print_names(options, settings);
	settings_print(settings, options->changed_only, stdout);
	return CTL_OK;
}

static int
run(void *args, char **names, size_t count)
{
	struct options *options = args;
	struct settings *settings;
	int status;

	options->overrides.list = options->list;
	options->names = names;
	options->name_count = count;
	settings = ctl_settings(options->path, &options->overrides);
	if (settings == NULL)
		return CTL_CONFIG;
	status = print(options, settings);
	settings_unref(settings);
	return status;
}

static const struct ctl_command command = {
	.letters = "c:no:",
	.options = long_options,
	.usage = usage,
	.read = read_option,
	.check = check_options,
	.run = run,
};

int
ctl_config(int argc, char **argv)
{
	struct options options = {
		.list = calloc((size_t)argc, sizeof(const char *)),
	};
	int status = CTL_USAGE;

	if (options.list == NULL)
		complaint_print("out of memory");
	else
		status = ctl_command_run(&command, argc, argv, &options);
	free(options.list);
	return status;
}
