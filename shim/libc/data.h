/*
 * data.h - what all calls that move bytes on sockets share: count them, look for heads of messages,
 * write the record.
 */
#ifndef DNDPROF_SHIM_DATA_H
#define DNDPROF_SHIM_DATA_H

#include <sys/uio.h>

#include "libc/gate.h"
#include "libc/http.h"
#include "recorder/hot.h"

struct data {
	const struct iovec *iov; /* NULL: the bytes are out of our sight (sendfile, splice) */
	int iovcnt;
	bool sent;
	bool peek;	/* MSG_PEEK: they come again */
	bool certain;	/* the call works on sockets only; others ask the kernel before anything is
			   kept */
	uint64_t asked; /* bytes offered or asked for */
	bool unseen;	/* the buffer does not hold what moved (MSG_TRUNC) */
	const struct sockaddr
		*to; /* where a datagram was sent, as the kernel has read it; may be NULL */
	socklen_t tolen;
};

/* What the flags of a receive mean: for `peek` and `unseen`. */
static inline bool flags_peek(int flags)
{
	return flags &
	       (MSG_PEEK | MSG_ERRQUEUE | MSG_OOB); /* not, or not yet, bytes of the stream */
}

static inline bool flags_unseen(int flags)
{
	return flags & MSG_TRUNC; /* TCP throws the bytes away; datagrams return more than fits */
}

/* Ends a call that moved r bytes (negative: failed). */
void data_end(const struct span *s, unsigned call, int fd, ssize_t r, const struct data *d);

/* Nothing of these bytes can matter: no head begins here, or what passes is not for us. */
static inline bool data_dull(const struct flow *f, bool sent, const char *p, size_t moved)
{
	uint8_t state = f->stream[sent].state;

	return !(f->odd & (sent ? ~FLOW_NEW_RECEIVED : ~FLOW_NEW_SENT)) &&
	       (state == STREAM_OPAQUE || (state == STREAM_START && !http_may_begin(p, moved)));
}

/*
 * The hot path: a call with one buffer and no flags. Bulk data, EAGAIN and the end of a stream are
 * done here, in registers; everything else goes the long way, and with it threads that are sampled.
 */
static inline __attribute__((always_inline)) void data_end_plain(const struct span *s,
								 unsigned call, int fd, ssize_t r,
								 const void *buf, size_t n,
								 bool sent, bool certain)
{
	struct flow *f;
	struct event e;

	if (unlikely(!s->writer))
		return;
	f = fd_flow(fd); /* at detail full any descriptor may come here */
	if (unlikely(s->writer->rate || (r > 0 && !data_dull(f, sent, buf, (size_t)r)))) {
		struct iovec iov = {(void *)buf, n};

		struct span copy = *s; /* so that s itself may stay in registers */

		data_end(&copy, call, fd, r,
			 &(struct data){.iov = &iov,
					.iovcnt = 1,
					.sent = sent,
					.certain = certain,
					.asked = n});
		return;
	}
	e = span_event(s, call, r);
	e.fd = fd;
	e.generation = f->generation;
	e.arg = n;
	e.flags = f->family | (sent ? DNDPROF_RECORD_SENT : DNDPROF_RECORD_RECEIVED);
	e.bytes = r > 0 ? (uint64_t)r : 0;
	event_done_hot(s->writer, &e);
}

/* Follows bytes that moved without a record of their own (one of several messages), with e as what
 * the record would be. */
void data_follow(struct writer *w, struct event *e, const struct data *d, size_t moved);

/* Ends a call that moved r messages (negative: failed): one record for the call, then what the
 * messages hold. */
void data_end_messages(const struct span *s, unsigned call, int fd, int r, struct mmsghdr *m,
		       unsigned asked, bool sent, int flags);

#endif
