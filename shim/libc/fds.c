/* fds.c - see fds.h. */
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>

#include "libc/fds.h"
#include "libc/gate.h"

uint8_t dndprof_fd_class[FD_MAX];
struct flow dndprof_flows[FD_MAX];
struct flow dndprof_no_flow;

static uint8_t class_of_family(int family)
{
	switch (family) {
	case AF_UNIX:
		return FD_UNIX;
	case AF_INET:
	case AF_INET6:
		return FD_INET;
	case AF_NETLINK:
		return FD_NETLINK;
	default:
		return FD_SOCKET;
	}
}

static long ask_family(int fd, int *family)
{
	uint32_t n = sizeof(*family);

	return sys5(SYS_getsockopt, fd, SOL_SOCKET, SO_DOMAIN, family, &n);
}

uint8_t fd_learn(int fd)
{
	int family = 0;
	long r;

	/* In a vfork child the table is the parent's, its descriptors are not; and nothing is
	 * recorded there anyway. */
	if (dndprof_recorder.state != RECORDER_ON || dndprof_tls.off || !recorder_may_call())
		return FD_OTHER;
	r = ask_family(fd, &family);
	if (r == -EBADF)
		return FD_UNKNOWN;
	if (r < 0)
		return dndprof_fd_class[fd] = FD_OTHER;
	fd_opened(fd, family);
	return dndprof_fd_class[fd];
}

bool fd_ask_socket(int fd)
{
	int family;

	if (!recorder_may_call())
		return false;
	if (ask_family(fd, &family) == 0)
		return true;
	if ((unsigned)fd < FD_MAX)
		dndprof_fd_class[fd] = FD_OTHER;
	return false;
}

static void flow_new(int fd)
{
	struct flow *f = &dndprof_flows[fd];
	uint32_t generation = f->generation + 1;

	memset(f, 0, sizeof(*f));
	f->generation = generation;
	f->odd = FLOW_NEW_RECEIVED | FLOW_NEW_SENT;
}

void fd_opened(int fd, int family)
{
	if ((unsigned)fd >= FD_MAX) {
		loss_add(DNDPROF_LOSS_FD_RANGE);
		return;
	}
	flow_new(fd);
	dndprof_fd_class[fd] = class_of_family(family);
	dndprof_flows[fd].family = fd_family_flag(fd);
}

/* Other netlinks number their messages otherwise. */
void fd_made(int fd, int family, int protocol)
{
	fd_opened(fd, family);
	if (family == AF_NETLINK && protocol == NETLINK_ROUTE)
		fd_flow(fd)->odd |= FLOW_NETLINK;
}

void fd_other(int fd)
{
	if ((unsigned)fd < FD_MAX)
		dndprof_fd_class[fd] = FD_OTHER;
}

void fd_closed(int fd)
{
	if ((unsigned)fd < FD_MAX)
		dndprof_fd_class[fd] = FD_UNKNOWN;
}

void fd_closed_range(unsigned first, unsigned last)
{
	if (last >= FD_MAX)
		last = FD_MAX - 1;
	if (first <= last)
		memset(&dndprof_fd_class[first], FD_UNKNOWN, last - first + 1);
}

void fd_missed(void)
{
	int fd, i;

	for (fd = 0; fd < FD_MAX; fd++) {
		if (dndprof_fd_class[fd] < FD_SOCKET)
			continue;
		for (i = 0; i < 2; i++)
			if (dndprof_flows[fd].stream[i].state != STREAM_OPAQUE)
				dndprof_flows[fd].stream[i].state = STREAM_START;
		dndprof_flows[fd].odd &= (uint8_t)~FLOW_EXEC_BODY;
	}
}

void fd_copied(int from, int to)
{
	if ((unsigned)to >= FD_MAX)
		return;
	if ((unsigned)from >= FD_MAX) {
		dndprof_fd_class[to] = FD_UNKNOWN;
		return;
	}
	if (from == to)
		return;
	if (dndprof_fd_class[from] >= FD_SOCKET) {
		struct flow copy = dndprof_flows[from];

		copy.generation = dndprof_flows[to].generation + 1;
		dndprof_flows[to] = copy;
	}
	dndprof_fd_class[to] = dndprof_fd_class[from];
}

uint8_t fd_family_flag(int fd)
{
	uint8_t c = (unsigned)fd < FD_MAX ? dndprof_fd_class[fd] : FD_UNKNOWN;

	return c == FD_UNIX ? DNDPROF_RECORD_UNIX : c == FD_INET ? DNDPROF_RECORD_INET : 0;
}

void span_end_fd(const struct span *s, unsigned call, int64_t result, int fd, uint64_t arg)
{
	struct event e;

	if (!s->writer)
		return;
	e = span_event(s, call, result);
	e.fd = fd;
	e.generation = fd_flow(fd)->generation;
	e.arg = arg;
	e.flags = fd_family_flag(fd);
	event_done(s->writer, &e, NULL, 0);
}
