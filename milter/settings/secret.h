/* SPDX-License-Identifier: ISC */
/*
 * secret - a password from a file that nobody else can read
 *
 * Shape    one line; its end may be missing
 * Limits   SECRET_MAX octets
 * Threads  no state of its own: any thread, at any time
 */
#ifndef MILTER_SETTINGS_SECRET_H
#define MILTER_SETTINGS_SECRET_H

enum { SECRET_MAX = 1024 };

/*
 * The password, with a NUL at its end; free it with secret_free().  On failure
 * returns NULL and sets *error_r to a line "PATH: what is wrong; what would be
 * right" that the caller frees (NULL: out of memory).  Refused are a file that
 * others than its owner can read or write, and an empty password, which to a
 * directory means no password at all (RFC 4513 5.1.2).
 */
char *secret_read(const char *path, char **error_r);

/* Overwrite it, then free it.  Takes NULL. */
void secret_free(char *secret);

#endif
