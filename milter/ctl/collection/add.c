/* SPDX-License-Identifier: ISC */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "milter/collection/certfile.h"
#include "milter/collection/collection.h"
#include "milter/ctl/collection/collection.h"
#include "milter/ctl/ctl.h"
#include "milter/log/complaint.h"

struct options {
	bool name_all, json;
};

/* The collection as it was, and with what is added. */
struct addition {
	struct collection before, after;
	struct certlist old, all;
	struct buf was, is;
};

static const struct option long_options[] = {
	{ "friendly-names", no_argument, NULL, 'f' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static void
usage(FILE *out)
{
	fputs("usage: smimectl collection add FILE.sst [OPTION]... IN...\n"
	      "Add the certificates of any mix of SST, PEM, DER, PKCS#7 and"
	      " folders to a\nserialized store (SST); \"-\" is standard input."
	      "  What is there already stays\nwhere it is, and becomes as"
	      " restricted as the stricter of both files says.\n\n"
	      "  --friendly-names  name what has no friendly name by its"
	      " subject\n"
	      "  --json            what was done, as one JSON object\n"
	      "  --help            this text\n\n"
	      "Exit status: 0 done, or nothing to do; 2 wrong usage, or a"
	      " file that cannot be\nread or written, or a private key in the"
	      " input; then nothing was changed.\n",
	    out);
}

static bool
take_all(struct certlist *certs, const struct collection *collection)
{
	if (!certlist_init(certs, collection->count))
		return false;
	for (size_t i = 0; i < collection->count; i++)
		certlist_push(certs, &collection->views[i]);
	return true;
}

static bool
is_new(const struct addition *addition, const struct certview *view)
{
	return store_find(addition->before.store, view->cert->sha256) == NULL;
}

static void
tell_json(const struct addition *addition, const char *path, bool written)
{
	json_t *object = certlist_json(&addition->all, path, written);
	json_t *added = json_array();

	for (size_t i = 0; i < addition->after.count; i++)
		if (is_new(addition, &addition->after.views[i]))
			json_array_append_new(added,
			    certview_json(&addition->after.views[i]));
	json_object_set_new(object, "added", added);
	certlist_print_json(object);
}

static void
tell_text(const struct addition *addition, const char *path)
{
	const struct certview *view = addition->after.views;

	for (size_t i = 0; i < addition->after.count; i++, view++)
		if (is_new(addition, view))
			ctl_collection_print_change('+', view);
	certlist_print(&addition->all, path);
}

static void
tell(const struct addition *addition, const struct options *options,
    const char *path, bool written)
{
	struct store_counts counts;

	store_count(addition->after.store, &counts);
	if (written && counts.crls > 0)
		complaint_print("left out: %zu CRLs", counts.crls);
	if (options->json)
		tell_json(addition, path, written);
	else if (written)
		tell_text(addition, path);
	else
		printf("%s: has all of it already; not changed\n", path);
}

static bool
is_same(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

/* Both are read and allocated; addition is freed by the caller. */
static int
write_out(struct addition *addition, struct outfile *file, const char *path,
    const struct options *options)
{
	bool written;

	if (!collection_is_public(&addition->after) ||
	    !take_all(&addition->old, &addition->before) ||
	    !take_all(&addition->all, &addition->after) ||
	    !certfile_make(&addition->was, CERTFILE_SST, &addition->old,
		false) ||
	    !certfile_make(&addition->is, CERTFILE_SST, &addition->all,
		options->name_all))
		return CTL_USAGE;
	written = !is_same(&addition->was, &addition->is);
	if (written && !certfile_save(file, &addition->is))
		return CTL_USAGE;
	tell(addition, options, path, written);
	return CTL_OK;
}

static int
add(char *const *paths, size_t count, const struct options *options)
{
	struct outfile *file = certfile_open(paths[0], true);
	struct addition addition = { .was.cap = 0 };
	time_t now = time(NULL);
	int status = CTL_USAGE;

	if (file == NULL)
		return CTL_USAGE;
	buf_init(&addition.was, STORE_MAX_FILE);
	buf_init(&addition.is, STORE_MAX_FILE);
	if (collection_is_sst(paths[0]) &&
	    collection_read(&addition.before, paths, 1, now) &&
	    collection_read(&addition.after, paths, count, now))
		status = write_out(&addition, file, paths[0], options);
	buf_done(&addition.was);
	buf_done(&addition.is);
	free(addition.old.list);
	free(addition.all.list);
	collection_done(&addition.before);
	collection_done(&addition.after);
	outfile_free(file);
	return status;
}

int
ctl_collection_add(int argc, char **argv)
{
	struct options options = { .json = false };
	int opt;

	while ((opt = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (opt != 'f' && opt != 'j') {
			usage(opt == 'h' ? stdout : stderr);
			return opt == 'h' ? CTL_OK : CTL_USAGE;
		}
		options.name_all |= opt == 'f';
		options.json |= opt == 'j';
	}
	if (argc - optind < 2) {
		usage(stderr);
		return CTL_USAGE;
	}
	return add(argv + optind, (size_t)(argc - optind), &options);
}
