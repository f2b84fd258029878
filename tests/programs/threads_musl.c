/*
 * threads_musl.c - a musl program under the same library: threads, sockets, locks, conditions,
 * pthread_exit, cancellation, fork. Must use nothing that only glibc has.
 */
#include "check.h"
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/socket.h>
#include <sys/wait.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static sem_t sem;
static int pair[2], turn, cleaned;
static long count;

static void *counts(void *value)
{
	for (int i = 0; i < 10000; i++) {
		pthread_mutex_lock(&mutex);
		count++;
		pthread_mutex_unlock(&mutex);
	}
	pthread_mutex_lock(&mutex);
	while (turn != (int)(long)value)
		pthread_cond_wait(&cond, &mutex);
	turn++;
	pthread_cond_broadcast(&cond);
	pthread_mutex_unlock(&mutex);
	pthread_exit((void *)((long)value + 100));
}

static void cleanup(void *argument)
{
	(void)argument;
	cleaned++;
}

static void *blocks(void *which)
{
	char byte;

	pthread_cleanup_push(cleanup, NULL);
	sem_post(&sem);
	if (which)
		recv(pair[0], &byte, 1, 0);
	else
		poll(&(struct pollfd){pair[0], POLLIN, 0}, 1, -1);
	pthread_cleanup_pop(0);
	return NULL;
}

int main(void)
{
	pthread_t threads[4];
	void *result;
	char head[64];
	int status;
	pid_t pid;

	sem_init(&sem, 0, 0);
	GIVES(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	for (long i = 0; i < 4; i++)
		CHECK(pthread_create(&threads[i], NULL, counts, (void *)i) == 0, "create");
	for (long i = 0; i < 4; i++) {
		CHECK(pthread_join(threads[i], &result) == 0, "join");
		CHECK((long)result == i + 100, "thread %ld gave %ld", i, (long)result);
	}
	CHECK(count == 40000, "counted to %ld", count);
	for (long i = 0; i < 2; i++) {
		pthread_create(&threads[0], NULL, blocks, (void *)i);
		CHECK(sem_wait(&sem) == 0, "sem_wait");
		check_sleep_ms(2);
		pthread_cancel(threads[0]);
		pthread_join(threads[0], &result);
		CHECK(result == PTHREAD_CANCELED && cleaned == i + 1, "not cancelled");
	}
	GIVES(send(pair[0], "GET /musl HTTP/1.1\r\n\r\n", 22, 0), 22);
	GIVES(recv(pair[1], head, sizeof head, 0), 22);
	GIVES(write(pair[0], "x", 1), 1);
	GIVES(read(pair[1], head, 1), 1);
	FAILS(recv(pair[1], head, 1, MSG_DONTWAIT), EAGAIN);
	FAILS(close(-1), EBADF);
	pid = fork();
	if (pid == 0)
		_exit(send(pair[0], "c", 1, 0) == 1 ? 6 : 1);
	GIVES(waitpid(pid, &status, 0), pid);
	CHECK(WEXITSTATUS(status) == 6, "the child ended with %x", status);
	GIVES(recv(pair[1], head, sizeof head, 0), 1);
	return check_end();
}
