/*
 * fds.h - what we know of each descriptor: one byte says whether it is a socket and of which
 * family, and a small record beside it holds the flow's generation and how far its messages have
 * come.
 *
 * Learnt where descriptors are made and closed, and by one getsockopt for those that were there
 * before us. Programs close descriptors in ways nobody sees; a stale "socket" costs a useless
 * record, and heads of HTTP messages are taken from read and write only after asking the kernel
 * again.
 */
#ifndef DNDPROF_SHIM_FDS_H
#define DNDPROF_SHIM_FDS_H

#include <stdbool.h>
#include <stdint.h>

#include "recorder/recorder.h"

#define FD_MAX 65536

enum fd_class {
	FD_UNKNOWN = 0,
	FD_OTHER = 1,  /* not a socket */
	FD_SOCKET = 2, /* from here on sockets, by family */
	FD_UNIX = 3,
	FD_INET = 4,
	FD_NETLINK = 5,
};

enum stream_state {
	STREAM_START, /* a head may begin with the next byte */
	STREAM_HEAD,  /* inside a head that began in an earlier buffer */
	STREAM_BODY,  /* `left` bytes of a body to come */
	STREAM_CHUNK_SIZE,
	STREAM_CHUNK_DATA, /* `left` bytes of a chunk to come, its CRLF included */
	STREAM_TRAILER,
	STREAM_OPAQUE, /* whatever comes is not for us: a tunnel, an upgraded connection, a body up
			  to the close */
};

/* Where the messages of one direction of a flow stand. */
struct stream {
	uint64_t left;
	int64_t length;	 /* of the head under way: Content-Length, -1 none */
	uint32_t facts;	 /* of the head under way: DNDPROF_HTTP_* */
	uint16_t status; /* 0: a request */
	uint8_t state;	 /* enum stream_state */
	uint8_t line;	 /* bytes of the line under way, 255 at most: tells an empty line */
};

#define FLOW_NEW_RECEIVED   0x01 /* nothing has come yet */
#define FLOW_NEW_SENT	    0x02 /* nothing has gone out yet */
#define FLOW_DNS	    0x04 /* the peer's port is 53 */
#define FLOW_TLS	    0x08 /* began with a TLS record */
#define FLOW_NETLINK	    0x10 /* of routes and links */
#define FLOW_EXEC_BODY	    0x20 /* the body of an exec-create comes in the next buffer sent */
#define FLOW_PIECE_RECEIVED 0x40 /* the beginning of a first line came, and waits (pieces.h) */
#define FLOW_PIECE_SENT	    0x80

enum flow_method {
	FLOW_METHOD_OTHER,
	FLOW_METHOD_HEAD,
	FLOW_METHOD_CONNECT,
	FLOW_METHOD_UPGRADE, /* any, with an Upgrade header: until the answer, what follows may be
				the new protocol */
};

struct flow {
	uint32_t generation;
	uint8_t odd;	/* FLOW_* bits: what makes a buffer need a closer look; 0: the hot path */
	uint8_t method; /* enum flow_method of the last request: tells what its answer carries */
	uint8_t family; /* DNDPROF_RECORD_UNIX, _INET or 0 */
	struct stream stream[2]; /* 0 received, 1 sent */
};

extern uint8_t dndprof_fd_class[FD_MAX] __attribute__((visibility("hidden")));
extern struct flow dndprof_flows[FD_MAX] __attribute__((visibility("hidden")));

uint8_t fd_learn(int fd); /* asks the kernel; returns the class */

static inline uint8_t fd_class(int fd)
{
	uint8_t c;

	if (unlikely((unsigned)fd >= FD_MAX))
		return FD_UNKNOWN;
	c = dndprof_fd_class[fd];
	return likely(c != FD_UNKNOWN) ? c : fd_learn(fd);
}

static inline bool fd_is_socket(int fd)
{
	return fd_class(fd) >= FD_SOCKET;
}

/* The flow of fd; a shared dummy for descriptors beyond the table. */
static inline struct flow *fd_flow(int fd)
{
	extern struct flow dndprof_no_flow __attribute__((visibility("hidden")));

	return likely((unsigned)fd < FD_MAX) ? &dndprof_flows[fd] : &dndprof_no_flow;
}

void fd_opened(int fd, int family);		/* a new socket: a new flow */
void fd_made(int fd, int family, int protocol); /* the same, by socket() */
void fd_other(int fd);				/* certainly no socket */
void fd_closed(int fd);
void fd_closed_range(unsigned first, unsigned last);
void fd_copied(int from, int to); /* dup: the same class, a new flow */
void fd_missed(void); /* bytes passed unseen: what comes next on any flow may begin a message */
bool fd_ask_socket(int fd);	/* what the kernel says now */
uint8_t fd_family_flag(int fd); /* DNDPROF_RECORD_UNIX, _INET or 0 */

#endif
