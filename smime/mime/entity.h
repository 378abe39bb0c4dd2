/* SPDX-License-Identifier: ISC */
/*
 * entity - what the header of one MIME entity says
 *
 * Wherever two readers could see two things, the answer is "ambiguous", never a
 * guess.
 *
 * Shape    the values of Content-Type, Content-Transfer-Encoding and
 *          Content-Disposition: what stands after the colon, still folded (with
 *          LF or CRLF), of any octets
 * Source   RFC 2045 5 and 6, RFC 2046 5.1.1, RFC 2183 2, RFC 8551 3.10
 * Units    octets
 * Limits   a boundary 70
 * Threads  opinion_init() once before any thread; the rest from any thread
 */
#ifndef SMIME_MIME_ENTITY_H
#define SMIME_MIME_ENTITY_H

#include <stdbool.h>

#include "smime/mime/cte.h"
#include "smime/mime/media.h"

/*
 * What the header of one MIME entity says.  The strings are owned, in UTF-8,
 * and NULL where the parameter is absent.  type, protocol, micalg and
 * smime_type are in lower case; boundary is octet for octet, UTF-8 or not.
 *
 * ambiguous is set by Content-Type or Content-Transfer-Encoding given twice;
 * by a type that cannot be read (type is then text/plain); by boundary,
 * protocol, micalg, smime-type or hp given twice, or read in another way by
 * GMime, or (the first two and hp) in a form of RFC 2231; by a multipart
 * without a boundary of RFC 2046.  Parameters that are no parameters, and
 * doubts about a file name, count only for types whose meaning they can
 * change: multipart, pkcs7, octet-stream.  For multipart, pkcs7 and what is
 * guessed so does what simple readers get wrong in Content-Type: a comment, a
 * backslash in quotes, and quotes with a parameter inside, as "; boundary=x".
 * So does, for pkcs7 and what is guessed, a file name that is empty, or has a
 * dot and may not be one of .p7s, .p7m, .p7c and .p7z.
 *
 * A value without quotes may have "/", ":", "=" and "?" if all else in it may
 * stand in a boundary.  It is kept as written, where GMime drops or cuts it,
 * but in a field without a file name and without encoded parameters only.
 */
struct entity {
	enum media media;
	enum cte cte;
	bool guessed;	/* media by the file name alone (RFC 8551 3.2.1) */
	bool ambiguous; /* see above */
	char *type;	/* "multipart/signed"; "text/plain" by default */
	char *boundary;
	char *protocol;
	char *micalg;
	char *smime_type;
	char *name; /* Content-Disposition filename, else Content-Type name */
	unsigned int seen; /* where reading stands */
};

struct field;

/* An entity without fields: text/plain, identity. */
void entity_init(struct entity *entity);

/*
 * Take one field into account.  Fields other than Content-Type,
 * Content-Transfer-Encoding and Content-Disposition leave the entity alone.
 * Returns false only when out of memory.
 */
bool entity_push(struct entity *entity, const struct field *field);

/* All fields have come: settle media.  False only when out of memory. */
bool entity_end(struct entity *entity);

/* Free the strings.  The entity is then as after entity_init(). */
void entity_done(struct entity *entity);

#endif
