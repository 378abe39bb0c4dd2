/* SPDX-License-Identifier: ISC */
/*
 * process - what a daemon asks of its system
 *
 * Threads  before any thread, if nothing else is said
 */
#ifndef MILTER_DAEMON_PROCESS_H
#define MILTER_DAEMON_PROCESS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Allow as many open files as the hard limit does, and return how many that
 * is; 0 when the system does not say.
 */
size_t process_raise_files(void);

/*
 * The connections that fit into so many files: some are kept for stores that
 * are read, logs, and the scrape of metrics.  At least one.
 */
size_t process_connections(size_t files);

/*
 * Can no file be opened, since there are as many as may be?  libmilter then
 * takes no connection, and does not say so.  At any time, from any thread.
 */
bool process_out_of_files(void);

/*
 * Go on in a child, in a session of its own.  The parent stays until the
 * child calls process_ready(), and then exits with 0, or until the child has
 * ended, and then exits with its status.  Returns in the child only, with
 * what process_ready() wants; or -1 in the parent when it cannot be done.
 */
int process_detach(void);

/* Let the parent go, and the terminal too, but for stderr if it is kept. */
void process_ready(int parent, bool keep_stderr);

/*
 * Make sure that a Unix socket can be made there: remove one that nobody
 * listens on, as after a kill, and leave all else alone.  libmilter removes
 * none as root, and as another user also one that is in use.  True for other
 * kinds of sockets, where the system refuses a second listener.  On failure
 * returns false and sets *error_r to a line that the caller frees.
 */
bool process_claim_socket(const char *socket, char **error_r);

/*
 * Give a Unix socket that is open to a group.  True for other kinds of
 * sockets, and when group is empty.  On failure as above.
 */
bool process_give_socket(const char *socket, const char *group, char **error_r);

/*
 * Send small packets at once on every Internet socket that listens, and so on
 * those accepted from it.  libmilter writes an answer in pieces, and each
 * would wait 40 ms for the one before to be acknowledged.
 */
void process_hurry_listeners(void);

/*
 * Write our id to a file, and hold a lock on it until we end, so that a second
 * instance with the same file is refused.  On failure as above.
 */
bool process_write_pid(const char *path, char **error_r);

#endif
