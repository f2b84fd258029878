/*
 * talk.c - a client that makes the same calls in every run: requests to an engine at the unix
 * socket of argv[1], cut in different ways, and a conversation over a socket pair.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

static int engine(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(address.sun_path))
		exit(2);
	strcpy(address.sun_path, path);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		perror("connect");
		exit(2);
	}
	return fd;
}

/* Reads one byte a call up to the end of the answer's head, and the body to the end. */
static void answer(int fd)
{
	char tail[4] = "", bytes[1 << 16];

	while (memcmp(tail, "\r\n\r\n", 4)) {
		memmove(tail, tail + 1, 3);
		if (recv(fd, tail + 3, 1, 0) != 1)
			exit(3);
	}
	while (read(fd, bytes, sizeof(bytes)) > 0)
		;
}

static void whole(const char *path)
{
	static const char request[] = "GET /info HTTP/1.1\r\nConnection: close\r\n\r\n";
	int fd = engine(path);

	if (write(fd, request, sizeof(request) - 1) != sizeof(request) - 1)
		exit(3);
	answer(fd);
	close(fd);
}

static void in_parts(const char *path)
{
	struct iovec parts[] = {
		{"POST /containers/create?name=x HTTP/1.1\r\n", 41},
		{"Content-Length: 2\r\nConnection: close\r\n\r\n", 40},
	};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
	int fd = engine(path);

	if (sendmsg(fd, &message, MSG_NOSIGNAL) < 0 || send(fd, "{}", 2, 0) != 2)
		exit(3);
	answer(fd);
	shutdown(fd, SHUT_RDWR);
	close(fd);
}

static void pair(void)
{
	char bytes[64];
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds))
		exit(3);
	for (int i = 0; i < 500; i++) {
		if (send(fds[0], "ping", 4, 0) != 4 || read(fds[1], bytes, sizeof(bytes)) != 4 ||
		    write(fds[1], "pong", 4) != 4 || recv(fds[0], bytes, sizeof(bytes), 0) != 4)
			exit(3);
	}
	close(fds[0]);
	close(fds[1]);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	for (int i = 0; i < 10; i++) {
		whole(argv[1]);
		in_parts(argv[1]);
	}
	pair();
	return 0;
}
