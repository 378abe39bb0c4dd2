/* SPDX-License-Identifier: ISC */
/*
 * storelog - what the log says of the certificates in force
 *
 * Shape    one line for each certificate, with its thumbprint (the SHA-1 that
 *          Windows shows) and its subject
 * Limits   STORELOG_MAX lines of a kind, and one with how many more there are
 * Threads  no state of its own: any thread, at any time
 */
#ifndef MILTER_COLLECTION_STORELOG_H
#define MILTER_COLLECTION_STORELOG_H

#include <stddef.h>
#include <time.h>

#include "smime/trust/trust.h"

enum { STORELOG_MAX = 20 };

/*
 * At LOG_INFO: the certificates that the collection and the local store have
 * gained and lost.
 */
void storelog_changes(const struct trust *before, const struct trust *after);

/*
 * At LOG_WARNING: the certificates of the collection that expire within so
 * many days, the first ones first, and how many have expired already.  0 days:
 * nothing.
 */
void storelog_expiry(const struct trust *trust, time_t now, size_t days);

#endif
