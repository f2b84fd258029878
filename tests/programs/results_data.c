/*
 * results_data.c - return values, errno and bytes of the calls that move data on sockets: send*,
 * recv*, read, readv, write, writev, sendfile, splice, ioctl. Built with _FORTIFY_SOURCE, so that
 * the `_chk` variants are called too. Must compare every byte that arrives.
 */
// cflags: -D_FORTIFY_SOURCE=2
#include "check.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* The compiler must not know sizes or values: it would choose plain calls, or warn. */
static volatile size_t one = 1, none = 0;
static volatile int closed = 9999999, negative = -1;
static int plain;
static char buffer[65536];

static void simple(void)
{
	int pair[2];
	socklen_t length = 0;

	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	GIVES(send(pair[0], "hello", 5, 0), 5);
	GIVES(recv(pair[1], buffer, sizeof buffer, MSG_PEEK), 5);
	GIVES(recv(pair[1], buffer, 2, MSG_PEEK), 2);
	GIVES(recv(pair[1], buffer, 5 * one, 0), 5);
	CHECK(!memcmp(buffer, "hello", 5), "recv brought other bytes");
	GIVES(sendto(pair[0], "world!", 6, MSG_NOSIGNAL, NULL, 0), 6);
	GIVES(recvfrom(pair[1], buffer, 64 * one, 0, NULL, &length), 6);
	GIVES(write(pair[0], "abc", 3), 3);
	GIVES(read(pair[1], buffer, 1), 1);
	GIVES(read(pair[1], buffer + 1, 64 * one), 2);
	CHECK(!memcmp(buffer, "abc", 3), "read brought other bytes");

	GIVES(send(pair[0], "", 0, 0), 0);
	GIVES(send(pair[0], check_null, 0, 0), 0);
	GIVES(write(pair[0], "", 0), 0);
	GIVES(sendto(pair[0], "", 0, 0, NULL, 0), 0);
	GIVES(read(pair[1], buffer, none), 0);
	FAILS(recv(pair[1], buffer, sizeof buffer, MSG_DONTWAIT), EAGAIN);
	FAILS(recvfrom(pair[1], buffer, sizeof buffer, MSG_DONTWAIT, NULL, NULL), EAGAIN);
	fcntl(pair[1], F_SETFL, O_NONBLOCK);
	FAILS(read(pair[1], buffer, sizeof buffer), EAGAIN);

	FAILS(send(pair[0], check_bad, one, 0), EFAULT);
	FAILS(send(pair[0], check_null, one, 0), EFAULT);
	FAILS(write(pair[0], check_bad, one), EFAULT);
	GIVES(send(pair[0], "x", 1, 0), 1);
	FAILS(recv(pair[1], check_bad, one, 0), EFAULT);
	FAILS(read(pair[1], check_bad, one), EFAULT);
	FAILS(recv(pair[1], check_null, one, 0), EFAULT);
	GIVES(recv(pair[1], buffer, 10 * one, 0), 1);

	FAILS(send(closed, "x", 1, 0), EBADF);
	FAILS(recv(closed, buffer, one, 0), EBADF);
	FAILS(sendto(-1, "x", 1, 0, NULL, 0), EBADF);
	FAILS(recvfrom(-1, buffer, one, 0, NULL, NULL), EBADF);
	FAILS(read(-1, buffer, one), EBADF);
	FAILS(write(-1, buffer, one), EBADF);
	FAILS(read(closed, check_bad, one), EBADF);
	FAILS(send(plain, "x", 1, 0), ENOTSOCK);
	FAILS(recv(plain, buffer, one, 0), ENOTSOCK);
	FAILS(sendto(plain, "x", 1, 0, NULL, 0), ENOTSOCK);
	FAILS(recvfrom(plain, buffer, one, 0, NULL, NULL), ENOTSOCK);

	GIVES(shutdown(pair[0], SHUT_WR), 0);
	GIVES(recv(pair[1], buffer, 10 * one, 0), 0);
	GIVES(read(pair[1], buffer, 10 * one), 0);
	FAILS(send(pair[0], "x", 1, MSG_NOSIGNAL), EPIPE);
	close(pair[1]);
	FAILS(write(pair[0], "x", 1), EPIPE); /* SIGPIPE is ignored here */
	close(pair[0]);

	/* Unread bytes at close: the peer is reset. */
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	send(pair[1], "lost", 4, 0);
	close(pair[0]);
	FAILS(recv(pair[1], buffer, 10 * one, 0), ECONNRESET);
	close(pair[1]);
}

static void vectors(void)
{
	static struct iovec many[IOV_MAX + 1], back[IOV_MAX + 1];
	struct iovec odd[4] = {{"GET /", 5}, {NULL, 0}, {"x HTTP/1.1\r\n", 12}, {check_bad, 3}};
	static char out[IOV_MAX + 1], in[IOV_MAX + 1];
	int pair[2];

	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	for (int i = 0; i <= IOV_MAX; i++) {
		out[i] = (char)(i * 7);
		many[i] = (struct iovec){out + i, 1};
		back[i] = (struct iovec){in + i, 1};
	}
	GIVES(writev(pair[0], many, IOV_MAX), IOV_MAX);
	GIVES(readv(pair[1], back, IOV_MAX), IOV_MAX);
	CHECK(!memcmp(out, in, IOV_MAX), "readv brought other bytes");
	FAILS(writev(pair[0], many, IOV_MAX + 1), EINVAL);
	FAILS(readv(pair[1], back, IOV_MAX + 1), EINVAL);
	FAILS(writev(pair[0], many, negative), EINVAL);
	FAILS(readv(pair[1], back, negative), EINVAL);
	GIVES(writev(pair[0], many, 0), 0);
	GIVES(writev(pair[0], check_null, 0), 0);
	GIVES(readv(pair[1], check_null, 0), 0);
	GIVES(writev(pair[0], odd, 3), 17);
	GIVES(readv(pair[1], back, 17), 17);
	CHECK(!memcmp(in, "GET /x HTTP/1.1\r\n", 17), "writev sent other bytes");
	FAILS(writev(pair[0], odd, 4), EFAULT);
	FAILS(writev(pair[0], check_bad, 2), EFAULT);
	FAILS(readv(pair[1], check_bad, 2), EFAULT);
	FAILS(writev(-1, many, 1), EBADF);
	FAILS(readv(closed, back, 1), EBADF);
	FAILS(recv(pair[1], in, sizeof in, MSG_DONTWAIT), EAGAIN);
	many[0].iov_len = many[1].iov_len = (size_t)-1;
	FAILS(writev(pair[0], many, 2), EINVAL);
	close(pair[0]);
	close(pair[1]);
}

static void messages(void)
{
	struct iovec parts[2] = {{"POST ", 5}, {"/a HTTP/1.1\r\n", 13}};
	struct iovec in = {buffer, 100};
	struct msghdr out = {.msg_iov = parts, .msg_iovlen = 2};
	struct msghdr back = {.msg_iov = &in, .msg_iovlen = 1};
	struct mmsghdr several[3] = {{out, 99}, {out, 99}, {out, 99}}, arrived[4];
	struct timespec wait = {0, 50000000};
	int pair[2];

	socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
	GIVES(sendmsg(pair[0], &out, 0), 18);
	GIVES(recvmsg(pair[1], &back, MSG_PEEK), 18);
	GIVES(recvmsg(pair[1], &back, 0), 18);
	CHECK(!memcmp(buffer, "POST /a HTTP/1.1\r\n", 18), "recvmsg brought other bytes");
	out.msg_iovlen = 0;
	GIVES(sendmsg(pair[0], &out, 0), 0);
	GIVES(recvmsg(pair[1], &back, 0), 0);
	out.msg_iov = check_null;
	GIVES(sendmsg(pair[0], &out, 0), 0);
	GIVES(recv(pair[1], buffer, 10 * one, 0), 0);
	GIVES(send(pair[0], "0123456789", 10, 0), 10);
	in.iov_len = 4;
	GIVES(recvmsg(pair[1], &back, 0), 4);
	CHECK(back.msg_flags == MSG_TRUNC, "recvmsg gave flags %x", back.msg_flags);
	in.iov_len = 100;
	out = (struct msghdr){.msg_iov = parts, .msg_iovlen = IOV_MAX + 1};
	FAILS(sendmsg(pair[0], &out, 0), EMSGSIZE);
	FAILS(recvmsg(pair[1], &back, MSG_DONTWAIT), EAGAIN);
	FAILS(sendmsg(pair[0], check_null, 0), EFAULT);
	FAILS(sendmsg(pair[0], check_bad, 0), EFAULT);
	FAILS(recvmsg(pair[1], check_bad, 0), EFAULT);
	out = (struct msghdr){.msg_iov = check_bad, .msg_iovlen = 2};
	FAILS(sendmsg(pair[0], &out, 0), EFAULT);
	FAILS(sendmsg(-1, &out, 0), EBADF);
	FAILS(sendmsg(plain, &several[0].msg_hdr, 0), ENOTSOCK);
	FAILS(recvmsg(plain, &back, 0), ENOTSOCK);
	FAILS(recvmsg(closed, &back, 0), EBADF);

	GIVES(sendmmsg(pair[0], several, 3, 0), 3);
	CHECK(several[2].msg_len == 18, "sendmmsg gave a length of %u", several[2].msg_len);
	for (int i = 0; i < 4; i++)
		arrived[i] = (struct mmsghdr){.msg_hdr = back, .msg_len = 99};
	GIVES(recvmmsg(pair[1], arrived, 2, 0, NULL), 2);
	CHECK(arrived[1].msg_len == 18 && arrived[2].msg_len == 99, "recvmmsg gave %u and %u",
	      arrived[1].msg_len, arrived[2].msg_len);
	GIVES(recvmmsg(pair[1], arrived, 4, MSG_WAITFORONE, NULL), 1);
	FAILS(recvmmsg(pair[1], arrived, 4, MSG_DONTWAIT, NULL), EAGAIN);
	GIVES(sendmmsg(pair[0], several, 2, 0), 2);
	GIVES(recvmmsg(pair[1], arrived, 2, 0, &wait), 2);
	GIVES(sendmmsg(pair[0], several, 0, 0), 0);
	GIVES(recvmmsg(pair[1], arrived, 0, MSG_DONTWAIT, NULL), 0);
	FAILS(sendmmsg(-1, several, 1, 0), EBADF);
	FAILS(sendmmsg(plain, several, 1, 0), ENOTSOCK);
	FAILS(sendmmsg(pair[0], check_bad, 1, 0), EFAULT);
	FAILS(recvmmsg(pair[1], arrived, 1, MSG_DONTWAIT, check_bad), EFAULT);
	/* The second is bad: the first counts. */
	several[1].msg_hdr.msg_iov = check_bad;
	GIVES(sendmmsg(pair[0], several, 3, 0), 1);
	GIVES(recv(pair[1], buffer, 100 * one, 0), 18);
	close(pair[0]);
	close(pair[1]);
}

/* Payload that ends where memory ends: nobody may look one byte further. */
static void edges(void)
{
	long page = sysconf(_SC_PAGESIZE);
	char *memory =
		mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	static const char *const heads[] = {"G",
					    "GET",
					    "GET ",
					    "GET /x",
					    "GET /x HTTP/1.1\r\n",
					    "HTTP/1.1 200 OK\r\nA",
					    "\x16\x03\x01"};
	int pair[2];

	munmap(memory + page, page);
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	for (unsigned i = 0; i < sizeof heads / sizeof *heads; i++) {
		size_t length = strlen(heads[i]);
		char *at = memory + page - length;
		struct iovec part = {at, length};

		memcpy(at, heads[i], length);
		GIVES(send(pair[0], at, length, 0), length);
		GIVES(recv(pair[1], at, length, 0), length);
		GIVES(write(pair[0], at, length), length);
		GIVES(read(pair[1], at, length), length);
		GIVES(writev(pair[0], &part, 1), length);
		GIVES(readv(pair[1], &part, 1), length);
		CHECK(!memcmp(at, heads[i], length), "bytes changed on the way");
		FAILS(send(pair[0], at, length + 1, 0), EFAULT);
		/* A receive buffer that promises more than there is: only what came is touched. */
		GIVES(send(pair[0], at, length, 0), length);
		GIVES(recv(pair[1], at, length + 4096 * one, 0), length);
	}
	close(pair[0]);
	close(pair[1]);
	munmap(memory, page);
}

static void copies(void)
{
	char name[] = "/tmp/dndprof-test-XXXXXX";
	int file = mkstemp(name), pair[2], tube[2];
	off_t at = 1;
	off64_t at64 = 2;
	loff_t from = 0;

	unlink(name);
	GIVES(write(file, "0123456789", 10), 10);
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	CHECK(pipe(tube) == 0, "no pipe");
	GIVES(sendfile(pair[0], file, &at, 4), 4);
	CHECK(at == 5, "sendfile left the offset at %ld", (long)at);
	GIVES(sendfile64(pair[0], file, &at64, 100), 8);
	GIVES(recv(pair[1], buffer, 100 * one, 0), 12);
	CHECK(!memcmp(buffer, "123423456789", 12), "sendfile sent other bytes");
	lseek(file, 0, SEEK_SET);
	GIVES(sendfile(pair[0], file, NULL, 3), 3);
	GIVES(recv(pair[1], buffer, 100 * one, 0), 3);
	GIVES(sendfile(pair[0], file, &at, 0), 0);
	FAILS(sendfile(-1, file, &at, 1), EBADF);
	FAILS(sendfile(pair[0], -1, &at, 1), EBADF);
	FAILS(sendfile(pair[0], file, check_bad, 1), EFAULT);
	FAILS(sendfile(pair[0], pair[1], NULL, 1), EINVAL);
	GIVES(splice(file, &from, tube[1], NULL, 5, 0), 5);
	GIVES(splice(tube[0], NULL, pair[0], NULL, 5, 0), 5);
	GIVES(splice(pair[1], NULL, tube[1], NULL, 5, 0), 5);
	GIVES(read(tube[0], buffer, 5), 5);
	CHECK(!memcmp(buffer, "01234", 5), "splice moved other bytes");
	FAILS(splice(pair[0], NULL, pair[1], NULL, 5, 0), EINVAL);
	FAILS(splice(-1, NULL, tube[1], NULL, 5, 0), EBADF);
	FAILS(splice(tube[0], NULL, pair[0], NULL, 5, SPLICE_F_NONBLOCK), EAGAIN);
	FAILS(splice(tube[0], &from, pair[0], NULL, 5, 0), ESPIPE);
	GIVES(splice(tube[0], NULL, pair[0], NULL, 0, 0), 0);
	close(tube[0]);
	close(tube[1]);
	close(pair[0]);
	close(pair[1]);
	close(file);
}

static void controls(void)
{
	int pair[2], value = -1, udp = socket(AF_INET, SOCK_DGRAM, 0);
	struct ifreq interface = {.ifr_name = "lo"};

	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	GIVES(send(pair[0], "12345", 5, 0), 5);
	GIVES(ioctl(pair[1], FIONREAD, &value), 0);
	CHECK(value == 5, "FIONREAD gave %d", value);
	GIVES(ioctl(pair[1], FIONREAD, &value, 1, 2, 3), 0);
	value = 1;
	GIVES(ioctl(pair[1], FIONBIO, &value), 0);
	CHECK(fcntl(pair[1], F_GETFL) & O_NONBLOCK, "FIONBIO did nothing");
	GIVES(ioctl(pair[1], FIOCLEX), 0);
	CHECK(fcntl(pair[1], F_GETFD) == FD_CLOEXEC, "FIOCLEX did nothing");
	GIVES(ioctl(udp, SIOCGIFMTU, &interface), 0);
	CHECK(interface.ifr_mtu > 0, "SIOCGIFMTU gave %d", interface.ifr_mtu);
	GIVES(ioctl(udp, SIOCGIFFLAGS, &interface), 0);
	CHECK(interface.ifr_flags & IFF_LOOPBACK, "lo is no loopback");
	strcpy(interface.ifr_name, "nonexistent0");
	FAILS(ioctl(udp, SIOCGIFMTU, &interface), ENODEV);
	FAILS(ioctl(udp, SIOCGIFMTU, check_bad), EFAULT);
	FAILS(ioctl(-1, FIONREAD, &value), EBADF);
	FAILS(ioctl(plain, TIOCGWINSZ, buffer), ENOTTY);
	close(udp);
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	plain = open("/dev/null", O_RDWR);
	simple();
	vectors();
	messages();
	edges();
	copies();
	controls();
	return check_end();
}
