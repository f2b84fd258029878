/*
 * writer.c - the pool of writers: which thread writes to which ring, and which rings can be had
 * again.
 *
 * No thread tells us reliably that it is gone (cancellation, musl, raw clone), so the kernel is
 * asked when a ring is wanted: a writer whose thread no longer exists is free. Threads that said
 * goodbye are asked about first.
 */
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "recorder/arena.h"
#include "recorder/file.h"
#include "recorder/recorder.h"
#include "recorder/start.h"

static struct writer pool[1 + WRITER_MAX]; /* [0] is the shared one */
static uint32_t pool_high AT_START;	   /* entries ever used */
static uint32_t pool_ending AT_START;	   /* entries whose thread said goodbye */
static struct writer *spare
	AT_START; /* taken for a thread that was never made; for the next who asks */

RECORDER_TLS struct tls dndprof_tls;

struct dndprof_ring *ring_make(uint32_t kind, unsigned segments, enum arena_use use,
			       struct dndprof_record **slots)
{
	size_t bytes = ((size_t)RING_BASE_SLOTS << (segments - 1)) * sizeof(**slots);
	struct dndprof_header *h = dndprof_recorder.header;
	struct dndprof_ring *ring = arena_alloc(sizeof(*ring), use);
	uint64_t next;
	unsigned k;

	*slots = ring ? arena_alloc(bytes, use) : NULL;
	if (!*slots)
		return NULL;
	for (k = 0; k < segments; k++)
		ring->segment[k] = arena_offset(*slots + segment_first(k));
	ring->magic = DNDPROF_RING_MAGIC;
	ring->kind = kind;
	ring->base_slots = RING_BASE_SLOTS;
	ring->segment_count = segments;
	next = load_relaxed(&h->rings);
	do
		ring->next = next;
	while (!__atomic_compare_exchange_n(&h->rings, &next, arena_offset(ring), true,
					    __ATOMIC_RELEASE, __ATOMIC_RELAXED));
	return ring;
}

static bool ring_new(struct writer *w, uint32_t kind, unsigned segments)
{
	struct dndprof_record *slots;
	enum arena_use use = kind == DNDPROF_RING_SHARED ? ARENA_SHARED : ARENA_RECORDS;
	struct dndprof_ring *ring = ring_make(kind, segments, use, &slots);
	unsigned k;

	if (!ring)
		return false;
	for (k = 0; k < segments; k++)
		w->origin[k] = (uintptr_t)slots;
	ring->index = (uint32_t)(w - pool);
	w->ring = ring;
	w->thread = kind == DNDPROF_RING_SHARED ? NULL : arena_alloc(sizeof(*w->thread), use);
	if (w->thread)
		ring->thread = arena_offset(w->thread);
	w->mask = ((uint64_t)RING_BASE_SLOTS << (segments - 1)) - 1;
	w->shared = kind == DNDPROF_RING_SHARED;
	w->long_way = w->shared || dndprof_recorder.stacks;
	w->grow_at = w->shared ? UINT64_MAX : w->mask + 1 - RING_MARGIN;
	return true;
}

struct writer *writers_start(void)
{
	memset(pool, 0, (1 + (size_t)pool_high) * sizeof(pool[0]));
	pool_high = 0;
	pool_ending = 0;
	spare = NULL;
	pool[0].state = WRITER_USED;
	return writer_take();
}

bool writers_share(void)
{
	unsigned segments = file_room() <= FILE_SMALL_BYTES ? 1 : 3;

	if (!ring_new(&pool[0], DNDPROF_RING_SHARED, segments))
		return false;
	dndprof_recorder.shared = &pool[0];
	return true;
}

struct writer *writer_at(uint32_t index)
{
	return index <= load_relaxed(&pool_high) ? &pool[index] : NULL;
}

static bool thread_gone(uint32_t tid)
{
	return sys3(SYS_tgkill, dndprof_recorder.pid, tid, 0) == -ESRCH;
}

/* A writer whose thread is no more. `all`: ask about every one, not only those that said goodbye.
 */
static struct writer *writer_of_dead(bool all)
{
	uint32_t i, high = load_relaxed(&pool_high), tid;

	if ((!all && !load_relaxed(&pool_ending)) || !recorder_may_call())
		return NULL;
	for (i = 1; i <= high; i++) {
		struct writer *w = &pool[i];

		tid = load_relaxed(&w->tid);
		if (!tid || w->state != WRITER_USED || !(all || w->ending) || !thread_gone(tid))
			continue;
		/* Claimed by taking its thread id: two threads may be here. */
		if (!__atomic_compare_exchange_n(&w->tid, &tid, 0, false, __ATOMIC_ACQUIRE,
						 __ATOMIC_RELAXED))
			continue;
		if (w->ending)
			__atomic_fetch_sub(&pool_ending, 1, __ATOMIC_RELAXED);
		else
			__atomic_fetch_sub(&dndprof_recorder.threads, 1, __ATOMIC_RELAXED);
		w->ending = false;
		return w;
	}
	return NULL;
}

static struct writer *writer_fresh(void)
{
	uint32_t i = load_relaxed(&pool_high);
	struct writer *w;

	do {
		if (i == WRITER_MAX)
			return NULL;
	} while (!__atomic_compare_exchange_n(&pool_high, &i, i + 1, true, __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
	w = &pool[i + 1];
	if (!ring_new(w, DNDPROF_RING_THREAD, 1))
		return NULL; /* the place stays empty: there is no memory for it either */
	w->state = WRITER_USED;
	return w;
}

struct writer *writer_take(void)
{
	struct writer *w = __atomic_exchange_n(&spare, NULL, __ATOMIC_ACQUIRE);

	if (!w)
		w = writer_of_dead(false);
	if (!w)
		w = writer_fresh();
	if (!w)
		w = writer_of_dead(true);
	if (w) {
		w->start_routine = NULL;
	}
	return w;
}

void writer_release(struct writer *w)
{
	struct writer *none = NULL;

	__atomic_compare_exchange_n(&spare, &none, w, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED);
}

/* pthread_t, as both libcs have it. */
static uint64_t thread_handle(void)
{
#ifdef DNDPROF_FREESTANDING
	return 0; /* there may be no such register yet */
#else
	return (uintptr_t)__builtin_thread_pointer();
#endif
}

/* CPU time of one of the process's threads, 0 for the caller; a negative errno when it is gone. */
static int64_t cpu_of(uint32_t tid)
{
	enum { THREAD_CPU_CLOCK = 6 };
	struct timespec t = {0, 0};
	long r = sys2(SYS_clock_gettime, (int)(~tid << 3 | THREAD_CPU_CLOCK), &t);

	if (r < 0)
		return r;
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* What the record of a thread's begin and end carries: who it is, and at the end what it cost. */
static void thread_record(struct writer *w, uint64_t duration, uint8_t flags)
{
	struct {
		char name[16];
		uint64_t start_routine, handle;
	} payload = {"", (uintptr_t)w->start_routine, thread_handle()};
	bool ends = !(flags & DNDPROF_RECORD_BEGIN), may_call = recorder_may_call();
	int64_t cpu = ends && may_call ? cpu_of(w->tid) : 0;
	char *name = w->thread ? w->thread->name : payload.name;
	const struct event e = {
		.start = w->begun,
		.duration = duration,
		.arg = cpu > 0 ? (uint64_t)cpu : 0,
		.fd = -1,
		.generation = ends && w->waited_with ? taken_told(w, w->waited_with) : 0,
		.call = DNDPROF_CALL_thread,
		.payload = DNDPROF_PAYLOAD_THREAD,
		.flags = flags,
	};

	/* Whoever names a thread then looks for its handle; the thread shows its handle, then asks
	 * for its name. Sequentially consistent: of both at once one sees the other. */
	if (!ends && w->thread) {
		memset(name, 0, sizeof(payload.name));
		__atomic_store_n(&w->thread->handle, payload.handle, __ATOMIC_SEQ_CST);
	}
	if (may_call)
		sys2(SYS_prctl, PR_GET_NAME, name);
	if (w->thread)
		memcpy(payload.name, name, sizeof(payload.name));
	if (ends)
		stats_add(w, &e);
	if (dndprof_recorder.records)
		event_write(w, &e, &(struct part){&payload, sizeof(payload)}, 1);
	if (!w->thread)
		return;
	w->thread->start_routine = payload.start_routine;
	w->thread->begun = w->begun;
	w->thread->cpu_ns = e.arg;
	w->thread->state = ends ? DNDPROF_THREAD_ENDED : DNDPROF_THREAD_ALIVE;
	store_release(&w->thread->tid, w->tid);
}

void writer_begin_thread(struct writer *w)
{
	/* Who may not ask for its own number records where nobody has one. */
	if (!w->shared && !recorder_may_call()) {
		writer_release(w);
		w = &pool[0];
	}
	dndprof_tls.writer = w;
	if (w->shared)
		return;
	w->begun = now();
	w->waited_with = NULL;
	w->tried = 0;
	memset(w->taken, 0, sizeof(w->taken));
	memset(w->woken, 0, sizeof(w->woken));
	w->ring->owner = (uint32_t)sys0(SYS_gettid);
	w->ring->owners++;
	w->ring->in_call_since = 0;
	w->rate = dndprof_recorder.full ? RATE_FULL : 0;
	w->look_at = w->looked = 0;
	store_release(&w->tid, w->ring->owner);
	__atomic_fetch_add(&dndprof_recorder.threads, 1, __ATOMIC_RELAXED);
	thread_record(w, 0, DNDPROF_RECORD_BEGIN);
}

void writer_end_thread(void)
{
	struct writer *w = dndprof_tls.writer;

	if (!w || w->shared || w->ending || !dndprof_fork_page.alive)
		return;
	thread_record(w, now() - w->begun, 0);
	__atomic_fetch_sub(&dndprof_recorder.threads, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&pool_ending, 1, __ATOMIC_RELAXED);
	store_release(&w->ending, true);
}

void writer_first_wait(struct writer *w)
{
	if (w->thread && !w->shared && recorder_may_call())
		sys2(SYS_prctl, PR_GET_NAME, w->thread->name);
}

/* The living thread of that handle. A handle is given again when its thread is gone, which we may
 * not have been told: the one that began last has it. */
static struct writer *writer_of(uint64_t handle)
{
	uint32_t i, high = load_relaxed(&pool_high);
	struct writer *found = NULL;

	for (i = 1; i <= high; i++) {
		struct writer *w = &pool[i];

		if (!w->thread || !load_relaxed(&w->tid) || w->ending ||
		    load_relaxed(&w->thread->handle) != handle)
			continue;
		if (!found || w->begun > found->begun)
			found = w;
	}
	return found;
}

void writer_named(uint64_t handle, const char *text)
{
	struct writer *w;
	char name[16] = "";
	unsigned n;

	if (!writer_self() && !recorder_stopped_here())
		return;
	w = !handle || handle == thread_handle() ? dndprof_tls.writer : writer_of(handle);
	if (!w || w->shared || !w->thread)
		return;
	for (n = 0; n < sizeof(name) - 1 && text[n]; n++)
		name[n] = text[n];
	memcpy(w->thread->name, name, sizeof(name));
}

void writers_finish(void)
{
	uint32_t i, high = load_relaxed(&pool_high);

	if (!recorder_may_call())
		return;
	for (i = 1; i <= high; i++) {
		struct dndprof_thread *thread = pool[i].thread;
		uint32_t tid = load_relaxed(&pool[i].tid);
		int64_t cpu;

		if (!thread || !tid || pool[i].ending || pool[i].state != WRITER_USED)
			continue;
		cpu = cpu_of(tid);
		if (cpu >= 0)
			thread->cpu_ns = (uint64_t)cpu;
		else if (cpu == -EINVAL || cpu == -ESRCH)
			thread->state = DNDPROF_THREAD_GONE;
	}
}

struct writer *recorder_parent_writer(void)
{
	if (dndprof_recorder.state != RECORDER_ON || dndprof_fork_page.alive)
		return NULL;
	return &pool[0];
}

struct writer *writer_find(void)
{
	struct writer *w;

	if (dndprof_tls.off || load_acquire(&dndprof_recorder.state) != RECORDER_ON)
		return NULL;
	if (!dndprof_fork_page.alive && !recorder_forked())
		return NULL;
	if (dndprof_tls.writer)
		return dndprof_tls.writer;
	if (!recorder_may_call()) {
		dndprof_tls.writer = &pool[0];
		return &pool[0];
	}
	w = writer_take();
	if (dndprof_tls.writer) { /* a handler was here meanwhile */
		if (w)
			writer_release(w);
		return dndprof_tls.writer;
	}
	writer_begin_thread(w ? w : &pool[0]);
	return dndprof_tls.writer;
}
