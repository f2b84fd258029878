/*
 * sync.c - waiting for other threads' work: condition variables, semaphores, barriers, joins. A
 * wait is always timed (it is what tells a worker's idle time); waking somebody is counted, and
 * recorded when there is somebody to wake (wakes.h).
 */
#include "libc/wakes.h"

uint32_t dndprof_waiting[WAITING_CELLS];

/* A wait on an object with its lock, from before the real call to after it. */
struct wait {
	struct span span;
	const void *object, *lock;
	uint32_t generation;
};

static inline struct wait wait_at(struct writer *w, unsigned call, const void *object,
				  const void *lock)
{
	struct wait wait = {.object = object, .lock = lock};

	if (likely(w != NULL))
		wait.generation = wait_begin(w, object, lock);
	wait.span = span_at(w, call);
	return wait;
}

static void wait_end(const struct wait *wait, struct event *e)
{
	e->arg = (uintptr_t)wait->object;
	e->generation = wait->generation;
	wait_over(wait->span.writer, wait->object, wait->lock, wait->generation, !e->error);
	event_done(wait->span.writer, e, NULL, 0);
}

static inline struct wait begin_cond(unsigned call, const pthread_cond_t *c,
				     const pthread_mutex_t *m)
{
	return wait_at(writer_self(), call, c, m);
}

static int end_cond(const struct wait *wait, unsigned call, int r)
{
	if (likely(wait->span.writer != NULL)) {
		struct event e = span_event_error(&wait->span, call, r);

		wait_end(wait, &e);
	}
	return r;
}

/* A wake, or a semaphore taken, at `start`. Counted before; not timed, for nobody waits in it.
 * Leaves errno alone, as all here: the recorder never touches it. */
static __attribute__((noinline)) void record_wake(struct writer *w, unsigned call,
						  const void *object, uint64_t start,
						  uint32_t generation, int r)
{
	const struct event e = {
		.start = start,
		.duration = now() - start,
		.result = r,
		.arg = (uintptr_t)object,
		.fd = -1,
		.generation = generation,
		.call = (uint16_t)call,
	};

	if (dndprof_recorder.records)
		event_write(w, &e, NULL, 0);
}

/* What is about to wake somebody; `start` 0: nobody will ask. */
struct wake {
	struct writer *writer;
	uint64_t start;
	uint32_t generation;
};

static inline __attribute__((always_inline)) struct wake begin_wake(const void *object)
{
	struct wake wake = {.writer = writer_self()};
	const void *lock;

	if (unlikely(!wake.writer))
		return wake;
	if (unlikely(woken_there(wake.writer, object, &lock))) {
		wake.generation = taken_told(wake.writer, lock);
		wake.start = now();
	} else if (unlikely(waited_for(object))) {
		wake.start = now();
	}
	return wake;
}

/* `object` may be no more: whoever was woken may have destroyed it. Only its address is used. */
static inline __attribute__((always_inline)) int end_wake(const struct wake *wake, unsigned call,
							  const void *object, int r)
{
	if (unlikely(!wake->writer))
		return r;
	count_call(wake->writer, call);
	if (unlikely(wake->start && r == 0))
		record_wake(wake->writer, call, object, wake->start, wake->generation, r);
	return r;
}

EXPORT int pthread_cond_wait(pthread_cond_t *restrict c, pthread_mutex_t *restrict m)
{
	struct wait wait = begin_cond(DNDPROF_CALL_pthread_cond_wait, c, m);

	return end_cond(&wait, DNDPROF_CALL_pthread_cond_wait, REAL(pthread_cond_wait)(c, m));
}

EXPORT int pthread_cond_timedwait(pthread_cond_t *restrict c, pthread_mutex_t *restrict m,
				  const struct timespec *restrict t)
{
	struct wait wait = begin_cond(DNDPROF_CALL_pthread_cond_timedwait, c, m);

	return end_cond(&wait, DNDPROF_CALL_pthread_cond_timedwait,
			REAL(pthread_cond_timedwait)(c, m, t));
}

EXPORT int pthread_cond_clockwait(pthread_cond_t *restrict c, pthread_mutex_t *restrict m,
				  clockid_t clock, const struct timespec *restrict t)
{
	struct wait wait = begin_cond(DNDPROF_CALL_pthread_cond_clockwait, c, m);

	return end_cond(&wait, DNDPROF_CALL_pthread_cond_clockwait,
			REAL(pthread_cond_clockwait)(c, m, clock, t));
}

EXPORT int pthread_cond_signal(pthread_cond_t *c)
{
	struct wake wake = begin_wake(c);

	return end_wake(&wake, DNDPROF_CALL_pthread_cond_signal, c, REAL(pthread_cond_signal)(c));
}

EXPORT int pthread_cond_broadcast(pthread_cond_t *c)
{
	struct wake wake = begin_wake(c);

	return end_wake(&wake, DNDPROF_CALL_pthread_cond_broadcast, c,
			REAL(pthread_cond_broadcast)(c));
}

EXPORT int pthread_barrier_wait(pthread_barrier_t *b)
{
	struct span s = span_begin(DNDPROF_CALL_pthread_barrier_wait);
	int r = REAL(pthread_barrier_wait)(b);

	/* PTHREAD_BARRIER_SERIAL_THREAD is not an error. */
	if (s.writer) {
		struct event e = span_event_error(&s, DNDPROF_CALL_pthread_barrier_wait, r);

		e.error = r > 0 ? (uint8_t)r : 0;
		e.arg = (uintptr_t)b;
		event_done(s.writer, &e, NULL, 0);
	}
	return r;
}

/* ---- semaphores ---- */

static int end_sem(const struct wait *wait, unsigned call, int r)
{
	if (likely(wait->span.writer != NULL)) {
		struct event e = span_event(&wait->span, call, r);

		wait_end(wait, &e);
	}
	return r;
}

/* What was posted for one who waits may have been taken by another. */
static inline void taken_at_once(struct writer *w, const sem_t *sem)
{
	if (unlikely(waited_for(sem)))
		record_wake(w, DNDPROF_CALL_sem_trywait, sem, now(), 0, 0);
}

/*
 * Like a lock: one that is free costs a counter. sem_wait is a cancellation point even then, and
 * both libcs begin it with just this test; the timed ones judge their time first, so they are
 * called as they are.
 */
EXPORT int sem_wait(sem_t *sem)
{
	struct writer *w = writer_self();
	int e = errno, r;
	struct wait wait;

	if (likely(w && dndprof_testcancel && REAL_EXISTS(sem_trywait))) {
		dndprof_testcancel();
		if (likely(REAL(sem_trywait)(sem) == 0)) {
			taken_add(w, sem);
			taken_hold(w, sem);
			count_call(w, DNDPROF_CALL_sem_wait);
			taken_at_once(w, sem);
			return 0;
		}
		errno = e;
	}
	wait = wait_at(w, DNDPROF_CALL_sem_wait, sem, sem);
	r = REAL(sem_wait)(sem);
	return end_sem(&wait, DNDPROF_CALL_sem_wait, r);
}

EXPORT int sem_timedwait(sem_t *restrict sem, const struct timespec *restrict t)
{
	struct wait wait = wait_at(writer_self(), DNDPROF_CALL_sem_timedwait, sem, sem);

	return end_sem(&wait, DNDPROF_CALL_sem_timedwait, REAL(sem_timedwait)(sem, t));
}

EXPORT int sem_clockwait(sem_t *restrict sem, clockid_t clock, const struct timespec *restrict t)
{
	struct wait wait = wait_at(writer_self(), DNDPROF_CALL_sem_clockwait, sem, sem);

	return end_sem(&wait, DNDPROF_CALL_sem_clockwait, REAL(sem_clockwait)(sem, clock, t));
}

EXPORT int sem_trywait(sem_t *sem)
{
	int r = REAL(sem_trywait)(sem);
	struct writer *w = writer_self();

	if (likely(w != NULL)) {
		count_call(w, DNDPROF_CALL_sem_trywait);
		if (r == 0) {
			taken_hold(w, sem);
			w->tried++;
			taken_at_once(w, sem);
		}
	}
	return r;
}

EXPORT int sem_post(sem_t *sem)
{
	struct wake wake = begin_wake(sem);

	if (likely(wake.writer != NULL))
		taken_post(wake.writer, sem);
	return end_wake(&wake, DNDPROF_CALL_sem_post, sem, REAL(sem_post)(sem));
}
