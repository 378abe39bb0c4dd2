/* SPDX-License-Identifier: ISC */
/*
 * priv - become somebody who can do little
 *
 * Threads  before any thread
 */
#ifndef MILTER_DAEMON_PRIV_H
#define MILTER_DAEMON_PRIV_H

#include <stdbool.h>

/*
 * If we are root, become "user" or "user:group" (supplementary groups of the
 * user included, unless a group is named) and make sure there is no way back.
 * If we are not root, stay who we are, and refuse when user names somebody
 * else.  Refuses to stay root: an empty user is an error for root, as is a
 * user whose uid is 0.  On failure returns false and sets *error_r to a line
 * that the caller frees.
 */
bool priv_drop(const char *user, char **error_r);

#endif
