/*
 * past.h - the runs of the history that were of the same command, host and branch as a run that is
 * being reported, for the charts of the HTML report.
 */
#ifndef ANALYZER_PAST_H
#define ANALYZER_PAST_H

#include "render/history.h"

#define PAST_MOST 200 /* runs that are shown: the newest */

struct past {
	struct history_page page; /* of the style; its series are not settled */
	struct stored_runs runs;  /* the newest first; the run itself is among them, as number 0
				   * where the history has not got it */
	struct side side;	  /* the oldest first */
	struct arena *arena;
};

/* Of a report on one whole run. `db` NULL: the history of the default parent, and nothing is said
 * where there is none. NULL: there is nothing to show; what went wrong was said. */
struct past *past_of(const struct model *model, const char *db);
void past_free(struct past *past);

#endif
