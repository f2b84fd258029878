/*
 * figures.h - what of a run is compared with other runs, budgeted and kept in the history: figures
 * by subject and metric. Durations are ns, shares are of 1; all are doubles, as statistics want.
 */
#ifndef ANALYZER_FIGURES_H
#define ANALYZER_FIGURES_H

#include "model/model.h"

/* What a figure is of. X(id, key, title) */
#define SUBJECTS(X)                           \
	X(RUN, "run", "The whole run")        \
	X(ENDPOINT, "endpoint", "Endpoints")  \
	X(CATEGORY, "category", "Categories") \
	X(PROCESS, "process", "Processes")    \
	X(CHECK, "check", "Checks")           \
	X(FINDING, "finding", "Findings")

#define SUBJECT_ENUM(id, key, title) SUBJECT_##id,
enum subject { SUBJECTS(SUBJECT_ENUM) SUBJECT_COUNT };
#undef SUBJECT_ENUM

enum figure_unit { FIGURE_NS, FIGURE_COUNT, FIGURE_SHARE };

/* X(id, key, unit, title, parts of a million when it is a percentile of latencies, else 0) */
#define METRICS(X)                                          \
	X(WALL, "wall", NS, "Wall time", 0)                 \
	X(TIME, "time", NS, "Time", 0)                      \
	X(CPU, "cpu", NS, "CPU time", 0)                    \
	X(P50, "p50", NS, "P50", 500000)                    \
	X(P90, "p90", NS, "P90", 900000)                    \
	X(P95, "p95", NS, "P95", 950000)                    \
	X(P99, "p99", NS, "P99", 990000)                    \
	X(AVERAGE, "average", NS, "Average", 0)             \
	X(NUMBER, "count", COUNT, "Count", 0)               \
	X(ERRORS, "errors", SHARE, "Errors", 0)             \
	X(OVERHEAD, "overhead", SHARE, "Overhead", 0)       \
	X(SCORE, "score", COUNT, "Score", 0)                \
	X(UNOBSERVED, "unobserved", COUNT, "Unobserved", 0) \
	X(LOST, "lost", COUNT, "Lost slots", 0)             \
	X(EXIT, "exit", COUNT, "Exit status", 0)

#define METRIC_ENUM(id, ...) METRIC_##id,
enum metric { METRICS(METRIC_ENUM) METRIC_COUNT };
#undef METRIC_ENUM

struct metric_row {
	const char *key, *title;
	enum figure_unit unit;
	unsigned int ppm;
};
extern const struct metric_row metric_rows[METRIC_COUNT];
const char *subject_key(enum subject subject);
const char *subject_title(enum subject subject);
/* SUBJECT_COUNT, METRIC_COUNT: there is none of that key (`length` bytes of it). */
enum subject subject_of(const char *key, size_t length);
enum metric metric_of(const char *key, size_t length);

struct figure {
	enum subject subject;
	const char *name; /* "" of the run; "GET /containers/json", "dns", "docker ps", "tail" */
	enum metric metric;
	double value;
};

/* The latencies behind percentiles, ascending. */
struct sample {
	enum subject subject;
	const char *name;
	double *values;
	size_t count;
};

/* Of one run. Texts live as long as it does. */
struct figures {
	struct arena *arena;
	const char *program, *subcommand, *host, *path;
	int64_t start_realtime_ns;   /* 0: unknown */
	LIST(struct figure) items;   /* by subject, name and metric once figures_sort was called */
	LIST(struct sample) samples; /* by subject and name */
};

/* Of a model of one run, which may go afterwards. */
struct figures *figures_of(const struct model *model);
/* Empty ones. */
struct figures *figures_new(void);
void figures_add(struct figures *figures, enum subject subject, const char *name,
		 enum metric metric, double value);
/* NULL: it has none. */
const struct sample *figures_sample(const struct figures *figures, enum subject subject,
				    const char *name);
void figures_sort(struct figures *figures);
/* False: it has none. */
bool figures_value(const struct figures *figures, enum subject subject, const char *name,
		   enum metric metric, double *value);
int figure_compare(const struct figure *x, const struct figure *y);
void figures_free(struct figures *figures);

#endif
