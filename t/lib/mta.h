/* SPDX-License-Identifier: ISC */
/*
 * mta - MTAs of every kind, and what they say of an ordinary message
 *
 * It is spoken by t/lib/fake_mfapi.h.  Every function fails the running test
 * rather than return a failure.
 *
 * Threads  one thread
 */
#ifndef T_LIB_MTA_H
#define T_LIB_MTA_H

#include <stdbool.h>
#include <stddef.h>

#include "t/lib/fake_mfapi.h"
#include "t/lib/letters.h"

/* What is offered by MTAs that know less. */
#define V2_ACTIONS 0x3fUL

/* Kinds are numbers below this. */
enum { MTA_KINDS = 8 };

struct smfi_str mta_of_kind(int kind);
const char *mta_kind_name(int kind);

/* That of most tests. */
struct smfi_str mta_postfix(void);

/* From the negotiation to the connection of a client, 198.51.100.7. */
void mta_greet(SMFICTX *mta);

/* From alice@example.org to bob@example.net. */
void mta_envelope(SMFICTX *mta);

/* One message, in chunks of that size.  Returns what was answered. */
sfsistat mta_deliver(SMFICTX *mta, enum kind kind, size_t chunk);

/* "Name: value" as the MTA hands it over. */
void mta_push_line(SMFICTX *mta, const char *line);

/*
 * Is that what mta_header() is to be?  What is expected has no space where the
 * MTA got none.
 */
bool mta_same_header(const char *got, const char *want);

#endif
