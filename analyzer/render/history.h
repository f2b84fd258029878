/*
 * history.h - the history: its runs, its baselines, and how figures went over runs.
 */
#ifndef ANALYZER_RENDER_HISTORY_H
#define ANALYZER_RENDER_HISTORY_H

#include "compare/series.h"
#include "render/report.h"
#include "store/store.h"

struct history_page {
	struct model model; /* empty: what tables are given; leads here */
	const struct stored_runs *runs;
	const struct stored_baselines *baselines;
	/* of `trend`, and of HTML */
	const struct side *side;
	LIST(const struct series *) series; /* those to be shown */
	size_t quiet;			    /* others */
	size_t own;			    /* of HTML: which of the side's the report is of */
};

extern const struct table history_table;

typedef void history_print(struct buffer *buffer, const struct style *style,
			   const struct history_page *page);

struct history_format {
	const char *name;
	history_print *runs, *baselines, *trend;
};
/* NULL: there is none of this name. */
const struct history_format *history_format(const char *name);

#define SPARK_WIDTH 32
/* The last values as little columns. */
const char *sparkline(struct arena *arena, const struct style *style, const double *values,
		      size_t count, size_t width);

#endif
