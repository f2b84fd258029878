/*
 * percentile.c - see percentile.h.
 */
#include "stats/percentile.h"

#include "base/sort.h"

#include <math.h>
#include <stdlib.h>

#define MILLION ((size_t)1000000)

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

void percentile_sort(int64_t *values, size_t count)
{
	if (count)
		sort(values, count, sizeof(*values), compare);
}

static int64_t rank_of(const int64_t *sorted, size_t count, unsigned int ppm)
{
	size_t rank = count / MILLION * ppm + (count % MILLION * ppm + MILLION - 1) / MILLION;

	return count ? sorted[rank ? rank - 1 : 0] : 0;
}

int64_t percentile_rank(const int64_t *sorted, size_t count, unsigned int per_mille)
{
	return rank_of(sorted, count, per_mille * 1000);
}

/* The chance that exactly `k` of `count` values lie below what each does with chance p. */
static double binomial(double k, double count, double p)
{
	return exp(lgamma(count + 1) - lgamma(k + 1) - lgamma(count - k + 1) + k * log(p) +
		   (count - k) * log1p(-p));
}

/* Where the chances are added up: beyond ten deviations from the middle there is nothing. */
static double first_of(double count, double p)
{
	double first = floor(count * p - 10 * sqrt(count * p * (1 - p)) - 10);

	return first < 0 ? 0 : first;
}

void percentile_ranks(size_t count, double p, size_t *low, size_t *high)
{
	double n = (double)count, k = first_of(n, p), chance = binomial(k, n, p), sum = chance;

	*low = 0;
	*high = count + 1;
	if (!count || p <= 0 || p >= 1)
		return;
	while (sum < 0.025 && k < n) {
		chance *= (n - k) / (k + 1) * p / (1 - p);
		sum += chance;
		k++;
	}
	*low = (size_t)k;
	while (sum < 0.975 && k < n) {
		chance *= (n - k) / (k + 1) * p / (1 - p);
		sum += chance;
		k++;
	}
	*high = (size_t)k + 1;
}

struct percentile percentile_of_ppm(const int64_t *sorted, size_t count, unsigned int ppm)
{
	struct percentile result = {.value = rank_of(sorted, count, ppm)};
	size_t low, high;

	if (!count)
		return result;
	percentile_ranks(count, ppm / (double)MILLION, &low, &high);
	result.low_known = low >= 1;
	result.high_known = high <= count;
	result.low = sorted[low >= 1 ? low - 1 : 0];
	result.high = sorted[high <= count ? high - 1 : count - 1];
	return result;
}

struct percentile percentile_of(const int64_t *sorted, size_t count, unsigned int per_mille)
{
	return percentile_of_ppm(sorted, count, per_mille * 1000);
}

size_t percentile_least_ppm(unsigned int ppm)
{
	return ppm >= MILLION ? 1 : (MILLION + (MILLION - ppm) - 1) / (MILLION - ppm);
}

size_t percentile_least(unsigned int per_mille)
{
	return percentile_least_ppm(per_mille * 1000);
}
