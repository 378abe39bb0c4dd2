/* SPDX-License-Identifier: ISC */
#include "t/lib/mload/latency.h"

#include <stdlib.h>

static int
by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Of the known latencies, sorted: that below which this share lies. */
static uint32_t
percentile(const uint32_t *sorted, size_t n, double share)
{
	return n == 0 ? 0 : sorted[(size_t)((double)(n - 1) * share)];
}

struct latency
latency_sort(uint32_t *latencies, size_t n)
{
	size_t unanswered = 0;
	const uint32_t *sorted;

	qsort(latencies, n, sizeof(latencies[0]), by_size);
	while (unanswered < n && latencies[unanswered] == 0)
		unanswered++;
	sorted = latencies + unanswered;
	n -= unanswered;
	return (struct latency){ percentile(sorted, n, 0.5),
		percentile(sorted, n, 0.99), percentile(sorted, n, 1) };
}
