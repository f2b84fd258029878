/*
 * trend.c - see trend.h. The chance of an order is exact where the points are few and all differ
 * (the number of permutations with so many inversions), else the normal approximation with the
 * corrections for ties and for continuity.
 */
#include "stats/trend.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/sort.h"

#define EXACT_MOST  10	 /* points for which the exact chance is computed */
#define SIGNIFICANT 0.05 /* chance above which an order is none */
#define MATERIAL    0.02 /* a change over the whole below this part of the middle is none */
#define NORMAL_95   1.959963984540054

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(const double *sorted, size_t count)
{
	return count % 2 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

static double median_of(const double *values, size_t count)
{
	double *sorted = memory_get(count * sizeof(*sorted)), middle;

	for (size_t i = 0; i < count; i++)
		sorted[i] = values[i];
	sort(sorted, count, sizeof(*sorted), compare);
	middle = median(sorted, count);
	free(sorted);
	return middle;
}

/* Pairs that rise less pairs that fall. */
static double kendall_s(const double *y, size_t count)
{
	double s = 0;

	for (size_t i = 0; i < count; i++)
		for (size_t j = i + 1; j < count; j++)
			s += (y[j] > y[i]) - (y[j] < y[i]);
	return s;
}

/* Variance of S when any order is as likely, groups of equal values taken together. */
static double variance_of(const double *y, size_t count, bool *ties)
{
	double *sorted = memory_get(count * sizeof(*sorted)), n = (double)count;
	double sum = n * (n - 1) * (2 * n + 5);

	for (size_t i = 0; i < count; i++)
		sorted[i] = y[i];
	sort(sorted, count, sizeof(*sorted), compare);
	*ties = false;
	for (size_t first = 0, i = 1; i <= count; i++) {
		double t = (double)(i - first);

		if (i < count && sorted[i] == sorted[first])
			continue;
		*ties |= t > 1;
		sum -= t * (t - 1) * (2 * t + 5);
		first = i;
	}
	free(sorted);
	return sum / 18;
}

/* The chance of |S| or more among all orders of `count` different values. */
static double exact_chance(size_t count, double s)
{
	double ways[EXACT_MOST * (EXACT_MOST - 1) / 2 + 1] = {1}, all = 1, beyond = 0;
	size_t most = 0;

	for (size_t n = 2; n <= count; n++) { /* the n-th value adds 0 to n-1 inversions */
		double sums[sizeof(ways) / sizeof(ways[0])] = {0};

		most += n - 1;
		for (size_t k = 0; k <= most; k++)
			for (size_t add = 0; add < n && add <= k; add++)
				sums[k] += ways[k - add];
		for (size_t k = 0; k <= most; k++)
			ways[k] = sums[k];
		all *= (double)n;
	}
	for (size_t k = 0; k <= most; k++)
		if (fabs((double)most - 2 * (double)k) >= fabs(s))
			beyond += ways[k];
	return beyond / all;
}

static double chance_of(const double *y, size_t count, double s)
{
	bool ties;
	double variance = variance_of(y, count, &ties);

	if (!ties && count <= EXACT_MOST)
		return exact_chance(count, s);
	if (variance <= 0 || s == 0)
		return 1;
	return erfc((fabs(s) - 1) / sqrt(2 * variance));
}

/* All slopes, ascending; pairs at the same x have none. */
static double *slopes_of(const double *x, const double *y, size_t count, size_t *found)
{
	double *slopes = memory_get(count * (count - 1) / 2 * sizeof(*slopes));

	*found = 0;
	for (size_t i = 0; i < count; i++)
		for (size_t j = i + 1; j < count; j++)
			if (x[j] > x[i])
				slopes[(*found)++] = (y[j] - y[i]) / (x[j] - x[i]);
	sort(slopes, *found, sizeof(*slopes), compare);
	return slopes;
}

/* Sen's interval: the slopes as many ranks from the middle as S varies. */
static void bounds_of(const double *slopes, size_t found, double variance, struct trend *trend)
{
	double half = NORMAL_95 * sqrt(variance), n = (double)found;
	double low = round((n - half) / 2) - 1, high = round((n + half) / 2);

	trend->low = slopes[low < 0 ? 0 : low > n - 1 ? found - 1 : (size_t)low];
	trend->high = slopes[high > n - 1 ? found - 1 : high < 0 ? 0 : (size_t)high];
}

struct trend trend_of(const double *x, const double *y, size_t count)
{
	struct trend trend = {.word = TREND_TOO_FEW, .p = 1};
	double *slopes, span, size;
	size_t found;
	bool ties;

	trend.count = count = count > TREND_MOST ? TREND_MOST : count;
	if (count < TREND_LEAST || !(x[count - 1] > x[0]))
		return trend;
	slopes = slopes_of(x, y, count, &found);
	trend.slope = median(slopes, found);
	bounds_of(slopes, found, variance_of(y, count, &ties), &trend);
	free(slopes);
	size = median_of(y, count);
	trend.intercept = size - trend.slope * median_of(x, count);
	trend.s = kendall_s(y, count);
	trend.p = chance_of(y, count, trend.s);
	span = fabs(trend.slope) * (x[count - 1] - x[0]);
	trend.word = trend.p >= SIGNIFICANT || span < MATERIAL * fabs(size) || span == 0
			     ? TREND_STABLE
		     : trend.s > 0 ? TREND_RISING
				   : TREND_FALLING;
	return trend;
}

const char *trend_text(enum trend_word word)
{
#define WORD(id, text) text,
	static const char *const words[] = {TREND_WORDS(WORD)};
#undef WORD

	return words[word];
}
