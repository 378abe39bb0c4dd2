/* SPDX-License-Identifier: ISC */
#include "milter/history/known.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DIGITS = 16 };

/* Open addressing, at most half full; 0 is an empty place. */
struct known {
	uint8_t key[HISTLINE_KEY_LEN];
	size_t max;
	int fd;
	uint64_t *table; /* owned, a power of two of them */
	size_t room;
	size_t count;
};

/* 0 when there is none. */
static uint64_t
hash_of(const struct known *known, const char *address)
{
	char text[65];

	if (!histline_hash(known->key, address, text))
		return 0;
	text[DIGITS] = '\0';
	return strtoull(text, NULL, 16);
}

/* The place of a hash, or the empty one where it would go. */
static uint64_t *
place_of(uint64_t *table, size_t room, uint64_t hash)
{
	size_t i = (size_t)hash & (room - 1);

	while (table[i] != 0 && table[i] != hash)
		i = (i + 1) & (room - 1);
	return &table[i];
}

static bool
make_room(struct known *known)
{
	size_t room = known->room == 0 ? 1024 : known->room * 2;
	uint64_t *table;

	if (known->room > 0 && known->count < known->room / 2)
		return true;
	table = calloc(room, sizeof(*table));
	if (table == NULL)
		return false;
	for (size_t i = 0; i < known->room; i++)
		if (known->table[i] != 0)
			*place_of(table, room, known->table[i]) =
			    known->table[i];
	free(known->table);
	known->table = table;
	known->room = room;
	return true;
}

/* True when it is new, and there was room for it. */
static bool
put(struct known *known, uint64_t hash)
{
	uint64_t *place;

	if (hash == 0 || known->count >= known->max || !make_room(known))
		return false;
	place = place_of(known->table, known->room, hash);
	if (*place != 0)
		return false;
	*place = hash;
	known->count++;
	return true;
}

static void
read_lines(struct known *known, FILE *file)
{
	char line[DIGITS + 2];

	while (fgets(line, sizeof(line), file) != NULL)
		if (strspn(line, "0123456789abcdef") == DIGITS &&
		    line[DIGITS] == '\n')
			put(known, strtoull(line, NULL, 16));
}

struct known *
known_open(const char *path, const uint8_t key[HISTLINE_KEY_LEN], size_t max)
{
	struct known *known = calloc(1, sizeof(*known));
	FILE *file = fopen(path, "re");

	if (known != NULL) {
		memcpy(known->key, key, sizeof(known->key));
		known->max = max;
		if (file != NULL)
			read_lines(known, file);
		known->fd =
		    open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	}
	if (file != NULL)
		fclose(file);
	if (known != NULL && (known->fd < 0 || !make_room(known))) {
		known_free(known);
		return NULL;
	}
	return known;
}

bool
known_has(const struct known *known, const char *address)
{
	uint64_t hash = hash_of(known, address);

	return hash != 0 && *place_of(known->table, known->room, hash) == hash;
}

void
known_add(struct known *known, const char *address)
{
	uint64_t hash = hash_of(known, address);
	char line[DIGITS + 2];
	ssize_t len;

	if (!put(known, hash))
		return;
	len =
	    snprintf(line, sizeof(line), "%016llx\n", (unsigned long long)hash);
	/* A line that is missing, or half a one, is written another time. */
	if (write(known->fd, line, (size_t)len) != len)
		return;
}

void
known_free(struct known *known)
{
	if (known == NULL)
		return;
	if (known->fd >= 0)
		close(known->fd);
	free(known->table);
	free(known);
}
