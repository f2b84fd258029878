/*
 * series.h - figures over runs: how each went, whether it drifts, where it stepped.
 */
#ifndef ANALYZER_SERIES_H
#define ANALYZER_SERIES_H

#include "compare/compare.h"
#include "stats/change.h"
#include "stats/trend.h"

struct series {
	enum subject subject;
	const char *name;
	enum metric metric;
	size_t count;
	double *values;	    /* the oldest first */
	const size_t *runs; /* which of the side's each is of */
	double median;
	struct trend trend; /* by run, of what came after the last step */
	struct change_point points[CHANGE_MOST];
	size_t point_count;
	bool few; /* a percentile of so few operations that it is their maximum */
};

struct series_list {
	struct arena *arena;
	struct series *items;
	size_t count, room; /* by subject, name, metric */
};

/* Of a side whose runs are in the order of time. */
void series_of(struct series_list *list, const struct side *side);
void series_free(struct series_list *list);
/* Did it step, or does it drift? */
bool series_moves(const struct series *series);

#endif
