/* SPDX-License-Identifier: ISC */
/*
 * field - a header, cut into its fields
 *
 * Shape    name ":" value, and lines that begin with a space or a tab; a value
 *          is what stands after the colon, still folded (with LF or CRLF), of
 *          any octets
 * Source   RFC 5322 2.2
 * Units    octets
 * Threads  pure: any thread, at any time
 */
#ifndef SMIME_MIME_FIELD_H
#define SMIME_MIME_FIELD_H

#include <stdbool.h>
#include <stddef.h>

/* One field of a header block.  Both pointers are borrowed from the block. */
struct field {
	const char *name; /* without trailing white space before the colon */
	size_t name_len;
	const char *value; /* after the colon, folded, without the last EOL */
	size_t value_len;
};

/*
 * Find the next field in block[*at..len) and move *at behind it.  Returns
 * false at the end of the block.  A line that is no field (no colon, or a
 * name with anything but printable ASCII) is passed over and sets *odd_r,
 * which is never cleared.  An empty line is the end of the block.
 */
bool field_next(const char *block, size_t len, size_t *at,
    struct field *field_r, bool *odd_r);

/* True for a field of that name, whatever its case. */
bool field_is(const struct field *field, const char *name);

#endif
