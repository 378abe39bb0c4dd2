/* SPDX-License-Identifier: ISC */
/*
 * entities - headers, and what is to be read of an entity in them
 *
 * Every function fails the running test rather than return a failure.
 *
 * Threads  one thread
 */
#ifndef T_LIB_ENTITIES_H
#define T_LIB_ENTITIES_H

#include <stdbool.h>
#include <stddef.h>

#include "smime/mime/entity.h"

/* Pieces of headers. */
#define CT  "Content-Type: "
#define CD  "Content-Disposition: "
#define CTE "Content-Transfer-Encoding: "
#define B   "; boundary=x"
#define P7S "application/pkcs7-signature"

struct header {
	const char *name;
	const char *header;
	enum media media;
	bool ambiguous;
	bool guessed;
};

/* Push the fields of a header block, and end; entity_done() is left to do. */
void entities_read(const char *block, size_t len, struct entity *entity);

/* The header is read as the row has it. */
void entities_check(const struct header *header);

/* Whatever is cut off, there is a type. */
void entities_check_truncated(const struct header *header);

#endif
