/*
 * leaving.c - ends, or changes, while its threads record: argv[1] names the way. "exit": main
 * returns while threads talk. "threads": threads end by pthread_exit in the midst of others' work.
 * "undumpable": PR_SET_DUMPABLE 0, then talk, a fork that talks and an exec. "memory": talks and
 * takes memory until it is killed for it.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void exchange(long rounds)
{
	char byte = 'x';
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		_exit(3);
	for (long i = 0; rounds < 0 || i < rounds; i++)
		if (send(pair[0], &byte, 1, 0) != 1 || recv(pair[1], &byte, 1, 0) != 1)
			_exit(3);
	close(pair[0]);
	close(pair[1]);
}

static void *talk(void *rounds)
{
	exchange((long)rounds);
	pthread_exit(rounds);
}

static int by_threads(void)
{
	pthread_t threads[8];
	void *result;

	for (int i = 0; i < 200; i++) {
		for (int k = 0; k < 8; k++)
			if (pthread_create(&threads[k], NULL, talk, (void *)(long)(1 + k * 5)))
				return 3;
		for (int k = 0; k < 8; k++)
			if (pthread_join(threads[k], &result) || (long)result != 1 + k * 5)
				return 3;
	}
	return 0;
}

static int undumpable(char *self)
{
	pid_t child;
	int status;

	if (prctl(PR_SET_DUMPABLE, 0))
		return 3;
	exchange(1000);
	child = fork();
	if (child == 0) {
		exchange(100);
		execl(self, self, "quiet", (char *)NULL);
		_exit(3);
	}
	if (waitpid(child, &status, 0) != child || status)
		return 3;
	exchange(1000);
	printf("dumpable %d\n", prctl(PR_GET_DUMPABLE));
	return 0;
}

static int memory(void)
{
	enum { STEP = 1 << 20 };

	for (long i = 0; i < 4096; i++) {
		char *room = malloc(STEP);

		if (!room)
			return 4;
		memset(room, 1, STEP);
		exchange(100);
	}
	return 5;
}

int main(int argc, char **argv)
{
	const char *way = argc > 1 ? argv[1] : "quiet";
	pthread_t thread;

	if (!strcmp(way, "threads"))
		return by_threads();
	if (!strcmp(way, "undumpable"))
		return undumpable(argv[0]);
	if (!strcmp(way, "memory"))
		return memory();
	if (!strcmp(way, "exit")) {
		for (int i = 0; i < 4; i++)
			pthread_create(&thread, NULL, talk, (void *)-1L);
		usleep(3000);
		return 7;
	}
	exchange(10);
	return 0;
}
