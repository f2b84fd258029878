/*
 * histogram.c - see histogram.h. Counts saturate: a damaged file must not wrap them around.
 */
#include "stats/histogram.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/sort.h"

static uint64_t saturating(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

unsigned int histogram_index(uint64_t value)
{
	unsigned int octave = 63 - (unsigned int)__builtin_clzll(value | 1);
	unsigned int low = 0, high = DNDPROF_BUCKETS;
	long double mantissa = ldexpl((long double)value, -(int)octave); /* [1, 2) */

	if (octave >= DNDPROF_OCTAVES)
		return HISTOGRAM_BUCKETS - 1;
	while (high - low > 1) { /* the last bucket whose bound is not above */
		unsigned int middle = (low + high) / 2;

		if (mantissa >= exp2l(middle / (long double)DNDPROF_BUCKETS))
			low = middle;
		else
			high = middle;
	}
	return octave * DNDPROF_BUCKETS + low;
}

double histogram_bound(unsigned int index)
{
	return exp2(index / (double)DNDPROF_BUCKETS);
}

void histogram_add_bucket(struct histogram *histogram, unsigned int index, uint64_t n)
{
	histogram->bucket[index] = saturating(histogram->bucket[index], n);
	histogram->count = saturating(histogram->count, n);
}

void histogram_add_zero(struct histogram *histogram, uint64_t n)
{
	histogram->zero = saturating(histogram->zero, n);
	histogram->count = saturating(histogram->count, n);
}

void histogram_add(struct histogram *histogram, uint64_t value)
{
	if (value)
		histogram_add_bucket(histogram, histogram_index(value), 1);
	else
		histogram_add_zero(histogram, 1);
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
	histogram_add_zero(into, from->zero);
	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++)
		if (from->bucket[i])
			histogram_add_bucket(into, i, from->bucket[i]);
}

static double middle_of(unsigned int index)
{
	return sqrt(histogram_bound(index) * histogram_bound(index + 1));
}

static uint64_t rank_of(double q, uint64_t count)
{
	double rank = ceil(q * (double)count);

	return rank < 1 ? 1 : rank >= (double)count ? count : (uint64_t)rank;
}

double histogram_quantile(const struct histogram *histogram, double q)
{
	uint64_t seen = histogram->zero, rank = rank_of(q, histogram->count);

	if (!histogram->count || seen >= rank)
		return 0;
	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen = saturating(seen, histogram->bucket[i]);
		if (seen >= rank)
			return middle_of(i);
	}
	return middle_of(HISTOGRAM_BUCKETS - 1);
}

struct weighted {
	double distance;
	uint64_t count;
};

static int compare_weighted(const void *a, const void *b)
{
	double x = ((const struct weighted *)a)->distance;
	double y = ((const struct weighted *)b)->distance;

	return (x > y) - (x < y);
}

double histogram_deviation(const struct histogram *histogram, double center, double q)
{
	struct weighted *rows = memory_get((HISTOGRAM_BUCKETS + 1) * sizeof(*rows));
	uint64_t seen = 0, rank = rank_of(q, histogram->count);
	double found = 0;
	size_t n = 0;

	rows[n++] = (struct weighted){fabs(center), histogram->zero};
	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++)
		if (histogram->bucket[i])
			rows[n++] = (struct weighted){fabs(middle_of(i) - center),
						      histogram->bucket[i]};
	sort(rows, n, sizeof(*rows), compare_weighted);
	for (size_t i = 0; i < n && seen < rank; i++) {
		seen = saturating(seen, rows[i].count);
		if (rows[i].count)
			found = rows[i].distance;
	}
	free(rows);
	return found;
}
