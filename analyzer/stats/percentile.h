/*
 * percentile.h - nearest-rank percentiles of exact values, with their confidence interval by order
 * statistics.
 */
#ifndef ANALYZER_PERCENTILE_H
#define ANALYZER_PERCENTILE_H

#include <stddef.h>
#include <stdint.h>

struct percentile {
	int64_t value;
	int64_t low, high; /* 95 % confidence; the extremes where so few values give no more */
};

/* Sorts in place, ascending. */
void percentile_sort(int64_t *values, size_t count);
/* Nearest rank of sorted values: the ceil(p * count / 100)-th. `per_mille` is p * 10. 0 when empty.
 */
int64_t percentile_rank(const int64_t *sorted, size_t count, unsigned int per_mille);
struct percentile percentile_of(const int64_t *sorted, size_t count, unsigned int per_mille);
/* The fewest values that can tell this percentile from the maximum: 1 / (1 - p). */
size_t percentile_least(unsigned int per_mille);

#endif
