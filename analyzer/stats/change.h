/*
 * change.h - change points: where in a series of values does its level move? Each point is the
 * split after which ranks differ most; whether that is more than chance is asked of the same values
 * in random orders (always the same ones), and each side is then looked at by itself.
 */
#ifndef ANALYZER_CHANGE_H
#define ANALYZER_CHANGE_H

#include <stddef.h>

#define CHANGE_LEAST 4	   /* values of a segment */
#define CHANGE_RISK  0.002 /* of a point where there is none, a series */
#define CHANGE_MOST  16	   /* points of a series */
#define CHANGE_PART  0.05  /* of the level: a smaller step is none */
#define SERIES_MOST  2000  /* values that are looked at: the last ones */

struct change_point {
	size_t index;	      /* the first value of the new level */
	double before, after; /* medians of the segments on both sides */
	double p;
};

/* In `points`, ascending; how many. */
size_t change_points(const double *values, size_t count, struct change_point points[CHANGE_MOST]);

#endif
