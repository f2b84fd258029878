/*
 * percentile.c - see percentile.h.
 */
#include "stats/percentile.h"

#include <math.h>
#include <stdlib.h>

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

void percentile_sort(int64_t *values, size_t count)
{
	if (count)
		qsort(values, count, sizeof(*values), compare);
}

int64_t percentile_rank(const int64_t *sorted, size_t count, unsigned int per_mille)
{
	size_t rank = (count * per_mille + 999) / 1000;

	return count ? sorted[rank ? rank - 1 : 0] : 0;
}

struct percentile percentile_of(const int64_t *sorted, size_t count, unsigned int per_mille)
{
	double p = per_mille / 1000.0, n = (double)count;
	double half = 1.959964 * sqrt(n * p * (1 - p));
	double low = floor(n * p - half), high = ceil(n * p + half) + 1;
	struct percentile result = {percentile_rank(sorted, count, per_mille), 0, 0};

	if (!count)
		return result;
	result.low = sorted[low < 1 ? 0 : (size_t)low - 1];
	result.high = sorted[high > n ? count - 1 : (size_t)high - 1];
	return result;
}

size_t percentile_least(unsigned int per_mille)
{
	return per_mille >= 1000 ? 1 : (1000 + (1000 - per_mille) - 1) / (1000 - per_mille);
}
