/*
 * state.h - what the stub of the Go gate reads and writes (layout.h has the places of the fields),
 * for the C side of the gate: made in gate.c, its rate set in rate.c.
 */
#ifndef DNDPROF_SHIM_GO_STATE_H
#define DNDPROF_SHIM_GO_STATE_H

#include "go/layout.h"
#include "recorder/recorder.h"

/* A ring, as the stub writes to it. Nothing of it changes but grow_at, so that a thread which began
 * in one ends in it. */
struct go_writer {
	struct dndprof_ring *ring;
	struct dndprof_record *slots;
	uint64_t mask;
	uint64_t grow_at; /* position from which there should be more room; UINT64_MAX: never */
};

/* Where calls are counted and recorded: one for all, or one for each of several processors. */
struct go_shard {
	struct go_writer *writer; /* NULL: counters only */
	uint64_t pool, pool_end;  /* offsets in the file: histogram octaves not yet given out */
	struct dndprof_stats *stats[256]; /* by call id */
	/* The stub knows nothing of these. */
	struct go_writer rings[DNDPROF_RING_SEGMENTS]; /* each bigger than the one before */
	unsigned segments;			       /* of the newest ring */
} __attribute__((aligned(64)));

struct go_gate {
	uint64_t resume; /* address of the instruction that enters the kernel */
	char *file;
	uint64_t capacity;
	uint64_t *losses;
	uint32_t pid;
	uint32_t quieted; /* no calls of our own any more but an exec's */
	uint64_t park_resume;
	struct go_writer *park; /* of the waits of threads */
	uint64_t slow;		/* ticks from which on a call has its stack taken; 0: none has */
	uint32_t sharded;	/* shards in use less one; they are a power of two */
	uint32_t rate;		/* of cheap calls one of 2^rate has a record */
	uint64_t due;		/* ticks at which C is come to */
	uint64_t certain;	/* ticks from which on a call always has a record */
	uint32_t only; /* GO_SOCKET: of files no more than their opening; 0: they as well */
} __attribute__((aligned(64))); /* read by all: no line of it is shared with what is written */

#define HIDDEN __attribute__((visibility("hidden")))
extern struct go_gate dndprof_go HIDDEN;
extern struct go_shard dndprof_go_shards[GO_SHARDS] HIDDEN;
/* A byte a descriptor, bits of directions (1 sent, 2 received): a call would have blocked, and the
 * next that succeeds ends that wait. Kept only while the rate is not 0. */
extern uint64_t dndprof_go_again[GO_FD_MAX / 8] HIDDEN;

#endif
