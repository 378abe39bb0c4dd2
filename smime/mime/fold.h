/* SPDX-License-Identifier: ISC */
/*
 * fold - is a field's value one field to every reader?
 *
 * Shape    lines end with CRLF or LF, and each but the first begins with a
 *          space or a tab; no other CR, and no NUL
 * Source   RFC 5322 2.2.3
 * Threads  pure: any thread, at any time
 */
#ifndef SMIME_MIME_FOLD_H
#define SMIME_MIME_FOLD_H

#include <stdbool.h>
#include <stddef.h>

/*
 * False when some reader could see another field begin inside of the value:
 * one that ends lines at a bare CR, at a LF, or the text at a NUL.
 */
bool fold_is_clean(const char *value, size_t len);

#endif
