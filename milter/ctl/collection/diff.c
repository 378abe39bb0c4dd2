/* SPDX-License-Identifier: ISC */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <jansson.h>

#include "milter/collection/certfile.h"
#include "milter/collection/collection.h"
#include "milter/ctl/collection/collection.h"
#include "milter/ctl/ctl.h"
#include "milter/log/complaint.h"
#include "milter/log/log.h"

struct options {
	bool json, properties;
};

enum kind { ONLY_A, ONLY_B, PROPERTIES };
enum { KINDS = 3 };

/* What differs, printed as it comes, or kept for one object. */
struct output {
	bool json;
	json_t *lists[KINDS]; /* owned; with json only */
	size_t counts[KINDS];
};

enum { OPT_JSON = 256, OPT_PROPERTIES };

static const struct option long_options[] = {
	{ "json", no_argument, NULL, OPT_JSON },
	{ "properties", no_argument, NULL, OPT_PROPERTIES },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static void
usage(FILE *out)
{
	fputs("usage: smimectl collection diff [OPTION]... A B\n"
	      "Compare two collections of any format, certificate by"
	      " certificate; \"-\" is\nstandard input.  What only A has begins"
	      " with \"-\", what only B has with \"+\".\n\n"
	      "  --properties  compare the properties of a certificate that"
	      " both have, too: \"!\"\n"
	      "  --json        one JSON object\n"
	      "  --help        this text\n\n"
	      "Exit status: 0 they are the same; 1 they differ; 2 wrong usage,"
	      " or a file that\ncannot be read.\n",
	    out);
}

/* All that stands before the certificate, in any order. */
static bool
has_all(const struct certraw *a, const struct certraw *b)
{
	for (size_t i = 0; i < b->property_count; i++)
		if (!certraw_has(a, &b->properties[i]))
			return false;
	return true;
}

static bool
says_the_same(const struct certraw *a, const struct certraw *b)
{
	return has_all(a, b) && has_all(b, a);
}

static void
put(struct output *output, enum kind kind, const struct certview *view)
{
	static const char signs[] = { '-', '+', '!' };
	char quoted[1200];

	output->counts[kind]++;
	if (output->json)
		json_array_append_new(output->lists[kind], certview_json(view));
	else
		printf("%c %s %s\n", signs[kind], view->thumbprint,
		    log_quote(quoted, sizeof(quoted), view->subject));
}

static void
compare(const struct collection *a, const struct collection *b,
    struct output *output, bool properties)
{
	const struct store_cert *other;

	for (size_t i = 0; i < a->count; i++) {
		other = store_find(b->store, a->views[i].cert->sha256);
		if (other == NULL)
			put(output, ONLY_A, &a->views[i]);
		else if (properties &&
		    !says_the_same(a->views[i].cert->raw, other->raw))
			put(output, PROPERTIES, &a->views[i]);
	}
	for (size_t i = 0; i < b->count; i++)
		if (store_find(a->store, b->views[i].cert->sha256) == NULL)
			put(output, ONLY_B, &b->views[i]);
}

static bool
is_different(const struct output *output)
{
	return output->counts[ONLY_A] + output->counts[ONLY_B] +
	    output->counts[PROPERTIES] >
	    0;
}

static bool
print_json(struct output *output, char *const *paths)
{
	return certlist_print_json(json_pack("{s:s, s:s, s:b, s:O, s:O, s:O}",
	    "a", paths[0], "b", paths[1], "same", !is_different(output),
	    "only_a", output->lists[ONLY_A], "only_b", output->lists[ONLY_B],
	    "properties", output->lists[PROPERTIES]));
}

static int
finish(struct output *output, char *const *paths)
{
	if (output->json && !print_json(output, paths))
		return CTL_USAGE;
	if (fflush(stdout) != 0) {
		complaint_print("standard output cannot be written");
		return CTL_USAGE;
	}
	return is_different(output) ? CTL_BAD : CTL_OK;
}

static int
diff(const struct options *options, char *const *paths)
{
	struct output output = { .json = options->json };
	struct collection a = { .count = 0 }, b = { .count = 0 };
	time_t now = time(NULL);
	int status = CTL_USAGE;

	for (int i = 0; i < KINDS; i++)
		output.lists[i] = json_array();
	if (collection_read(&a, paths, 1, now) &&
	    collection_read(&b, paths + 1, 1, now)) {
		compare(&a, &b, &output, options->properties);
		status = finish(&output, paths);
	}
	for (int i = 0; i < KINDS; i++)
		json_decref(output.lists[i]);
	collection_done(&a);
	collection_done(&b);
	return status;
}

int
ctl_collection_diff(int argc, char **argv)
{
	struct options options = { .json = false };
	int opt;

	while ((opt = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (opt == 'h' || opt == '?') {
			usage(opt == 'h' ? stdout : stderr);
			return opt == 'h' ? CTL_OK : CTL_USAGE;
		}
		options.json |= opt == OPT_JSON;
		options.properties |= opt == OPT_PROPERTIES;
	}
	if (argc - optind != 2) {
		usage(stderr);
		return CTL_USAGE;
	}
	return diff(&options, argv + optind);
}
