/* SPDX-License-Identifier: ISC */
/*
 * process - what a process, the milter, has used
 *
 * Source   proc(5): status, clear_refs
 * Units    seconds of processors, kB of 1024 octets
 */
#ifndef T_LIB_MLOAD_PROCESS_H
#define T_LIB_MLOAD_PROCESS_H

struct usage {
	double seconds;
	long resident;
	long peak;
};

/* What it has used up to now, or die(); nothing where pid is 0. */
struct usage process_usage(long pid);

/*
 * From here on the kernel counts the peak anew, if it lets us.  Nothing happens
 * where pid is 0.
 */
void process_reset_peak(long pid);

#endif
