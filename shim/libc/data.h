/*
 * data.h - what all calls that move bytes on sockets share: count them, look for heads of messages,
 * write the record.
 */
#ifndef DNDPROF_SHIM_DATA_H
#define DNDPROF_SHIM_DATA_H

#include <sys/uio.h>

#include "libc/gate.h"

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

/* Follows bytes that moved without a record of their own (one of several messages), with e as what
 * the record would be. */
void data_follow(struct writer *w, struct event *e, const struct data *d, size_t moved);

/* Ends a call that moved r messages (negative: failed): one record for the call, then what the
 * messages hold. */
void data_end_messages(const struct span *s, unsigned call, int fd, int r, struct mmsghdr *m,
		       unsigned asked, bool sent, int flags);

#endif
