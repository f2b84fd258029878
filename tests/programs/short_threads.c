/*
 * short_threads.c - argv[1] threads, at most 8 at a time, each with one send and one receive on a
 * pair of its own. Prints how many worked.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define BATCH 8

static void *work(void *done)
{
	char byte = 'x';
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds))
		return NULL;
	if (send(fds[0], &byte, 1, 0) == 1 && recv(fds[1], &byte, 1, 0) == 1)
		__atomic_fetch_add((long *)done, 1, __ATOMIC_RELAXED);
	close(fds[0]);
	close(fds[1]);
	return NULL;
}

int main(int argc, char **argv)
{
	long wanted = argc > 1 ? atol(argv[1]) : 100, done = 0;
	pthread_t threads[BATCH];

	for (long left = wanted; left > 0; left -= BATCH) {
		int count = left < BATCH ? left : BATCH;

		for (int i = 0; i < count; i++) {
			if (pthread_create(&threads[i], NULL, work, &done))
				return 3;
		}
		for (int i = 0; i < count; i++)
			pthread_join(threads[i], NULL);
	}
	printf("%ld\n", done);
	return done != wanted;
}
