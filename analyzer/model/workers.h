/*
 * workers.h - threads that did jobs, and their pools (workers.c).
 */
#ifndef ANALYZER_WORKERS_H
#define ANALYZER_WORKERS_H

#include <stddef.h>
#include <stdint.h>

struct worker_row {
	const char *name; /* of its pool, then its number */
	uint32_t process, tid;
	uint64_t jobs;
	int64_t busy_ns, idle_ns;
};

struct workers {
	struct worker_row *items; /* the highest utilization first */
	size_t count, room;
};

#endif
