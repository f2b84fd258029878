/*
 * hot.h - the pieces of a record that every call pays for, to be inlined where they are used:
 * statistics, a slot, its contents. An event given by address from a local variable dissolves into
 * registers here.
 */
#ifndef DNDPROF_SHIM_HOT_H
#define DNDPROF_SHIM_HOT_H

#include "recorder/recorder.h"
#include "recorder/sampling.h"

void ring_grow(struct writer *w);
uint64_t context_of_stranger(void); /* record.context on the shared ring */

/* The counter a duration falls into, or NULL: no memory. */
static inline uint64_t *histogram_bucket(struct writer *w, struct dndprof_stats *st, uint64_t v)
{
	unsigned bucket, octave;
	uint64_t at, *buckets;

	if (unlikely(v == 0))
		return &st->zero;
	octave = histogram_place(v, &bucket);
	at = st->octave[octave];
	if (unlikely(at == 0)) {
		buckets = writer_new_octave(w, st, octave);
		if (!buckets)
			return NULL;
	} else {
		/* Offsets come from the file; one that others bent is caught by the capacity, not
		 * followed. */
		if (unlikely(at >= dndprof_recorder.capacity))
			return NULL;
		buckets = (uint64_t *)((char *)dndprof_recorder.header + at);
	}
	return &buckets[bucket];
}

/* Exact additions: one instruction against our own handlers, locked where threads share. */
static inline void add(bool shared, uint64_t *p, uint64_t v)
{
	if (shared)
		__atomic_fetch_add(p, v, __ATOMIC_RELAXED);
	else
		local_add(p, v);
}

/* Inlined twice, with `shared` a constant: the usual case has no branch on it. */
static inline __attribute__((always_inline)) void
stats_add_as(bool shared, struct writer *w, struct dndprof_stats *st, const struct event *e)
{
	uint64_t *bucket = histogram_bucket(w, st, e->duration);

	add(shared, &st->count, 1);
	add(shared, &st->timed, 1ull << e->weight);
	add(shared, &st->sum, e->duration << e->weight);
	if (e->bytes)
		add(shared, &st->bytes, e->bytes);
	if (unlikely(e->error))
		add(shared, e->retry ? &st->retries : &st->errors, 1);
	if (unlikely(e->duration < st->min))
		writer_lower(&st->min, e->duration);
	if (unlikely(e->duration > st->max))
		writer_raise(&st->max, e->duration);
	if (likely(bucket != NULL))
		add(shared, bucket, 1ull << e->weight);
	else
		histogram_elsewhere(e->call, e->duration, e->weight);
}

static inline struct dndprof_record *slot_at(const struct writer *w, uint64_t pos)
{
	uint64_t q = pos & w->mask;
	/* segment 0 has quotients 0, segment k from 2^(k-1) to 2^k - 1 */
	unsigned k = (unsigned)__builtin_clzll(q / RING_BASE_SLOTS * 2 + 1) ^ 63;

	return (struct dndprof_record *)(w->origin[k] + q * sizeof(struct dndprof_record));
}

static inline uint64_t ring_reserve(struct writer *w, unsigned slots)
{
	uint64_t pos;

	if (unlikely(w->shared)) {
		loss_add(DNDPROF_LOSS_SHARED_RING);
		return __atomic_fetch_add(&w->ring->head, slots, __ATOMIC_RELAXED);
	}
	pos = local_fetch_add(&w->ring->head, slots);
	if (unlikely(pos + slots > w->grow_at))
		ring_grow(w);
	return pos;
}

/* Fills the slot reserved at pos and commits it. */
static inline __attribute__((always_inline)) void slot_fill(struct writer *w, uint64_t pos,
							    const struct event *e, unsigned slots)
{
	struct dndprof_record *r = slot_at(w, pos);

	/* 0 first: whoever finds the process killed in between must not take the old position for
	 * the new contents. */
	store_release(&r->seq, 0);
	r->start = e->start;
	r->duration = e->duration;
	r->result = e->result;
	r->fd = e->fd;
	r->generation = e->generation;
	r->arg = e->arg;
	r->call = e->call;
	r->kind = e->kind ? e->kind : DNDPROF_KIND_CALL;
	r->slots = (uint8_t)slots;
	r->payload = e->payload;
	r->weight_log2 = e->weight;
	r->error = e->error;
	r->flags = e->flags;
	r->context = likely(!w->shared) ? w->tid : context_of_stranger();
	store_release(&r->seq, pos + 1);
}

/* event_done without payload, inlined; shared rings, and stacks, take the long way. */
static inline __attribute__((always_inline)) void event_done_hot(struct writer *w,
								 const struct event *e)
{
	struct dndprof_stats *st = writer_stats(w, e->call);

	if (unlikely(w->long_way || !st)) {
		struct event copy = *e; /* so that e itself may stay in registers */

		event_done(w, &copy, NULL, 0);
		return;
	}
	stats_add_as(false, w, st, e);
	if (likely(dndprof_recorder.records))
		slot_fill(w, ring_reserve(w, 1), e, 1);
	w->ring->in_call_since = 0;
	look_due(w, e->start + e->duration);
}

#endif
