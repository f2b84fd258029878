/*
 * ready.c - the wrappers of calls that wait for descriptors. All are recorded: waiting is what a
 * slow program does.
 */
#include "libc/gate.h"
#include "recorder/hot.h"

static __attribute__((noinline)) void end_sampled(const struct span *s, unsigned call, int r,
						  int fd, uint64_t arg)
{
	struct event e = span_event(s, call, r);

	e.fd = fd;
	e.arg = arg;
	if (!sampling_leaves_out(s->writer, &e))
		event_done(s->writer, &e, NULL, 0);
}

/* Ends a call that waited for descriptors; in loops of events it is as hot as what follows. */
static inline __attribute__((always_inline)) int end_wait(const struct span *s, unsigned call,
							  int r, int fd, uint64_t arg)
{
	struct event e;

	if (unlikely(!s->writer))
		return r;
	if (unlikely(s->writer->rate)) {
		struct span copy = *s; /* so that s itself may stay in registers */

		end_sampled(&copy, call, r, fd, arg);
		return r;
	}
	e = span_event(s, call, r);
	e.fd = fd;
	e.arg = arg;
	event_done_hot(s->writer, &e);
	return r;
}

EXPORT int poll(struct pollfd *fds, nfds_t n, int timeout)
{
	struct span s = span_begin(DNDPROF_CALL_poll);
	int r = REAL(poll)(fds, n, timeout);

	end_wait(&s, DNDPROF_CALL_poll, r, -1, n);
	return r;
}

EXPORT int __poll_chk(struct pollfd *fds, nfds_t n, int timeout, size_t fdslen)
{
	struct span s = span_begin(DNDPROF_CALL___poll_chk);
	int r = REAL(__poll_chk)(fds, n, timeout, fdslen);

	end_wait(&s, DNDPROF_CALL___poll_chk, r, -1, n);
	return r;
}

EXPORT int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask)
{
	struct span s = span_begin(DNDPROF_CALL_ppoll);
	int r = REAL(ppoll)(fds, n, timeout, mask);

	end_wait(&s, DNDPROF_CALL_ppoll, r, -1, n);
	return r;
}

EXPORT int __ppoll_chk(struct pollfd *fds, nfds_t n, const struct timespec *timeout,
		       const sigset_t *mask, size_t fdslen)
{
	struct span s = span_begin(DNDPROF_CALL___ppoll_chk);
	int r = REAL(__ppoll_chk)(fds, n, timeout, mask, fdslen);

	end_wait(&s, DNDPROF_CALL___ppoll_chk, r, -1, n);
	return r;
}

EXPORT int select(int n, fd_set *restrict in, fd_set *restrict out, fd_set *restrict err,
		  struct timeval *restrict timeout)
{
	struct span s = span_begin(DNDPROF_CALL_select);
	int r = REAL(select)(n, in, out, err, timeout);

	end_wait(&s, DNDPROF_CALL_select, r, -1, (uint64_t)n);
	return r;
}

EXPORT int pselect(int n, fd_set *restrict in, fd_set *restrict out, fd_set *restrict err,
		   const struct timespec *restrict timeout, const sigset_t *restrict mask)
{
	struct span s = span_begin(DNDPROF_CALL_pselect);
	int r = REAL(pselect)(n, in, out, err, timeout, mask);

	end_wait(&s, DNDPROF_CALL_pselect, r, -1, (uint64_t)n);
	return r;
}

EXPORT int epoll_wait(int fd, struct epoll_event *events, int max, int timeout)
{
	struct span s = span_begin(DNDPROF_CALL_epoll_wait);

	return end_wait(&s, DNDPROF_CALL_epoll_wait, REAL(epoll_wait)(fd, events, max, timeout), fd,
			(uint64_t)max);
}

EXPORT int epoll_pwait(int fd, struct epoll_event *events, int max, int timeout,
		       const sigset_t *mask)
{
	struct span s = span_begin(DNDPROF_CALL_epoll_pwait);

	return end_wait(&s, DNDPROF_CALL_epoll_pwait,
			REAL(epoll_pwait)(fd, events, max, timeout, mask), fd, (uint64_t)max);
}

EXPORT int epoll_pwait2(int fd, struct epoll_event *events, int max, const struct timespec *timeout,
			const sigset_t *mask)
{
	struct span s = span_begin(DNDPROF_CALL_epoll_pwait2);

	return end_wait(&s, DNDPROF_CALL_epoll_pwait2,
			REAL(epoll_pwait2)(fd, events, max, timeout, mask), fd, (uint64_t)max);
}
