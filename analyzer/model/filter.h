/*
 * filter.h - what part of a run a report is about: `--filter KEY=VALUE,...`. Values of one key are
 * alternatives, keys must all hold. What is left out is left out before statistics are made.
 */
#ifndef ANALYZER_FILTER_H
#define ANALYZER_FILTER_H

#include "base/map.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct model;
struct operation;

/* X(id, key, what its value is) */
#define FILTER_KEYS(X)                                                                       \
	X(CATEGORY, "category", "glob of its name")                                          \
	X(ENDPOINT, "endpoint", "glob of the endpoint, with or without its method")          \
	X(PROCESS, "process", "glob of the program, with or without docker's words, or pid") \
	X(WORKER, "worker", "glob of the worker, or thread id")                              \
	X(FROM, "from", "duration since the run began")                                      \
	X(TO, "to", "duration since the run began")

#define FILTER_ENUM(id, key, what) FILTER_##id,
enum filter_key { FILTER_KEYS(FILTER_ENUM) FILTER_KEY_COUNT };
#undef FILTER_ENUM

#define FILTER_TERMS 32

struct filter {
	char *text; /* as given, for the report; NULL: no filter */
	struct filter_term {
		enum filter_key key;
		const char *glob; /* in `parts` */
		int64_t ns;
	} terms[FILTER_TERMS];
	size_t count;
	char *parts[FILTER_TERMS]; /* what was given, cut up */
	size_t part_count;
	struct map workers; /* chosen ones, by process and thread; filter_workers fills it */
};

/* Adds terms. NULL, or what is wrong with `text`, valid until the next call. */
const char *filter_add(struct filter *filter, const char *text);
/* Is there any time between from= and to=? */
bool filter_has_time(const struct filter *filter);
void filter_free(struct filter *filter);

/* What a filter looks at, of an operation or of a piece of the critical path. */
struct filter_view {
	const char *category, *method, *endpoint;
	uint32_t process, tid;	  /* NONE: no process; 0: no thread */
	int64_t start_ns, end_ns; /* some of it must be in the window */
};
struct filter_view filter_view_of(const struct operation *operation);
bool filter_holds(const struct filter *filter, const struct model *model,
		  const struct filter_view *view);
/* Finds the chosen ones among the model's workers; before anything is asked. */
void filter_workers(struct filter *filter, const struct model *model);
/* Leaves out what is not asked for, once operations, locks and the critical path are known. */
void filter_apply(const struct filter *filter, struct model *model);
/* The window within a run, as times; the run's own ends where none was given. */
void filter_window(const struct filter *filter, const struct model *model, uint32_t run,
		   int64_t *from_ns, int64_t *to_ns);

#endif
