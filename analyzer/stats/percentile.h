/*
 * percentile.h - nearest-rank percentiles of exact values, with their confidence interval by order
 * statistics: which ranks hold the true percentile, whatever the distribution (binomial, exact).
 */
#ifndef ANALYZER_PERCENTILE_H
#define ANALYZER_PERCENTILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More values than this are counted in a histogram rather than sorted (histogram.h). */
#define PERCENTILE_EXACT_MOST 1000000

struct percentile {
	int64_t value;
	int64_t low, high; /* 95 % confidence: 2.5 % beyond each; the extremes where not known */
	bool low_known, high_known; /* so few values may bound it on one side, or on none */
};

/* Sorts in place, ascending. */
void percentile_sort(int64_t *values, size_t count);
/* Nearest rank of sorted values: the ceil(p * count / 100)-th. `per_mille` is p * 10. 0 when empty.
 */
int64_t percentile_rank(const int64_t *sorted, size_t count, unsigned int per_mille);
struct percentile percentile_of(const int64_t *sorted, size_t count, unsigned int per_mille);
/* The ranks (from 1) of that interval; low 0, or high count + 1: there is no bound. */
void percentile_ranks(size_t count, double p, size_t *low, size_t *high);
/* The fewest values that can tell this percentile from the maximum: 1 / (1 - p). */
size_t percentile_least(unsigned int per_mille);

/* The same of p * 10,000, for finer percentiles. */
struct percentile percentile_of_ppm(const int64_t *sorted, size_t count, unsigned int ppm);
size_t percentile_least_ppm(unsigned int ppm);

#endif
