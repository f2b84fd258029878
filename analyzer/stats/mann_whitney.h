/*
 * mann_whitney.h - are the values of one sample larger than those of another, and by how much? The
 * test is Mann and Whitney's of ranks alone, the shift is Hodges and Lehmann's (the median of the
 * differences of all pairs) with its interval: nothing is assumed of how the values are spread, and
 * far ones count no more than others.
 */
#ifndef ANALYZER_MANN_WHITNEY_H
#define ANALYZER_MANN_WHITNEY_H

#include <stdbool.h>
#include <stddef.h>

#define MANN_WHITNEY_EXACT 40 /* values of both: up to here chances are counted, ties and all */

/* Of what the second has to what the first has, less 1: never below -1. Not known where the first
 * has a 0. An interval of the difference is none of the ratio, whatever it is divided by. */
struct ratio_interval {
	bool known;
	double low, high; /* 95 % confidence */
};

struct mann_whitney {
	double u;	  /* pairs in which the second's value is larger; equal ones count half */
	double p;	  /* two-sided: how likely so large a difference of ranks is by chance */
	double shift;	  /* by which the second's values are typically larger */
	bool bounded;	  /* enough values for an interval: */
	double low, high; /* of the shift, 95 % confidence */
	struct ratio_interval ratio; /* of the ratios of all pairs; on the same side of none */
};

/* Of ascending values; none of them: p is 1, the shift 0. */
struct mann_whitney mann_whitney_of(const double *first, size_t first_count, const double *second,
				    size_t second_count);
/* Ascending, in place. */
void values_sort(double *values, size_t count);
/* Of ascending values, the mean of the two in the middle where they are even; 0 of none. */
double values_median(const double *sorted, size_t count);

#endif
