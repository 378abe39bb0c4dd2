/* SPDX-License-Identifier: ISC */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "milter/collection/certfile.h"
#include "milter/collection/certpick.h"
#include "milter/collection/collection.h"
#include "milter/ctl/collection/collection.h"
#include "milter/ctl/command.h"
#include "milter/ctl/ctl.h"
#include "milter/log/complaint.h"

struct options {
	char *path;
	struct certpick pick;
	bool json;
	time_t now;
};

/* Who stays, and who goes. */
struct removal {
	struct certlist kept, gone;
};

enum { OPT_AT = 256, OPT_JSON };

static const struct option long_options[] = {
	CERTPICK_OPTIONS,
	{ "at", required_argument, NULL, OPT_AT },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static void
usage(FILE *out)
{
	fputs("usage: smimectl collection remove FILE.sst [OPTION]..."
	      " [THUMBPRINT]...\n"
	      "Remove certificates from a serialized store (SST).\n\n"
	      "" CERTPICK_USAGE
	      "  --at DATE          what has expired by then; default: now\n"
	      "  --json             what was done, as one JSON object\n"
	      "  --help             this text\n\n"
	      "Exit status: 0 done, or nothing has expired; 1 no such"
	      " certificate, or none would\nbe left; 2 wrong usage, or a file"
	      " that cannot be read or written.  Only 0 changes\nthe file.\n",
	    out);
}

static bool
read_option(void *args, int opt)
{
	struct options *options = args;

	switch (opt) {
	case OPT_JSON:
		return options->json = true;
	case OPT_AT:
		return ctl_read_date("--at", optarg, &options->now);
	default:
		return certpick_option(&options->pick, opt, optarg);
	}
}

/* What stands behind the file are thumbprints. */
static bool
read_rest(struct options *options, char **rest, size_t count)
{
	options->path = rest[0];
	for (size_t i = 1; i < count; i++)
		if (!certpick_option(&options->pick, CERTPICK_THUMBPRINT,
			rest[i]))
			return false;
	if (certpick_is_empty(&options->pick)) {
		usage(stderr);
		return false;
	}
	return true;
}

static bool
split(struct options *options, const struct collection *collection,
    struct removal *removal)
{
	const struct certview *view = collection->views;

	if (!certlist_init(&removal->kept, collection->count) ||
	    !certlist_init(&removal->gone, collection->count))
		return false;
	for (size_t i = 0; i < collection->count; i++, view++)
		certlist_push(certpick_has(&options->pick, view) ?
			&removal->gone :
			&removal->kept,
		    view);
	return true;
}

static void
tell_json(const struct removal *removal, const char *path)
{
	json_t *object = certlist_json(&removal->kept, path, true);
	json_t *removed = json_array();

	for (size_t i = 0; i < removal->gone.count; i++)
		json_array_append_new(removed,
		    certview_json(removal->gone.list[i]));
	json_object_set_new(object, "removed", removed);
	certlist_print_json(object);
}

static void
tell_text(const struct removal *removal, const char *path)
{
	for (size_t i = 0; i < removal->gone.count; i++)
		ctl_collection_print_change('-', removal->gone.list[i]);
	certlist_print(&removal->kept, path);
}

static void
tell(const struct options *options, const struct removal *removal)
{
	size_t marks = 0;

	for (size_t i = 0; i < removal->gone.count; i++)
		marks += removal->gone.list[i]->cert->verdict ==
		    REASON_ROOT_DISALLOWED;
	certfile_warn_marks(marks);
	if (options->json)
		tell_json(removal, options->path);
	else
		tell_text(removal, options->path);
}

/* An expiry job has nothing to do on most days. */
static int
tell_nothing(const struct options *options, const struct removal *removal)
{
	if (options->json)
		return certlist_print_json(certlist_json(&removal->kept,
			   options->path, false)) ?
		    CTL_OK :
		    CTL_USAGE;
	printf("%s: nothing to remove; not changed\n", options->path);
	return CTL_OK;
}

static int
save(const struct options *options, struct outfile *file,
    const struct removal *removal)
{
	struct buf buf;
	bool good;

	buf_init(&buf, STORE_MAX_FILE);
	good = certfile_make(&buf, CERTFILE_SST, &removal->kept, false) &&
	    certfile_save(file, &buf);
	buf_done(&buf);
	if (!good)
		return CTL_USAGE;
	tell(options, removal); /* written: the status stays 0 */
	return CTL_OK;
}

static int
write_out(struct options *options, const struct collection *collection,
    struct outfile *file)
{
	struct removal removal = { .kept.count = 0 };
	int status = CTL_USAGE;

	if (!split(options, collection, &removal)) {
		status = CTL_USAGE;
	} else if (!certpick_all_found(&options->pick)) {
		complaint_print("%s: not changed", options->path);
		status = CTL_BAD;
	} else if (removal.gone.count == 0) {
		status = tell_nothing(options, &removal);
	} else if (removal.kept.count == 0) {
		complaint_print("%s: no certificate would be left; not changed",
		    options->path);
		status = CTL_BAD;
	} else {
		status = save(options, file, &removal);
	}
	free(removal.kept.list);
	free(removal.gone.list);
	return status;
}

static int
remove_from(struct options *options)
{
	struct outfile *file = certfile_open(options->path, true);
	struct collection collection;
	int status = CTL_USAGE;

	if (file == NULL)
		return CTL_USAGE;
	if (collection_is_sst(options->path) &&
	    collection_read(&collection, &options->path, 1, options->now)) {
		status = write_out(options, &collection, file);
		collection_done(&collection);
	}
	outfile_free(file);
	return status;
}

static int
run(void *args, char **rest, size_t count)
{
	struct options *options = args;

	return read_rest(options, rest, count) ? remove_from(options) :
						 CTL_USAGE;
}

static const struct ctl_command command = {
	.letters = "",
	.options = long_options,
	.usage = usage,
	.read = read_option,
	.least = 1,
	.run = run,
};

int
ctl_collection_remove(int argc, char **argv)
{
	struct options options = { .now = time(NULL) };
	int status = ctl_command_run(&command, argc, argv, &options);

	certpick_done(&options.pick);
	return status;
}
