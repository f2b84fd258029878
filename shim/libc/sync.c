/*
 * sync.c - waiting for other threads' work: condition variables, semaphores, barriers, joins. A
 * wait is always timed (it is what tells a worker's idle time); waking somebody is only counted.
 */
#include "libc/gate.h"

static int end_wait(const struct span *s, unsigned call, int r, const void *object)
{
	span_end_error(s, call, r, (uintptr_t)object);
	return r;
}

/* Leaves errno alone: the recorder never touches it. */
static int count(unsigned call, int r)
{
	struct writer *w = writer_self();

	if (w)
		count_call(w, call);
	return r;
}

EXPORT int pthread_cond_wait(pthread_cond_t *restrict c, pthread_mutex_t *restrict m)
{
	struct span s = span_begin(DNDPROF_CALL_pthread_cond_wait);

	return end_wait(&s, DNDPROF_CALL_pthread_cond_wait, REAL(pthread_cond_wait)(c, m), c);
}

EXPORT int pthread_cond_timedwait(pthread_cond_t *restrict c, pthread_mutex_t *restrict m,
				  const struct timespec *restrict t)
{
	struct span s = span_begin(DNDPROF_CALL_pthread_cond_timedwait);

	return end_wait(&s, DNDPROF_CALL_pthread_cond_timedwait,
			REAL(pthread_cond_timedwait)(c, m, t), c);
}

EXPORT int pthread_cond_clockwait(pthread_cond_t *restrict c, pthread_mutex_t *restrict m,
				  clockid_t clock, const struct timespec *restrict t)
{
	struct span s = span_begin(DNDPROF_CALL_pthread_cond_clockwait);

	return end_wait(&s, DNDPROF_CALL_pthread_cond_clockwait,
			REAL(pthread_cond_clockwait)(c, m, clock, t), c);
}

EXPORT int pthread_cond_signal(pthread_cond_t *c)
{
	return count(DNDPROF_CALL_pthread_cond_signal, REAL(pthread_cond_signal)(c));
}

EXPORT int pthread_cond_broadcast(pthread_cond_t *c)
{
	return count(DNDPROF_CALL_pthread_cond_broadcast, REAL(pthread_cond_broadcast)(c));
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

/*
 * Like a lock: one that is free costs a counter. sem_wait is a cancellation point even then, and
 * both libcs begin it with just this test; the timed ones judge their time first, so they are
 * called as they are.
 */
EXPORT int sem_wait(sem_t *sem)
{
	struct writer *w = writer_self();
	int e = errno, r;
	struct span s;

	if (likely(w && dndprof_testcancel && REAL_EXISTS(sem_trywait))) {
		dndprof_testcancel();
		if (likely(REAL(sem_trywait)(sem) == 0)) {
			count_call(w, DNDPROF_CALL_sem_wait);
			return 0;
		}
		errno = e;
	}
	s = span_at(w, DNDPROF_CALL_sem_wait);
	r = REAL(sem_wait)(sem);
	span_end(&s, DNDPROF_CALL_sem_wait, r, (uintptr_t)sem);
	return r;
}

EXPORT int sem_timedwait(sem_t *restrict sem, const struct timespec *restrict t)
{
	struct span s = span_begin(DNDPROF_CALL_sem_timedwait);
	int r = REAL(sem_timedwait)(sem, t);

	span_end(&s, DNDPROF_CALL_sem_timedwait, r, (uintptr_t)sem);
	return r;
}

EXPORT int sem_clockwait(sem_t *restrict sem, clockid_t clock, const struct timespec *restrict t)
{
	struct span s = span_begin(DNDPROF_CALL_sem_clockwait);
	int r = REAL(sem_clockwait)(sem, clock, t);

	span_end(&s, DNDPROF_CALL_sem_clockwait, r, (uintptr_t)sem);
	return r;
}

EXPORT int sem_trywait(sem_t *sem)
{
	return count(DNDPROF_CALL_sem_trywait, REAL(sem_trywait)(sem));
}

EXPORT int sem_post(sem_t *sem)
{
	return count(DNDPROF_CALL_sem_post, REAL(sem_post)(sem));
}
