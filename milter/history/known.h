/* SPDX-License-Identifier: ISC */
/*
 * known - the addresses that have signed, as hashes, in memory and in a file
 *
 * Shape    a line of 16 hex digits for each, of an HMAC: the file tells
 *          nobody who they are
 * Limits   as many as known_open() is told; later ones are not remembered
 * Errors   what cannot be written is remembered until the process ends
 * Threads  one thread at a time
 */
#ifndef MILTER_HISTORY_KNOWN_H
#define MILTER_HISTORY_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "milter/history/histline.h"

struct known;

/*
 * Read the file, or begin one.  Lines that are no hash are passed over.  NULL
 * and errno when it cannot be had.
 */
struct known *known_open(const char *path, const uint8_t key[HISTLINE_KEY_LEN],
    size_t max);

/* Capital letters count as small ones. */
bool known_has(const struct known *known, const char *address);
void known_add(struct known *known, const char *address);

/* Takes NULL. */
void known_free(struct known *known);

#endif
