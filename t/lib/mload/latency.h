/* SPDX-License-Identifier: ISC */
/*
 * latency - of many answers, how long the quick and the slow ones took
 *
 * Units    microseconds; 0 stands for no answer, and does not count
 */
#ifndef T_LIB_MLOAD_LATENCY_H
#define T_LIB_MLOAD_LATENCY_H

#include <stddef.h>
#include <stdint.h>

/* The percentiles; all 0 where there was no answer. */
struct latency {
	uint32_t p50;
	uint32_t p99;
	uint32_t max;
};

/* Sort them, and tell their percentiles. */
struct latency latency_sort(uint32_t *latencies, size_t n);

#endif
