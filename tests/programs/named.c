/*
 * named.c - threads of several kinds that all begin in one routine, as a virtual machine's do: each
 * tells its creator that it is there, is named by its kind only then, and waits. At the end of the
 * process all of them live.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const names[] = {"Collector#0", "Collector#1", "Machine Thread", NULL};
static sem_t begun, go, named, never;

static void *routine(void *data)
{
	const char *name = names[(intptr_t)data];

	sem_post(&begun);
	sem_wait(&go);
	if (name)
		pthread_setname_np(pthread_self(), name);
	sem_post(&named);
	sem_wait(&never);
	return NULL;
}

int main(void)
{
	pthread_t thread;

	sem_init(&begun, 0, 0);
	sem_init(&go, 0, 0);
	sem_init(&named, 0, 0);
	sem_init(&never, 0, 0);
	for (intptr_t i = 0; i < 4; i++) {
		if (pthread_create(&thread, NULL, routine, (void *)i) != 0)
			return 1;
		sem_wait(&begun);
	}
	for (int i = 0; i < 4; i++)
		sem_post(&go);
	for (int i = 0; i < 4; i++)
		sem_wait(&named);
	usleep(100000);
	return 0;
}
