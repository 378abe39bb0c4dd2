/* SPDX-License-Identifier: ISC */
/*
 * seen - certificates that vouched, kept in a folder under their SHA-256
 *
 * Shape    FOLDER/<64 hex digits>.der.  A file is complete when it has its
 *          name; folders of several hosts merge by copying.
 * Limits   SEEN_MAX_FILES files; a certificate SEEN_MAX_DER octets.  What is
 *          beyond is not kept, which is logged once.
 * Threads  one thread at a time
 */
#ifndef MILTER_HISTORY_SEEN_H
#define MILTER_HISTORY_SEEN_H

#include <stddef.h>
#include <stdint.h>

enum { SEEN_MAX_FILES = 10000, SEEN_MAX_DER = 64 * 1024 };

struct seen;

/* The folder, made if it is missing.  NULL and errno when that fails. */
struct seen *seen_open(const char *path);

/*
 * Keep a certificate, unless it is there.  sha256 are 64 hex digits.  What
 * cannot be kept is logged, the first time, and tried again.
 */
void seen_add(struct seen *seen, const char *sha256, const uint8_t *der,
    size_t len);

/* Takes NULL. */
void seen_free(struct seen *seen);

/*
 * For who reads such folders: the path of that certificate's file.  The caller
 * frees it.  NULL when out of memory, or when sha256 is no such name.
 */
char *seen_path(const char *folder, const char *sha256);

#endif
