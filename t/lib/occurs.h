/* SPDX-License-Identifier: ISC */
/*
 * occurs - how often a text has a part
 */
#ifndef T_LIB_OCCURS_H
#define T_LIB_OCCURS_H

#include <stddef.h>

/* Parts that overlap count once. */
size_t occurs(const char *text, const char *part);

#endif
