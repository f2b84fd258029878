/*
 * record.c - the hot path: counters, histograms and slots. See recorder.h for what it may never do.
 */
#include <string.h>

#include "recorder/arena.h"
#include "recorder/hot.h"
#include "recorder/recorder.h"

void loss_add(unsigned loss)
{
	struct dndprof_header *h = dndprof_recorder.header;

	if (h)
		__atomic_fetch_add(&h->losses[loss], 1, __ATOMIC_RELAXED);
}

/* Statistics at an offset that the file told; NULL: it was bent by others. */
static struct dndprof_stats *stats_at(uint64_t offset)
{
	if (offset % 8 || offset > dndprof_recorder.capacity - sizeof(struct dndprof_stats))
		return NULL;
	return (struct dndprof_stats *)((char *)dndprof_recorder.header + offset);
}

/*
 * What the file says is what counts: on a shared ring other threads may have been faster, and
 * children between fork and exec, who have the file but a copy of the rest; on any ring a handler.
 * Theirs is taken then, and ours is spent.
 */
struct dndprof_stats *writer_new_stats(struct writer *w, unsigned call)
{
	struct dndprof_stats *st;
	uint64_t there;

	if (!w->ring)
		return NULL;
	there = load_acquire(&w->ring->stats[call]);
	if (!there) {
		st = arena_alloc(sizeof(*st), w->shared ? ARENA_COUNTERS : ARENA_STATS);
		if (!st)
			return NULL;
		st->call = call;
		st->min = UINT64_MAX;
		if (__atomic_compare_exchange_n(&w->ring->stats[call], &there, arena_offset(st),
						false, __ATOMIC_RELEASE, __ATOMIC_ACQUIRE))
			there = arena_offset(st);
	}
	st = stats_at(there);
	if (st)
		store_release(&w->stats[call], st);
	return st;
}

/* Buckets at an offset that the file told, likewise. */
static uint64_t *buckets_at(uint64_t offset)
{
	if (offset % 8 || offset > dndprof_recorder.capacity - DNDPROF_BUCKETS * sizeof(uint64_t))
		return NULL;
	return (uint64_t *)((char *)dndprof_recorder.header + offset);
}

uint64_t *writer_new_octave(const struct writer *w, struct dndprof_stats *st, unsigned octave)
{
	uint64_t none = 0, *buckets;

	buckets = arena_alloc(DNDPROF_BUCKETS * sizeof(*buckets),
			      w->shared ? ARENA_SHARED : ARENA_STATS);
	if (!buckets)
		return NULL;
	if (!__atomic_compare_exchange_n(&st->octave[octave], &none, arena_offset(buckets), false,
					 __ATOMIC_RELEASE, __ATOMIC_ACQUIRE))
		return buckets_at(none);
	return buckets;
}

/* A duration that found no buckets among its thread's: into the shared ring's histogram of that
 * call, for which there are blocks when there are none for anything else. */
void histogram_elsewhere(unsigned call, uint64_t duration, uint8_t weight)
{
	struct writer *w = dndprof_recorder.shared;
	struct dndprof_stats *st = w ? writer_stats(w, call) : NULL;
	unsigned bucket, octave = histogram_place(duration, &bucket);
	uint64_t at = st ? load_acquire(&st->octave[octave]) : 0;
	uint64_t *buckets = NULL;

	if (st)
		buckets = at ? buckets_at(at) : writer_new_octave(w, st, octave);
	__atomic_fetch_add(buckets ? &buckets[bucket]
				   : &dndprof_recorder.header->losses[DNDPROF_LOSS_NO_HISTOGRAM],
			   1ull << weight, __ATOMIC_RELAXED);
}

void writer_raise(uint64_t *max, uint64_t v)
{
	uint64_t old = load_relaxed(max);

	while (old < v &&
	       !__atomic_compare_exchange_n(max, &old, v, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

void writer_lower(uint64_t *min, uint64_t v)
{
	uint64_t old = load_relaxed(min);

	while (old > v &&
	       !__atomic_compare_exchange_n(min, &old, v, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

/* On the shared ring's statistics: the writer's own, or for one that could not have any. */
static __attribute__((noinline)) void stats_add_shared(const struct event *e)
{
	struct writer *w = dndprof_recorder.shared;
	struct dndprof_stats *st = w ? writer_stats(w, e->call) : NULL;

	if (st)
		stats_add_as(true, w, st, e);
	else
		loss_add(DNDPROF_LOSS_NO_STATS);
}

void stats_add(struct writer *w, const struct event *e)
{
	struct dndprof_stats *st = w->shared ? NULL : writer_stats(w, e->call);

	if (likely(st != NULL))
		stats_add_as(false, w, st, e);
	else
		stats_add_shared(e);
}

void count_shared(unsigned call, uint64_t retries, uint64_t errors)
{
	struct writer *w = dndprof_recorder.shared;
	struct dndprof_stats *st = writer_stats(w, call);

	if (!st) {
		loss_add(DNDPROF_LOSS_NO_STATS);
		return;
	}
	writer_add(w, &st->count, 1);
	writer_add(w, &st->retries, retries);
	writer_add(w, &st->errors, errors);
}

/* ---- slots ---- */

/* Doubles the ring, once, RING_MARGIN slots before it is full; what is in it stays where it is. */
void ring_grow(struct writer *w)
{
	uint64_t slots = w->mask + 1;
	struct dndprof_record *segment;
	unsigned k = w->ring->segment_count;

	w->grow_at = UINT64_MAX; /* a handler that records meanwhile must not grow it too */
	if (k >= DNDPROF_RING_SEGMENTS || slots >= dndprof_recorder.max_slots)
		return;
	segment = arena_alloc(slots * sizeof(*segment), ARENA_RECORDS);
	if (!segment)
		return;
	w->origin[k] = (uintptr_t)segment - segment_first(k) * sizeof(*segment);
	w->ring->segment[k] = arena_offset(segment);
	store_release(&w->ring->segment_count, k + 1);
	store_release(&w->mask, slots * 2 - 1);
	w->grow_at = slots * 2 - RING_MARGIN;
}

/* Copies the next n bytes of the parts, and moves on in them. */
static void parts_take(struct part *at, const struct part *parts, int count, int *next, char *to,
		       size_t n)
{
	while (n) {
		size_t w = at->n < n ? at->n : n;

		memcpy(to, at->p, w);
		at->p = (const char *)at->p + w;
		at->n -= w;
		to += w;
		n -= w;
		if (!at->n && *next < count)
			*at = parts[(*next)++];
	}
}

static size_t parts_bytes(const struct part *parts, int count)
{
	size_t n = 0;
	int i;

	for (i = 0; i < count; i++)
		n += parts[i].n;
	return n < PAYLOAD_MAX ? n : PAYLOAD_MAX;
}

/* Continuation slots from pos on for the record at `owner` - 1. */
static __attribute__((noinline)) void more_write(const struct writer *w, uint64_t pos,
						 uint64_t owner, const struct part *parts,
						 int count, size_t n)
{
	struct part at = parts[0];
	int next = 1;

	while (n) {
		struct dndprof_more *m = (struct dndprof_more *)slot_at(w, pos);
		size_t take = n < DNDPROF_MORE_BYTES ? n : DNDPROF_MORE_BYTES;

		store_release(&m->seq, 0);
		parts_take(&at, parts, count, &next, (char *)m->data, take);
		m->length = (uint16_t)take;
		m->kind = DNDPROF_KIND_MORE;
		m->owner = owner;
		store_release(&m->seq, pos + 1);
		n -= take;
		pos++;
	}
}

/* On the shared ring the writer's thread says nothing: ask, and name the process too where it is a
 * forked child. */
uint64_t context_of_stranger(void)
{
	uint64_t pid;

	if (!recorder_may_call())
		return 0;
	pid = (uint64_t)sys0(SYS_getpid);
	return (pid == dndprof_recorder.pid ? 0 : pid << 32) | (uint32_t)sys0(SYS_gettid);
}

void event_write(struct writer *w, const struct event *e, const struct part *parts, int count)
{
	unsigned more = 0;
	uint64_t pos;
	size_t n = 0;

	if (unlikely(count)) {
		n = parts_bytes(parts, count);
		more = (unsigned)((n + DNDPROF_MORE_BYTES - 1) / DNDPROF_MORE_BYTES);
	}
	pos = ring_reserve(w, 1 + more);
	if (unlikely(n))
		more_write(w, pos + 1, pos + 1, parts, count, n);
	slot_fill(w, pos, e, 1 + more);
}

void event_done_parts(struct writer *w, const struct event *e, const struct part *parts, int count)
{
	stats_add(w, e);
	if (likely(dndprof_recorder.records))
		event_write(w, e, parts, count);
	w->ring->in_call_since = 0;
	stack_due(w, e);
	look_due(w, e->start + e->duration);
}
