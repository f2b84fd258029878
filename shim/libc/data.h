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
	bool peek;    /* MSG_PEEK: they come again */
	bool certain; /* the call works on sockets only; others ask the kernel before anything is
			 kept */
	const struct sockaddr *peer; /* of a datagram; may be NULL */
	uint64_t asked;		     /* bytes offered or asked for */
};

/* Ends a call that moved r bytes (negative: failed). */
void data_end(const struct span *s, unsigned call, int fd, ssize_t r, const struct data *d);

/* Follows bytes that moved without a record of their own (one of several messages), with e as what
 * the record would be. */
void data_follow(struct writer *w, struct event *e, const struct data *d, size_t moved);

#endif
