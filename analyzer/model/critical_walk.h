/*
 * critical_walk.h - the state of the walk along the critical path, and its turns from one process
 * or thread to another (critical_turns.c).
 */
#ifndef ANALYZER_CRITICAL_WALK_H
#define ANALYZER_CRITICAL_WALK_H

#include "model/critical.h"

#define JUMPS_MOST 1000 /* without a step back in time: a damaged file's ring */

struct walk {
	struct model *model;
	uint32_t run;
	struct kinship kinship;
	struct lanes **lanes;		 /* by process; NULL: not needed yet */
	struct groups operations, flows; /* by process */
	int64_t at_ns, start_ns;	 /* all after `at_ns` is explained */
	uint32_t process, tid;		 /* where the chain is; process NONE: nowhere */
	unsigned int jumps;
	struct pieces pieces;
};

static inline const struct process *process_of(const struct walk *walk, uint32_t index)
{
	return &walk->model->processes.items[index];
}

struct lanes *walk_lanes(struct walk *walk, uint32_t process);
/* NULL: of this thread nothing is known. */
struct thread_lane *walk_thread(struct walk *walk, uint32_t process, uint32_t tid);
/* Makes a piece of the time from `from` to where the walk is, which goes on at `from`. */
void walk_take(struct walk *walk, int64_t from, enum piece_kind kind, uint32_t index);

/* When the image began: where the one before it ended, or where it was made. */
int64_t walk_begin(const struct walk *walk, uint32_t process);
/* The image's begin is reached: on in the one before it, or in who made it. */
void walk_leave(struct walk *walk);
/* A thread's begin is reached: on in who created it. */
void walk_leave_thread(struct walk *walk);
/* On in a child, a thread. False: that cannot be. */
bool walk_enter(struct walk *walk, uint32_t child);
bool walk_enter_thread(struct walk *walk, const struct span *join);
/* On in the process whose output this one slept for, whose end is after `from`. False: none is
 * known. */
bool walk_enter_writer(struct walk *walk, int64_t from);
/* A joined thread waits for nobody knows what: back to who joined it, where that was not yet
 * waiting. False: it was; `from` is then no earlier than since when. */
bool walk_leave_idle(struct walk *walk, const struct thread_lane *thread, int64_t *from);
/* On in the thread that ended this wait for other threads. False: it is not known. */
bool walk_enter_waker(struct walk *walk, const struct span *wait);
/* Did this call, which told of a child's end, wait for it? `before`: the thread's previous call;
 * NULL: none is known. */
bool walk_waited(const struct process *child, const struct event *event,
		 const struct event *before);
/* A child that ended while its parent waited for descriptors; NONE. */
uint32_t walk_ended_within(const struct walk *walk, const struct span *call);

#endif
