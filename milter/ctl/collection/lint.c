/* SPDX-License-Identifier: ISC */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <glib.h>
#include <jansson.h>

#include "milter/collection/collection.h"
#include "milter/collection/lint.h"
#include "milter/ctl/collection/collection.h"
#include "milter/ctl/command.h"
#include "milter/ctl/ctl.h"
#include "milter/header/record.h"
#include "milter/log/complaint.h"
#include "milter/log/log.h"
#include "milter/log/promtext.h"
#include "smime/store/sst.h"

/* Days to look ahead, and certificates listed below each finding. */
enum { DAYS = 30, MAX_DAYS = 36500, MAX_LISTED = 20 };

enum output { OUTPUT_TEXT, OUTPUT_JSON, OUTPUT_METRICS };

struct options {
	enum trust_mode mode;
	time_t now;
	unsigned int days;
	enum output output;
	bool quiet;
};

/* What there is to say about one file. */
struct report {
	const struct options *options;
	const char *name;
	bool readable;		      /* the rest is valid */
	struct collection collection; /* owned */
	struct lint lint;	      /* owned */
};

enum { OPT_FOR = 256, OPT_AT, OPT_DAYS, OPT_JSON, OPT_METRICS };

static const struct option long_options[] = {
	{ "for", required_argument, NULL, OPT_FOR },
	{ "at", required_argument, NULL, OPT_AT },
	{ "days", required_argument, NULL, OPT_DAYS },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "metrics", no_argument, NULL, OPT_METRICS },
	{ "quiet", no_argument, NULL, 'q' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static void
usage(FILE *out)
{
	fputs(
	    "usage: smimectl collection lint [OPTION]... FILE...\n"
	    "Say what is wrong with each collection, before you upload it or\n"
	    "give it to the milter.\n\n"
	    "  --for MODE    whose rules: exchange-online (default) or"
	    " exchange-2013-sp1\n"
	    "  --at DATE     as of then, such as 2026-01-31 or"
	    " 2026-01-31T12:00:00Z\n"
	    "  --days N      warn of what expires within N days (default: 30)\n"
	    "  -q, --quiet   print nothing for a file without errors and"
	    " warnings\n"
	    "  --json        one JSON object per file\n"
	    "  --metrics     in the text form of Prometheus, for a textfile"
	    " collector\n"
	    "  --help        this text\n\n"
	    "Exit status: 0 no error and no warning; 1 some; 2 wrong usage, or"
	    " a file\nthat cannot be read.\n",
	    out);
}

static bool
read_mode(struct options *options, const char *word)
{
	enum trust_mode mode;

	if (!trust_mode_read(word, &mode) || mode == TRUST_LOCAL) {
		complaint_print("--for %s: expected exchange-online or"
				" exchange-2013-sp1",
		    word);
		return false;
	}
	options->mode = mode;
	return true;
}

static bool
read_option(void *args, int opt)
{
	struct options *options = args;

	switch (opt) {
	case OPT_FOR:
		return read_mode(options, optarg);
	case OPT_AT:
		return ctl_read_date("--at", optarg, &options->now);
	case OPT_DAYS:
		return ctl_read_number("--days", optarg, 0, MAX_DAYS,
		    &options->days);
	case OPT_JSON:
		options->output = OUTPUT_JSON;
		return true;
	case OPT_METRICS:
		options->output = OUTPUT_METRICS;
		return true;
	case 'q':
		options->quiet = true;
		return true;
	default:
		return false;
	}
}

/* The head says so.  What came from standard input is gone, and may be. */
static bool
is_sst(const char *path)
{
	bool is_stdin = strcmp(path, "-") == 0;
	FILE *file = is_stdin ? NULL : fopen(path, "rbe");
	uint8_t head[8];
	bool answer;

	if (is_stdin)
		return true;
	if (file == NULL)
		return false;
	answer = fread(head, 1, sizeof(head), file) == sizeof(head) &&
	    sst_is(head, sizeof(head));
	fclose(file);
	return answer;
}

static bool
is_bad(const struct report *report)
{
	return report->lint.by_severity[LINT_ERROR] > 0 ||
	    report->lint.by_severity[LINT_WARNING] > 0;
}

static const struct certview *
view_of(const struct report *report, const struct store_cert *cert)
{
	size_t count;

	return &report->collection.views[cert -
	    store_certs(report->collection.store, &count)];
}

/* What is known before anything is found. */
static void
print_summary(const struct report *report)
{
	const struct lint *lint = &report->lint;
	const struct certview *view;
	char date[LOG_DATE], quoted[1200];
	struct store_counts counts;

	store_count(report->collection.store, &counts);
	printf("%s: %zu root%s, %zu intermediate%s, %zu listed signer%s; %zu"
	       " may not serve\n",
	    report->name, counts.anchors, counts.anchors == 1 ? "" : "s",
	    counts.intermediates, counts.intermediates == 1 ? "" : "s",
	    counts.signers, counts.signers == 1 ? "" : "s", counts.refused);
	if (lint->earliest == NULL)
		return;
	view = view_of(report, lint->earliest);
	printf("earliest expiry: %s, %s %s\n", log_date(date, lint->expiry),
	    view->thumbprint, log_quote(quoted, sizeof(quoted), view->subject));
}

static void
print_finding(const struct report *report, const struct lint_finding *finding)
{
	const char *detail = finding->detail;
	const struct certview *view;
	char quoted[1200];

	if (finding->cert == NULL) {
		if (detail != NULL)
			printf("    %s\n", detail);
		return;
	}
	view = view_of(report, finding->cert);
	printf("    %s %s%s%s\n", view->thumbprint,
	    log_quote(quoted, sizeof(quoted), view->subject),
	    detail != NULL ? ": " : "", detail != NULL ? detail : "");
}

/* All of one code: what it means, then the certificates, then the cure. */
static void
print_group(const struct report *report, size_t from, size_t to)
{
	const struct lint_finding *list = report->lint.findings;
	size_t end = to - from > MAX_LISTED ? from + MAX_LISTED : to;

	printf("\n%s: %s", lint_severity_word(list[from].severity),
	    lint_token(list[from].code));
	if (list[from].cert != NULL)
		printf(" (%zu)", to - from);
	printf("\n  %s.\n", lint_words(list[from].code));
	for (size_t i = from; i < end; i++)
		print_finding(report, &list[i]);
	if (end < to)
		printf("    and %zu more; --json has all\n", to - end);
	printf("  What to do: %s.\n", lint_cure(list[from].code));
}

static void
print_text(const struct report *report)
{
	const struct lint *lint = &report->lint;
	size_t to;

	if (report->options->quiet && !is_bad(report))
		return;
	print_summary(report);
	for (size_t from = 0; from < lint->count; from = to) {
		to = from + 1;
		while (to < lint->count &&
		    lint->findings[to].code == lint->findings[from].code)
			to++;
		print_group(report, from, to);
	}
	printf("%s%zu errors, %zu warnings, %zu notices, for %s\n",
	    lint->count > 0 ? "\n" : "", lint->by_severity[LINT_ERROR],
	    lint->by_severity[LINT_WARNING], lint->by_severity[LINT_NOTICE],
	    trust_mode_word(report->options->mode));
}

static json_t *
finding_json(const struct report *report, const struct lint_finding *finding)
{
	const struct certview *view =
	    finding->cert == NULL ? NULL : view_of(report, finding->cert);

	return json_pack("{s:s, s:s, s:s?, s:s?, s:s?, s:s?, s:s, s:s}",
	    "severity", lint_severity_word(finding->severity), "code",
	    lint_token(finding->code), "thumbprint",
	    view == NULL ? NULL : view->thumbprint, "sha256",
	    view == NULL ? NULL : view->sha256, "subject",
	    view == NULL ? NULL : view->subject, "detail", finding->detail,
	    "words", lint_words(finding->code), "cure",
	    lint_cure(finding->code));
}

static json_t *
findings_json(const struct report *report)
{
	json_t *list = json_array();

	for (size_t i = 0; list != NULL && i < report->lint.count; i++)
		if (json_array_append_new(list,
			finding_json(report, &report->lint.findings[i])) != 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *
report_json(const struct report *report)
{
	const struct lint *lint = &report->lint;
	char at[32], expiry[32];
	const char *thumbprint = NULL;

	record_time(report->options->now, at);
	record_time(lint->expiry, expiry);
	if (lint->earliest != NULL)
		thumbprint = view_of(report, lint->earliest)->thumbprint;
	return json_pack("{s:s, s:s, s:s, s:I, s:s?, s:s?, s:I, s:I, s:I, s:o}",
	    "file", report->name, "for", trust_mode_word(report->options->mode),
	    "at", at, "certificates", (json_int_t)report->collection.count,
	    "earliest_expiry", thumbprint == NULL ? NULL : expiry,
	    "earliest_thumbprint", thumbprint, "errors",
	    (json_int_t)lint->by_severity[LINT_ERROR], "warnings",
	    (json_int_t)lint->by_severity[LINT_WARNING], "notices",
	    (json_int_t)lint->by_severity[LINT_NOTICE], "findings",
	    findings_json(report));
}

static bool
print_json(const struct report *report)
{
	if (report->options->quiet && !is_bad(report))
		return true;
	if (record_print(report_json(report)))
		return true;
	complaint_print("%s: out of memory, or a name that is not UTF-8",
	    report->name);
	return false;
}

/* One value; label is NULL where the file is the only one. */
static void
print_sample(const struct report *report, const char *metric, const char *label,
    const char *value, long long number)
{
	printf("%s{", metric);
	promtext_label(stdout, "file", report->name);
	if (label != NULL)
		printf(",%s=\"%s\"", label, value);
	printf("} %lld\n", number);
}

static void
print_readable(const struct report *report, const char *metric)
{
	print_sample(report, metric, NULL, NULL, report->readable);
}

static void
print_certificates(const struct report *report, const char *metric)
{
	struct store_counts counts;

	if (!report->readable)
		return;
	store_count(report->collection.store, &counts);
	print_sample(report, metric, "role", certview_role(CERT_ROLE_ANCHOR),
	    (long long)counts.anchors);
	print_sample(report, metric, "role",
	    certview_role(CERT_ROLE_INTERMEDIATE),
	    (long long)counts.intermediates);
	print_sample(report, metric, "role", certview_role(CERT_ROLE_SIGNER),
	    (long long)counts.signers);
	print_sample(report, metric, "role", "refused",
	    (long long)counts.refused);
}

static void
print_findings(const struct report *report, const char *metric)
{
	for (int i = 0; report->readable && i < LINT_SEVERITIES; i++)
		print_sample(report, metric, "severity",
		    lint_severity_word((enum lint_severity)i),
		    (long long)report->lint.by_severity[i]);
}

static void
print_expiry(const struct report *report, const char *metric)
{
	if (report->readable && report->lint.earliest != NULL)
		print_sample(report, metric, NULL, NULL,
		    (long long)report->lint.expiry);
}

/* All samples of a metric have to stand together, whatever file they are of. */
static void
print_metrics(const struct report *reports, size_t count)
{
	static const struct {
		const char *name;
		const char *help;
		void (*print)(const struct report *report, const char *metric);
	} metrics[] = {
		{ "smime_collection_readable",
		    "Whether the collection could be read.", print_readable },
		{ "smime_collection_certificates",
		    "Certificates in the collection.", print_certificates },
		{ "smime_collection_findings",
		    "What smimectl collection lint found.", print_findings },
		{ "smime_collection_earliest_expiry_timestamp_seconds",
		    "When the first certificate expires.", print_expiry },
	};

	for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++) {
		promtext_family(stdout, metrics[i].name, "gauge",
		    metrics[i].help);
		for (size_t k = 0; k < count; k++)
			metrics[i].print(&reports[k], metrics[i].name);
	}
}

/* After a complaint the report is not readable. */
static void
examine(struct report *report, char *path)
{
	struct lint_input in = { .mode = report->options->mode,
		.now = report->options->now,
		.days = report->options->days,
		.is_sst = is_sst(path) };

	report->name = path;
	if (!collection_read(&report->collection, &path, 1, in.now))
		return;
	in.store = report->collection.store;
	if (!lint_check(&in, &report->lint)) {
		collection_done(&report->collection);
		complaint_print("%s: out of memory", path);
		return;
	}
	report->readable = true;
}

/* The exit status. */
static int
print_reports(const struct report *reports, size_t count)
{
	int status = CTL_OK;

	for (size_t i = 0; i < count; i++) {
		const struct report *report = &reports[i];

		if (!report->readable)
			status = CTL_USAGE;
		else if (is_bad(report) && status == CTL_OK)
			status = CTL_BAD;
		if (report->readable && report->options->output == OUTPUT_TEXT)
			print_text(report);
		if (report->readable &&
		    report->options->output == OUTPUT_JSON &&
		    !print_json(report))
			status = CTL_USAGE;
	}
	if (reports->options->output == OUTPUT_METRICS)
		print_metrics(reports, count);
	return ctl_flush() ? status : CTL_USAGE;
}

static int
lint_files(void *args, char **paths, size_t count)
{
	const struct options *options = args;
	struct report *reports = calloc(count, sizeof(*reports));
	int status;

	if (reports == NULL) {
		complaint_print("out of memory");
		return CTL_USAGE;
	}
	for (size_t i = 0; i < count; i++) {
		reports[i].options = options;
		examine(&reports[i], paths[i]);
	}
	status = print_reports(reports, count);
	for (size_t i = 0; i < count; i++) {
		lint_done(&reports[i].lint);
		collection_done(&reports[i].collection);
	}
	free(reports);
	return status;
}

static const struct ctl_command command = {
	.letters = "q",
	.options = long_options,
	.usage = usage,
	.read = read_option,
	.least = 1,
	.run = lint_files,
};

int
ctl_collection_lint(int argc, char **argv)
{
	struct options options = { .mode = TRUST_EXCHANGE_ONLINE,
		.now = time(NULL),
		.days = DAYS };

	return ctl_command_run(&command, argc, argv, &options);
}
