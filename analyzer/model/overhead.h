/*
 * overhead.h - what the profiling itself cost (overhead.c).
 */
#ifndef ANALYZER_OVERHEAD_H
#define ANALYZER_OVERHEAD_H

#include <stddef.h>
#include <stdint.h>

struct overhead {
	int64_t total_ns; /* -1: no data */
};

#endif
