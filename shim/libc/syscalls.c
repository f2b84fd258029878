/*
 * syscalls.c - calls made by number through syscall(): the same records as the named functions',
 * from one table. The call itself still goes through libc's syscall(), which differs from the named
 * function in cancellation.
 *
 * Numbers outside the table never come here (syscall.S).
 */
#include <string.h>

#include "libc/data.h"
#include "recorder/start.h"

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
	SYSCALL_UNSEEN_SENT, /* bytes go out of sight from a descriptor: sendfile */
	SYSCALL_SPLICE,
	SYSCALL_MESSAGES_SENT, /* (fd, mmsghdr, n, flags) */
	SYSCALL_MESSAGES_RECEIVED,
	SYSCALL_OPEN,
	SYSCALL_OPENAT,
	SYSCALL_NAMED, /* the named function does, which is no cancellation point either */
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
	X(SYS_recvmmsg, MESSAGES_RECEIVED, recvmmsg)   \
	X(SYS_sendmmsg, MESSAGES_SENT, sendmmsg)       \
	X(SYS_sendfile, UNSEEN_SENT, sendfile)         \
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
	X(SYS_exit_group, EXIT, _exit)                 \
	X(SYS_splice, SPLICE, splice)                  \
	X(SYS_open, OPEN, open)                        \
	X(SYS_openat, OPENAT, openat)                  \
	X(SYS_getsockopt, NAMED, getsockopt)           \
	X(SYS_socketpair, NAMED, socketpair)           \
	X(SYS_ioctl, NAMED, ioctl)                     \
	X(SYS_fcntl, NAMED, fcntl)                     \
	X(SYS_execve, NAMED, execve)                   \
	X(SYS_execveat, NAMED, execveat)

#define SYSCALL_KIND(number, kind, call) [number] = SYSCALL_##kind,
__attribute__((visibility("hidden")))
const uint8_t dndprof_syscall_kinds[512] = {SYSCALLS(SYSCALL_KIND)};

#define SYSCALL_CALL(number, kind, call) [number] = DNDPROF_CALL_##call,
static const uint8_t calls[512] = {SYSCALLS(SYSCALL_CALL)};

__attribute__((visibility("hidden"))) void *dndprof_syscall_real AT_START;

__attribute__((visibility("hidden"))) void *dndprof_syscall_find(void)
{
	return dndprof_syscall_real = (void *)REAL(syscall);
}

/* What has to happen before the call: afterwards it is too late. */
static void before(long n, enum syscall_kind kind, long a, long b, long c)
{
	switch (kind) {
	case SYSCALL_LOCK_OUT:
		gate_before_prctl(n, a, b, c);
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

/* The one that is a socket; the other is a pipe. */
static int splice_socket(const long *a)
{
	return (int)(fd_is_socket((int)a[2]) ? a[2] : a[0]);
}

static struct span begin(enum syscall_kind kind, unsigned call, const long *a)
{
	switch (kind) {
	case SYSCALL_PLAIN:
	case SYSCALL_SOCKET:
	case SYSCALL_CLOSE_RANGE:
		return span_begin(call);
	case SYSCALL_LOCK_OUT:
	case SYSCALL_IO_URING:
	case SYSCALL_EXIT:
	case SYSCALL_NAMED:
		return (struct span){NULL, 0};
	case SYSCALL_OPEN:
	case SYSCALL_OPENAT:
		return gate_span_quiet();
	case SYSCALL_SPLICE:
		return span_begin_socket(call, splice_socket(a));
	default:
		return span_begin_socket(call, (int)a[0]);
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

	if (call == DNDPROF_CALL_recvfrom || message) {
		int flags = (int)(message ? a[2] : a[3]);

		d.peek = !d.sent && flags_peek(flags);
		d.unseen = !d.sent && flags_unseen(flags);
	}
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
	if (d.unseen)
		d.iov = NULL;
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
		fd_made((int)r, (int)a[0], (int)a[2]);
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
	gate_end_address(s, &e, read ? (const struct sockaddr *)a[1] : NULL, (socklen_t)a[2]);
}

/* Calls that the named function makes just as this one would, wrapper and all. */
static long named(long n, const long *a)
{
	switch (n) {
	case SYS_getsockopt:
		return getsockopt((int)a[0], (int)a[1], (int)a[2], (void *)a[3], (socklen_t *)a[4]);
	case SYS_socketpair:
		return socketpair((int)a[0], (int)a[1], (int)a[2], (int *)a[3]);
	case SYS_ioctl:
		return ioctl((int)a[0], (unsigned long)a[1], (void *)a[2]);
	case SYS_execve:
		return execve((const char *)a[0], (char *const *)a[1], (char *const *)a[2]);
	case SYS_execveat:
		return execveat((int)a[0], (const char *)a[1], (char *const *)a[2],
				(char *const *)a[3], (int)a[4]);
	default:
		/* Of fcntl only copies: its locks would become cancellation points. */
		if (n == SYS_fcntl && (a[1] == F_DUPFD || a[1] == F_DUPFD_CLOEXEC))
			return fcntl((int)a[0], (int)a[1], a[2]);
		return REAL(syscall)(n, a[0], a[1], a[2], a[3], a[4], a[5]);
	}
}

__attribute__((visibility("hidden"))) long dndprof_syscall(long n, long a0, long a1, long a2,
							   long a3, long a4, long a5)
{
	const long a[6] = {a0, a1, a2, a3, a4, a5};
	enum syscall_kind kind = (enum syscall_kind)dndprof_syscall_kinds[n];
	unsigned call = calls[n];
	struct span s = begin(kind, call, a);
	struct writer *w;
	long r;

	if ((kind == SYSCALL_LOCK_OUT || kind == SYSCALL_IO_URING) && (w = writer_self()))
		count_call(w, call);
	if (kind == SYSCALL_NAMED)
		return named(n, a);
	before(n, kind, a0, a1, a2);
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
	case SYSCALL_UNSEEN_SENT:
		data_end(&s, call, (int)a0, r, &(struct data){.sent = true, .asked = (size_t)a3});
		break;
	case SYSCALL_SPLICE:
		data_end(&s, call, splice_socket(a), r,
			 &(struct data){.sent = fd_is_socket((int)a2), .asked = (size_t)a4});
		break;
	case SYSCALL_MESSAGES_SENT:
	case SYSCALL_MESSAGES_RECEIVED:
		data_end_messages(&s, call, (int)a0, (int)r, (struct mmsghdr *)a1, (unsigned)a2,
				  kind == SYSCALL_MESSAGES_SENT, (int)a3);
		break;
	case SYSCALL_OPEN:
		gate_end_open(&s, call, (int)r, AT_FDCWD, (const char *)a0, (int)a1);
		break;
	case SYSCALL_OPENAT:
		gate_end_open(&s, call, (int)r, (int)a0, (const char *)a1, (int)a2);
		break;
	case SYSCALL_LOCK_OUT:
		gate_after_prctl(n, a0, a1, r);
		break;
	case SYSCALL_CONNECT:
		end_connect(&s, a, r);
		break;
	case SYSCALL_ACCEPT:
		gate_end_accept(&s, call, (int)r, (int)a0, a1 ? (const socklen_t *)a2 : NULL);
		break;
	case SYSCALL_SOCKET:
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
