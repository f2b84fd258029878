/*
 * locks.c - mutexes and read-write locks. Try first: a lock that is free costs a counter and no
 * clock. Only EBUSY goes on to the real, timed call, which also decides everything else (deadlock,
 * recursion, robustness).
 */
#include "libc/gate.h"

/* What the try settled: the lock is ours (a dead owner's too), or could not be had for a reason
 * that waiting won't change. */
static inline bool settled(int r)
{
	return r == 0 || r == EOWNERDEAD;
}

static inline int end_lock(const struct span *s, unsigned call, int r, const void *lock)
{
	span_end_error(s, call, r, (uintptr_t)lock);
	return r;
}

/* The same of a mutex: a thread that had to wait for its queue's lock came by the queue all the
 * same. */
static inline int end_mutex(const struct span *s, unsigned call, int r, const void *lock)
{
	if (s->writer && settled(r))
		taken_add(s->writer, lock);
	return end_lock(s, call, r, lock);
}

/*
 * May it be tried? Not a robust mutex: glibc's trylock leaves one that cannot be recovered locked
 * behind its ENOTRECOVERABLE (2.36, nptl/pthread_mutex_trylock.c), and everybody after hangs. Nor
 * the other special kinds, which are as rare. Where the field means something else (musl), the
 * answer is at worst a "no": timed at once, and right.
 */
static inline bool may_try(const pthread_mutex_t *m)
{
	enum { ROBUST = 16, INHERIT = 32, PROTECT = 64 };

	return !(m->__data.__kind & (ROBUST | INHERIT | PROTECT)) &&
	       REAL_EXISTS(pthread_mutex_trylock);
}

/* Counts a lock that was had at once. */
static inline int had(struct writer *w, unsigned call, int r)
{
	count_call(w, call);
	return r;
}

static inline int had_mutex(struct writer *w, unsigned call, int r, const void *lock)
{
	taken_add(w, lock);
	return had(w, call, r);
}

EXPORT int pthread_mutex_lock(pthread_mutex_t *m)
{
	struct writer *w = writer_self();
	struct span s;
	int r;

	if (unlikely(!w))
		return REAL(pthread_mutex_lock)(m);
	if (likely(may_try(m))) {
		r = REAL(pthread_mutex_trylock)(m);
		if (likely(settled(r)))
			return had_mutex(w, DNDPROF_CALL_pthread_mutex_lock, r, m);
	}
	s = span_at(w, DNDPROF_CALL_pthread_mutex_lock);
	return end_mutex(&s, DNDPROF_CALL_pthread_mutex_lock, REAL(pthread_mutex_lock)(m), m);
}

EXPORT int pthread_mutex_timedlock(pthread_mutex_t *restrict m, const struct timespec *restrict t)
{
	struct writer *w = writer_self();
	struct span s;
	int r;

	if (unlikely(!w))
		return REAL(pthread_mutex_timedlock)(m, t);
	if (likely(may_try(m))) {
		r = REAL(pthread_mutex_trylock)(m);
		if (likely(settled(r)))
			return had_mutex(w, DNDPROF_CALL_pthread_mutex_timedlock, r, m);
	}
	s = span_at(w, DNDPROF_CALL_pthread_mutex_timedlock);
	return end_mutex(&s, DNDPROF_CALL_pthread_mutex_timedlock,
			 REAL(pthread_mutex_timedlock)(m, t), m);
}

EXPORT int pthread_mutex_clocklock(pthread_mutex_t *restrict m, clockid_t clock,
				   const struct timespec *restrict t)
{
	/* No try first: an unsupported clock is an error even when the lock is free. */
	struct span s = span_begin(DNDPROF_CALL_pthread_mutex_clocklock);

	return end_mutex(&s, DNDPROF_CALL_pthread_mutex_clocklock,
			 REAL(pthread_mutex_clocklock)(m, clock, t), m);
}

/* A try never waits: counted, and counted as a retry when busy. */
static int count_try(unsigned call, int r)
{
	struct writer *w = writer_self();

	if (likely(w != NULL))
		count_result(w, call, r == EBUSY, r && r != EBUSY && r != EOWNERDEAD);
	return r;
}

EXPORT int pthread_mutex_trylock(pthread_mutex_t *m)
{
	int r = REAL(pthread_mutex_trylock)(m);
	struct writer *w = writer_self();

	if (w && settled(r))
		taken_add(w, m);
	return count_try(DNDPROF_CALL_pthread_mutex_trylock, r);
}

EXPORT int pthread_rwlock_tryrdlock(pthread_rwlock_t *l)
{
	return count_try(DNDPROF_CALL_pthread_rwlock_tryrdlock, REAL(pthread_rwlock_tryrdlock)(l));
}

EXPORT int pthread_rwlock_trywrlock(pthread_rwlock_t *l)
{
	return count_try(DNDPROF_CALL_pthread_rwlock_trywrlock, REAL(pthread_rwlock_trywrlock)(l));
}

EXPORT int pthread_rwlock_rdlock(pthread_rwlock_t *l)
{
	struct writer *w = writer_self();
	struct span s;

	if (unlikely(!w || !REAL_EXISTS(pthread_rwlock_tryrdlock)))
		return REAL(pthread_rwlock_rdlock)(l);
	if (likely(REAL(pthread_rwlock_tryrdlock)(l) == 0))
		return had(w, DNDPROF_CALL_pthread_rwlock_rdlock, 0);
	s = span_at(w, DNDPROF_CALL_pthread_rwlock_rdlock);
	return end_lock(&s, DNDPROF_CALL_pthread_rwlock_rdlock, REAL(pthread_rwlock_rdlock)(l), l);
}

EXPORT int pthread_rwlock_wrlock(pthread_rwlock_t *l)
{
	struct writer *w = writer_self();
	struct span s;

	if (unlikely(!w || !REAL_EXISTS(pthread_rwlock_trywrlock)))
		return REAL(pthread_rwlock_wrlock)(l);
	if (likely(REAL(pthread_rwlock_trywrlock)(l) == 0))
		return had(w, DNDPROF_CALL_pthread_rwlock_wrlock, 0);
	s = span_at(w, DNDPROF_CALL_pthread_rwlock_wrlock);
	return end_lock(&s, DNDPROF_CALL_pthread_rwlock_wrlock, REAL(pthread_rwlock_wrlock)(l), l);
}

EXPORT int pthread_rwlock_timedrdlock(pthread_rwlock_t *restrict l,
				      const struct timespec *restrict t)
{
	struct span s = span_begin(DNDPROF_CALL_pthread_rwlock_timedrdlock);

	return end_lock(&s, DNDPROF_CALL_pthread_rwlock_timedrdlock,
			REAL(pthread_rwlock_timedrdlock)(l, t), l);
}

EXPORT int pthread_rwlock_timedwrlock(pthread_rwlock_t *restrict l,
				      const struct timespec *restrict t)
{
	struct span s = span_begin(DNDPROF_CALL_pthread_rwlock_timedwrlock);

	return end_lock(&s, DNDPROF_CALL_pthread_rwlock_timedwrlock,
			REAL(pthread_rwlock_timedwrlock)(l, t), l);
}

EXPORT int pthread_rwlock_clockrdlock(pthread_rwlock_t *restrict l, clockid_t clock,
				      const struct timespec *restrict t)
{
	struct span s = span_begin(DNDPROF_CALL_pthread_rwlock_clockrdlock);

	return end_lock(&s, DNDPROF_CALL_pthread_rwlock_clockrdlock,
			REAL(pthread_rwlock_clockrdlock)(l, clock, t), l);
}

EXPORT int pthread_rwlock_clockwrlock(pthread_rwlock_t *restrict l, clockid_t clock,
				      const struct timespec *restrict t)
{
	struct span s = span_begin(DNDPROF_CALL_pthread_rwlock_clockwrlock);

	return end_lock(&s, DNDPROF_CALL_pthread_rwlock_clockwrlock,
			REAL(pthread_rwlock_clockwrlock)(l, clock, t), l);
}
