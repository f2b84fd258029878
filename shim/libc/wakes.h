/*
 * wakes.h - who may be waiting where, so that a wake that wakes nobody costs a look at a counter,
 * and one that does leaves a record: from it to the waiter's return is what a job stood in a queue.
 *
 * Counters by address, shared by all threads. A thread that is cancelled in its wait, or jumps out
 * of a handler, leaves its count behind, as a forked child finds its parent's: then there is a
 * record too many, never one too few.
 */
#ifndef DNDPROF_SHIM_WAKES_H
#define DNDPROF_SHIM_WAKES_H

#include "libc/gate.h"
#include "recorder/hot.h"

#define WAITING_CELLS 256 /* a power of two */
extern uint32_t dndprof_waiting[WAITING_CELLS] __attribute__((visibility("hidden")));

static inline uint32_t *waiting_cell(const void *object)
{
	return &dndprof_waiting[((uintptr_t)object >> 3) * 0x9e3779b1u >> 16 & (WAITING_CELLS - 1)];
}

/* May somebody be waiting there? A thread that counted itself and then looked at the semaphore, or
 * gave up the mutex, is seen by whoever acts after that; relaxed, for a record is all that hangs on
 * it. */
static inline bool waited_for(const void *object)
{
	return load_relaxed(waiting_cell(object)) != 0;
}

/* A wait with `lock` (a condition's mutex, a semaphore itself) begins. Returns what its record's
 * generation shall be. */
static inline uint32_t wait_begin(struct writer *w, const void *object, const void *lock)
{
	uint32_t told;

	__atomic_fetch_add(waiting_cell(object), 1, __ATOMIC_RELAXED);
	if (w->shared)
		return 0;
	if (unlikely(!w->waited_with))
		writer_first_wait(w);
	told = taken_since(w, lock);
	if (object == lock) {
		told |= (w->tried < DNDPROF_TAKEN_TRIED ? w->tried : DNDPROF_TAKEN_TRIED)
			<< DNDPROF_TAKEN_SHIFT;
		w->tried = 0;
	}
	return told;
}

static inline void wait_over(struct writer *w, const void *object, const void *lock, uint32_t told,
			     bool woken)
{
	__atomic_fetch_sub(waiting_cell(object), 1, __ATOMIC_RELAXED);
	if (!woken || w->shared)
		return;
	w->woken[taken_place(object)] = (struct woken){object, lock};
	if (object != lock)
		return;
	taken_hold(w, object);
	w->tried += !(told & DNDPROF_TAKEN_HELD);
}

/* Was the thread woken there, and woke nobody there since? `*lock`: with what it waited. */
static inline bool woken_there(struct writer *w, const void *object, const void **lock)
{
	struct woken *k = &w->woken[taken_place(object)];

	if (likely(k->object != object))
		return false;
	*lock = k->lock;
	k->object = NULL;
	return true;
}

#endif
