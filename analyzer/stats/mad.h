/*
 * mad.h - outliers by the median absolute deviation, which outliers themselves do not move.
 */
#ifndef ANALYZER_MAD_H
#define ANALYZER_MAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAD_LEAST     10 /* values; of fewer none is called an outlier */
/* From the median distance to the standard deviation: 1 / (a normal distribution's 75th
 * percentile). */
#define MAD_OF_MEDIAN 1.482602218505602
#define MAD_LIMIT     3.5 /* deviations from the median (Iglewicz and Hoaglin) */

struct mad {
	bool known; /* enough values, and not all alike */
	double median;
	/* Scaled to be the standard deviation of a normal distribution. Where more than half of the
	 * values are equal it would be 0: then the mean absolute deviation, scaled likewise. */
	double deviation;
	double limit; /* median + MAD_LIMIT deviations; above are outliers */
};

/* Of ascending values. */
struct mad mad_of(const int64_t *sorted, size_t count);

#endif
