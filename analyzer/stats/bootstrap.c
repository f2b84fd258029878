/*
 * bootstrap.c - see bootstrap.h. The percentile of a sample drawn again is the value at some rank
 * of the sample itself: the r-th smallest of n ranks drawn at random, which is distributed as n
 * times a Beta(r, n + 1 - r) number, rounded up. That is drawn at once, whatever n is.
 */
#include "stats/bootstrap.h"
#include "stats/random.h"

#include <math.h>

#define SEED UINT64_C(0x646e6470726f6621)

static size_t rank_of(size_t count, unsigned int ppm)
{
	double rank = ceil((double)count * ppm / 1e6 - 1e-9);

	return rank < 1 ? 1 : rank > (double)count ? count : (size_t)rank;
}

double values_percentile(const double *sorted, size_t count, unsigned int ppm)
{
	return count ? sorted[rank_of(count, ppm) - 1] : 0;
}

static double draw(struct random *random, const double *sorted, size_t count, unsigned int ppm)
{
	size_t rank = rank_of(count, ppm);
	double below = random_gamma(random, (double)rank);
	double above = random_gamma(random, (double)(count + 1 - rank));
	double at = ceil((double)count * below / (below + above));

	return sorted[at < 1 ? 0 : at > (double)count ? count - 1 : (size_t)at - 1];
}

static struct ratio_interval ratio_of(double *ratios)
{
	values_sort(ratios, BOOTSTRAP_DRAWS);
	return (struct ratio_interval){
		.known = true,
		.low = values_percentile(ratios, BOOTSTRAP_DRAWS, 25000),
		.high = values_percentile(ratios, BOOTSTRAP_DRAWS, 975000),
	};
}

struct bootstrap bootstrap_percentile(const double *first, size_t first_count, const double *second,
				      size_t second_count, unsigned int ppm)
{
	double differences[BOOTSTRAP_DRAWS], ratios[BOOTSTRAP_DRAWS];
	bool positive = first[0] > 0 && second[0] >= 0;
	struct random random = {SEED};
	size_t up = 0, down = 0, beyond;

	for (size_t i = 0; i < BOOTSTRAP_DRAWS; i++) {
		double from = draw(&random, first, first_count, ppm);

		differences[i] = draw(&random, second, second_count, ppm) - from;
		ratios[i] = positive ? differences[i] / from : 0;
		up += differences[i] >= 0;
		down += differences[i] <= 0;
	}
	values_sort(differences, BOOTSTRAP_DRAWS);
	beyond = up < down ? up : down;
	return (struct bootstrap){
		.ratio = positive ? ratio_of(ratios) : (struct ratio_interval){0},
		.low = values_percentile(differences, BOOTSTRAP_DRAWS, 25000),
		.high = values_percentile(differences, BOOTSTRAP_DRAWS, 975000),
		.p = fmin(1, 2 * ((double)beyond + 1) / (BOOTSTRAP_DRAWS + 1)),
	};
}
