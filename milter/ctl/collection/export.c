/* SPDX-License-Identifier: ISC */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "milter/collection/certfile.h"
#include "milter/collection/certpick.h"
#include "milter/collection/collection.h"
#include "milter/ctl/collection/collection.h"
#include "milter/ctl/command.h"
#include "milter/ctl/ctl.h"
#include "milter/log/complaint.h"

struct options {
	const char *out; /* NULL: standard output */
	enum certfile_format format;
	struct certpick pick;
	bool force, json;
	time_t now;
};

enum { OPT_FORMAT = 256, OPT_FORCE, OPT_AT, OPT_JSON };

static const struct option long_options[] = {
	CERTPICK_OPTIONS,
	{ "format", required_argument, NULL, OPT_FORMAT },
	{ "force", no_argument, NULL, OPT_FORCE },
	{ "at", required_argument, NULL, OPT_AT },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static void
usage(FILE *out)
{
	fputs(
	    "usage: smimectl collection export [OPTION]... FILE...\n"
	    "Write certificates of a collection in another format; the order"
	    " is kept,\nduplicates are dropped.\n\n"
	    "  --format FORMAT    pem (default), p7b, sst, or der (of one"
	    " certificate)\n"
	    "  -o OUT             the file to write; default: standard"
	    " output\n"
	    "  --force            replace it if it is there\n" CERTPICK_USAGE
	    "  --at DATE          what has expired by then; default: now\n"
	    "  --json             with -o: what was done, as one JSON object\n"
	    "  --help             this text\n\n"
	    "Only sst keeps what a collection says about a certificate, such"
	    " as \"disallowed\".\n\n"
	    "Exit status: 0 written; 1 no such certificate; 2 wrong usage,"
	    " or a file that cannot\nbe read or written.\n",
	    out);
}

static bool
read_option(void *args, int opt)
{
	struct options *options = args;

	switch (opt) {
	case 'o':
		options->out = optarg;
		return true;
	case OPT_FORMAT:
		return certfile_find(optarg, &options->format);
	case OPT_FORCE:
		return options->force = true;
	case OPT_JSON:
		return options->json = true;
	case OPT_AT:
		return ctl_read_date("--at", optarg, &options->now);
	default:
		return certpick_option(&options->pick, opt, optarg);
	}
}

static bool
save_stdout(const struct options *options, const struct buf *buf)
{
	if (options->format != CERTFILE_PEM && isatty(STDOUT_FILENO) == 1) {
		complaint_print("this format is not for a terminal; name a file"
				" with -o");
		return false;
	}
	if (fwrite(buf->data, 1, buf->len, stdout) == buf->len &&
	    fflush(stdout) == 0)
		return true;
	complaint_print("standard output cannot be written");
	return false;
}

static void
tell(const struct options *options, const struct certlist *certs)
{
	if (options->json)
		certlist_print_json(certlist_json(certs, options->out, true));
	else
		certlist_print(certs, options->out);
}

static bool
save(const struct options *options, struct outfile *file,
    const struct certlist *certs)
{
	struct buf buf;
	bool good;

	buf_init(&buf, STORE_MAX_FILE);
	good = certfile_make(&buf, options->format, certs, false);
	if (good && file == NULL)
		good = save_stdout(options, &buf);
	else if (good)
		good = certfile_save(file, &buf);
	buf_done(&buf);
	if (good)
		certfile_warn(options->format, certs);
	if (good && file != NULL)
		tell(options, certs);
	return good;
}

static int
write_out(struct options *options, const struct collection *collection,
    struct outfile *file)
{
	struct certlist certs;
	int status = CTL_BAD;

	if (!certlist_init(&certs, collection->count))
		return CTL_USAGE;
	for (size_t i = 0; i < collection->count; i++)
		if (certpick_has(&options->pick, &collection->views[i]))
			certlist_push(&certs, &collection->views[i]);
	if (!certpick_all_found(&options->pick) || certs.count == 0)
		complaint_print("nothing was written%s",
		    certs.count == 0 ? ": no such certificate" : "");
	else
		status = save(options, file, &certs) ? CTL_OK : CTL_USAGE;
	free(certs.list);
	return status;
}

static int export(void *args, char **paths, size_t count)
{
	struct options *options = args;
	struct outfile *file = NULL;
	struct collection collection;
	int status = CTL_USAGE;

	if (options->json && options->out == NULL) {
		complaint_print(
		    "export: --json tells what was written; name the"
		    " file with -o");
		return CTL_USAGE;
	}
	if (options->out != NULL) {
		file = certfile_open(options->out, options->force);
		if (file == NULL)
			return CTL_USAGE;
	}
	if (collection_read(&collection, paths, count, options->now)) {
		status = write_out(options, &collection, file);
		collection_done(&collection);
	}
	outfile_free(file);
	return status;
}

static const struct ctl_command command = {
	.letters = "o:",
	.options = long_options,
	.usage = usage,
	.read = read_option,
	.least = 1,
	.run = export,
};

int
ctl_collection_export(int argc, char **argv)
{
	struct options options = { .format = CERTFILE_PEM, .now = time(NULL) };
	int status = ctl_command_run(&command, argc, argv, &options);

	certpick_done(&options.pick);
	return status;
}
