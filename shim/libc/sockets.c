/*
 * sockets.c - the wrappers of a socket's life: made, connected, accepted, asked, closed, copied.
 */
#include <netinet/in.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/un.h>

#include "libc/gate.h"

/* In a vfork child the table of descriptors is the parent's: hands off. */
static inline bool table_is_ours(void)
{
	return !dndprof_tls.off;
}

/*
 * What of the n bytes at a belongs to an address of its family; 0: nothing. The rest of a structure
 * is often what lay on the caller's stack before. *port: of the internet families, in network
 * order.
 */
static size_t address_bytes(const struct sockaddr *a, socklen_t n, struct sockaddr_storage *copy,
			    in_port_t *port)
{
	size_t want = sizeof(a->sa_family);

	*port = 0;
	if (!a || n < want || n > sizeof(*copy))
		return 0;
	switch (a->sa_family) {
	case AF_INET:
		want = offsetof(struct sockaddr_in, sin_zero);
		break;
	case AF_INET6:
		want = sizeof(struct sockaddr_in6);
		break;
	case AF_UNIX:
		want = n < sizeof(struct sockaddr_un) ? n : sizeof(struct sockaddr_un);
		/* A path ends with its NUL; an abstract name begins with one, and is kept to the
		 * next. */
		if (want > 3)
			want = 3 + strnlen(((const struct sockaddr_un *)a)->sun_path + 1, want - 3);
		if (want == 3 && !((const struct sockaddr_un *)a)->sun_path[0])
			want = 2;
		break;
	default:
		break;
	}
	if (n < want)
		return 0;
	memset(copy, 0, sizeof(struct sockaddr_in));
	memcpy(copy, a, want);
	if (a->sa_family == AF_INET || a->sa_family == AF_INET6)
		*port = ((const struct sockaddr_in *)copy)->sin_port;
	return a->sa_family == AF_INET ? sizeof(struct sockaddr_in) : want;
}

void gate_end_address(const struct span *s, struct event *e, const struct sockaddr *a, socklen_t n)
{
	struct sockaddr_storage copy;
	in_port_t port;
	size_t bytes = address_bytes(a, n, &copy, &port);

	if (port == htons(53) && e->fd >= 0)
		fd_flow(e->fd)->odd |= FLOW_DNS;
	if (bytes)
		e->payload = DNDPROF_PAYLOAD_ADDRESS;
	event_done(s->writer, e, &copy, bytes);
}

/* A call that made descriptor r (negative: failed) out of `from` (socket: its type). */
static void end_new(const struct span *s, unsigned call, int r, int from)
{
	struct event e;

	if (!s->writer)
		return;
	e = span_event(s, call, r);
	e.fd = r;
	e.generation = r >= 0 ? fd_flow(r)->generation : 0;
	e.arg = (uint64_t)(int64_t)from;
	e.flags = r >= 0 ? fd_family_flag(r) : 0;
	event_done(s->writer, &e, NULL, 0);
}

EXPORT int socket(int family, int type, int protocol)
{
	struct span s = span_begin(DNDPROF_CALL_socket);
	int r = REAL(socket)(family, type, protocol);

	if (r >= 0 && table_is_ours())
		fd_made(r, family, protocol);
	end_new(&s, DNDPROF_CALL_socket, r, type);
	return r;
}

EXPORT int socketpair(int family, int type, int protocol, int fds[2])
{
	struct span s = span_begin(DNDPROF_CALL_socketpair);
	int r = REAL(socketpair)(family, type, protocol, fds);
	struct event e;
	int i;

	if (r == 0 && table_is_ours())
		for (i = 0; i < 2; i++)
			fd_opened(fds[i], family);
	if (!s.writer)
		return r;
	e = span_event(&s, DNDPROF_CALL_socketpair, r);
	e.arg = (uint64_t)-1;
	for (i = 0; i < (r == 0 ? 2 : 1); i++) {
		e.fd = r == 0 ? fds[i] : -1;
		e.generation = r == 0 ? fd_flow(fds[i])->generation : 0;
		e.flags = r == 0 ? fd_family_flag(fds[i]) : 0;
		if (i == 0) {
			event_done(s.writer, &e, NULL, 0);
		} else if (dndprof_recorder.records) {
			e.kind = DNDPROF_KIND_EXTRA;
			event_write(s.writer, &e, NULL, 0);
		}
	}
	return r;
}

/* Results of connect after which the kernel has read the address. */
static bool address_was_read(int r, int error)
{
	return r == 0 || error == EINPROGRESS || error == ECONNREFUSED || error == ENOENT ||
	       error == EACCES || error == EAGAIN || error == EINTR || error == EALREADY ||
	       error == ETIMEDOUT || error == ENETUNREACH || error == EHOSTUNREACH;
}

EXPORT int connect(int fd, const struct sockaddr *a, socklen_t n)
{
	struct span s = span_begin_socket(DNDPROF_CALL_connect, fd);
	int r = REAL(connect)(fd, a, n);
	struct event e;

	if (!s.writer)
		return r;
	e = span_event(&s, DNDPROF_CALL_connect, r);
	e.fd = fd;
	e.generation = fd_flow(fd)->generation;
	e.flags = fd_family_flag(fd);
	gate_end_address(&s, &e, address_was_read(r, e.error) ? a : NULL, n);
	return r;
}

/*
 * The peer is asked of the kernel: what accept left in the caller's buffer may be less than the
 * length it returned, and how long the buffer was is overwritten. But a length of the family alone
 * says that the peer has no name, as clients of unix sockets have none.
 */
static size_t peer_of(int fd, struct sockaddr_storage *peer, const socklen_t *told)
{
	uint32_t n = sizeof(*peer);

	if (told && *told == sizeof(peer->ss_family) && fd_class(fd) == FD_UNIX) {
		peer->ss_family = AF_UNIX;
		return *told;
	}
	if (!recorder_may_call() || sys3(SYS_getpeername, fd, peer, &n) < 0)
		return 0;
	return n;
}

/* `told`: the length that came with r's peer; NULL: nobody asked. */
void gate_end_accept(const struct span *s, unsigned call, int r, int fd, const socklen_t *told)
{
	struct sockaddr_storage peer;
	struct event e;
	size_t n;

	if (r >= 0 && table_is_ours()) {
		uint8_t class = fd_class(fd);

		fd_opened(r, class == FD_UNIX ? AF_UNIX : class == FD_INET ? AF_INET : AF_UNSPEC);
	}
	if (!s->writer)
		return;
	e = span_event(s, call, r);
	e.fd = r;
	e.generation = r >= 0 ? fd_flow(r)->generation : 0;
	e.arg = (uint64_t)(int64_t)fd;
	e.flags = r >= 0 ? fd_family_flag(r) : 0;
	n = r >= 0 ? peer_of(r, &peer, told) : 0;
	gate_end_address(s, &e, n ? (const struct sockaddr *)&peer : NULL, (socklen_t)n);
}

/* Where the caller does not want the address of a unix socket's peer, accept itself is asked for
 * its length: a tenth of another call's cost, and it cannot fail. (That of an internet socket can:
 * its peer may be gone, and then accept fails for who asks.) */
static inline bool asks_for_length(const struct span *s, int fd, const struct sockaddr *a)
{
	return s->writer && !a && fd_class(fd) == FD_UNIX;
}

EXPORT int accept(int fd, struct sockaddr *restrict a, socklen_t *restrict n)
{
	struct span s = span_begin_socket(DNDPROF_CALL_accept, fd);
	bool asks = asks_for_length(&s, fd, a);
	socklen_t own = sizeof(sa_family_t);
	struct sockaddr family;
	int r = asks ? REAL(accept)(fd, &family, &own) : REAL(accept)(fd, a, n);

	gate_end_accept(&s, DNDPROF_CALL_accept, r, fd, asks ? &own : a ? n : NULL);
	return r;
}

EXPORT int accept4(int fd, struct sockaddr *restrict a, socklen_t *restrict n, int flags)
{
	struct span s = span_begin_socket(DNDPROF_CALL_accept4, fd);
	bool asks = asks_for_length(&s, fd, a);
	socklen_t own = sizeof(sa_family_t);
	struct sockaddr family;
	int r = asks ? REAL(accept4)(fd, &family, &own, flags) : REAL(accept4)(fd, a, n, flags);

	gate_end_accept(&s, DNDPROF_CALL_accept4, r, fd, asks ? &own : a ? n : NULL);
	return r;
}

EXPORT int listen(int fd, int backlog)
{
	struct span s = span_begin_socket(DNDPROF_CALL_listen, fd);
	int r = REAL(listen)(fd, backlog);

	span_end_fd(&s, DNDPROF_CALL_listen, r, fd, (uint64_t)(int64_t)backlog);
	return r;
}

EXPORT int bind(int fd, const struct sockaddr *a, socklen_t n)
{
	struct span s = span_begin_socket(DNDPROF_CALL_bind, fd);
	int r = REAL(bind)(fd, a, n);
	struct event e;

	if (!s.writer)
		return r;
	e = span_event(&s, DNDPROF_CALL_bind, r);
	e.fd = fd;
	e.generation = fd_flow(fd)->generation;
	e.flags = fd_family_flag(fd);
	gate_end_address(&s, &e, r == 0 ? a : NULL, n);
	return r;
}

EXPORT int shutdown(int fd, int how)
{
	struct span s = span_begin_socket(DNDPROF_CALL_shutdown, fd);
	int r = REAL(shutdown)(fd, how);

	span_end_fd(&s, DNDPROF_CALL_shutdown, r, fd, (uint64_t)(int64_t)how);
	return r;
}

/* Only SO_ERROR is worth a record: it ends a connect that was under way. */
EXPORT int getsockopt(int fd, int level, int name, void *restrict value, socklen_t *restrict n)
{
	struct span s = {NULL, 0};
	int r;

	if (level == SOL_SOCKET && name == SO_ERROR)
		s = span_begin_socket(DNDPROF_CALL_getsockopt, fd);
	r = REAL(getsockopt)(fd, level, name, value, n);
	if (s.writer) {
		struct event e = span_event(&s, DNDPROF_CALL_getsockopt, r);

		e.fd = fd;
		e.generation = fd_flow(fd)->generation;
		e.arg = (uint64_t)name;
		e.flags = fd_family_flag(fd);
		/* The connect's own error, which the call hands over in *value. */
		if (r == 0 && *n >= sizeof(int)) {
			e.error = (uint8_t) * (int *)value;
			e.retry = true;
		}
		event_done(s.writer, &e, NULL, 0);
	}
	return r;
}

/* ---- closing ---- */

/* The flow's name has to be taken before the descriptor is free: another thread may get its number
 * at once. */
EXPORT int close(int fd)
{
	bool known = (unsigned)fd < FD_MAX && dndprof_fd_class[fd] >= FD_SOCKET;
	struct span s = known || dndprof_recorder.full ? span_begin(DNDPROF_CALL_close)
						       : (struct span){NULL, 0};
	uint32_t generation = fd_flow(fd)->generation;
	uint8_t flags = fd_family_flag(fd);
	struct event e;
	int r;

	if (table_is_ours())
		fd_closed(fd);
	r = REAL(close)(fd);
	if (s.writer) {
		e = span_event(&s, DNDPROF_CALL_close, r);
		e.fd = fd;
		e.generation = generation;
		e.flags = flags;
		event_done(s.writer, &e, NULL, 0);
	}
	return r;
}

EXPORT int fclose(FILE *f)
{
	int e0 = errno, fd = f ? fileno_unlocked(f) : -1; /* a stream without one sets errno */
	bool known = (unsigned)fd < FD_MAX && dndprof_fd_class[fd] >= FD_SOCKET;
	struct span s = known ? span_begin(DNDPROF_CALL_fclose) : (struct span){NULL, 0};
	uint32_t generation = fd_flow(fd)->generation;
	struct event e;
	int r;

	errno = e0;
	if (fd >= 0 && table_is_ours())
		fd_closed(fd);
	r = REAL(fclose)(f);
	if (s.writer) {
		e = span_event(&s, DNDPROF_CALL_fclose, r);
		e.fd = fd;
		e.generation = generation;
		event_done(s.writer, &e, NULL, 0);
	}
	return r;
}

EXPORT void closefrom(int first)
{
	struct span s = span_begin(DNDPROF_CALL_closefrom);

	if (table_is_ours())
		fd_closed_range(first < 0 ? 0 : (unsigned)first, UINT32_MAX);
	if (REAL_EXISTS(closefrom))
		REAL(closefrom)(first);
	else
		sys3(SYS_close_range, first < 0 ? 0 : first, ~0u, 0);
	span_end(&s, DNDPROF_CALL_closefrom, 0, (uint64_t)(int64_t)first);
}

EXPORT int close_range(unsigned first, unsigned last, int flags)
{
	struct span s = span_begin(DNDPROF_CALL_close_range);
	int r;

	if (table_is_ours() && !(flags & 4 /* CLOSE_RANGE_CLOEXEC */))
		fd_closed_range(first, last);
	r = REAL(close_range)(first, last, flags);
	span_end(&s, DNDPROF_CALL_close_range, r, first);
	return r;
}

/* ---- copies ---- */

static int end_copy(const struct span *s, unsigned call, int r, int from)
{
	if (r >= 0 && table_is_ours())
		fd_copied(from, r);
	end_new(s, call, r, from);
	return r;
}

EXPORT int dup(int fd)
{
	struct span s = span_begin_socket(DNDPROF_CALL_dup, fd);

	return end_copy(&s, DNDPROF_CALL_dup, REAL(dup)(fd), fd);
}

EXPORT int dup2(int fd, int to)
{
	struct span s = span_begin_socket(DNDPROF_CALL_dup2, fd);

	return end_copy(&s, DNDPROF_CALL_dup2, REAL(dup2)(fd, to), fd);
}

EXPORT int dup3(int fd, int to, int flags)
{
	struct span s = span_begin_socket(DNDPROF_CALL_dup3, fd);

	return end_copy(&s, DNDPROF_CALL_dup3, REAL(dup3)(fd, to, flags), fd);
}

static bool fcntl_copies(int command)
{
	return command == F_DUPFD || command == F_DUPFD_CLOEXEC;
}

/* The argument may be a number, a pointer or not there: one register's worth is passed on as it
 * came. */
EXPORT int fcntl(int fd, int command, ...)
{
	struct span s = {NULL, 0};
	va_list ap;
	void *arg;

	va_start(ap, command);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (likely(!fcntl_copies(command)))
		return REAL(fcntl)(fd, command, arg);
	s = span_begin_socket(DNDPROF_CALL_fcntl, fd);
	return end_copy(&s, DNDPROF_CALL_fcntl, REAL(fcntl)(fd, command, arg), fd);
}

EXPORT int fcntl64(int fd, int command, ...)
{
	struct span s = {NULL, 0};
	va_list ap;
	void *arg;

	va_start(ap, command);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (!REAL_EXISTS(fcntl64)) /* glibc before 2.28, musl */
		return fcntl(fd, command, arg);
	if (likely(!fcntl_copies(command)))
		return REAL(fcntl64)(fd, command, arg);
	s = span_begin_socket(DNDPROF_CALL_fcntl64, fd);
	return end_copy(&s, DNDPROF_CALL_fcntl64, REAL(fcntl64)(fd, command, arg), fd);
}
