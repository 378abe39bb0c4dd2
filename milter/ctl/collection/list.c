/* SPDX-License-Identifier: ISC */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "milter/collection/certfile.h"
#include "milter/collection/certpick.h"
#include "milter/collection/collection.h"
#include "milter/ctl/collection/collection.h"
#include "milter/ctl/command.h"
#include "milter/ctl/ctl.h"
#include "milter/header/record.h"
#include "milter/log/complaint.h"
#include "milter/log/log.h"

enum layout { LAYOUT_AUTO, LAYOUT_TABLE, LAYOUT_LONG, LAYOUT_JSON };

struct options {
	enum layout layout;
	struct certpick pick;
	time_t now;
};

/* What is shown, and what is told above it. */
struct listing {
	const struct collection *collection;
	const struct certview **list; /* owned; members borrowed */
	size_t count;
	const struct certview *earliest; /* the first to expire, or NULL */
	size_t roots, intermediates, signers, expired, serving, vouching;
	bool colour;
	time_t now;
};

enum { OPT_TABLE = 256, OPT_LONG, OPT_JSON, OPT_AT };
enum { QUOTED = 1200, SOON = 30 };

/* Of the table: a terminal of unknown size; all but two columns; a subject. */
enum { WIDTH = 80, OTHERS = 39, LEAST = 34 };

struct columns {
	size_t thumbprint, subject;
};

static const struct option long_options[] = {
	CERTPICK_OPTIONS,
	{ "table", no_argument, NULL, OPT_TABLE },
	{ "long", no_argument, NULL, OPT_LONG },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "at", required_argument, NULL, OPT_AT },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const char red[] = "\033[31m", yellow[] = "\033[33m";
static const char green[] = "\033[32m", plain[] = "\033[0m";

static void
usage(FILE *out)
{
	fputs(
	    "usage: smimectl collection list [OPTION]... FILE...\n"
	    "Show what is in a collection: SST, PEM, DER, PKCS#7 or folders;"
	    " \"-\" is standard\ninput.  Several files are shown as the milter"
	    " would see them together.\n\n"
	    "  --table            one line for a certificate, as on a"
	    " terminal\n"
	    "  --long             everything, as in a file or pipe\n"
	    "  --json             everything, in one JSON object\n"
	    "" CERTPICK_USAGE "  --at DATE          as of then; default: now\n"
	    "  --help             this text\n\n"
	    "Exit status: 0 shown; 1 no such certificate; 2 wrong usage, or"
	    " a file that cannot\nbe read.\n",
	    out);
}

static bool
read_option(void *args, int opt)
{
	struct options *options = args;

	switch (opt) {
	case OPT_TABLE:
		options->layout = LAYOUT_TABLE;
		return true;
	case OPT_LONG:
		options->layout = LAYOUT_LONG;
		return true;
	case OPT_JSON:
		options->layout = LAYOUT_JSON;
		return true;
	case OPT_AT:
		return ctl_read_date("--at", optarg, &options->now);
	default:
		return certpick_option(&options->pick, opt, optarg);
	}
}

static void
count_one(struct listing *listing, const struct certview *view)
{
	switch (view->cert->role) {
	case CERT_ROLE_ANCHOR:
		listing->roots++;
		break;
	case CERT_ROLE_INTERMEDIATE:
		listing->intermediates++;
		break;
	case CERT_ROLE_SIGNER:
		listing->signers++;
		break;
	}
	listing->expired += view->expired;
	listing->serving += view->serves;
	listing->vouching += view->vouches != CERTVIEW_NO;
	if (listing->earliest == NULL ||
	    view->not_after < listing->earliest->not_after)
		listing->earliest = view;
	listing->list[listing->count++] = view;
}

/* The two read-only values of Get-SmimeConfig, and counts. */
static void
print_summary(const struct listing *listing)
{
	const struct certview *earliest = listing->earliest;
	struct store_counts counts;
	char date[32];

	store_count(listing->collection->store, &counts);
	record_time(earliest->not_after, date);
	printf("SMIMECertificatesExpiryDate        : %s%s\n", date,
	    earliest->expired ? " (expired)" : "");
	printf("SMIMEExpiredCertificateThumbprint  : %s\n",
	    earliest->thumbprint);
	printf("certificates : %zu: %zu roots, %zu intermediates, %zu"
	       " signers; %zu expired\n",
	    listing->count, listing->roots, listing->intermediates,
	    listing->signers, listing->expired);
	printf("for mail     : %zu may serve, %zu of them may vouch\n",
	    listing->serving, listing->vouching);
	if (counts.crls + counts.duplicates + counts.skipped > 0)
		printf("beside them  : %zu CRLs, %zu duplicates, %zu passed"
		       " over\n",
		    counts.crls, counts.duplicates, counts.skipped);
}

/* Names of purposes, from certview_json(). */
static void
print_purposes(const json_t *purposes, const char *key)
{
	const json_t *list = json_object_get(purposes, key);
	const json_t *name;
	size_t i;

	if (json_is_null(list)) {
		printf("%s: not stated; ", key);
		return;
	}
	printf("%s:", key);
	if (json_array_size(list) == 0)
		printf(" none");
	json_array_foreach(list, i, name)
	    printf("%s %s", i > 0 ? "," : "", json_string_value(name));
	printf("; ");
}

static void
print_properties(const json_t *list)
{
	const json_t *property;
	size_t i;

	printf("  properties : %s", json_array_size(list) == 0 ? "none" : "");
	json_array_foreach(list, i, property)
	    printf("%s%d %s", i > 0 ? ", " : "",
		(int)json_integer_value(json_object_get(property, "id")),
		json_string_value(json_object_get(property, "name")));
	putchar('\n');
}

/* Text from outside must not steer a terminal. */
static void
print_outside(const char *label, const char *text)
{
	char quoted[QUOTED];

	printf("  %-11s: %s\n", label, log_quote(quoted, sizeof(quoted), text));
}

static bool
print_long(const struct certview *view)
{
	json_t *object = certview_json(view);
	json_t *purposes = json_object_get(object, "purposes");
	char from[32], to[32], quoted[QUOTED];

	if (object == NULL)
		return false;
	record_time(view->not_before, from);
	record_time(view->not_after, to);
	printf("\n%s\n", log_quote(quoted, sizeof(quoted), view->subject));
	print_outside("issuer", view->issuer);
	if (view->cert->friendly_name != NULL)
		print_outside("name", view->cert->friendly_name);
	printf("  serial     : %s\n  thumbprint : %s\n  SHA-256    : %s\n",
	    view->serial, view->thumbprint, view->sha256);
	printf("  valid      : %s to %s, %s%ld days%s\n", from, to,
	    view->expired ? "expired since " : "",
	    view->expired ? -view->days_left : view->days_left,
	    view->expired ? "" : " left");
	printf("  key        : %s\n  role       : %s\n  purposes   : ",
	    view->key, certview_role(view->cert->role));
	print_purposes(purposes, "certificate");
	print_purposes(purposes, "enabled");
	print_purposes(purposes, "disallowed");
	putchar('\n');
	print_properties(json_object_get(object, "properties"));
	printf("  vouches    : %s: %s\n", certview_answer_word(view->vouches),
	    view->why);
	json_decref(object);
	return true;
}

static const char *
colour_of(const struct listing *listing, const struct certview *view)
{
	if (!listing->colour)
		return "";
	if (!view->serves)
		return red;
	if (view->vouches == CERTVIEW_YES)
		return green;
	return view->vouches == CERTVIEW_LIMITED ? yellow : "";
}

static const char *
colour_of_days(const struct listing *listing, const struct certview *view)
{
	if (!listing->colour)
		return "";
	if (view->expired)
		return red;
	return view->days_left < SOON ? yellow : "";
}

static const char *
end_of(const char *colour)
{
	return colour[0] == '\0' ? "" : plain;
}

/* Columns of the terminal; no limit where there is none. */
static size_t
width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return isatty(STDOUT_FILENO) == 1 ? WIDTH : QUOTED;
}

/* Without the quotes, which every row would have. */
static const char *
short_name(const struct certview *view, char *out, size_t size)
{
	size_t len;

	log_quote(out, size, view->subject);
	len = strlen(out);
	out[len - 1] = '\0';
	return out + 1;
}

static void
print_row(const struct listing *listing, const struct certview *view,
    const struct columns *columns)
{
	static const char *const roles[] = { "root", "inter", "signer" };
	const char *answer = certview_answer_word(view->vouches);
	const char *days = colour_of_days(listing, view);
	const char *colour = colour_of(listing, view);
	char until[32], name[QUOTED];

	record_time(view->not_after, until);
	until[sizeof("2026-01-31") - 1] = '\0';
	if (view->vouches == CERTVIEW_NO && view->serves)
		answer = "helps";
	printf("%.*s  %s  %s%6ld%s  %-6s  %s%-7s%s  %s\n",
	    (int)columns->thumbprint, view->thumbprint, until, days,
	    view->days_left, end_of(days), roles[view->cert->role], colour,
	    answer, end_of(colour), short_name(view, name, columns->subject));
}

/* On a narrow terminal the subject says more than a whole thumbprint. */
static void
print_table(const struct listing *listing)
{
	struct columns columns = { .thumbprint = CERT_SHA1_LEN * 2 };
	size_t all = width();

	if (all < columns.thumbprint + OTHERS + LEAST)
		columns.thumbprint = 8;
	columns.subject = all > columns.thumbprint + OTHERS + LEAST ?
	    all - columns.thumbprint - OTHERS :
	    LEAST;
	printf("\n%-*s  %-10s  %6s  %-6s  %-7s  %s\n", (int)columns.thumbprint,
	    columns.thumbprint < CERT_SHA1_LEN * 2 ? "THUMBPR." : "THUMBPRINT",
	    "UNTIL", "DAYS", "ROLE", "VOUCHES", "SUBJECT");
	for (size_t i = 0; i < listing->count; i++)
		print_row(listing, listing->list[i], &columns);
}

static json_t *
listing_json(const struct listing *listing)
{
	json_t *certs = json_array();
	struct store_counts counts;
	char date[32];

	for (size_t i = 0; i < listing->count; i++)
		if (json_array_append_new(certs,
			certview_json(listing->list[i])) != 0) {
			json_decref(certs);
			return NULL;
		}
	store_count(listing->collection->store, &counts);
	record_time(listing->earliest->not_after, date);
	return json_pack("{s:s, s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I,"
			 " s:I, s:I, s:I, s:o}",
	    "SMIMECertificatesExpiryDate", date,
	    "SMIMEExpiredCertificateThumbprint", listing->earliest->thumbprint,
	    "has_expired", listing->expired > 0, "count",
	    (json_int_t)listing->count, "roots", (json_int_t)listing->roots,
	    "intermediates", (json_int_t)listing->intermediates, "signers",
	    (json_int_t)listing->signers, "expired",
	    (json_int_t)listing->expired, "serving",
	    (json_int_t)listing->serving, "vouching",
	    (json_int_t)listing->vouching, "crls", (json_int_t)counts.crls,
	    "duplicates", (json_int_t)counts.duplicates, "skipped",
	    (json_int_t)counts.skipped, "certificates", certs);
}

static bool
print(const struct listing *listing, enum layout layout)
{
	bool good = true;

	if (layout == LAYOUT_JSON)
		return certlist_print_json(listing_json(listing));
	print_summary(listing);
	if (layout == LAYOUT_TABLE)
		print_table(listing);
	for (size_t i = 0; layout == LAYOUT_LONG && i < listing->count; i++)
		good = good && print_long(listing->list[i]);
	return good;
}

static int
show(struct options *options, const struct collection *collection)
{
	bool terminal = isatty(STDOUT_FILENO) == 1;
	const char *no_colour = getenv("NO_COLOR");
	struct listing listing = { .collection = collection,
		.list = calloc(collection->count + 1, sizeof(*listing.list)),
		.colour =
		    terminal && (no_colour == NULL || no_colour[0] == '\0') };
	int status = CTL_USAGE;

	for (size_t i = 0; listing.list != NULL && i < collection->count; i++)
		if (certpick_has(&options->pick, &collection->views[i]))
			count_one(&listing, &collection->views[i]);
	if (options->layout == LAYOUT_AUTO)
		options->layout = terminal ? LAYOUT_TABLE : LAYOUT_LONG;
	if (listing.list == NULL) {
		complaint_print("out of memory");
	} else if (!certpick_all_found(&options->pick) || listing.count == 0) {
		complaint_print("no such certificate");
		status = CTL_BAD;
	} else if (!print(&listing, options->layout) || fflush(stdout) != 0) {
		complaint_print("out of memory, or standard output cannot be"
				" written");
	} else {
		status = CTL_OK;
	}
	free(listing.list);
	return status;
}

static int
list(void *args, char **paths, size_t count)
{
	struct options *options = args;
	struct collection collection;
	int status;

	if (!collection_read(&collection, paths, count, options->now))
		return CTL_USAGE;
	status = show(options, &collection);
	collection_done(&collection);
	return status;
}

static const struct ctl_command command = {
	.letters = "",
	.options = long_options,
	.usage = usage,
	.read = read_option,
	.least = 1,
	.run = list,
};

int
ctl_collection_list(int argc, char **argv)
{
	struct options options = { .now = time(NULL) };
	int status = ctl_command_run(&command, argc, argv, &options);

	certpick_done(&options.pick);
	return status;
}
