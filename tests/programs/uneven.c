/*
 * uneven.c - a pool of four workers whose work is uneven: each waits at its own semaphore for jobs
 * of 50 ms; the first gets sixteen of them, the others two each.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <time.h>

#define WORKERS 4

static struct worker {
	pthread_t thread;
	sem_t jobs;
	_Atomic int left; /* before it ends */
} workers[WORKERS];

static void *work(void *data)
{
	struct worker *worker = data;

	for (; worker->left; worker->left--) {
		sem_wait(&worker->jobs);
		nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
	}
	sem_wait(&worker->jobs); /* for the order to end */
	return NULL;
}

int main(void)
{
	for (int i = 0; i < WORKERS; i++) {
		workers[i].left = i ? 2 : 16;
		sem_init(&workers[i].jobs, 0, 0);
		pthread_create(&workers[i].thread, NULL, work, &workers[i]);
	}
	for (int i = 0; i < WORKERS; i++)
		for (int job = i ? 2 : 16; job; job--)
			sem_post(&workers[i].jobs);
	/* all of them live until the last job is done */
	for (int i = 0; i < WORKERS; i++) {
		while (workers[0].left)
			nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
		sem_post(&workers[i].jobs);
	}
	for (int i = 0; i < WORKERS; i++)
		pthread_join(workers[i].thread, NULL);
	return 0;
}
