/*
 * pool.h - one pool of threads while its jobs are looked for. Inner to worker_members.c,
 * worker_pools.c and worker_jobs.c.
 */
#ifndef ANALYZER_POOL_H
#define ANALYZER_POOL_H

#include "model/crew.h"

/* Between two waits at home, or from a thread's begin, or to its end. */
struct segment {
	uint32_t life;
	int64_t start_ns, end_ns;
	uint32_t before, after; /* waits; NONE */
	uint64_t jobs;
	bool idle; /* woken for nothing */
};

#define WAKE_TAKES 2 /* of Python's locks, by a thread that is woken in vain */

struct pool {
	struct harvest *harvest;
	struct crew *crew;
	const uint32_t *lives;
	size_t count;
	uint32_t index;
	LIST(struct wait *) waits; /* of its threads */
	LIST(struct segment) segments;
	uint64_t takes;	     /* of its queue's lock for one job */
	int64_t shortest_ns; /* job between two waits; INT64_MAX: none */
	unsigned int kinds;  /* bits of enum wait_kind that are home */
	bool merged;	     /* it cannot tell how many jobs are between two waits */
	bool python;	     /* they wait at semaphores that they hold, as its locks do */
};

static inline const struct wait *wait_at(const struct pool *pool, uint32_t index)
{
	return index == NONE ? NULL : &pool->crew->waits.items[index];
}

/* worker_members.c: has it a name of its own, not the program's? */
bool life_named(const struct process *process, const struct life *life);

/* worker_pools.c: the rows of the pool these lives are. */
void pool_build(struct harvest *harvest, struct crew *crew, const uint32_t *lives, size_t count);
/* How often the process made that call; exact, of all its threads. */
uint64_t pool_calls(const struct pool *pool, enum dndprof_call call);

/* worker_jobs.c: the jobs of each segment, and what makes one. */
void pool_judge(struct pool *pool);

#endif
