/*
 * resources.h - what the processes of a run used, and how that changed (resources.c, trends.c).
 *
 * Figures are of all processes of the report together. They come from what profiles sampled, from
 * what `dndprof run` saw in /proc (RSS, threads; of programs that were not observed as well), and
 * from what the kernel told it at the end.
 */
#ifndef ANALYZER_RESOURCES_H
#define ANALYZER_RESOURCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stats/trend.h"

/* The run in windows of equal length, for averages of the last minute and for trends. */
#define RESOURCE_WINDOWS 60

/* What has a trend. X(id, key, title, unit of a value) */
#define RESOURCE_SERIES(X)                                         \
	X(LATENCY, "latency", "Latency (median)", NS)              \
	X(ERRORS, "error_rate", "Error rate", SHARE)               \
	X(OPERATIONS, "operations", "Operations a second", RATE)   \
	X(CPU, "cpu", "CPU (% of wall)", SHARE)                    \
	X(RSS, "rss", "Memory (RSS)", BYTES)                       \
	X(THREADS, "threads", "Threads", NUMBER)                   \
	X(SWITCHES, "switches", "Context switches a second", RATE) \
	X(FAULTS, "faults", "Page faults a second", RATE)

#define RESOURCE_ENUM(id, key, title, unit) RESOURCE_##id,
enum resource { RESOURCE_SERIES(RESOURCE_ENUM) RESOURCE_COUNT };
#undef RESOURCE_ENUM

enum resource_unit { UNIT_NS, UNIT_SHARE, UNIT_RATE, UNIT_BYTES, UNIT_NUMBER };

struct resource_row {
	enum resource which;
	const char *key, *title;
	enum resource_unit unit;
	bool known;	    /* any window has a value; else the figures below mean nothing */
	double average;	    /* over the run, each window alike */
	double minute;	    /* over its last minute */
	double peak;	    /* of a window; of RSS and threads: of a moment */
	struct trend trend; /* x: seconds since the run's begin; of the first run of the report */
};
struct resource_rows {
	struct resource_row items[RESOURCE_COUNT];
	size_t count;
};

struct resources {
	int64_t user_ns, system_ns;	     /* CPU; -1: no data */
	double cpu_share;		     /* of wall; 1 is one CPU all the time; -1 */
	int64_t rss_average, rss_peak;	     /* bytes; -1: no data */
	int64_t threads;		     /* most at a time; -1 */
	int64_t goroutines;		     /* seen: that made a recorded call; -1: no Go */
	int64_t jobs_completed, jobs_active; /* of workers; -1: no data */
	double error_rate;		     /* of operations; -1: none */
	int64_t voluntary_switches, involuntary_switches; /* -1: no data */
	int64_t minor_faults, major_faults;		  /* -1: no data */
	int64_t minute_ns; /* length of what "the last minute" is here: a shorter run's whole */
	size_t processes, without_data; /* of the report; those nothing is known of */
	struct resource_rows rows;
};

#endif
