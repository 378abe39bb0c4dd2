/* SPDX-License-Identifier: ISC */
/*
 * reach - can a server out on the Internet fetch from that address?
 *
 * Shape    a URL, as a certificate says where its CRL is
 * Source   RFC 5280 4.2.1.13; names and addresses of no public meaning:
 *          RFC 1918, RFC 4193, RFC 6761, RFC 6762, RFC 6890, RFC 8375
 * Threads  pure: any thread, at any time
 */
#ifndef MILTER_COLLECTION_REACH_H
#define MILTER_COLLECTION_REACH_H

#include <stdbool.h>

/*
 * Why it cannot, worded to follow the URL in a sentence; NULL when nothing
 * speaks against it.  No name is looked up.
 */
const char *reach_obstacle(const char *url);

#endif
