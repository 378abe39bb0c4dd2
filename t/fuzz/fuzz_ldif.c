/* SPDX-License-Identifier: ISC */
/* ldif_next() on any octets, up to the end or the first error. */
#include <stdlib.h>
#include <string.h>

#include "milter/collection/ldif.h"

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len);

static void
look(const struct ldif_item *item)
{
	if (item->name[strlen(item->name)] != '\0' || item->name[0] == '\0' ||
	    item->value[item->len] != '\0')
		abort();
}

static void
read_file(FILE *file)
{
	struct ldif *ldif = ldif_new(file);
	struct ldif_item item;
	enum ldif_event event;
	size_t line = 0;

	if (ldif == NULL)
		abort();
	while ((event = ldif_next(ldif, &item)) <= LDIF_VALUE) {
		look(&item);
		if (ldif_line(ldif) <= line)
			abort();
		line = ldif_line(ldif);
	}
	if ((event == LDIF_ERROR) !=
	    (strcmp(ldif_error(ldif), "no error") != 0))
		abort();
	ldif_free(ldif);
}

int
LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len)
{
	/* It opens no file of size 0, and writes a NUL behind what it has. */
	char *copy = malloc(len + 1);
	FILE *file;

	if (copy == NULL)
		abort();
	memcpy(copy, octets, len);
	file = len > 0 ? fmemopen(copy, len, "r") : NULL;
	if (file != NULL) {
		read_file(file);
		fclose(file);
	}
	free(copy);
	return 0;
}
