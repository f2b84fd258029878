/*
 * many_fds.c - descriptors with large numbers, beyond any table a profiler may keep, and programs
 * that may have only a few (`many_fds N` sets the limit to N, 3 to 8). Skips what is not allowed.
 */
#include "check.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

static int carries(int from, int to)
{
	char byte = 0;

	return send(from, "c", 1, MSG_NOSIGNAL) == 1 && recv(to, &byte, 1, MSG_DONTWAIT) == 1 &&
	       byte == 'c';
}

static void large(void)
{
	static const int numbers[] = {1023, 1024, 4095, 4096, 32768, 65535, 65536, 65537, 131071};
	struct rlimit limit = {200000, 200000};
	int pair[2], most;

	if (setrlimit(RLIMIT_NOFILE, &limit)) {
		getrlimit(RLIMIT_NOFILE, &limit);
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	most = limit.rlim_cur > 200000 ? 200000 : (int)limit.rlim_cur;
	printf("descriptors up to %d\n", most);
	closefrom(3);
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		int fd = numbers[i];

		if (fd + 1 >= most)
			break;
		GIVES(dup2(pair[0], fd), fd);
		CHECK(carries(fd, pair[1]), "%d carries nothing", fd);
		GIVES(fcntl(pair[0], F_DUPFD, fd), fd + 1);
		CHECK(carries(pair[1], fd + 1), "%d carries nothing", fd + 1);
		GIVES(close(fd + 1), 0);
		FAILS(send(fd + 1, "x", 1, 0), EBADF);
		GIVES(poll(&(struct pollfd){fd, POLLOUT, 0}, 1, 0), 1);
		GIVES(close(fd), 0);
		FAILS(close(fd), EBADF);
	}
	/* As many sockets as a crowded server has. */
	for (int fd = pair[1] + 1; fd < most && fd < 100000; fd++)
		if (dup(pair[0]) != fd) {
			CHECK(0, "dup did not give %d", fd);
			break;
		}
	CHECK(carries(pair[1] + 1, pair[1]), "the first of many carries nothing");
	CHECK(carries(most < 100000 ? most - 1 : 99999, pair[1]), "the last carries nothing");
	FAILS(dup2(pair[0], most), EBADF);
	FAILS(send(2147483647, "x", 1, 0), EBADF);
	FAILS(send(-2147483647 - 1, "x", 1, 0), EBADF);
	FAILS(close(-2147483647 - 1), EBADF);
	FAILS(close(2147483647), EBADF);
	GIVES(close_range(5, 2147483647, 0), 0);
	GIVES(close_range(4294967295u, 4294967295u, 0), 0);
}

static void few(int most)
{
	struct rlimit limit = {most, most};
	int pair[2];

	closefrom(3);
	if (setrlimit(RLIMIT_NOFILE, &limit))
		check_skip("the limit of descriptors cannot be lowered");
	if (most < 5) {
		FAILS(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), EMFILE);
		if (most == 4) {
			GIVES(socket(AF_UNIX, SOCK_STREAM, 0), 3);
			FAILS(socket(AF_UNIX, SOCK_STREAM, 0), EMFILE);
			FAILS(dup(0), EMFILE);
			FAILS(open("/dev/null", O_RDONLY), EMFILE);
		}
		return;
	}
	GIVES(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	CHECK(pair[0] == 3 && pair[1] == 4, "descriptors %d and %d", pair[0], pair[1]);
	for (int i = 0; i < 1000; i++)
		if (!carries(pair[i % 2], pair[1 - i % 2])) {
			CHECK(0, "message %d", i);
			break;
		}
	for (int fd = 5; fd < most; fd++)
		GIVES(dup(pair[0]), fd);
	FAILS(dup(pair[0]), EMFILE);
	FAILS(fcntl(pair[0], F_DUPFD, 0), EMFILE);
	FAILS(accept(pair[0], NULL, NULL), EMFILE);
	FAILS(epoll_create1(0), EMFILE);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		few(atoi(argv[1]));
	else
		large();
	return check_end();
}
