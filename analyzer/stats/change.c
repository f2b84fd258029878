/*
 * change.c - see change.h. Binary segmentation; the statistic is the largest standardised rank sum
 * over all splits (Pettitt's, weighted so that splits near an end are as likely to be found).
 */
#include "stats/change.h"
#include "stats/mann_whitney.h"
#include "stats/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/sort.h"

#define SHUFFLES 4999
#define SEED	 UINT64_C(0x6368616e67652121)

struct valued {
	double value;
	size_t index;
};

static int compare(const void *a, const void *b)
{
	const struct valued *x = a, *y = b;

	return (x->value > y->value) - (x->value < y->value);
}

/* Ranks less their mean, ties the mean of theirs. */
static void centre(const double *values, size_t count, double *ranks)
{
	struct valued *sorted = memory_get(count * sizeof(*sorted));

	for (size_t i = 0; i < count; i++)
		sorted[i] = (struct valued){values[i], i};
	sort(sorted, count, sizeof(*sorted), compare);
	for (size_t first = 0, i = 1; first < count && i <= count; i++) {
		if (i < count && sorted[i].value == sorted[first].value)
			continue;
		for (size_t j = first; j < i; j++)
			ranks[sorted[j].index] = ((double)(first + i) - (double)count) / 2;
		first = i;
	}
	free(sorted);
}

/* The largest over all splits, and which. */
static double statistic(const double *ranks, size_t count, size_t *split)
{
	double sum = 0, best = -1;

	for (size_t i = 1; i + CHANGE_LEAST <= count; i++) {
		double size;

		sum += ranks[i - 1];
		if (i < CHANGE_LEAST)
			continue;
		size = sum * sum / ((double)i * (double)(count - i));
		if (size > best) {
			best = size;
			*split = i;
		}
	}
	return best;
}

/* How many orders are as uneven; given up where it is clear that too many are. */
static double chance(double *ranks, size_t count, double found)
{
	struct random random = {SEED};
	size_t beyond = 0, tried = 0, split;

	while (tried < SHUFFLES && (double)beyond <= CHANGE_RISK * (SHUFFLES + 1)) {
		for (size_t i = count - 1; i > 0; i--) {
			size_t j = random_below(&random, i + 1);
			double kept = ranks[i];

			ranks[i] = ranks[j];
			ranks[j] = kept;
		}
		beyond += statistic(ranks, count, &split) >= found * (1 - 1e-12);
		tried++;
	}
	return ((double)beyond + 1) / ((double)tried + 1);
}

/* Looks for one in [first, last) and then on both sides. */
static size_t segment(const double *values, size_t first, size_t last, struct change_point *points,
		      size_t found)
{
	size_t count = last - first, split = 0;
	double *ranks, size, p;

	if (count < 2 * CHANGE_LEAST || found == CHANGE_MOST)
		return found;
	ranks = memory_get(count * sizeof(*ranks));
	centre(values + first, count, ranks);
	size = statistic(ranks, count, &split);
	p = size > 0 ? chance(ranks, count, size) : 1;
	free(ranks);
	if (p > CHANGE_RISK)
		return found;
	found = segment(values, first, first + split, points, found);
	if (found < CHANGE_MOST)
		points[found++] = (struct change_point){.index = first + split, .p = p};
	return segment(values, first + split, last, points, found);
}

static double level(const double *values, size_t count)
{
	double *sorted = memory_get((count + 1) * sizeof(*sorted)), middle;

	memcpy(sorted, values, count * sizeof(*sorted));
	values_sort(sorted, count);
	middle = values_median(sorted, count);
	free(sorted);
	return middle;
}

/* Levels between the points; a step too small to matter is dropped, and its sides are one. */
static size_t measure(const double *values, size_t skipped, size_t count,
		      struct change_point *points, size_t found)
{
	size_t i = 0;

	while (i < found) {
		size_t first = i ? points[i - 1].index : skipped;
		size_t last = i + 1 < found ? points[i + 1].index : count;
		struct change_point *point = &points[i];

		point->before = level(values + first, point->index - first);
		point->after = level(values + point->index, last - point->index);
		if (fabs(point->after - point->before) >= CHANGE_PART * fabs(point->before) &&
		    point->after != point->before) {
			i++;
			continue;
		}
		memmove(point, point + 1, (found - i - 1) * sizeof(*point));
		found--;
		i = i ? i - 1 : 0;
	}
	return found;
}

size_t change_points(const double *values, size_t count, struct change_point points[CHANGE_MOST])
{
	size_t skipped = count > SERIES_MOST ? count - SERIES_MOST : 0, found;

	found = segment(values, skipped, count, points, 0);
	return measure(values, skipped, count, points, found);
}
