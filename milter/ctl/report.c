/* SPDX-License-Identifier: ISC */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "milter/collection/collection.h"
#include "milter/collection/outfile.h"
#include "milter/ctl/command.h"
#include "milter/ctl/ctl.h"
#include "milter/ctl/history.h"
#include "milter/history/report.h"
#include "milter/log/complaint.h"

enum { OPT_JSON = 256, OPT_CSV, OPT_HTML, OPT_POLICY, OPT_WITH, OPT_TIME };
enum { DEFAULT_DAYS = 90, MAX_DAYS = 36500 };

struct options {
	bool json;
	bool csv;
	const char *html; /* path, or "-" */
	const char *policy;
	char **with; /* owned list of borrowed paths */
	size_t with_count;
	time_t time;
	unsigned int days;
};

static const struct option long_options[] = {
	{ "json", no_argument, NULL, OPT_JSON },
	{ "csv", no_argument, NULL, OPT_CSV },
	{ "html", required_argument, NULL, OPT_HTML },
	{ "policy", required_argument, NULL, OPT_POLICY },
	{ "with", required_argument, NULL, OPT_WITH },
	{ "time", required_argument, NULL, OPT_TIME },
	{ "days", required_argument, NULL, 'd' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static void
usage(FILE *out)
{
	fputs(
	    "usage: smimectl report [OPTION]... HISTORY...\n"
	    "Say what a move to Exchange Online would change, from histories"
	    " of any\nnumber of hosts, plain or compressed with gzip.\n\n"
	    "  --json          one JSON object\n"
	    "  --csv           a table for spreadsheets\n"
	    "  --html FILE     a page with pictures; \"-\" is standard output\n"
	    "  --with FILE     with another collection; may be given several"
	    " times\n"
	    "  --policy NAME   also who is hit by that policy\n"
	    "  --days N        what expires within so many days (90)\n"
	    "  --time RFC3339  as of then, such as 2026-01-31T12:00:00Z\n"
	    "  --help          this text\n\n"
	    "Exit status: 0 there is a report; 2 wrong usage, or a file that"
	    " cannot be\nread or written.  Bad lines are told and passed"
	    " over.\n",
	    out);
}

static bool
read_option(void *args, int opt)
{
	struct options *options = args;

	switch (opt) {
	case OPT_JSON:
		options->json = true;
		return true;
	case OPT_CSV:
		options->csv = true;
		return true;
	case OPT_HTML:
		options->html = optarg;
		return true;
	case OPT_POLICY:
		options->policy = optarg;
		return true;
	case OPT_WITH:
		options->with[options->with_count++] = optarg;
		return true;
	case OPT_TIME:
		return ctl_read_time("--time", optarg, &options->time);
	case 'd':
		return ctl_read_number("--days", optarg, 0, MAX_DAYS,
		    &options->days);
	default:
		return false;
	}
}

static bool
check(const struct options *options, size_t count)
{
	if (options->json && options->csv) {
		complaint_print("--json and --csv exclude each other");
		return false;
	}
	if ((options->json || options->csv) && options->html != NULL &&
	    strcmp(options->html, "-") == 0) {
		complaint_print(
		    "--html - and --json or --csv exclude each other:"
		    " standard output holds one of them");
		return false;
	}
	return ctl_history_is_named(count);
}

/* The page, whole or not at all. */
static bool
write_page(const struct report *report, const char *path)
{
	struct outfile *file = NULL;
	char *text = NULL, *error = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	bool good;

	if (out == NULL)
		return false;
	report_html(report, out);
	good = fclose(out) == 0;
	if (good)
		file = outfile_open(path, true, &error);
	good = file != NULL &&
	    outfile_commit(file, (const uint8_t *)text, len, &error);
	if (!good)
		complaint_pass_on(error);
	outfile_free(file);
	free(text);
	return good;
}

static bool
write_report(const struct options *options, const struct report *report)
{
	bool to_file = options->html != NULL && strcmp(options->html, "-") != 0;

	if (to_file && !write_page(report, options->html))
		return false;
	if (options->json)
		report_json(report, stdout);
	else if (options->csv)
		report_csv(report, stdout);
	else if (options->html == NULL)
		report_text(report, stdout);
	else if (!to_file)
		report_html(report, stdout);
	return ctl_flush();
}

static bool
run(const struct options *options, const struct ctl_history *history,
    const struct store *with)
{
	struct gap *gap = gap_new(history->tally, with);
	struct report report = { .tally = history->tally,
		.gap = gap,
		.now = options->time,
		.horizon = options->days,
		.files = history->files,
		.lines = history->lines,
		.bad_lines = history->bad_lines,
		.policy = options->policy,
		.with = with != NULL ? options->with[0] : NULL };
	bool good;

	report_prepare(&report);
	good = write_report(options, &report);
	report_done(&report);
	gap_free(gap);
	return good;
}

static int
report(void *args, char **files, size_t count)
{
	const struct options *options = args;
	struct collection with = { .store = NULL };
	struct ctl_history history;
	bool good;

	if (!check(options, count))
		return CTL_USAGE;
	if (options->with_count > 0 &&
	    !collection_read(&with, options->with, options->with_count,
		options->time))
		return CTL_USAGE;
	good = ctl_history_read(&history, files, count);
	good = run(options, &history, with.store) && good;
	ctl_history_done(&history);
	if (options->with_count > 0)
		collection_done(&with);
	return good ? CTL_OK : CTL_USAGE;
}

static const struct ctl_command command = {
	.letters = "",
	.options = long_options,
	.usage = usage,
	.read = read_option,
	.run = report,
};

int
ctl_report(int argc, char **argv)
{
	struct options options = { .days = DEFAULT_DAYS,
		.time = time(NULL),
		.with = calloc((size_t)argc, sizeof(char *)) };
	int status = CTL_USAGE;

	if (options.with == NULL)
		complaint_print("out of memory");
	else
		status = ctl_command_run(&command, argc, argv, &options);
	free(options.with);
	return status;
}
