/*
 * watched.c - more threads than one, of which one tries without end to become another program, and
 * one makes children: no descriptor but the program's own is in any of them. A thread's name set by
 * another thread, and by a system call of its own, is there.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { THREADS = 70, CHILDREN = 100, LOOKED_AT = 64 };

static sem_t never;
static bool over;

static void *sleeper(void *unused)
{
	sem_wait(&never);
	return unused;
}

static void *becomer(void *unused)
{
	char *const argv[] = {"none", NULL};

	while (!__atomic_load_n(&over, __ATOMIC_RELAXED))
		execv("/nowhere", argv);
	return unused;
}

/* A bit each. */
static uint64_t descriptors(void)
{
	uint64_t found = 0;

	for (int fd = 0; fd < LOOKED_AT; fd++)
		found |= (uint64_t)(fcntl(fd, F_GETFD) != -1) << fd;
	return found;
}

static void names(pthread_t other)
{
	char name[16], text[20] = "by a system call";

	GIVES(pthread_setname_np(other, "by another"), 0);
	GIVES(pthread_getname_np(other, name, sizeof(name)), 0);
	CHECK(!strcmp(name, "by another"), "the thread is called %s", name);
	GIVES(pthread_setname_np(other, "longer than they may be"), ERANGE);
	GIVES(syscall(SYS_prctl, PR_SET_NAME, text), 0);
	GIVES(pthread_getname_np(pthread_self(), name, sizeof(name)), 0);
	CHECK(!strcmp(name, "by a system cal"), "the thread is called %s", name);
}

int main(void)
{
	uint64_t before = descriptors();
	pthread_t thread, last;
	int i, status, more = 0;

	sem_init(&never, 0, 0);
	for (i = 0; i < THREADS; i++)
		if (pthread_create(&thread, NULL, sleeper, NULL))
			return 2;
	if (pthread_create(&last, NULL, becomer, NULL))
		return 2;
	names(thread);
	for (i = 0; i < CHILDREN; i++) {
		pid_t child = fork();

		if (child == 0)
			_exit(descriptors() != before);
		if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
			return 2;
		more += WEXITSTATUS(status);
	}
	CHECK(more == 0, "%d children of %d have a descriptor that is not the program's", more,
	      CHILDREN);
	__atomic_store_n(&over, true, __ATOMIC_RELAXED);
	pthread_join(last, NULL);
	return check_end();
}
