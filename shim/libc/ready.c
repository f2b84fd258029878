/*
 * ready.c - the wrappers of calls that wait for descriptors. All are recorded: waiting is what a
 * slow program does.
 */
#include "libc/gate.h"
#include "recorder/hot.h"

/* Ends a call that waited for many descriptors; in loops of events it is as hot as what follows. */
static inline __attribute__((always_inline)) void end_wait(const struct span *s, unsigned call,
							   int r, uint64_t arg)
{
	if (likely(s->writer != NULL)) {
		struct event e = span_event(s, call, r);

		e.arg = arg;
		event_done_hot(s->writer, &e);
	}
}

EXPORT int poll(struct pollfd *fds, nfds_t n, int timeout)
{
	struct span s = span_begin(DNDPROF_CALL_poll);
	int r = REAL(poll)(fds, n, timeout);

	end_wait(&s, DNDPROF_CALL_poll, r, n);
	return r;
}

EXPORT int __poll_chk(struct pollfd *fds, nfds_t n, int timeout, size_t fdslen)
{
	struct span s = span_begin(DNDPROF_CALL___poll_chk);
	int r = REAL(__poll_chk)(fds, n, timeout, fdslen);

	end_wait(&s, DNDPROF_CALL___poll_chk, r, n);
	return r;
}

EXPORT int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask)
{
	struct span s = span_begin(DNDPROF_CALL_ppoll);
	int r = REAL(ppoll)(fds, n, timeout, mask);

	end_wait(&s, DNDPROF_CALL_ppoll, r, n);
	return r;
}

EXPORT int __ppoll_chk(struct pollfd *fds, nfds_t n, const struct timespec *timeout,
		       const sigset_t *mask, size_t fdslen)
{
	struct span s = span_begin(DNDPROF_CALL___ppoll_chk);
	int r = REAL(__ppoll_chk)(fds, n, timeout, mask, fdslen);

	end_wait(&s, DNDPROF_CALL___ppoll_chk, r, n);
	return r;
}

EXPORT int select(int n, fd_set *restrict in, fd_set *restrict out, fd_set *restrict err,
		  struct timeval *restrict timeout)
{
	struct span s = span_begin(DNDPROF_CALL_select);
	int r = REAL(select)(n, in, out, err, timeout);

	end_wait(&s, DNDPROF_CALL_select, r, (uint64_t)n);
	return r;
}

EXPORT int pselect(int n, fd_set *restrict in, fd_set *restrict out, fd_set *restrict err,
		   const struct timespec *restrict timeout, const sigset_t *restrict mask)
{
	struct span s = span_begin(DNDPROF_CALL_pselect);
	int r = REAL(pselect)(n, in, out, err, timeout, mask);

	end_wait(&s, DNDPROF_CALL_pselect, r, (uint64_t)n);
	return r;
}

static inline __attribute__((always_inline)) int end_epoll(const struct span *s, unsigned call,
							   int r, int fd, int max)
{
	if (likely(s->writer != NULL)) {
		struct event e = span_event(s, call, r);

		e.fd = fd;
		e.arg = (uint64_t)max;
		event_done_hot(s->writer, &e);
	}
	return r;
}

EXPORT int epoll_wait(int fd, struct epoll_event *events, int max, int timeout)
{
	struct span s = span_begin(DNDPROF_CALL_epoll_wait);

	return end_epoll(&s, DNDPROF_CALL_epoll_wait, REAL(epoll_wait)(fd, events, max, timeout),
			 fd, max);
}

EXPORT int epoll_pwait(int fd, struct epoll_event *events, int max, int timeout,
		       const sigset_t *mask)
{
	struct span s = span_begin(DNDPROF_CALL_epoll_pwait);

	return end_epoll(&s, DNDPROF_CALL_epoll_pwait,
			 REAL(epoll_pwait)(fd, events, max, timeout, mask), fd, max);
}

EXPORT int epoll_pwait2(int fd, struct epoll_event *events, int max, const struct timespec *timeout,
			const sigset_t *mask)
{
	struct span s = span_begin(DNDPROF_CALL_epoll_pwait2);

	return end_epoll(&s, DNDPROF_CALL_epoll_pwait2,
			 REAL(epoll_pwait2)(fd, events, max, timeout, mask), fd, max);
}
