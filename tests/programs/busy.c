/*
 * busy.c - cheap calls as fast as they come, and among them some that are slow and some that fail:
 * argv[1] rounds of a byte sent and received, each 2,000th followed by a wait of 2 ms and by a send
 * into a closed connection. Prints how many there were of each.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	long rounds = argc > 1 ? atol(argv[1]) : 100000, slow = 0, failed = 0;
	int talk[2], closed[2];
	char byte = 'x';

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, talk) ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, closed))
		return 3;
	close(closed[1]);
	for (long i = 1; i <= rounds; i++) {
		struct pollfd nothing = {talk[1], POLLIN, 0};

		if (send(talk[0], &byte, 1, 0) != 1 || recv(talk[1], &byte, 1, 0) != 1)
			return 3;
		if (i % 2000)
			continue;
		slow += poll(&nothing, 1, 2) == 0;
		failed += send(closed[0], &byte, 1, MSG_NOSIGNAL) < 0 && errno == EPIPE;
	}
	printf("%ld %ld %ld\n", rounds, slow, failed);
	return 0;
}
