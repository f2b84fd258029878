/*
 * transfer.c - the wrappers of calls that move bytes. read and write and their kin are recorded on
 * sockets only.
 */
#include <stdarg.h>

#include "libc/data.h"

/* One buffer. */
static inline void end_one(const struct span *s, unsigned call, int fd, ssize_t r, const void *buf,
			   size_t n, struct data d)
{
	struct iovec iov = {(void *)buf, n};

	if (unlikely(!s->writer))
		return;
	d.iov = d.unseen ? NULL : &iov;
	d.iovcnt = 1;
	d.asked = n;
	data_end(s, call, fd, r, &d);
}

/* After success the kernel has read the vector, so it may be read again; a bad one never gets here.
 */
static void end_vector(const struct span *s, unsigned call, int fd, ssize_t r,
		       const struct iovec *iov, int iovcnt, struct data d)
{
	int i;

	if (!s->writer)
		return;
	if (r >= 0) {
		d.iov = d.unseen ? NULL : iov;
		d.iovcnt = iovcnt;
		for (i = 0; i < iovcnt; i++)
			d.asked += iov[i].iov_len;
	}
	data_end(s, call, fd, r, &d);
}

EXPORT ssize_t send(int fd, const void *buf, size_t n, int flags)
{
	struct span s = span_begin_socket(DNDPROF_CALL_send, fd);
	ssize_t r = REAL(send)(fd, buf, n, flags);

	data_end_plain(&s, DNDPROF_CALL_send, fd, r, buf, n, true, true);
	return r;
}

EXPORT ssize_t sendto(int fd, const void *buf, size_t n, int flags, const struct sockaddr *to,
		      socklen_t tolen)
{
	struct span s = span_begin_socket(DNDPROF_CALL_sendto, fd);
	ssize_t r = REAL(sendto)(fd, buf, n, flags, to, tolen);

	end_one(&s, DNDPROF_CALL_sendto, fd, r, buf, n,
		(struct data){
			.sent = true, .certain = true, .to = r >= 0 ? to : NULL, .tolen = tolen});
	return r;
}

static void end_message(const struct span *s, unsigned call, int fd, ssize_t r,
			const struct msghdr *m, struct data d)
{
	if (!s->writer)
		return;
	if (r < 0) {
		data_end(s, call, fd, r, &d);
		return;
	}
	if (d.sent) {
		d.to = m->msg_name;
		d.tolen = m->msg_namelen;
	}
	d.certain = true;
	end_vector(s, call, fd, r, m->msg_iov, (int)m->msg_iovlen, d);
}

EXPORT ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
	struct span s = span_begin_socket(DNDPROF_CALL_sendmsg, fd);
	ssize_t r = REAL(sendmsg)(fd, m, flags);

	end_message(&s, DNDPROF_CALL_sendmsg, fd, r, m, (struct data){.sent = true});
	return r;
}

/* Descriptors that came along are new to us, whatever had their numbers before. */
static void forget_received(struct msghdr *m)
{
	struct cmsghdr *c;

	if (dndprof_tls.off)
		return;
	for (c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		int *fds = (int *)CMSG_DATA(c);
		size_t i, n;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS ||
		    c->cmsg_len < CMSG_LEN(0))
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++)
			fd_closed(fds[i]);
	}
}

EXPORT ssize_t recvmsg(int fd, struct msghdr *m, int flags)
{
	struct span s = span_begin_socket(DNDPROF_CALL_recvmsg, fd);
	ssize_t r = REAL(recvmsg)(fd, m, flags);

	if (r >= 0 && m->msg_controllen)
		forget_received(m);
	end_message(&s, DNDPROF_CALL_recvmsg, fd, r, m,
		    (struct data){.peek = flags_peek(flags), .unseen = flags_unseen(flags)});
	return r;
}

/* Several messages in one call: one record for the call, then what the messages hold. */
void data_end_messages(const struct span *s, unsigned call, int fd, int r, struct mmsghdr *m,
		       unsigned asked, bool sent, int flags)
{
	bool peek = !sent && flags_peek(flags), unseen = !sent && flags_unseen(flags);
	struct event e;
	int i;

	if (!s->writer)
		return;
	e = span_event(s, call, r);
	e.fd = fd;
	e.generation = fd_flow(fd)->generation;
	e.arg = asked;
	e.flags = fd_family_flag(fd) | (sent ? DNDPROF_RECORD_SENT : DNDPROF_RECORD_RECEIVED) |
		  (peek ? DNDPROF_RECORD_PEEK : 0);
	for (i = 0; i < r && !peek; i++)
		e.bytes += m[i].msg_len;
	event_done(s->writer, &e, NULL, 0);
	for (i = 0; i < r && !unseen; i++) {
		const struct msghdr *h = &m[i].msg_hdr;
		struct data d = {
			.iov = h->msg_iov,
			.iovcnt = (int)h->msg_iovlen,
			.sent = sent,
			.peek = peek,
			.certain = true,
			.to = sent ? h->msg_name : NULL,
			.tolen = h->msg_namelen,
		};

		for (size_t k = 0; k < h->msg_iovlen; k++)
			d.asked += h->msg_iov[k].iov_len;
		data_follow(s->writer, &e, &d, m[i].msg_len);
	}
}

EXPORT int sendmmsg(int fd, struct mmsghdr *m, unsigned n, int flags)
{
	struct span s = span_begin_socket(DNDPROF_CALL_sendmmsg, fd);
	int r = REAL(sendmmsg)(fd, m, n, flags);

	data_end_messages(&s, DNDPROF_CALL_sendmmsg, fd, r, m, n, true, flags);
	return r;
}

EXPORT int recvmmsg(int fd, struct mmsghdr *m, unsigned n, int flags, struct timespec *timeout)
{
	struct span s = span_begin_socket(DNDPROF_CALL_recvmmsg, fd);
	int r = REAL(recvmmsg)(fd, m, n, flags, timeout), i;

	for (i = 0; i < r; i++)
		if (m[i].msg_hdr.msg_controllen)
			forget_received(&m[i].msg_hdr);
	data_end_messages(&s, DNDPROF_CALL_recvmmsg, fd, r, m, n, false, flags);
	return r;
}

EXPORT ssize_t recv(int fd, void *buf, size_t n, int flags)
{
	struct span s = span_begin_socket(DNDPROF_CALL_recv, fd);
	ssize_t r = REAL(recv)(fd, buf, n, flags);

	if (likely(!(flags & ~(MSG_DONTWAIT | MSG_NOSIGNAL | MSG_WAITALL)))) {
		data_end_plain(&s, DNDPROF_CALL_recv, fd, r, buf, n, false, true);
		return r;
	}
	end_one(&s, DNDPROF_CALL_recv, fd, r, buf, n,
		(struct data){
			.peek = flags_peek(flags), .unseen = flags_unseen(flags), .certain = true});
	return r;
}

EXPORT ssize_t __recv_chk(int fd, void *buf, size_t n, size_t buflen, int flags)
{
	struct span s = span_begin_socket(DNDPROF_CALL___recv_chk, fd);
	ssize_t r = REAL(__recv_chk)(fd, buf, n, buflen, flags);

	end_one(&s, DNDPROF_CALL___recv_chk, fd, r, buf, n,
		(struct data){
			.peek = flags_peek(flags), .unseen = flags_unseen(flags), .certain = true});
	return r;
}

EXPORT ssize_t recvfrom(int fd, void *restrict buf, size_t n, int flags,
			struct sockaddr *restrict from, socklen_t *restrict fromlen)
{
	struct span s = span_begin_socket(DNDPROF_CALL_recvfrom, fd);
	ssize_t r = REAL(recvfrom)(fd, buf, n, flags, from, fromlen);

	end_one(&s, DNDPROF_CALL_recvfrom, fd, r, buf, n,
		(struct data){
			.peek = flags_peek(flags), .unseen = flags_unseen(flags), .certain = true});
	return r;
}

EXPORT ssize_t __recvfrom_chk(int fd, void *restrict buf, size_t n, size_t buflen, int flags,
			      struct sockaddr *restrict from, socklen_t *restrict fromlen)
{
	struct span s = span_begin_socket(DNDPROF_CALL___recvfrom_chk, fd);
	ssize_t r = REAL(__recvfrom_chk)(fd, buf, n, buflen, flags, from, fromlen);

	end_one(&s, DNDPROF_CALL___recvfrom_chk, fd, r, buf, n,
		(struct data){
			.peek = flags_peek(flags), .unseen = flags_unseen(flags), .certain = true});
	return r;
}

EXPORT ssize_t read(int fd, void *buf, size_t n)
{
	struct span s = span_begin_socket(DNDPROF_CALL_read, fd);
	ssize_t r = REAL(read)(fd, buf, n);

	data_end_plain(&s, DNDPROF_CALL_read, fd, r, buf, n, false, false);
	return r;
}

EXPORT ssize_t __read_chk(int fd, void *buf, size_t n, size_t buflen)
{
	struct span s = span_begin_socket(DNDPROF_CALL___read_chk, fd);
	ssize_t r = REAL(__read_chk)(fd, buf, n, buflen);

	data_end_plain(&s, DNDPROF_CALL___read_chk, fd, r, buf, n, false, false);
	return r;
}

EXPORT ssize_t write(int fd, const void *buf, size_t n)
{
	struct span s = span_begin_socket(DNDPROF_CALL_write, fd);
	ssize_t r = REAL(write)(fd, buf, n);

	data_end_plain(&s, DNDPROF_CALL_write, fd, r, buf, n, true, false);
	return r;
}

EXPORT ssize_t readv(int fd, const struct iovec *iov, int iovcnt)
{
	struct span s = span_begin_socket(DNDPROF_CALL_readv, fd);
	ssize_t r = REAL(readv)(fd, iov, iovcnt);

	end_vector(&s, DNDPROF_CALL_readv, fd, r, iov, iovcnt, (struct data){0});
	return r;
}

EXPORT ssize_t writev(int fd, const struct iovec *iov, int iovcnt)
{
	struct span s = span_begin_socket(DNDPROF_CALL_writev, fd);
	ssize_t r = REAL(writev)(fd, iov, iovcnt);

	end_vector(&s, DNDPROF_CALL_writev, fd, r, iov, iovcnt, (struct data){.sent = true});
	return r;
}

EXPORT ssize_t sendfile(int out, int in, off_t *offset, size_t n)
{
	struct span s = span_begin_socket(DNDPROF_CALL_sendfile, out);
	ssize_t r = REAL(sendfile)(out, in, offset, n);

	data_end(&s, DNDPROF_CALL_sendfile, out, r, &(struct data){.sent = true, .asked = n});
	return r;
}

EXPORT ssize_t sendfile64(int out, int in, off64_t *offset, size_t n)
{
	struct span s = span_begin_socket(DNDPROF_CALL_sendfile64, out);
	ssize_t r = REAL(sendfile64)(out, in, offset, n);

	data_end(&s, DNDPROF_CALL_sendfile64, out, r, &(struct data){.sent = true, .asked = n});
	return r;
}

/* From a socket to a pipe or the other way: the record names the socket. */
EXPORT ssize_t splice(int in, off64_t *in_offset, int out, off64_t *out_offset, size_t n,
		      unsigned flags)
{
	bool sent = fd_is_socket(out);
	int fd = sent ? out : in;
	struct span s = span_begin_socket(DNDPROF_CALL_splice, fd);
	ssize_t r = REAL(splice)(in, in_offset, out, out_offset, n, flags);

	data_end(&s, DNDPROF_CALL_splice, fd, r, &(struct data){.sent = sent, .asked = n});
	return r;
}
