/*
 * growth.c - whether recording costs more with many threads or long rings: `growth THREADS WARM
 * BATCHES` has so many threads alive at once; each sends no bytes on a socketpair of its own, WARM
 * times by way of the shim, then in short batches by the shim and straight to libc in turn. Prints
 * one JSON line: nanoseconds a call, of all batches of all threads. Runs preloaded only.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "figure.h"

#define CALLS	    100
#define THREADS_MAX 1024

typedef ssize_t (*sender)(int, const void *, size_t, int);

static sender ways[2]; /* libc's, the shim's */
static long warm, batches;
static double *found[2]; /* of thread t from t * batches */
static pthread_barrier_t together;

static double batch_ns(sender send_one, int fd)
{
	double start = now_ns();

	for (int i = 0; i < CALLS; i++)
		send_one(fd, "", 0, 0);
	return (now_ns() - start) / CALLS;
}

static void *measure(void *index)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair)) {
		perror("growth");
		exit(1);
	}
	for (long i = 0; i < warm; i++)
		ways[1](pair[0], "", 0, 0);
	pthread_barrier_wait(&together);
	for (long batch = 0; batch < batches; batch++)
		for (int way = 0; way < 2; way++)
			found[way][(long)index * batches + batch] = batch_ns(ways[way], pair[0]);
	pthread_barrier_wait(&together);
	return NULL;
}

int main(int argc, char **argv)
{
	long threads = argc == 4 ? atol(argv[1]) : 0;
	pthread_t ids[THREADS_MAX];
	void *own = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);

	warm = argc == 4 ? atol(argv[2]) : -1;
	batches = argc == 4 ? atol(argv[3]) : 0;
	if (threads < 1 || threads > THREADS_MAX || warm < 0 || batches < 1)
		return fprintf(stderr, "usage: growth THREADS WARM BATCHES\n"), 2;
	ways[0] = own ? (sender)dlsym(own, "send") : NULL;
	ways[1] = (sender)dlsym(RTLD_DEFAULT, "send");
	if (!ways[0] || ways[0] == ways[1])
		return fprintf(stderr, "growth: nothing is preloaded\n"), 2;
	for (int way = 0; way < 2; way++)
		if (!(found[way] = calloc((size_t)(threads * batches), sizeof(double))))
			return perror("growth"), 1;
	pthread_barrier_init(&together, NULL, (unsigned)threads);
	for (long i = 0; i < threads; i++)
		if (pthread_create(&ids[i], NULL, measure, (void *)i))
			return perror("growth"), 1;
	for (long i = 0; i < threads; i++)
		pthread_join(ids[i], NULL);
	printf("{\"threads\": %ld, \"warm\": %ld", threads, warm);
	figure_print("native", found[0], threads * batches);
	figure_print("dndprof", found[1], threads * batches);
	printf("}\n");
	return 0;
}
