/*
 * mann_whitney.c - see mann_whitney.h. With few values the chance is the share of all ways to deal
 * the ranks out that are as extreme, counted by the sum of ranks (doubled: ties have halves); with
 * many the normal approximation with the corrections for ties and for continuity. The k-th of all
 * differences is found by halving the numbers there are, without making the differences.
 */
#include "stats/mann_whitney.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/sort.h"

#define NORMAL_95 1.959963984540054
#define HALF_RISK 0.025

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void values_sort(double *values, size_t count)
{
	if (count)
		sort(values, count, sizeof(*values), compare);
}

double values_median(const double *sorted, size_t count)
{
	if (!count)
		return 0;
	return count % 2 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

struct samples {
	const double *first, *second;
	size_t n, m;
};

/* Pairs whose difference (second less first) is at most `most`. */
static double pairs_up_to(const struct samples *s, double most)
{
	double pairs = 0;
	size_t j = 0;

	for (size_t i = 0; i < s->n; i++) {
		while (j < s->m && s->second[j] - s->first[i] <= most)
			j++;
		pairs += (double)j;
	}
	return pairs;
}

/* Numbers in the order of integers, and back. */
static int64_t order_of(double number)
{
	int64_t bits;

	memcpy(&bits, &number, sizeof(bits));
	return bits < 0 ? INT64_MIN - bits : bits;
}

static double number_of(int64_t order)
{
	int64_t bits = order < 0 ? INT64_MIN - order : order;
	double number;

	memcpy(&number, &bits, sizeof(number));
	return number;
}

/* The k-th smallest difference, from 1. */
static double difference_at(const struct samples *s, double k)
{
	int64_t low = order_of(s->second[0] - s->first[s->n - 1]);
	int64_t high = order_of(s->second[s->m - 1] - s->first[0]);

	while (low < high) {
		int64_t middle = low + (int64_t)(((uint64_t)high - (uint64_t)low) / 2);

		if (pairs_up_to(s, number_of(middle)) >= k)
			high = middle;
		else
			low = middle + 1;
	}
	return number_of(low);
}

/* Of all values together: twice each rank, ties the mean of theirs; the sum of those of the second
 * sample, and the sum over ties of t^3 - t. */
struct ranks {
	unsigned int twice[MANN_WHITNEY_EXACT]; /* where they are few */
	double second, ties;
};

static void rank(const struct samples *s, struct ranks *ranks)
{
	size_t i = 0, j = 0, at = 0;

	*ranks = (struct ranks){0};
	while (i < s->n || j < s->m) {
		double value = i == s->n		    ? s->second[j]
			       : j == s->m		    ? s->first[i]
			       : s->first[i] < s->second[j] ? s->first[i]
							    : s->second[j];
		size_t of_first = i, of_second = j, tied;

		while (i < s->n && s->first[i] <= value)
			i++;
		while (j < s->m && s->second[j] <= value)
			j++;
		tied = i - of_first + j - of_second;
		for (size_t k = at; k < at + tied && k < MANN_WHITNEY_EXACT; k++)
			ranks->twice[k] = (unsigned int)(2 * at + tied + 1);
		ranks->second += (double)(j - of_second) * (double)(2 * at + tied + 1) / 2;
		ranks->ties += pow((double)tied, 3) - (double)tied;
		at += tied;
	}
}

#define SUMS (MANN_WHITNEY_EXACT * (MANN_WHITNEY_EXACT + 1) + 1)

/* ways[k][sum]: to choose k of the ranks so that they add up to it, doubled. */
static double (*count_ways(const unsigned int *twice, size_t count, size_t chosen))[SUMS]
{
	double(*ways)[SUMS] = memory_get((chosen + 1) * sizeof(*ways));

	ways[0][0] = 1;
	for (size_t i = 0; i < count; i++)
		for (size_t k = chosen < i + 1 ? chosen : i + 1; k > 0; k--)
			for (size_t sum = SUMS - 1; sum >= twice[i]; sum--)
				ways[k][sum] += ways[k - 1][sum - twice[i]];
	return ways;
}

static double exact_chance(const struct samples *s, const struct ranks *ranks)
{
	double(*ways)[SUMS] = count_ways(ranks->twice, s->n + s->m, s->m);
	double middle = (double)(s->m * (s->n + s->m + 1)), all = 0, beyond = 0;
	double far = fabs(2 * ranks->second - middle);

	for (size_t sum = 0; sum < SUMS; sum++) {
		all += ways[s->m][sum];
		if (fabs((double)sum - middle) >= far)
			beyond += ways[s->m][sum];
	}
	free(ways);
	return beyond / all;
}

static double approximate_chance(const struct samples *s, const struct ranks *ranks, double u)
{
	double n = (double)s->n, m = (double)s->m, all = n + m;
	double variance = n * m / 12 * (all + 1 - ranks->ties / (all * (all - 1)));
	double z = fabs(u - n * m / 2) - 0.5;

	return variance <= 0 || z <= 0 ? 1 : erfc(z / sqrt(2 * variance));
}

/* The lower bound is the k-th smallest difference, the upper one the k-th largest. 0: none. */
static double bound_rank(const struct samples *s)
{
	double n = (double)s->n, m = (double)s->m, all = 0, below = 0;
	unsigned int twice[MANN_WHITNEY_EXACT];
	double(*ways)[SUMS];
	size_t least = s->m * (s->m + 1), u = 0; /* the smallest sum, doubled */

	if (s->n + s->m > MANN_WHITNEY_EXACT)
		return floor(n * m / 2 - NORMAL_95 * sqrt(n * m * (n + m + 1) / 12));
	for (size_t i = 0; i < s->n + s->m; i++)
		twice[i] = (unsigned int)(2 * (i + 1));
	ways = count_ways(twice, s->n + s->m, s->m);
	for (size_t sum = 0; sum < SUMS; sum++)
		all += ways[s->m][sum];
	while ((below += ways[s->m][least + 2 * u]) / all < HALF_RISK)
		u++;
	free(ways);
	return (double)u;
}

static double *logarithms_of(const double *values, size_t count)
{
	double *logarithms = memory_get(count * sizeof(*logarithms));

	for (size_t i = 0; i < count; i++)
		logarithms[i] = log(values[i]);
	return logarithms;
}

/* The k-th smallest ratio of a pair and the k-th largest: as the differences', of logarithms. */
static struct ratio_interval ratio_of(const struct samples *s, double k)
{
	struct ratio_interval ratio = {0};
	double *first, *second;
	struct samples logarithms;

	if (!(s->first[0] > 0) || !(s->second[0] >= 0))
		return ratio;
	first = logarithms_of(s->first, s->n);
	second = logarithms_of(s->second, s->m);
	logarithms = (struct samples){first, second, s->n, s->m};
	ratio.known = true;
	ratio.low = expm1(difference_at(&logarithms, k));
	ratio.high = expm1(difference_at(&logarithms, (double)s->n * (double)s->m + 1 - k));
	free(first);
	free(second);
	return ratio;
}

struct mann_whitney mann_whitney_of(const double *first, size_t first_count, const double *second,
				    size_t second_count)
{
	const struct samples s = {first, second, first_count, second_count};
	double pairs = (double)first_count * (double)second_count, k;
	struct mann_whitney found = {.p = 1};
	struct ranks ranks;

	if (!first_count || !second_count)
		return found;
	rank(&s, &ranks);
	found.u = ranks.second - (double)second_count * ((double)second_count + 1) / 2;
	found.p = first_count + second_count <= MANN_WHITNEY_EXACT
			  ? exact_chance(&s, &ranks)
			  : approximate_chance(&s, &ranks, found.u);
	found.shift = difference_at(&s, ceil(pairs / 2));
	if (fmod(pairs, 2) == 0)
		found.shift = (found.shift + difference_at(&s, pairs / 2 + 1)) / 2;
	k = bound_rank(&s);
	found.bounded = k >= 1;
	if (found.bounded) {
		found.low = difference_at(&s, k);
		found.high = difference_at(&s, pairs + 1 - k);
		found.ratio = ratio_of(&s, k);
	}
	return found;
}
