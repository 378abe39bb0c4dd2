/* SPDX-License-Identifier: ISC */
/*
 * outfile - write a file whole, or not at all
 *
 * The octets go to a hidden file in the same folder, are synced to the disk,
 * and take the place of the old file in one step: whoever reads the path, or
 * comes back after a crash, finds the old file or the new one.
 *
 * Shape    the hidden file is named ".smimectl-" and six characters.  One that a
 *          killed process has left behind is removed by the next one in that
 *          folder.
 * Limits   access control lists and other attributes are not carried over
 * Threads  one thread for one struct; signals are held back while it commits
 */
#ifndef MILTER_COLLECTION_OUTFILE_H
#define MILTER_COLLECTION_OUTFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct outfile;

/*
 * Remember what is at path now.  A symbolic link stands for what it points
 * to.  NULL, and a line in *error_r that the caller frees, where something
 * other than a regular file is, or a file is and replace is false.
 */
struct outfile *outfile_open(const char *path, bool replace, char **error_r);

/*
 * Put the octets there.  A file that is replaced keeps its owner and mode; a
 * new one is made with 0666 less the umask.  False, and a line in *error_r,
 * when that fails, or when the file has changed, appeared or vanished since
 * outfile_open(): then what is there now stays as it is.
 */
bool outfile_commit(struct outfile *file, const uint8_t *octets, size_t len,
    char **error_r);

/* Takes NULL.  What is not committed never was. */
void outfile_free(struct outfile *file);

#endif
