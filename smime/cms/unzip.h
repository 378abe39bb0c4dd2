/* SPDX-License-Identifier: ISC */
/*
 * unzip - zlib data, expanded as it streams by, within bounds
 *
 * Source   RFC 3274 2 (id-alg-zlibCompress), RFC 1950
 * Units    octets; the ratio is expanded to compressed
 * Limits   both bounds are given at birth; the ratio counts only once
 *          UNZIP_FREE octets have come out, so that short text is no bomb
 * Threads  one thread at a time
 */
#ifndef SMIME_CMS_UNZIP_H
#define SMIME_CMS_UNZIP_H

#include <stddef.h>
#include <stdint.h>

#include "smime/reason.h"

enum { UNZIP_FREE = 1024 * 1024 };

struct unzip;

/* Where expanded octets go. */
typedef void unzip_sink(void *arg, const uint8_t *octets, size_t len);

/* NULL when out of memory. */
struct unzip *unzip_new(size_t max_expanded, size_t max_ratio);

/* Expand some more.  After a failure nothing is expanded any more. */
void unzip_push(struct unzip *unzip, const uint8_t *octets, size_t len,
    unzip_sink *sink, void *arg);

/*
 * All octets have come.  REASON_OK when they were exactly one zlib stream;
 * otherwise REASON_COMPRESSED, REASON_EXPANDED_TOO_LARGE or
 * REASON_TEMP_NOMEM.
 */
enum reason unzip_end(struct unzip *unzip);

void unzip_free(struct unzip *unzip);

#endif
