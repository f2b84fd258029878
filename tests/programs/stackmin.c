/*
 * stackmin.c - threads of the smallest stack libc allows, and calls made close above the guard
 * page: what runs natively with the little that is left must run with the shim.
 */
// ldflags: -Wl,-z,now
#include "check.h"
#include <alloca.h>
#include <limits.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>

/* What a call may find left: less than a signal frame needs. Natively half of it suffices. */
#define LEFT 2048

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int turn;

__attribute__((noinline)) static void calls(int *pair)
{
	struct timespec limit = check_after_ms(CLOCK_REALTIME, 1);
	pthread_mutex_t mine = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t alone = PTHREAD_COND_INITIALIZER;
	char byte = 0;

	GIVES(send(pair[0], "GET /deep HTTP/1.1\r\nHost: a\r\n\r\n", 31, 0), 31);
	for (int i = 0; i < 31; i++)
		GIVES(recv(pair[1], &byte, 1, 0), 1);
	GIVES(write(pair[0], "y", 1), 1);
	GIVES(poll(&(struct pollfd){pair[1], POLLIN, 0}, 1, -1), 1);
	GIVES(read(pair[1], &byte, 1), 1);
	RETURNS(pthread_mutex_lock(&mine), 0);
	RETURNS(pthread_cond_timedwait(&alone, &mine, &limit), ETIMEDOUT);
	RETURNS(pthread_cond_signal(&alone), 0);
	RETURNS(pthread_mutex_unlock(&mine), 0);
}

/* Two threads hand a turn to and fro: contended locks, waits and signals. */
static void hand_over(int mine)
{
	for (int i = 0; i < 200; i++) {
		pthread_mutex_lock(&mutex);
		while (turn % 2 != mine)
			pthread_cond_wait(&cond, &mutex);
		turn++;
		pthread_cond_broadcast(&cond);
		pthread_mutex_unlock(&mutex);
	}
}

static void *small(void *argument)
{
	int pair[2];

	GIVES(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	calls(pair);
	hand_over((int)(long)argument);
	GIVES(close(pair[0]), 0);
	GIVES(close(pair[1]), 0);
	return NULL;
}

__attribute__((noinline)) static void sink(char *lowest, int *pair)
{
	char *here = __builtin_frame_address(0);
	volatile char *room = alloca((size_t)(here - lowest) - LEFT);

	room[0] = 1;
	calls(pair);
	room[0] = 2;
}

static void *deep(void *argument)
{
	pthread_attr_t attributes;
	void *lowest;
	size_t size;
	int pair[2];

	pthread_getattr_np(pthread_self(), &attributes);
	pthread_attr_getstack(&attributes, &lowest, &size);
	pthread_attr_destroy(&attributes);
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	sink(lowest, pair);
	close(pair[0]);
	close(pair[1]);
	return argument;
}

static void *recursing(void *argument)
{
	volatile char room[512];

	room[0] = (char)(long)argument;
	if ((long)argument > 0)
		recursing((void *)((long)argument - 1));
	else
		hand_over(0);
	return (void *)(long)room[0];
}

int main(void)
{
	pthread_attr_t attributes;
	pthread_t one, two;

	pthread_attr_init(&attributes);
	CHECK(pthread_attr_setstacksize(&attributes, PTHREAD_STACK_MIN) == 0, "PTHREAD_STACK_MIN");
	for (int i = 0; i < 20; i++) {
		RETURNS(pthread_create(&one, &attributes, small, (void *)0), 0);
		RETURNS(pthread_create(&two, &attributes, small, (void *)1), 0);
		RETURNS(pthread_join(one, NULL), 0);
		RETURNS(pthread_join(two, NULL), 0);
		RETURNS(pthread_create(&one, &attributes, deep, NULL), 0);
		RETURNS(pthread_join(one, NULL), 0);
	}
	pthread_create(&one, &attributes, small, (void *)1);
	pthread_create(&two, &attributes, recursing, (void *)15);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return check_end();
}
