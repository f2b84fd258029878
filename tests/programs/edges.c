/*
 * What buffers do not hold: bytes the kernel throws away (MSG_TRUNC), addresses longer than their
 * buffer, and what lies on the stack behind a short one. The word planted there must not be found
 * in the profile; nothing may be read that the kernel has not written.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "check.h"

#define PLANTED "PLANTEDBEHINDIT"

/* Fills room with the planted word. */
static void plant(void *room, size_t size)
{
	for (size_t at = 0; at < size; at++)
		((char *)room)[at] = PLANTED[at % (sizeof(PLANTED) - 1)];
}

/* n bytes that end where readable memory ends. */
static void *at_the_edge(size_t n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *two =
		mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(two != MAP_FAILED && mprotect(two + page, page, PROT_NONE) == 0, "no page");
	return two + page - n;
}

static int listening(struct sockaddr_in *address)
{
	socklen_t size = sizeof(*address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	memset(address, 0, sizeof(*address));
	address->sin_family = AF_INET;
	address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK(bind(fd, (struct sockaddr *)address, size) == 0 && listen(fd, 4) == 0 &&
		      getsockname(fd, (struct sockaddr *)address, &size) == 0,
	      "no listener");
	return fd;
}

/* tcp(7): with MSG_TRUNC received bytes are thrown away, and the buffer may be none. */
static void thrown_away(int in, int out)
{
	struct msghdr message = {0};
	struct iovec vector = {NULL, 4};
	socklen_t none = 0;

	CHECK(write(out, "GET / HTTP/1.1\r\n\r\nabcdefghij", 28) == 28, "write");
	CHECK(recv(in, NULL, 20, MSG_TRUNC | MSG_WAITALL) == 20, "recv");
	CHECK(recvfrom(in, NULL, 4, MSG_TRUNC, NULL, &none) == 4, "recvfrom");
	message.msg_iov = &vector;
	message.msg_iovlen = 1;
	CHECK(recvmsg(in, &message, MSG_TRUNC) == 4, "recvmsg");
}

static void short_addresses(void)
{
	struct sockaddr_storage wide;
	struct sockaddr_in address;
	int listener = listening(&address), client = socket(AF_INET, SOCK_STREAM, 0), server;
	socklen_t size = 8;
	char *edge = at_the_edge(8);

	plant(&wide, sizeof(wide));
	memcpy(&wide, &address, offsetof(struct sockaddr_in, sin_zero));
	CHECK(connect(client, (struct sockaddr *)&wide, sizeof(wide)) == 0, "connect");
	server = accept(listener, (struct sockaddr *)edge, &size);
	CHECK(server >= 0 && size == sizeof(struct sockaddr_in), "accept");
	thrown_away(server, client);
	close(server);
	close(client);
	close(listener);
}

static void paths_end(void)
{
	struct sockaddr_un address;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	plant(&address, sizeof(address));
	address.sun_family = AF_UNIX;
	strcpy(address.sun_path, "/nowhere/at/all");
	CHECK(connect(fd, (struct sockaddr *)&address, sizeof(address)) == -1 && errno == ENOENT,
	      "connect to nothing");
	close(fd);
}

/* A body by sendfile: what follows it is the next request, and nothing of it is. */
static void body_by_sendfile(void)
{
	static const char head[] = "POST /body-by-sendfile HTTP/1.1\r\nContent-Length: 33\r\n\r\n";
	static const char body[] = "GET /" PLANTED " HTTP/1.1\r\n\r\n";
	static const char next[] = "GET /after-sendfile HTTP/1.1\r\n\r\n";
	char name[] = "/tmp/dndprof-test-XXXXXX";
	int pair[2], file = mkstemp(name);
	off_t from = 0;

	CHECK(sizeof(body) - 1 == 33, "the body's length");
	unlink(name);
	CHECK(write(file, body, 33) == 33 && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0,
	      "set up");
	CHECK(write(pair[0], head, sizeof(head) - 1) == (ssize_t)sizeof(head) - 1, "head");
	CHECK(sendfile(pair[0], file, &from, 33) == 33, "sendfile");
	CHECK(write(pair[0], next, sizeof(next) - 1) == (ssize_t)sizeof(next) - 1, "next");
	close(file);
	close(pair[0]);
	close(pair[1]);
}

/* Room for more than came: what lay behind that before is no head, and may not even be memory. */
static void short_reads(void)
{
	static const char head[] = "GET /short-read HTTP/1.1\r\n\r\n";
	static const char stale[] = "GET /" PLANTED " HTTP/1.1\r\n\r\n";
	const ssize_t size = sizeof(head) - 1;
	char room[256], *edge = at_the_edge((size_t)size);
	struct iovec vector = {room, sizeof(room)};
	struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
	int pair[2];

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "set up");
	for (int way = 0; way < 4; way++) {
		for (size_t at = 0; at + sizeof(stale) < sizeof(room); at += sizeof(stale) - 1)
			memcpy(room + at, stale, sizeof(stale) - 1);
		memcpy(room + size, stale, sizeof(stale) - 1);
		CHECK(write(pair[0], head, (size_t)size) == size, "write");
		CHECK((way == 0	  ? recv(pair[1], room, sizeof(room), 0)
		       : way == 1 ? readv(pair[1], &vector, 1)
		       : way == 2 ? recvmsg(pair[1], &message, 0)
				  : read(pair[1], edge, (size_t)size + 4000)) == size,
		      "read");
	}
	close(pair[0]);
	close(pair[1]);
}

/* fclose of a stream without a descriptor leaves errno alone. */
static void no_descriptor(void)
{
	char room[16] = "x";
	FILE *stream = fmemopen(room, sizeof(room), "r");

	errno = 0;
	CHECK(stream && fclose(stream) == 0 && errno == 0, "fclose changed errno");
}

int main(void)
{
	short_addresses();
	paths_end();
	body_by_sendfile();
	short_reads();
	no_descriptor();
	return check_end();
}
