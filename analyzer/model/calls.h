/*
 * calls.h - every kind of call over the whole run, from the statistics profiles keep: exact,
 * whatever became of the records (calls.c).
 */
#ifndef ANALYZER_CALLS_H
#define ANALYZER_CALLS_H

#include <stddef.h>
#include <stdint.h>

struct call_row {
	const char *name, *category;
	uint64_t count, errors, retries, bytes;
	uint64_t timed;	  /* calls with a duration: of locks those that waited */
	uint64_t missing; /* of these, in no histogram: no room for its buckets, or a file not whole
			   */
	int64_t total_ns, min_ns, max_ns;
	int64_t p50_ns, p95_ns, p99_ns; /* from histograms, error at most 1.1 %; CALL_UNKNOWN
					   where what is missing could move it */
};
#define CALL_UNKNOWN INT64_MIN

struct call_rows {
	struct call_row *items; /* the longest in sum first */
	size_t count, room;
};

#endif
