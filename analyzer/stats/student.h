/*
 * student.h - Student's distribution, and by it: do a few new values come from where the others
 * came from?
 */
#ifndef ANALYZER_STUDENT_H
#define ANALYZER_STUDENT_H

#include "stats/mann_whitney.h"

#include <stdbool.h>
#include <stddef.h>

/* The chance of `t` or further from 0, on either side. */
double student_chance(double t, double freedom);
/* The distance from 0 that only so large a part is beyond. */
double student_distance(double part, double freedom);

struct outlook {
	double p;		     /* two-sided; 0: the first never differed, and the others do */
	double low, high;	     /* of the others' less the first's, 95 % confidence */
	struct ratio_interval ratio; /* known where all are above 0 */
};

/* Of two or more values and one or more others. Where all are above 0 their logarithms are
 * compared: times vary by parts of themselves. */
struct outlook student_outlook(const double *first, size_t first_count, const double *others,
			       size_t other_count);

#endif
