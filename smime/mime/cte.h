/* SPDX-License-Identifier: ISC */
/*
 * cte - content transfer encodings, undone as the octets stream by
 *
 * Shape    base64 as RFC 2045 6.8: characters outside the alphabet are
 *          passed over; octets after the padding are an error.
 *          quoted-printable as RFC 2045 6.7: soft line breaks and trailing
 *          white space removed, LF and CRLF both end a line and come out as
 *          they went in.
 * Units    octets
 * Limits   CTE_MAX_BLANKS octets of white space are held back in case a line
 *          ends behind them; more than that stays, and is damage
 * Threads  one thread at a time
 */
#ifndef SMIME_MIME_CTE_H
#define SMIME_MIME_CTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CTE_MAX_BLANKS = 127 };

enum cte {
	CTE_IDENTITY, /* 7bit, 8bit, binary, or no field at all */
	CTE_BASE64,
	CTE_QUOTED_PRINTABLE,
	CTE_UNKNOWN, /* a word that RFC 2045 does not know */
};

/* Where decoded octets go. */
typedef void cte_sink(void *arg, const uint8_t *octets, size_t len);

/* The decoder's state between two chunks; embedded, nothing to free. */
struct cte_decoder {
	enum cte cte;
	uint32_t bits;	   /* base64: what is not yet a whole group */
	unsigned int have; /* base64: characters in bits; qp: held octets */
	bool ended;	   /* base64: padding seen */
	bool damaged;	   /* something that no encoder writes */
	uint8_t held[CTE_MAX_BLANKS + 1]; /* qp: a line's tail, or "=..." */
};

/* Begin a new body.  CTE_UNKNOWN is passed through like CTE_IDENTITY. */
void cte_init(struct cte_decoder *decoder, enum cte cte);

/* Decode a chunk; sink is called any number of times, never with len 0. */
void cte_push(struct cte_decoder *decoder, const uint8_t *octets, size_t len,
    cte_sink *sink, void *arg);

/* The body ends here: gives what is still held. */
void cte_end(struct cte_decoder *decoder, cte_sink *sink, void *arg);

/* The word of a Content-Transfer-Encoding field: case and blanks ignored. */
enum cte cte_from_word(const char *word);

#endif
