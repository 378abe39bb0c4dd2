/* SPDX-License-Identifier: ISC */
/*
 * stamp - has a file changed?
 *
 * Shape    a stamp sums up what stat(2) says of a path: device, inode, size,
 *          and both times to the nanosecond; of a folder, also of each file
 *          in it.  It needs no watch descriptors, so it sees renames, bind
 *          mounts and network file systems alike.
 * Threads  no state of its own: any thread, at any time
 */
#ifndef MILTER_SETTINGS_STAMP_H
#define MILTER_SETTINGS_STAMP_H

#include <stdint.h>

/*
 * Continue the stamp with a path, which need not exist.  Start with 0.  Two
 * equal stamps of the same paths mean that nothing has changed.
 */
uint64_t stamp_path(uint64_t stamp, const char *path);

#endif
