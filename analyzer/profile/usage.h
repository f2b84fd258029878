/*
 * usage.h - what `dndprof run` saw of the command's processes from outside, in /proc: the file
 * resources.json beside run.json. It tells what no profile can: RSS and threads of Go programs, of
 * programs with many threads, and of those that were not observed at all.
 *
 * resources.json is one object:
 *   version      1
 *   interval_ns  between two looks in the end (DNDPROF_SAMPLING_RATE; doubled whenever the rows
 *                became too many, and every second look dropped)
 *   looks        taken in all
 *   cost_ns      CPU time the looks took
 *   columns      the names of USAGE_COLUMNS, for people
 *   rows         arrays of numbers in that order, by at_ns: a row for each process at each look
 * Nothing in it is trusted when it is read.
 */
#ifndef ANALYZER_USAGE_H
#define ANALYZER_USAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"

#define USAGE_FILE	"resources.json"
#define USAGE_ROWS_MOST 20000

/* X(field): times in ns of CLOCK_MONOTONIC; `started`: ns of CLOCK_BOOTTIME, with pid it names a
 * process; CPU and faults since it was made. */
#define USAGE_COLUMNS(X) \
	X(at_ns)         \
	X(pid)           \
	X(started_ns)    \
	X(user_ns)       \
	X(system_ns) X(rss_bytes) X(peak_bytes) X(threads) X(minor_faults) X(major_faults)

#define USAGE_FIELD(name) int64_t name;
struct usage_row {
	USAGE_COLUMNS(USAGE_FIELD)
};
#undef USAGE_FIELD

struct usage {
	int64_t interval_ns, looks, cost_ns;
	LIST(struct usage_row) rows;
};

/* Written at once, at the end of a run. 0 or a negative errno. */
int usage_write(const char *directory, const struct usage *usage);
/* A file that is missing or makes no sense gives no rows. */
void usage_read(const char *directory, struct usage *usage);
void usage_free(struct usage *usage);

#endif
