/*
 * named.c - threads of several kinds that all begin in one routine, as a virtual machine's do: each
 * tells its creator that it is there, waits, is named by its kind only then, in each of the ways
 * there are, and waits again. At the end of the process all of them live.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum way { ITSELF, PRCTL, SYSTEM_CALL, BY_CREATOR, UNSEEN, NEVER };
static const char *const names[] = {
	[ITSELF] = "Collector#0",	 [PRCTL] = "Collector#1", [SYSTEM_CALL] = "Collector#2",
	[BY_CREATOR] = "Machine Thread", [UNSEEN] = "Unseen",	  [NEVER] = NULL,
};
enum { THREADS = sizeof(names) / sizeof(names[0]) };
static sem_t begun, go, named, never;

/* As a file: no call tells of it. */
static void write_name(const char *name)
{
	int fd = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, name, strlen(name)) < 0)
		abort();
	close(fd);
}

static void *routine(void *data)
{
	enum way way = (enum way)(intptr_t)data;

	sem_post(&begun);
	sem_wait(&go);
	if (way == ITSELF)
		pthread_setname_np(pthread_self(), names[way]);
	else if (way == PRCTL)
		prctl(PR_SET_NAME, names[way]);
	else if (way == SYSTEM_CALL)
		syscall(SYS_prctl, PR_SET_NAME, names[way]);
	else if (way == UNSEEN)
		write_name(names[way]);
	sem_post(&named);
	sem_wait(&never);
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];

	sem_init(&begun, 0, 0);
	sem_init(&go, 0, 0);
	sem_init(&named, 0, 0);
	sem_init(&never, 0, 0);
	for (intptr_t i = 0; i < THREADS; i++) {
		if (pthread_create(&threads[i], NULL, routine, (void *)i) != 0)
			return 1;
		sem_wait(&begun);
	}
	for (int i = 0; i < THREADS; i++)
		sem_post(&go);
	for (int i = 0; i < THREADS; i++)
		sem_wait(&named);
	pthread_setname_np(threads[BY_CREATOR], names[BY_CREATOR]);
	usleep(100000);
	return 0;
}
