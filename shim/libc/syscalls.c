/*
 * syscalls.c - calls made by number through syscall(): the same records as the named functions',
 * from one table. The call itself still goes through libc's syscall(), which differs from the named
 * function in cancellation.
 *
 * Numbers outside the table never come here (syscall.S).
 */
#include <linux/seccomp.h>
#include <string.h>

#include "libc/data.h"

enum syscall_kind {
	SYSCALL_NONE,
	SYSCALL_PLAIN, /* time it */
	SYSCALL_FD,    /* time it, if its first argument is a socket */
	SYSCALL_READ,  /* (fd, buf, n) */
	SYSCALL_WRITE,
	SYSCALL_READV, /* (fd, iov, iovcnt) */
	SYSCALL_WRITEV,
	SYSCALL_RECVMSG, /* (fd, msghdr, flags) */
	SYSCALL_SENDMSG,
	SYSCALL_SOCKET,
	SYSCALL_ACCEPT,
	SYSCALL_CONNECT,
	SYSCALL_CLOSE,
	SYSCALL_CLOSE_RANGE,
	SYSCALL_DUP,
	SYSCALL_LOCK_OUT, /* seccomp, prctl: what can hurt us */
	SYSCALL_IO_URING,
	SYSCALL_EXIT,
};

/* number, kind, call */
#define SYSCALLS(X)                                    \
	X(SYS_read, READ, read)                        \
	X(SYS_write, WRITE, write)                     \
	X(SYS_readv, READV, readv)                     \
	X(SYS_writev, WRITEV, writev)                  \
	X(SYS_recvfrom, READ, recvfrom)                \
	X(SYS_sendto, WRITE, sendto)                   \
	X(SYS_recvmsg, RECVMSG, recvmsg)               \
	X(SYS_sendmsg, SENDMSG, sendmsg)               \
	X(SYS_recvmmsg, FD, recvmmsg)                  \
	X(SYS_sendmmsg, FD, sendmmsg)                  \
	X(SYS_sendfile, FD, sendfile)                  \
	X(SYS_socket, SOCKET, socket)                  \
	X(SYS_connect, CONNECT, connect)               \
	X(SYS_accept, ACCEPT, accept)                  \
	X(SYS_accept4, ACCEPT, accept4)                \
	X(SYS_listen, FD, listen)                      \
	X(SYS_bind, FD, bind)                          \
	X(SYS_shutdown, FD, shutdown)                  \
	X(SYS_close, CLOSE, close)                     \
	X(SYS_close_range, CLOSE_RANGE, close_range)   \
	X(SYS_dup, DUP, dup)                           \
	X(SYS_dup2, DUP, dup2)                         \
	X(SYS_dup3, DUP, dup3)                         \
	X(SYS_poll, PLAIN, poll)                       \
	X(SYS_ppoll, PLAIN, ppoll)                     \
	X(SYS_select, PLAIN, select)                   \
	X(SYS_pselect6, PLAIN, pselect)                \
	X(SYS_epoll_wait, PLAIN, epoll_wait)           \
	X(SYS_epoll_pwait, PLAIN, epoll_pwait)         \
	X(441 /* epoll_pwait2 */, PLAIN, epoll_pwait2) \
	X(SYS_wait4, PLAIN, wait4)                     \
	X(SYS_waitid, PLAIN, waitid)                   \
	X(SYS_prctl, LOCK_OUT, prctl)                  \
	X(SYS_seccomp, LOCK_OUT, prctl)                \
	X(425 /* io_uring_setup */, IO_URING, syscall) \
	X(SYS_exit_group, EXIT, _exit)

#define SYSCALL_KIND(number, kind, call) [number] = SYSCALL_##kind,
__attribute__((visibility("hidden")))
const uint8_t dndprof_syscall_kinds[512] = {SYSCALLS(SYSCALL_KIND)};

#define SYSCALL_CALL(number, kind, call) [number] = DNDPROF_CALL_##call,
static const uint8_t calls[512] = {SYSCALLS(SYSCALL_CALL)};

__attribute__((visibility("hidden"))) void *dndprof_syscall_real;

__attribute__((visibility("hidden"))) void *dndprof_syscall_find(void)
{
	return dndprof_syscall_real = (void *)REAL(syscall);
}

/* The seccomp system call takes PR_SET_SECCOMP's place. */
static void lock_out(long n, long a, long b)
{
	if (n == SYS_prctl)
		gate_prctl(a, b);
	else if (a == SECCOMP_SET_MODE_STRICT && !b) /* with flags it is a probe that fails */
		gate_prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
	else if (a == SECCOMP_SET_MODE_FILTER)
		gate_prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER);
}

/* What has to happen before the call: afterwards it is too late. */
static void before(long n, enum syscall_kind kind, long a, long b)
{
	switch (kind) {
	case SYSCALL_LOCK_OUT:
		lock_out(n, a, b);
		break;
	case SYSCALL_IO_URING:
		recorder_note(DNDPROF_NOTE_IO_URING);
		break;
	case SYSCALL_EXIT:
		recorder_finish(DNDPROF_END__EXIT, (int)a);
		break;
	case SYSCALL_CLOSE:
		if (!dndprof_tls.off)
			fd_closed((int)a);
		break;
	case SYSCALL_CLOSE_RANGE:
		if (!dndprof_tls.off && !(a & 4))
			fd_closed_range((unsigned)a, (unsigned)b);
		break;
	default:
		break;
	}
}

static struct span begin(enum syscall_kind kind, unsigned call, long a)
{
	switch (kind) {
	case SYSCALL_PLAIN:
	case SYSCALL_SOCKET:
	case SYSCALL_CLOSE_RANGE:
		return span_begin(call);
	case SYSCALL_LOCK_OUT:
	case SYSCALL_IO_URING:
	case SYSCALL_EXIT:
		return (struct span){NULL, 0};
	default:
		return span_begin_socket(call, (int)a);
	}
}

static void end_data(const struct span *s, enum syscall_kind kind, unsigned call, const long *a,
		     long r)
{
	bool vector = kind == SYSCALL_READV || kind == SYSCALL_WRITEV;
	bool message = kind == SYSCALL_RECVMSG || kind == SYSCALL_SENDMSG;
	struct data d = {.sent = kind == SYSCALL_WRITE || kind == SYSCALL_WRITEV ||
				 kind == SYSCALL_SENDMSG};
	struct iovec one = {(void *)a[1], (size_t)a[2]};
	int i;

	if (call == DNDPROF_CALL_recvfrom || message)
		d.peek = (message ? a[2] : a[3]) & MSG_PEEK;
	if (r >= 0 && message) {
		const struct msghdr *m = (const struct msghdr *)a[1];

		d.iov = m->msg_iov;
		d.iovcnt = (int)m->msg_iovlen;
	} else if (r >= 0) {
		d.iov = vector ? (const struct iovec *)a[1] : &one;
		d.iovcnt = vector ? (int)a[2] : 1;
	}
	for (i = 0; i < d.iovcnt; i++)
		d.asked += d.iov[i].iov_len;
	data_end(s, call, (int)a[0], r, &d);
}

static void end_made(const struct span *s, unsigned call, long r, int from)
{
	struct event e;

	if (!s->writer)
		return;
	e = span_event(s, call, r);
	e.fd = (int)r;
	e.generation = r >= 0 ? fd_flow((int)r)->generation : 0;
	e.arg = (uint64_t)(int64_t)from;
	e.flags = r >= 0 ? fd_family_flag((int)r) : 0;
	event_done(s->writer, &e, NULL, 0);
}

/* The descriptors a call made, in the table, before its record is written. */
static void learn(enum syscall_kind kind, const long *a, long r)
{
	if (r < 0 || dndprof_tls.off)
		return;
	if (kind == SYSCALL_SOCKET)
		fd_opened((int)r, (int)a[0]);
	else if (kind == SYSCALL_ACCEPT)
		fd_closed((int)r); /* unknown: asked for when it is used */
	else if (kind == SYSCALL_DUP)
		fd_copied((int)a[0], (int)r);
}

static void end_connect(const struct span *s, const long *a, long r)
{
	struct event e;
	bool read;

	if (!s->writer)
		return;
	e = span_event(s, DNDPROF_CALL_connect, r);
	e.fd = (int)a[0];
	e.generation = fd_flow((int)a[0])->generation;
	e.flags = fd_family_flag((int)a[0]);
	read = r == 0 || e.error == EINPROGRESS || e.error == ECONNREFUSED;
	e.payload = read ? DNDPROF_PAYLOAD_ADDRESS : DNDPROF_PAYLOAD_NONE;
	event_done(s->writer, &e, (const void *)a[1], read ? (size_t)a[2] : 0);
}

__attribute__((visibility("hidden"))) long dndprof_syscall(long n, long a0, long a1, long a2,
							   long a3, long a4, long a5)
{
	const long a[6] = {a0, a1, a2, a3, a4, a5};
	enum syscall_kind kind = (enum syscall_kind)dndprof_syscall_kinds[n];
	unsigned call = calls[n];
	struct span s = begin(kind, call, a0);
	struct writer *w;
	long r;

	if ((kind == SYSCALL_LOCK_OUT || kind == SYSCALL_IO_URING) && (w = writer_self()))
		count_call(w, call);
	before(n, kind, a0, a1);
	r = REAL(syscall)(n, a0, a1, a2, a3, a4, a5);
	learn(kind, a, r);
	switch (kind) {
	case SYSCALL_READ:
	case SYSCALL_WRITE:
	case SYSCALL_READV:
	case SYSCALL_WRITEV:
	case SYSCALL_RECVMSG:
	case SYSCALL_SENDMSG:
		if (s.writer)
			end_data(&s, kind, call, a, r);
		break;
	case SYSCALL_CONNECT:
		end_connect(&s, a, r);
		break;
	case SYSCALL_SOCKET:
	case SYSCALL_ACCEPT:
	case SYSCALL_DUP:
		end_made(&s, call, r, (int)(kind == SYSCALL_SOCKET ? a1 : a0));
		break;
	case SYSCALL_FD:
	case SYSCALL_CLOSE:
		span_end_fd(&s, call, r, (int)a0, 0);
		break;
	default:
		span_end(&s, call, r, (uint64_t)a0);
		break;
	}
	return r;
}
