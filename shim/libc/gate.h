/*
 * gate.h - what the wrappers share: a span around the real call.
 *
 * A wrapper is: begin; the real call; end. Nothing is held in between, errno is the real call's
 * when we are done (the recorder never touches it), and when begin finds no writer the wrapper is
 * the real call.
 */
#ifndef DNDPROF_SHIM_GATE_H
#define DNDPROF_SHIM_GATE_H

#include <errno.h>

#include "libc/fds.h"
#include "libc/real.h"
#include "recorder/recorder.h"

struct span {
	struct writer *writer; /* NULL: record nothing */
	uint64_t start;
};

static inline __attribute__((always_inline)) struct span span_at(struct writer *w, unsigned call)
{
	struct span s = {w, 0};

	if (likely(w != NULL)) {
		s.start = now();
		w->ring->in_call = call;
		w->ring->in_call_since = s.start;
	}
	return s;
}

/* Begins a call that is always recorded. */
static inline __attribute__((always_inline)) struct span span_begin(unsigned call)
{
	return span_at(writer_self(), call);
}

/* Begins a call that is recorded on sockets only, but for detail full. */
static inline __attribute__((always_inline)) struct span span_begin_socket(unsigned call, int fd)
{
	if (likely(!fd_is_socket(fd) && !dndprof_recorder.full))
		return (struct span){NULL, 0};
	return span_begin(call);
}

/* Failures that are the protocol's way, not errors. */
static inline bool error_is_retry(int e)
{
	return e == EAGAIN || e == EINTR || e == EINPROGRESS || e == EALREADY;
}

/* An event of the span that ends now, for a call that returns -1 and errno. */
static inline __attribute__((always_inline)) struct event span_event(const struct span *s,
								     unsigned call, int64_t result)
{
	struct event e = {
		.start = s->start,
		.duration = now() - s->start,
		.result = result,
		.fd = -1,
		.call = (uint16_t)call,
	};

	if (unlikely(result < 0)) {
		e.error = (uint8_t)errno;
		e.retry = error_is_retry(errno);
	}
	return e;
}

/* The same for the pthread convention: the result is the error. */
static inline struct event span_event_error(const struct span *s, unsigned call, int result)
{
	struct event e = {
		.start = s->start,
		.duration = now() - s->start,
		.result = result,
		.fd = -1,
		.call = (uint16_t)call,
		.error = (uint8_t)result,
	};

	return e;
}

/* Ends a call of which nothing but time, result and one argument matters. */
static inline void span_end(const struct span *s, unsigned call, int64_t result, uint64_t arg)
{
	if (likely(s->writer != NULL)) {
		struct event e = span_event(s, call, result);

		e.arg = arg;
		event_done(s->writer, &e, NULL, 0);
	}
}

static inline void span_end_error(const struct span *s, unsigned call, int result, uint64_t arg)
{
	if (likely(s->writer != NULL)) {
		struct event e = span_event_error(s, call, result);

		e.arg = arg;
		event_done(s->writer, &e, NULL, 0);
	}
}

/* A call that opens files: watched ones are recorded, of the others only their descriptor noted
 * (files.c). */
struct span gate_span_quiet(void);
/* What prctl and seccomp, by whatever name they are called, mean for us: before the call, and once
 * it came back with `r`. */
void gate_before_prctl(long number, long a, long b, long c);
void gate_after_prctl(long number, long a, long b, long r);
int gate_end_open(const struct span *s, unsigned call, int r, int dir, const char *path, int flags);

/* The address of descriptor fd's peer, or of itself, as payload of e: what belongs to its family,
 * and no byte more (sockets.c). */
void gate_end_address(const struct span *s, struct event *e, const struct sockaddr *a, socklen_t n);
void gate_end_accept(const struct span *s, unsigned call, int r, int fd, const socklen_t *told);

/* A prctl with these arguments is about to be made (files.c). */

/* Ends a call on a descriptor. */
void span_end_fd(const struct span *s, unsigned call, int64_t result, int fd, uint64_t arg);

#endif
