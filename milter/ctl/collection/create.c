/* SPDX-License-Identifier: ISC */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "milter/collection/certfile.h"
#include "milter/collection/collection.h"
#include "milter/ctl/collection/collection.h"
#include "milter/ctl/command.h"
#include "milter/ctl/ctl.h"
#include "milter/log/complaint.h"
#include "milter/policy/anchors.h"

struct options {
	const char *out;
	bool force, from_bundle, for_mail, drop_expired, friendly_names;
	bool json;
	time_t now;
	char **inputs; /* owned; members borrowed */
	size_t count;
};

/* What is written, and how many are not, or better were not. */
struct choice {
	struct certlist certs;
	size_t expired, foreign, marks;
	struct store_counts counts;
};

enum {
	OPT_FORCE = 256,
	OPT_FROM_BUNDLE,
	OPT_PURPOSE,
	OPT_DROP_EXPIRED,
	OPT_FRIENDLY_NAMES,
	OPT_AT,
	OPT_JSON,
};

static const struct option long_options[] = {
	{ "force", no_argument, NULL, OPT_FORCE },
	{ "from-bundle", no_argument, NULL, OPT_FROM_BUNDLE },
	{ "purpose", required_argument, NULL, OPT_PURPOSE },
	{ "drop-expired", no_argument, NULL, OPT_DROP_EXPIRED },
	{ "friendly-names", no_argument, NULL, OPT_FRIENDLY_NAMES },
	{ "at", required_argument, NULL, OPT_AT },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static void
usage(FILE *out)
{
	fputs("usage: smimectl collection create -o OUT.sst [OPTION]..."
	      " [IN]...\n"
	      "Make a serialized store (SST) of any mix of SST, PEM, DER,"
	      " PKCS#7 and folders;\n\"-\" is standard input.  The order is"
	      " kept, duplicates are dropped.\n\n"
	      "  -o OUT.sst         the file to write\n"
	      "  --force            replace it if it is there\n"
	      "  --from-bundle      take the system's bundle of roots, too\n"
	      "  --purpose email    leave out what may not serve for mail\n"
	      "  --drop-expired     leave out what has expired\n"
	      "  --friendly-names   name what has no friendly name by its"
	      " subject\n"
	      "  --at DATE          what has expired by then; default: now\n"
	      "  --json             what was done, as one JSON object\n"
	      "  --help             this text\n\n"
	      "Exit status: 0 written; 1 no certificate is left; 2 wrong"
	      " usage, or a file that\ncannot be read or written, or a"
	      " private key in the input.  Only 0 writes.\n",
	    out);
}

static bool
read_purpose(struct options *options, const char *text)
{
	if (strcmp(text, "email") != 0) {
		complaint_print("--purpose %s: no such purpose; expected email",
		    text);
		return false;
	}
	return options->for_mail = true;
}

static bool
read_option(void *args, int opt)
{
	struct options *options = args;

	switch (opt) {
	case 'o':
		options->out = optarg;
		return true;
	case OPT_FORCE:
		return options->force = true;
	case OPT_FROM_BUNDLE:
		return options->from_bundle = true;
	case OPT_PURPOSE:
		return read_purpose(options, optarg);
	case OPT_DROP_EXPIRED:
		return options->drop_expired = true;
	case OPT_FRIENDLY_NAMES:
		return options->friendly_names = true;
	case OPT_JSON:
		return options->json = true;
	case OPT_AT:
		return ctl_read_date("--at", optarg, &options->now);
	default:
		return false;
	}
}

/* The bundle comes after what was named. */
static bool
add_bundle(struct options *options)
{
	size_t count;
	const struct bundle *bundles = anchors_bundles(&count);
	const struct bundle *found = anchors_probe(bundles, count);

	if (found == NULL) {
		complaint_print(
		    "--from-bundle: this system has no bundle of root"
		    " certificates; install ca-certificates");
		return false;
	}
	if (found->tls_only)
		complaint_print("warning: %s has roots for TLS servers, which"
				" were never vetted for mail",
		    found->path);
	/* The cast: collection_read() does not write to the names. */
	options->inputs[options->count++] = (char *)(uintptr_t)found->path;
	return true;
}

static bool
read_inputs(struct options *options, char **rest, size_t count)
{
	for (size_t i = 0; i < count; i++)
		options->inputs[options->count++] = rest[i];
	if (options->from_bundle && !add_bundle(options))
		return false;
	if (options->out == NULL || options->count == 0) {
		usage(stderr);
		return false;
	}
	return true;
}

static void
choose(const struct options *options, const struct collection *collection,
    struct choice *choice)
{
	const struct certview *view = collection->views;
	bool foreign, late;

	for (size_t i = 0; i < collection->count; i++, view++) {
		foreign = options->for_mail && !view->for_mail;
		late = options->drop_expired && view->expired;
		choice->foreign += foreign;
		choice->expired += !foreign && view->expired;
		if (!foreign && !late)
			certlist_push(&choice->certs, view);
		else
			choice->marks +=
			    view->cert->verdict == REASON_ROOT_DISALLOWED;
	}
	store_count(collection->store, &choice->counts);
}

static void
warn(const struct options *options, const struct choice *choice)
{
	if (choice->counts.duplicates > 0)
		complaint_print("left out: %zu duplicates",
		    choice->counts.duplicates);
	if (choice->counts.crls > 0)
		complaint_print("left out: %zu CRLs", choice->counts.crls);
	if (choice->foreign > 0)
		complaint_print("left out: %zu that may not serve for mail",
		    choice->foreign);
	if (choice->expired > 0 && options->drop_expired)
		complaint_print("left out: %zu expired", choice->expired);
	else if (choice->expired > 0)
		complaint_print("warning: %zu expired; Exchange refuses a file"
				" with one of them (--drop-expired)",
		    choice->expired);
	certfile_warn_marks(choice->marks);
}

static void
tell(const struct options *options, const struct choice *choice)
{
	json_t *object;

	if (!options->json) {
		certlist_print(&choice->certs, options->out);
		return;
	}
	object = certlist_json(&choice->certs, options->out, true);
	json_object_set_new(object, "expired",
	    json_integer((json_int_t)choice->expired));
	json_object_set_new(object, "not_for_mail",
	    json_integer((json_int_t)choice->foreign));
	json_object_set_new(object, "duplicates",
	    json_integer((json_int_t)choice->counts.duplicates));
	json_object_set_new(object, "crls",
	    json_integer((json_int_t)choice->counts.crls));
	certlist_print_json(object);
}

static int
write_out(const struct options *options, const struct collection *collection,
    struct outfile *file, struct buf *buf)
{
	struct choice choice = { .expired = 0 };
	int status = CTL_USAGE;

	if (!certlist_init(&choice.certs, collection->count))
		return CTL_USAGE;
	choose(options, collection, &choice);
	warn(options, &choice);
	if (choice.certs.count == 0) {
		complaint_print(
		    "%s: no certificate is left; nothing was written",
		    options->out);
		status = CTL_BAD;
	} else if (certfile_make(buf, CERTFILE_SST, &choice.certs,
		       options->friendly_names) &&
	    certfile_save(file, buf)) {
		tell(options, &choice); /* written: the status stays 0 */
		status = CTL_OK;
	}
	free(choice.certs.list);
	return status;
}

static int
create(const struct options *options)
{
	struct outfile *file = certfile_open(options->out, options->force);
	struct collection collection;
	struct buf buf;
	int status = CTL_USAGE;

	if (file == NULL)
		return CTL_USAGE;
	buf_init(&buf, STORE_MAX_FILE);
	if (collection_read(&collection, options->inputs, options->count,
		options->now)) {
		if (collection_is_public(&collection))
			status = write_out(options, &collection, file, &buf);
		collection_done(&collection);
	}
	buf_done(&buf);
	outfile_free(file);
	return status;
}

static int
run(void *args, char **rest, size_t count)
{
	struct options *options = args;

	return read_inputs(options, rest, count) ? create(options) : CTL_USAGE;
}

static const struct ctl_command command = {
	.letters = "o:",
	.options = long_options,
	.usage = usage,
	.read = read_option,
	.run = run,
};

int
ctl_collection_create(int argc, char **argv)
{
	struct options options = { .now = time(NULL),
		.inputs = calloc((size_t)argc + 1, sizeof(char *)) };
	int status = CTL_USAGE;

	if (options.inputs == NULL)
		complaint_print("out of memory");
	else
		status = ctl_command_run(&command, argc, argv, &options);
	free(options.inputs);
	return status;
}
