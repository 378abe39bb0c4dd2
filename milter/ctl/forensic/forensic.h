/* SPDX-License-Identifier: ISC */
/*
 * forensic - why a digest does not match: what a relay did to the signed part
 *
 * Each kind of damage is undone, in each of its variants, alone and then in
 * some pairs, until the digest is the one in the signature.  So what is named
 * is certain to explain the mismatch; that nothing is named means only that
 * nobody here knows.  The verdict is never touched.
 *
 * Room     forensic tries what damage.h can undo; damage_*.c are the kinds, with
 *          line.h, partmap.h (the entities of a part) and rewrite.h to change
 *          one; partfile.h gets the part, hop.h guesses who did it.
 * Limits   a part FORENSIC_MAX_PART octets; FORENSIC_MAX_WORK octets read,
 *          written and hashed in all, which is about two seconds; memory of
 *          four parts
 * Threads  no state of its own: any thread, at any time
 */
#ifndef MILTER_CTL_FORENSIC_FORENSIC_H
#define MILTER_CTL_FORENSIC_FORENSIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "milter/ctl/forensic/damage.h"

enum {
	FORENSIC_MAX_PART = 8 * 1024 * 1024,
	FORENSIC_MAX_WORK = 512 * 1024 * 1024,
	FORENSIC_MAX_TEXT = 512,
};

/* All borrowed. */
struct forensic_input {
	const uint8_t *part; /* as received, with CRLF; header included */
	size_t len;
	const char *digest; /* its name, such as "sha256" */
	const uint8_t *expected;
	size_t expected_len;
};

struct forensic {
	enum damage cause; /* DAMAGE_NONE: not found */
	enum damage also;  /* what was done besides; or DAMAGE_NONE */
	bool gave_up;	   /* a limit was met, or memory was short */
};

/*
 * Look for what explains the mismatch.  Nothing is found, either, where the
 * part has that digest as it is.  OpenSSL's error queue is left as found.
 */
void forensic_examine(const struct forensic_input *in,
    struct forensic *found_r);

/*
 * One sentence for people, without a full stop.  hop, of hop_find(), may be
 * NULL.
 */
void forensic_describe(const struct forensic *found, const char *hop,
    char out[static FORENSIC_MAX_TEXT]);

#endif
