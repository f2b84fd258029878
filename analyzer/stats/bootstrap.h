/*
 * bootstrap.h - how sure is the difference of two samples' percentiles? Answered by drawing both
 * samples again and again from themselves, with the same chances each time.
 */
#ifndef ANALYZER_BOOTSTRAP_H
#define ANALYZER_BOOTSTRAP_H

#include "stats/mann_whitney.h"

#include <stddef.h>

#define BOOTSTRAP_DRAWS 4000

struct bootstrap {
	double low, high; /* of the second's percentile less the first's, 95 % confidence */
	struct ratio_interval ratio; /* of the same draws */
	double p; /* two-sided: how much of the draws is on the other side of none, doubled */
};

/* Nearest rank, of ascending values, at least one in each; 0 < ppm < 1,000,000. */
struct bootstrap bootstrap_percentile(const double *first, size_t first_count, const double *second,
				      size_t second_count, unsigned int ppm);
double values_percentile(const double *sorted, size_t count, unsigned int ppm); /* 0 of none */

#endif
