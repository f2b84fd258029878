/*
 * threads.c - threads' lives: made with a ring of their own, said goodbye to where they end in
 * sight. Threads that end otherwise (cancelled, or not made by pthread_create) are found out when
 * their ring is wanted (recorder/writer.c).
 */
#include "libc/gate.h"
#include "stacks/modules.h"

/* The new thread's first frame. The writer carries the real start routine: no memory needs to be
 * had or given back. */
static void *first_frame(void *arg)
{
	struct writer *w = arg;
	void *(*start)(void *) = w->start_routine;
	void *argument = w->start_argument, *result;

	writer_begin_thread(w);
	result = start(argument);
	writer_end_thread();
	return result;
}

EXPORT int pthread_create(pthread_t *restrict t, const pthread_attr_t *restrict attr,
			  void *(*start)(void *), void *restrict arg)
{
	struct span s = span_begin(DNDPROF_CALL_pthread_create);
	struct writer *w = s.writer ? writer_take() : NULL;
	int r;

	if (w) {
		module_note((uintptr_t)start);
		w->start_routine = start;
		w->start_argument = arg;
		r = REAL(pthread_create)(t, attr, first_frame, w);
		if (r != 0)
			writer_release(w);
	} else {
		r = REAL(pthread_create)(t, attr, start, arg);
	}
	span_end_error(&s, DNDPROF_CALL_pthread_create, r, (uintptr_t)start);
	return r;
}

EXPORT void pthread_exit(void *result)
{
	struct writer *w = writer_self();

	if (w) {
		count_call(w, DNDPROF_CALL_pthread_exit);
		writer_end_thread();
	}
	REAL(pthread_exit)(result);
	__builtin_unreachable();
}

EXPORT int pthread_setname_np(pthread_t t, const char *name)
{
	struct writer *w = writer_self();
	int r = REAL(pthread_setname_np)(t, name);

	if (w)
		count_result(w, DNDPROF_CALL_pthread_setname_np, 0, r != 0);
	if (r == 0)
		writer_named((uintptr_t)t, name);
	return r;
}

static int end_join(const struct span *s, unsigned call, int r, pthread_t t)
{
	span_end_error(s, call, r, (uint64_t)t);
	return r;
}

EXPORT int pthread_join(pthread_t t, void **result)
{
	struct span s = span_begin(DNDPROF_CALL_pthread_join);

	return end_join(&s, DNDPROF_CALL_pthread_join, REAL(pthread_join)(t, result), t);
}

EXPORT int pthread_tryjoin_np(pthread_t t, void **result)
{
	struct span s = span_begin(DNDPROF_CALL_pthread_tryjoin_np);

	return end_join(&s, DNDPROF_CALL_pthread_tryjoin_np, REAL(pthread_tryjoin_np)(t, result),
			t);
}

EXPORT int pthread_timedjoin_np(pthread_t t, void **result, const struct timespec *until)
{
	struct span s = span_begin(DNDPROF_CALL_pthread_timedjoin_np);

	return end_join(&s, DNDPROF_CALL_pthread_timedjoin_np,
			REAL(pthread_timedjoin_np)(t, result, until), t);
}

EXPORT int pthread_clockjoin_np(pthread_t t, void **result, clockid_t clock,
				const struct timespec *until)
{
	struct span s = span_begin(DNDPROF_CALL_pthread_clockjoin_np);

	return end_join(&s, DNDPROF_CALL_pthread_clockjoin_np,
			REAL(pthread_clockjoin_np)(t, result, clock, until), t);
}
