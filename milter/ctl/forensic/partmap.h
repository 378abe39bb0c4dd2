/* SPDX-License-Identifier: ISC */
/*
 * partmap - which entities a MIME part is made of, and where they are
 *
 * Shape    a part is its header, a blank line and its body, with CRLF
 * Source   RFC 2045 6 (encodings), RFC 2046 5.1 (multiparts)
 * Limits   PARTMAP_MAX_SPANS entities are told apart, the last of which has
 *          all that follows; PARTMAP_MAX_HEADER octets of a header are read,
 *          what follows is taken for the body
 * Threads  no state of its own: any thread, at any time
 */
#ifndef MILTER_CTL_FORENSIC_PARTMAP_H
#define MILTER_CTL_FORENSIC_PARTMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smime/mime/cte.h"

enum { PARTMAP_MAX_SPANS = 64, PARTMAP_MAX_HEADER = 64 * 1024 };

/* One entity: header [header, body), body [body, end). */
struct partmap_span {
	size_t header;
	size_t body; /* behind the blank line */
	size_t end;  /* before the end of line that a delimiter owns */
	enum cte cte;
	bool has_cte;	/* there is a Content-Transfer-Encoding field */
	bool multipart; /* what is called its body is the preamble */
	bool text;	/* text/... */
};

/* A part and the entities in it, in order.  Written by partmap_read() only. */
struct partmap {
	const uint8_t *octets; /* borrowed */
	size_t len;
	struct partmap_span spans[PARTMAP_MAX_SPANS];
	size_t count;
};

/* Find the entities of octets[0..len), which must outlive *map_r. */
void partmap_read(struct partmap *map_r, const uint8_t *octets, size_t len);

#endif
