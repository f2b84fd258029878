/*
 * mad.c - see mad.h. Distances from the median of ascending values fall, then rise: their own
 * median is found from both ends of the two runs, without sorting.
 */
#include "stats/mad.h"

#include <math.h>

#define OF_MEAN 1.2533141373155003 /* sqrt(pi / 2) */

static double median_of(const int64_t *sorted, size_t count)
{
	double upper = (double)sorted[count / 2];

	return count % 2 ? upper : ((double)sorted[count / 2 - 1] + upper) / 2;
}

/* The distances are taken in ascending order by walking from the median outwards. */
static double median_distance(const int64_t *sorted, size_t count, double median)
{
	size_t right = 0, left;
	double before = 0, last = 0;

	while (right < count && (double)sorted[right] < median)
		right++;
	left = right;
	for (size_t taken = 0; taken <= count / 2; taken++) {
		double up = right < count ? (double)sorted[right] - median : INFINITY;
		double down = left ? median - (double)sorted[left - 1] : INFINITY;

		before = last;
		last = up <= down ? up : down;
		if (up <= down)
			right++;
		else
			left--;
	}
	return count % 2 ? last : (before + last) / 2;
}

static double mean_distance(const int64_t *sorted, size_t count, double median)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += fabs((double)sorted[i] - median);
	return sum / (double)count;
}

struct mad mad_of(const int64_t *sorted, size_t count)
{
	struct mad mad = {0};

	if (count < MAD_LEAST)
		return mad;
	mad.median = median_of(sorted, count);
	mad.deviation = MAD_OF_MEDIAN * median_distance(sorted, count, mad.median);
	if (mad.deviation <= 0)
		mad.deviation = OF_MEAN * mean_distance(sorted, count, mad.median);
	mad.limit = mad.median + MAD_LIMIT * mad.deviation;
	mad.known = mad.deviation > 0;
	return mad;
}
