/*
 * crew.h - the threads of one process while its workers are looked for: their lives, waits, and
 * what woke them. Inner to worker_*.c and workers.c.
 *
 * All of it is linear in the records but for sorting.
 */
#ifndef ANALYZER_CREW_H
#define ANALYZER_CREW_H

#include "model/internal.h"

/* A thread from begin to end; ids of threads and rings are used again, lives are not. */
struct life {
	uint32_t tid;
	const char *name;
	const char *kind; /* of several that began in its routine, by its name; "": of one */
	uint64_t start_routine, handle;
	int64_t start_ns, end_ns; /* what is known of it: from the first record that is left on */
	int64_t cpu_ns;		  /* -1: no data */
	uint32_t taken;		  /* record.generation of its end; 0: no data */
	bool begun, ended;	  /* seen; ended: or joined */
	bool gone;		  /* it did not live until the process ended; nobody saw when */
	bool first;		  /* the record of its begin is there */
	bool partial;		  /* it is not, for older records are gone, or not read */
	uint32_t ring;		  /* of its last record */
	int64_t earliest_ns;	  /* begin of the first call that is left */
	bool main;
	bool several;		  /* it read from, or accepted, more than one descriptor */
	int32_t read_fd;	  /* the first of them; -1 */
	int64_t call_ns;	  /* since when it is in `call`, as it was last seen; 0: in none */
	int call;		  /* enum dndprof_call */
	size_t events;		  /* records of calls */
	size_t first_call, calls; /* in crew.calls */
	size_t first_wait, waits; /* in crew.waits */
	uint32_t marked;	  /* row of the jobs it marked; NONE; MARKED_MANY: of several */
};
#define MARKED_MANY (UINT32_MAX - 1)

enum wait_kind { WAIT_CONDITION, WAIT_SEMAPHORE, WAIT_BARRIER, WAIT_READY };

struct wait {
	int64_t start_ns, end_ns;
	int64_t delay_ns; /* since who woke it did; -1: unknown */
	uint64_t object;  /* 0: unknown */
	uint32_t life;
	uint32_t taken; /* 1: never came by the queue since the wait before; 0: unknown */
	uint32_t tried; /* other semaphores taken since */
	enum wait_kind kind;
	bool held;  /* of a semaphore the thread held itself: a wait for a wake, not a lock */
	bool timed; /* the caller gave a time */
	bool woken; /* not a timeout or failure */
	bool open;  /* it never returned */
	bool lock;  /* the object is used as a lock: blocked, not idle */
	bool many;  /* of descriptors: it may be for many of them, as in a loop of events */
	bool home;  /* where its pool waits for work: idle */
};

/* An outermost call, and how long the thread was in such calls before. */
struct call {
	int64_t start_ns, end_ns, before_ns;
};

struct crew {
	struct model *model;
	uint32_t process;
	LIST(struct life) lives;
	LIST(struct wait) waits; /* by life, then time */
	LIST(struct call) calls; /* the same */
	struct map by_tid;	 /* the last life of a tid */
	uint32_t *by_thread;	 /* all lives by tid, then time */
};

/* worker_lives.c */
void crew_build(struct crew *crew, struct model *model, uint32_t process);
void crew_free(struct crew *crew);
/* The life of `tid` at that moment, or NONE. */
uint32_t crew_life_at(const struct crew *crew, uint32_t tid, int64_t ns);

/* worker_waits.c: calls and waits of all lives; `owner` is the life of each event, or NONE. */
void crew_waits(struct crew *crew, const uint32_t *owner);
/* Time of [start, end) that the life was within calls. */
int64_t crew_blocked(const struct crew *crew, const struct life *life, int64_t start, int64_t end);
/* Time of [start, end) that was recorded: without what the program had stopped. */
int64_t crew_recorded(const struct crew *crew, int64_t start, int64_t end);

/* worker_wakes.c: which objects are locks, and how long after its wake each wait ended. */
void crew_wakes(struct crew *crew);

/* What workers.c collects: jobs and delays by row. */
struct worker_sample {
	uint32_t row;
	int64_t ns;
	uint64_t count; /* so many of this length */
};
struct worker_samples {
	struct worker_sample *items;
	size_t count, room;
};
struct harvest {
	struct model *model;
	struct worker_samples jobs, delays;
};

/* A new row. Its address is good until the next. */
struct worker_row *harvest_row(struct harvest *harvest, enum worker_kind kind, uint32_t process,
			       uint32_t tid);
uint32_t harvest_pool(struct harvest *harvest, enum worker_kind kind, uint32_t process,
		      const char *name);
void harvest_job(struct harvest *harvest, uint32_t row, int64_t ns, uint64_t count);

/* worker_marked.c: jobs the program marked. Before the pools, who leave those threads alone. */
void harvest_marked(struct harvest *harvest, struct crew *crew, const struct operation *const *jobs,
		    size_t count);
/* worker_members.c */
void harvest_pools(struct harvest *harvest, struct crew *crew);
/* worker_go.c */
void harvest_go(struct harvest *harvest, const struct crew *crew);

#endif
