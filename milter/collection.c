/* SPDX-License-Identifier: ISC */
#include "collection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "ctl.h"

static void
tell(void *arg, const char *text)
{
	(void)arg;
	ctl_complain("%s", text);
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
		ctl_complain("%s", error != NULL ? error : "out of memory");
	free(error);
	return good;
}

struct store *
collection_read(char *const *paths, size_t count)
{
	struct store *store = store_new(NULL, tell, NULL);

	if (store == NULL)
		ctl_complain("out of memory");
	for (size_t i = 0; store != NULL && i < count; i++)
		if (!add(store, paths[i])) {
			store_unref(store);
			return NULL;
		}
	return store;
}
