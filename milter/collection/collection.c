/* SPDX-License-Identifier: ISC */
#include "milter/collection/collection.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/log/complaint.h"
#include "smime/buf.h"
#include "smime/store/sst.h"

static void
tell(void *arg, const char *text)
{
	(void)arg;
	complaint_print("%s", text);
}

static bool
add_input(struct store *store, char **error_r)
{
	uint8_t octets[16 * 1024];
	struct buf all;
	size_t got;
	bool good = true;

	buf_init(&all, STORE_MAX_FILE);
	while (good && (got = fread(octets, 1, sizeof(octets), stdin)) > 0)
		good = buf_push(&all, octets, got) == BUF_OK;
	if (good && ferror(stdin) == 0)
		good = store_add_octets(store, "-", all.data, all.len, error_r);
	else
		good = false;
	if (!good && *error_r == NULL)
		*error_r = strdup("-: cannot be read, or is larger than 16"
				  " MiB; expected certificates only");
	buf_done(&all);
	return good;
}

static bool
add(struct store *store, const char *path)
{
	char *error = NULL;
	bool good;

	if (strcmp(path, "-") == 0)
		good = add_input(store, &error);
	else
		good = store_add_path(store, path, &error);
	if (!good)
		complaint_pass_on(error);
	return good;
}

static struct store *
read_all(char *const *paths, size_t count)
{
	struct store *store = store_new(NULL, tell, NULL);

	if (store == NULL) {
		complaint_print("out of memory");
		return NULL;
	}
	store_keep_raw(store);
	for (size_t i = 0; i < count; i++)
		if (!add(store, paths[i])) {
			store_unref(store);
			return NULL;
		}
	return store;
}

static bool
look_at_all(struct collection *collection, time_t now)
{
	size_t count;
	const struct store_cert *certs = store_certs(collection->store, &count);

	collection->views = calloc(count + 1, sizeof(*collection->views));
	if (collection->views == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!certview_init(&collection->views[i], collection->store,
			&certs[i], now))
			return false;
		collection->count++;
	}
	return true;
}

bool
collection_read(struct collection *collection_r, char *const *paths,
    size_t count, time_t now)
{
	struct collection collection = { .store = read_all(paths, count) };

	if (collection.store == NULL)
		return false;
	if (!look_at_all(&collection, now)) {
		complaint_print("out of memory");
		collection_done(&collection);
		return false;
	}
	*collection_r = collection;
	return true;
}

void
collection_done(struct collection *collection)
{
	for (size_t i = 0; i < collection->count; i++)
		certview_done(&collection->views[i]);
	free(collection->views);
	store_unref(collection->store);
	*collection = (struct collection){ .count = 0 };
}

bool
collection_is_public(const struct collection *collection)
{
	struct store_counts counts;

	store_count(collection->store, &counts);
	if (counts.private_keys == 0)
		return true;
	complaint_print("PRIVATE KEYS among the input: %zu, see above; a"
			" collection is for others to read.  Nothing was"
			" written; name files that have certificates only",
	    counts.private_keys);
	return false;
}

bool
collection_is_sst(const char *path)
{
	uint8_t octets[8];
	FILE *file = fopen(path, "re");
	size_t len;

	if (file == NULL) {
		complaint_print("%s: %s; expected a collection (\"smimectl"
				" collection create\" makes one)",
		    path, strerror(errno));
		return false;
	}
	len = fread(octets, 1, sizeof(octets), file);
	fclose(file);
	if (sst_is(octets, len))
		return true;
	complaint_print("%s: not a serialized store (SST), so it cannot be"
			" changed; \"smimectl collection create\" makes one"
			" of it",
	    path);
	return false;
}
