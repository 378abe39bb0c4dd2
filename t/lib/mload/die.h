/* SPDX-License-Identifier: ISC */
/*
 * die - the end of mload where it cannot go on
 */
#ifndef T_LIB_MLOAD_DIE_H
#define T_LIB_MLOAD_DIE_H

#include <stddef.h>

/* End with status 2, and with a line on standard error; as printf(). */
void die(const char *format, ...)
    __attribute__((noreturn, format(printf, 1, 2)));

/* So many octets, all of them 0, or the end.  The caller frees them. */
void *allocate(size_t size);

#endif
