/*
 * overhead.h - what the profiling itself cost, by cause, and what it lost (overhead.c). What is
 * calibrated or estimated rather than measured says so in `how`; the prices are those of
 * dndprof/cost.h.
 */
#ifndef ANALYZER_OVERHEAD_H
#define ANALYZER_OVERHEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(id, key, title, how) */
#define OVERHEAD_CAUSES(X)                                                 \
	X(STARTUP, "startup", "Programs: start-up", "mostly measured")     \
	X(INJECTION, "injection", "Static Go: injection", "estimated")     \
	X(LIBC, "libc_calls", "Calls of the C library", "calibrated")      \
	X(GO, "go_calls", "Calls of Go", "calibrated")                     \
	X(COUNTED, "counted_calls", "Locks had at once", "estimated")      \
	X(MEMORY, "new_memory", "Records' memory, first use", "estimated") \
	X(SAMPLES, "samples", "Resource samples", "estimated")             \
	X(STACKS, "stacks", "Stacks of C code", "measured")                \
	X(RUN, "run_looks", "Looks of `dndprof run`", "measured")

#define OVERHEAD_ENUM(id, key, title, how) OVERHEAD_##id,
enum overhead_cause { OVERHEAD_CAUSES(OVERHEAD_ENUM) OVERHEAD_CAUSE_COUNT };
#undef OVERHEAD_ENUM

struct overhead_row {
	enum overhead_cause cause;
	const char *key, *title;
	const char *how; /* the total is known: measured, calibrated in the run, estimated */
	uint64_t count;	 /* of what the price is for */
	double each_ns;	 /* on average */
	int64_t total_ns;
};

/* Records or counts that are not there. */
struct loss_row {
	const char *key, *reason;
	uint64_t count;
};

struct overhead {
	int64_t total_ns;     /* of all processes; -1: no data */
	int64_t startup_ns;   /* of it: start-up and injection, which the limit does not count */
	int64_t running_ns;   /* of it: the rest */
	double share;	      /* total over wall; -1: no data */
	double running_share; /* what is compared with the limit; -1: no data */
	double limit;	      /* DNDPROF_MAX_OVERHEAD, the least of the processes; a share */
	bool within;
	struct {
		struct overhead_row *items; /* causes with a count, in their order */
		size_t count, room;
	} rows;
	struct {
		struct loss_row *items; /* none: nothing was lost */
		size_t count, room;
	} losses;
};

#endif
