/* SPDX-License-Identifier: ISC */
/*
 * clock - the time that latencies and rates are measured by
 *
 * Units    seconds, of CLOCK_MONOTONIC
 */
#ifndef T_LIB_MLOAD_CLOCK_H
#define T_LIB_MLOAD_CLOCK_H

double clock_now(void);

#endif
