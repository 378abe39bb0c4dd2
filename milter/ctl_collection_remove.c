/* SPDX-License-Identifier: ISC */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "certfile.h"
#include "certpick.h"
#include "collection.h"
#include "ctl.h"
#include "ctl_collection.h"
#include "log.h"

struct options {
	char *path;
	struct certpick pick;
	bool help;
	time_t now;
};

/* Who stays, and who goes. */
struct removal {
	struct certlist kept, gone;
};

enum { OPT_AT = 256 };

static const struct option long_options[] = {
	CERTPICK_OPTIONS,
	{ "at", required_argument, NULL, OPT_AT },
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
	      "  --help             this text\n\n"
	      "Exit status: 0 done, or nothing has expired; 1 no such"
	      " certificate, or none would\nbe left; 2 wrong usage, or a file"
	      " that cannot be read or written.  Only 0 changes\nthe file.\n",
	    out);
}

static bool
read_options(struct options *options, int argc, char **argv)
{
	int opt;

	while ((opt = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (opt == 'h')
			return options->help = true;
		if (opt == '?') {
			usage(stderr);
			return false;
		}
		if (opt == OPT_AT ?
			!ctl_read_date("--at", optarg, &options->now) :
			!certpick_option(&options->pick, opt, optarg))
			return false;
	}
	if (optind < argc)
		options->path = argv[optind++];
	for (; optind < argc; optind++)
		if (!certpick_option(&options->pick, CERTPICK_THUMBPRINT,
			argv[optind]))
			return false;
	if (options->path == NULL || certpick_is_empty(&options->pick)) {
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

/* What is disallowed here, no other store may vouch for: a mark protects. */
static void
tell(const struct removal *removal, const char *path)
{
	size_t marks = 0;
	const struct certview *view;
	char quoted[1200], words[120];

	for (size_t i = 0; i < removal->gone.count; i++) {
		view = removal->gone.list[i];
		marks += view->cert->verdict == REASON_ROOT_DISALLOWED;
		printf("- %s %s%s\n", view->thumbprint,
		    log_quote(quoted, sizeof(quoted), view->subject),
		    view->expired ? " (expired)" : "");
	}
	if (marks > 0)
		ctl_complain("warning: %zu of them were marked as disallowed;"
			     " without the mark, the local store may vouch"
			     " for their authorities",
		    marks);
	certlist_describe(&removal->kept, words, sizeof(words));
	printf("%s: %s\n", path, words);
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
	tell(removal, options->path);
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
		ctl_complain("%s: not changed", options->path);
		status = CTL_BAD;
	} else if (removal.gone.count == 0) {
		ctl_complain("%s: nothing to remove; not changed",
		    options->path);
		status = CTL_OK;
	} else if (removal.kept.count == 0) {
		ctl_complain("%s: no certificate would be left; not changed",
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

int
ctl_collection_remove(int argc, char **argv)
{
	struct options options = { .now = time(NULL) };
	int status = CTL_USAGE;

	if (read_options(&options, argc, argv)) {
		if (options.help)
			usage(stdout);
		status = options.help ? CTL_OK : remove_from(&options);
	}
	certpick_done(&options.pick);
	return status;
}
