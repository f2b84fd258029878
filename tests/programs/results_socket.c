/*
 * results_socket.c - return values and errno of the calls of a socket's life: socket, socketpair,
 * connect, accept, accept4, listen, bind, shutdown, getsockopt. Must use nothing beyond loopback.
 */
#include "check.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

static struct sockaddr_in loopback(int port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return a;
}

static int listener(struct sockaddr_in *bound)
{
	socklen_t length = sizeof *bound;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	*bound = loopback(0);
	GIVES(bind(fd, (struct sockaddr *)bound, sizeof *bound), 0);
	GIVES(listen(fd, 5), 0);
	getsockname(fd, (struct sockaddr *)bound, &length);
	return fd;
}

static void creation(void)
{
	int pair[2] = {-7, -7}, fd;

	errno = CHECK_ERRNO;
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	CHECK(fd >= 0 && errno == CHECK_ERRNO, "socket made no descriptor");
	CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC, "SOCK_CLOEXEC was lost");
	CHECK(fcntl(fd, F_GETFL) & O_NONBLOCK, "SOCK_NONBLOCK was lost");
	GIVES(close(fd), 0);
	FAILS(socket(9999, SOCK_STREAM, 0), EAFNOSUPPORT);
	FAILS(socket(AF_INET, 77, 0), EINVAL);
	FAILS(socket(AF_UNIX, SOCK_STREAM, 99), EPROTONOSUPPORT);

	GIVES(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	CHECK(pair[0] >= 0 && pair[1] == pair[0] + 1, "socketpair made %d and %d", pair[0],
	      pair[1]);
	CHECK(fcntl(pair[1], F_GETFD) == FD_CLOEXEC, "SOCK_CLOEXEC was lost");
	GIVES(close(pair[0]), 0);
	GIVES(close(pair[1]), 0);
	FAILS(socketpair(AF_UNIX, SOCK_STREAM, 0, check_null), EFAULT);
	FAILS(socketpair(AF_UNIX, SOCK_STREAM, 0, check_bad), EFAULT);
	FAILS(socketpair(AF_INET, SOCK_STREAM, 0, pair), EOPNOTSUPP);
	FAILS(socketpair(9999, SOCK_STREAM, 0, pair), EAFNOSUPPORT);
	fd = dup(0);
	CHECK(fd == pair[0], "a failed socketpair kept a descriptor: next is %d, natively %d", fd,
	      pair[0]);
	close(fd);
}

static void connecting(void)
{
	struct sockaddr_in there;
	struct sockaddr_un nowhere = {.sun_family = AF_UNIX, .sun_path = "/nonexistent/socket"};
	int passive = listener(&there), fd = socket(AF_INET, SOCK_STREAM, 0), null, error;
	int unix_fd = socket(AF_UNIX, SOCK_STREAM, 0);
	socklen_t length = sizeof error;

	GIVES(connect(fd, (struct sockaddr *)&there, sizeof there), 0);
	FAILS(connect(fd, (struct sockaddr *)&there, sizeof there), EISCONN);
	GIVES(close(fd), 0);
	FAILS(connect(-1, (struct sockaddr *)&there, sizeof there), EBADF);
	FAILS(connect(fd, (struct sockaddr *)&there, sizeof there), EBADF);
	FAILS(connect(9999999, (struct sockaddr *)&there, sizeof there), EBADF);
	null = open("/dev/null", O_RDWR);
	FAILS(connect(null, (struct sockaddr *)&there, sizeof there), ENOTSOCK);
	FAILS(connect(unix_fd, (struct sockaddr *)&nowhere, sizeof nowhere), ENOENT);
	FAILS(connect(unix_fd, check_null, sizeof nowhere), EFAULT);
	FAILS(connect(unix_fd, check_bad, sizeof nowhere), EFAULT);
	FAILS(connect(unix_fd, (struct sockaddr *)&nowhere, 1), EINVAL);
	FAILS(connect(unix_fd, (struct sockaddr *)&nowhere, 0), EINVAL);
	FAILS(connect(unix_fd, (struct sockaddr *)&nowhere, -1), EINVAL);
	FAILS(connect(unix_fd, (struct sockaddr *)&there, sizeof there), EINVAL);
	close(null);
	close(unix_fd);

	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	FAILS(connect(fd, (struct sockaddr *)&there, sizeof there), EINPROGRESS);
	struct pollfd wait = {fd, POLLOUT, 0};
	GIVES(poll(&wait, 1, 2000), 1);
	GIVES(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length), 0);
	CHECK(error == 0 && length == sizeof error, "SO_ERROR gave %d", error);
	close(fd);

	/* Nobody listens any more: refused at once, and, not blocking, by SO_ERROR. */
	GIVES(close(passive), 0);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	FAILS(connect(fd, (struct sockaddr *)&there, sizeof there), ECONNREFUSED);
	close(fd);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	FAILS(connect(fd, (struct sockaddr *)&there, sizeof there), EINPROGRESS);
	wait = (struct pollfd){fd, POLLOUT, 0};
	GIVES(poll(&wait, 1, 2000), 1);
	GIVES(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length), 0);
	CHECK(error == ECONNREFUSED, "SO_ERROR gave %d, natively ECONNREFUSED", error);
	GIVES(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length), 0);
	CHECK(error == 0, "SO_ERROR was not cleared by reading it, or came twice: %d", error);
	close(fd);

	/* A datagram socket may connect again, and be dissolved with AF_UNSPEC. */
	struct sockaddr none = {.sa_family = AF_UNSPEC};
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	GIVES(connect(fd, (struct sockaddr *)&there, sizeof there), 0);
	GIVES(connect(fd, (struct sockaddr *)&there, sizeof there), 0);
	GIVES(connect(fd, &none, sizeof none), 0);
	close(fd);
}

static void accepting(void)
{
	struct sockaddr_in there, peer, mine;
	socklen_t length = sizeof peer, mine_length = sizeof mine;
	int passive = listener(&there), client = socket(AF_INET, SOCK_STREAM, 0), server, plain;

	GIVES(connect(client, (struct sockaddr *)&there, sizeof there), 0);
	getsockname(client, (struct sockaddr *)&mine, &mine_length);
	errno = CHECK_ERRNO;
	server = accept(passive, (struct sockaddr *)&peer, &length);
	CHECK(server >= 0 && errno == CHECK_ERRNO, "accept gave %d", server);
	CHECK(length == sizeof peer && peer.sin_port == mine.sin_port, "accept gave another peer");
	close(server);
	close(client);

	client = socket(AF_INET, SOCK_STREAM, 0);
	connect(client, (struct sockaddr *)&there, sizeof there);
	server = accept4(passive, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	CHECK(server >= 0, "accept4 gave %d", server);
	CHECK(fcntl(server, F_GETFD) == FD_CLOEXEC, "accept4 lost SOCK_CLOEXEC");
	CHECK(fcntl(server, F_GETFL) & O_NONBLOCK, "accept4 lost SOCK_NONBLOCK");
	close(server);
	close(client);

	/* The peer's address cut short: its length is the whole one. */
	client = socket(AF_INET, SOCK_STREAM, 0);
	connect(client, (struct sockaddr *)&there, sizeof there);
	memset(&peer, 0x55, sizeof peer);
	length = 2;
	server = accept(passive, (struct sockaddr *)&peer, &length);
	CHECK(server >= 0 && length == sizeof peer, "accept with a short address gave length %u",
	      length);
	CHECK(peer.sin_port == 0x5555, "accept wrote beyond the address it was given");
	close(server);

	connect(client, (struct sockaddr *)&there, sizeof there);
	FAILS(accept4(passive, NULL, NULL, 0x7000000), EINVAL);
	FAILS(accept(-1, NULL, NULL), EBADF);
	FAILS(accept(client, NULL, NULL), EINVAL);
	plain = open("/dev/null", O_RDONLY);
	FAILS(accept(plain, NULL, NULL), ENOTSOCK);
	FAILS(listen(plain, 1), ENOTSOCK);
	FAILS(bind(plain, (struct sockaddr *)&there, sizeof there), ENOTSOCK);
	FAILS(shutdown(plain, SHUT_RD), ENOTSOCK);
	close(plain);
	close(client);
	fcntl(passive, F_SETFL, O_NONBLOCK);
	FAILS(accept(passive, NULL, NULL), EAGAIN);
	FAILS(accept4(passive, NULL, NULL, SOCK_CLOEXEC), EAGAIN);
	close(passive);
}

/* Of unix sockets: clients that are gone, that have a name, that are asked for their address. */
static void accepting_unix(void)
{
	struct sockaddr_un there = {.sun_family = AF_UNIX}, peer, mine = {.sun_family = AF_UNIX};
	socklen_t empty = sizeof(sa_family_t), length = empty;
	int passive = socket(AF_UNIX, SOCK_STREAM, 0), client, server;

	GIVES(bind(passive, (struct sockaddr *)&there, empty), 0); /* the kernel gives a name */
	length = sizeof there;
	getsockname(passive, (struct sockaddr *)&there, &length);
	GIVES(listen(passive, 5), 0);
	for (int closes_early = 0; closes_early < 2; closes_early++) {
		socklen_t peer_length = sizeof peer;

		client = socket(AF_UNIX, SOCK_STREAM, 0);
		GIVES(connect(client, (struct sockaddr *)&there, length), 0);
		if (closes_early)
			close(client);
		errno = CHECK_ERRNO;
		server = accept(passive, NULL, NULL);
		CHECK(server >= 0 && errno == CHECK_ERRNO, "accept gave %d", server);
		close(server);
		if (!closes_early)
			close(client);

		client = socket(AF_UNIX, SOCK_STREAM, 0);
		GIVES(bind(client, (struct sockaddr *)&mine, empty), 0);
		GIVES(connect(client, (struct sockaddr *)&there, length), 0);
		if (closes_early)
			close(client);
		server = closes_early ? accept4(passive, NULL, NULL, SOCK_CLOEXEC)
				      : accept(passive, (struct sockaddr *)&peer, &peer_length);
		CHECK(server >= 0, "accept of a named client gave %d", server);
		CHECK(closes_early || (peer.sun_family == AF_UNIX && peer_length > empty),
		      "accept gave no name");
		close(server);
		if (!closes_early)
			close(client);
	}
	close(passive);
}

static void binding(void)
{
	struct sockaddr_in there, other;
	int passive = listener(&there), fd = socket(AF_INET, SOCK_STREAM, 0), error;
	int datagram = socket(AF_INET, SOCK_DGRAM, 0);
	socklen_t length = sizeof error;

	FAILS(bind(fd, (struct sockaddr *)&there, sizeof there), EADDRINUSE);
	FAILS(bind(fd, (struct sockaddr *)&there, 2), EINVAL);
	FAILS(bind(fd, check_bad, sizeof there), EFAULT);
	FAILS(bind(-1, (struct sockaddr *)&there, sizeof there), EBADF);
	other = loopback(0);
	other.sin_addr.s_addr = htonl(0xc6336401); /* TEST-NET-2: not ours */
	FAILS(bind(fd, (struct sockaddr *)&other, sizeof other), EADDRNOTAVAIL);
	FAILS(listen(-1, 1), EBADF);
	FAILS(listen(datagram, 1), EOPNOTSUPP);

	FAILS(shutdown(fd, SHUT_RDWR), ENOTCONN);
	FAILS(shutdown(-1, SHUT_RD), EBADF);
	GIVES(connect(fd, (struct sockaddr *)&there, sizeof there), 0);
	FAILS(shutdown(fd, 17), EINVAL);
	GIVES(shutdown(fd, SHUT_WR), 0);
	FAILS(send(fd, "x", 1, MSG_NOSIGNAL), EPIPE);

	GIVES(getsockopt(fd, SOL_SOCKET, SO_TYPE, &error, &length), 0);
	CHECK(error == SOCK_STREAM, "SO_TYPE gave %d", error);
	FAILS(getsockopt(-1, SOL_SOCKET, SO_ERROR, &error, &length), EBADF);
	FAILS(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, check_null), EFAULT);
	FAILS(getsockopt(fd, SOL_SOCKET, SO_ERROR, check_bad, &length), EFAULT);
	FAILS(getsockopt(fd, SOL_SOCKET, 9999, &error, &length), ENOPROTOOPT);
	length = 1;
	error = 0x55555555;
	GIVES(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length), 0);
	CHECK(error == 0x55555500 && length == 1, "SO_ERROR into one byte gave %x, length %u",
	      error, length);
	close(datagram);
	close(fd);
	close(passive);
}

static void on_alarm(int number)
{
	(void)number;
}

/* Interrupted without SA_RESTART: EINTR, and nothing is lost. The alarm comes again, lest it came
 * before the call began. */
static void interrupted(void)
{
	struct sigaction action = {.sa_handler = on_alarm};
	struct itimerval often = {{0, 20000}, {0, 20000}}, off = {{0, 0}, {0, 0}};
	struct sockaddr_in there;
	int passive = listener(&there), pair[2];
	char byte;

	sigaction(SIGALRM, &action, NULL);
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	setitimer(ITIMER_REAL, &often, NULL);
	FAILS(accept(passive, NULL, NULL), EINTR);
	FAILS(accept4(passive, NULL, NULL, 0), EINTR);
	FAILS(recv(pair[0], &byte, 1, 0), EINTR);
	FAILS(read(pair[0], &byte, 1), EINTR);
	setitimer(ITIMER_REAL, &off, NULL);
	close(passive);
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	creation();
	connecting();
	accepting();
	accepting_unix();
	binding();
	interrupted();
	return check_end();
}
