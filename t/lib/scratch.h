/* SPDX-License-Identifier: ISC */
/*
 * scratch - a folder and a log of one test, gone when it ends
 *
 * Every function fails the running test rather than return a failure.
 *
 * Threads  one thread
 */
#ifndef T_LIB_SCRATCH_H
#define T_LIB_SCRATCH_H

#include <stddef.h>

#include <openssl/x509.h>

/* Fixtures: make the folder and send log_line() to a file in it; undo it. */
void scratch_begin(void);
void scratch_end(void);

/* The path of a name in the folder.  The caller frees it. */
char *scratch_path(const char *name);

/* Write a file, in one piece under its name; text ends with NUL. */
void scratch_write(const char *name, const char *text);
void scratch_write_octets(const char *name, const void *octets, size_t len);

/* A PEM file of one certificate. */
void scratch_write_cert(const char *name, X509 *cert);

/* What was logged since the last call.  The caller frees it. */
char *scratch_log(void);

/* What was logged since the last call has the part exactly so many times. */
void scratch_expect_log(const char *part, size_t count);

#endif
