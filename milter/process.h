/* SPDX-License-Identifier: ISC */
/*
 * process - what a daemon asks of its system
 *
 * Threads  before any thread
 */
#ifndef MILTER_PROCESS_H
#define MILTER_PROCESS_H

#include <stdbool.h>

/* As many open files as the hard limit allows. */
void process_raise_files(void);

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
 * Does something answer on a Unix socket already?  libmilter would take the
 * path away from it without a word.  False for other kinds of sockets, where
 * the system refuses a second listener.
 */
bool process_socket_in_use(const char *socket);

/*
 * Send small packets at once on every Internet socket that listens, and so on
 * those accepted from it.  libmilter writes an answer in pieces, and each
 * would wait 40 ms for the one before to be acknowledged.
 */
void process_hurry_listeners(void);

/* Write our id to a file, or say why not in *error_r, which is freed. */
bool process_write_pid(const char *path, char **error_r);

#endif
