/*
 * series.h - a run cut into windows of equal length, and what happened in each (series.c).
 */
#ifndef ANALYZER_SERIES_H
#define ANALYZER_SERIES_H

#include "model/tracks.h"

#define SERIES_MOST 60 /* windows */

struct window {
	int64_t start_ns, end_ns;
	double value[RESOURCE_COUNT]; /* NAN: nothing is known of it */
};

/* The windows of the run at `run`, `count` of them, in [start, end); fills their values. */
void series_fill(const struct model *model, const struct tracks *tracks, uint32_t run,
		 struct window *windows, size_t count, int64_t start_ns, int64_t end_ns);

#endif
