/*
 * workers.h - threads that did jobs, and their pools (workers.c).
 *
 * A worker is a thread that waits to be given work; a job is what it does between two such waits.
 * Busy is all that is not waiting so: computing, blocked in calls, asleep. Where the program marked
 * its jobs (dndprof.h), the marks are the jobs.
 */
#ifndef ANALYZER_WORKERS_H
#define ANALYZER_WORKERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum worker_kind {
	WORKER_THREAD, /* of a pool: threads with one start routine */
	WORKER_MARKED, /* whom the program named in its marks */
	WORKER_GO,     /* a thread of a Go program, which runs any goroutine: no worker of a pool */
};

/* Durations of jobs, or delays. */
struct worker_figures {
	uint64_t count;
	int64_t total_ns, p50_ns, p95_ns, max_ns; /* 0 when there are none */
};

struct worker_row {
	const char *name; /* its pool's name and its number, or as the program marked it */
	enum worker_kind kind;
	uint32_t process, tid; /* tid: of its first thread */
	uint32_t pool;
	size_t threads;	 /* 1; of marked ones as many as did its jobs; of a pool all */
	uint64_t jobs;	 /* done */
	uint64_t active; /* under way when the process ended, or was looked at */
	int64_t busy_ns, idle_ns;
	int64_t blocked_ns; /* of busy: in calls: receiving, connecting, locks, names */
	int64_t cpu_ns;	    /* of the threads, idle moments and all; -1: no data */
	double utilization; /* busy of both; -1: it lived no time */
	struct worker_figures job;
	struct worker_figures delay; /* from a signal or post to its return from the wait */
	bool partial;		     /* older records were overwritten: of what is left */
};

struct worker_pool {
	struct worker_row sum;	/* of its workers; named as the pool */
	double lowest, highest; /* utilization; -1: none */
	uint64_t start_routine; /* address; 0: unknown, or not one alone */
	bool merged; /* jobs that were taken without waiting cannot be told from the one before */
};

struct workers {
	struct worker_row *items; /* the highest utilization first */
	size_t count, room;
	struct {
		struct worker_pool *items; /* by process and first thread */
		size_t count, room;
	} pools;
	struct worker_row total;
	const char *none; /* why there are no rows; NULL when there are */
};

#endif
