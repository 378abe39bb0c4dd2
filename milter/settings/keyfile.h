/* SPDX-License-Identifier: ISC */
/*
 * keyfile - a secret key in a file, made when it is first needed
 *
 * Shape    64 hex digits in lower case and a line feed; a regular file that
 *          nobody but its owner may read.  It is there whole or not at all,
 *          also when we are killed while we make it.
 * Threads  no state of its own: any thread, at any time
 */
#ifndef MILTER_SETTINGS_KEYFILE_H
#define MILTER_SETTINGS_KEYFILE_H

#include <stdbool.h>
#include <stdint.h>

enum { KEYFILE_LEN = 32 };

struct keyfile_key {
	uint8_t octets[KEYFILE_LEN];
};

/*
 * Read the key, or make it where there is none.  Of two that make it at once
 * both get the same.  False, with a line in *error_r that begins with the
 * option and that the caller frees (NULL: out of memory).
 */
bool keyfile_load(const char *option, const char *path,
    struct keyfile_key *key_r, char **error_r);

/* A key that nobody else has, and that is lost in the end. */
bool keyfile_make(struct keyfile_key *key_r);

#endif
