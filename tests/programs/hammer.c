/*
 * hammer.c - threads that talk over socket pairs as fast as they can, until killed or for argv[2]
 * rounds. Prints nothing, but "ready" when argv[3] is given. For tests that end it anywhere.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static unsigned long rounds;

static void *talk(void *unused)
{
	static const char request[] = "GET /containers/json?all=1 HTTP/1.1\r\nHost: engine\r\n\r\n";
	static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]";
	char bytes[256];
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds))
		exit(3);
	for (unsigned long i = 0; !rounds || i < rounds; i++) {
		if (send(fds[0], request, strlen(request), 0) < 0 ||
		    recv(fds[1], bytes, sizeof(bytes), 0) < 0 ||
		    write(fds[1], answer, strlen(answer)) < 0 ||
		    read(fds[0], bytes, sizeof(bytes)) < 0 || send(fds[0], "x", 1, 0) < 0 ||
		    recv(fds[1], bytes, sizeof(bytes), 0) < 0)
			exit(3);
	}
	close(fds[0]);
	close(fds[1]);
	return unused;
}

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 4;
	pthread_t threads[64];

	if (count < 1 || count > 64)
		return 2;
	rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	for (int i = 0; i < count; i++) {
		if (pthread_create(&threads[i], NULL, talk, NULL))
			return 3;
	}
	if (argc > 3) {
		puts("ready");
		fflush(stdout);
	}
	for (int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
