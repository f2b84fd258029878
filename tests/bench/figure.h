/*
 * figure.h - what these programs share: a clock for short batches, and printing many measurements
 * as the figure the benchmark's scripts read: least, median, greatest, how many.
 */
#ifndef DNDPROF_BENCH_FIGURE_H
#define DNDPROF_BENCH_FIGURE_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static inline int figure_compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* A member of a JSON object that has members before; sorts the measurements. */
static inline void figure_print(const char *name, double *ns, long count)
{
	qsort(ns, (size_t)count, sizeof(*ns), figure_compare);
	printf(", \"%s\": {\"min\": %.2f, \"median\": %.2f, \"max\": %.2f, \"count\": %ld}", name,
	       ns[0], ns[count / 2], ns[count - 1], count);
}

#endif
