/* SPDX-License-Identifier: ISC */
#include "milter/ctl/forensic/partmap.h"

#include <stdlib.h>
#include <string.h>

#include "milter/ctl/forensic/line.h"
#include "smime/mime/entity.h"
#include "smime/mime/field.h"

enum { MAX_DEPTH = 8 }; /* multiparts within each other */

/* Boundaries of the multiparts that are open while a part is mapped. */
struct mapper {
	struct partmap *map;
	char *boundaries[MAX_DEPTH]; /* owned, depth of them */
	size_t depth;
	struct partmap_span *open; /* its end is not known yet; or NULL */
};

static void
pop_boundaries(struct mapper *mapper, size_t depth)
{
	while (mapper->depth > depth)
		free(mapper->boundaries[--mapper->depth]);
}

/* Read the header at octets[at..); returns where the body begins. */
static size_t
read_entity(const struct partmap *map, size_t at, struct entity *entity,
    bool *has_cte_r)
{
	const char *block = (const char *)map->octets + at;
	size_t left = map->len - at;
	size_t len = left < PARTMAP_MAX_HEADER ? left : PARTMAP_MAX_HEADER;
	struct field field;
	bool odd = false;
	size_t n = 0;

	*has_cte_r = false;
	while (field_next(block, len, &n, &field, &odd)) {
		entity_push(entity, &field);
		if (field_is(&field, "Content-Transfer-Encoding"))
			*has_cte_r = true;
	}
	entity_end(entity);
	if (n < len && block[n] == '\r')
		n++;
	if (n < len && block[n] == '\n')
		n++;
	return at + n;
}

/* An entity begins.  Returns where its body does. */
static size_t
open_span(struct mapper *mapper, size_t at)
{
	struct partmap *map = mapper->map;
	struct partmap_span span = { .header = at, .end = map->len };
	struct entity entity;

	entity_init(&entity);
	span.body = read_entity(map, at, &entity, &span.has_cte);
	span.cte = entity.cte;
	span.text =
	    entity.type != NULL && strncmp(entity.type, "text/", 5) == 0;
	span.multipart = entity.boundary != NULL &&
	    (entity.media == MEDIA_MULTIPART || entity.media == MEDIA_SIGNED);
	if (span.multipart && mapper->depth < MAX_DEPTH) {
		mapper->boundaries[mapper->depth++] = entity.boundary;
		entity.boundary = NULL;
	}
	entity_done(&entity);
	mapper->open = &map->spans[map->count++];
	*mapper->open = span;
	return span.body;
}

static bool
is_padding(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (strchr(" \t\r\n", text[i]) == NULL || text[i] == '\0')
			return false;
	return true;
}

/* Is the line at octets[at..end) a delimiter?  Of which multipart? */
static bool
find_boundary(const struct mapper *mapper, size_t at, size_t end,
    size_t *level_r, bool *close_r)
{
	const char *line = (const char *)mapper->map->octets + at;
	size_t len = end - at;
	size_t n;

	for (size_t i = mapper->depth; i-- > 0;) {
		n = strlen(mapper->boundaries[i]) + 2;
		if (len < n || memcmp(line + 2, mapper->boundaries[i], n - 2))
			continue;
		*close_r = len >= n + 2 && memcmp(line + n, "--", 2) == 0;
		*level_r = i;
		n += *close_r ? 2 : 0;
		if (is_padding(line + n, len - n))
			return true;
	}
	return false;
}

/* Handle a line that begins with "--".  Returns where to look on. */
static size_t
read_dashes(struct mapper *mapper, size_t at)
{
	const struct partmap *map = mapper->map;
	const uint8_t *lf = memchr(map->octets + at, '\n', map->len - at);
	size_t end = lf != NULL ? (size_t)(lf - map->octets) + 1 : map->len;
	struct partmap_span *open = mapper->open;
	size_t level;
	bool close;

	if (!find_boundary(mapper, at, end, &level, &close))
		return end;
	if (open != NULL) {
		open->end = at - line_eol_before(map->octets, at);
		if (open->end < open->body)
			open->end = open->body;
	}
	mapper->open = NULL;
	pop_boundaries(mapper, close ? level : level + 1);
	return close ? end : open_span(mapper, end);
}

void
partmap_read(struct partmap *map_r, const uint8_t *octets, size_t len)
{
	struct mapper mapper = { .map = map_r };
	const uint8_t *dashes;
	size_t at;

	*map_r = (struct partmap){ .octets = octets, .len = len };
	at = open_span(&mapper, 0);
	/* A delimiter may stand right behind the blank line. */
	at -= at > 0;
	while (at < len && mapper.depth > 0 &&
	    map_r->count < PARTMAP_MAX_SPANS &&
	    (dashes = memmem(octets + at, len - at, "\n--", 3)) != NULL) {
		at = read_dashes(&mapper, (size_t)(dashes - octets) + 1);
		at -= at > 0;
	}
	pop_boundaries(&mapper, 0);
}
