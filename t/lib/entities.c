/* SPDX-License-Identifier: ISC */
#include "t/lib/entities.h"

#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "smime/mime/field.h"

void
entities_read(const char *block, size_t len, struct entity *entity)
{
	char *copy = malloc(len > 0 ? len : 1);
	struct field field;
	size_t at = 0;
	bool odd = false;

	memcpy(copy, block, len);
	entity_init(entity);
	while (field_next(copy, len, &at, &field, &odd))
		ck_assert(entity_push(entity, &field));
	free(copy);
	ck_assert(entity_end(entity));
}

void
entities_check(const struct header *header)
{
	struct entity entity;

	entities_read(header->header, strlen(header->header), &entity);
	ck_assert_msg(entity.media == header->media, "%s: media %d",
	    header->name, entity.media);
	ck_assert_msg(entity.ambiguous == header->ambiguous, "%s",
	    header->name);
	ck_assert_msg(entity.guessed == header->guessed, "%s", header->name);
	entity_done(&entity);
}

void
entities_check_truncated(const struct header *header)
{
	struct entity entity;

	for (size_t len = 0; len <= strlen(header->header); len++) {
		entities_read(header->header, len, &entity);
		ck_assert_ptr_nonnull(entity.type);
		entity_done(&entity);
	}
}
