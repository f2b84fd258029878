/*
 * percall.c - what one call costs: batches of each kind of call of one or two milliseconds, taken
 * in turn for several rounds, so that a disturbance falls on all of them and some batches are free
 * of it. Prints a JSON line a kind: nanoseconds a unit (a call, or what `unit` says) of each round.
 * scripts/bench runs it natively and with the shim. Must not allocate or print within a batch.
 *
 * percall ROUNDS [DIVISOR]: batches are DIVISOR times shorter, under tools that are slow.
 * percall KIND COUNT: so many units of one kind and nothing else, for those who count instructions.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "figure.h"

#define ROUNDS_MAX 64

static int pair[2], null, passive;
static struct sockaddr_un name = {.sun_family = AF_UNIX};
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static sem_t sem;
static char bytes[64];
static volatile long sink;

static void failed(const char *what)
{
	perror(what);
	exit(1);
}

static void empty(long n)
{
	for (long i = 0; i < n; i++)
		sink = i;
}

static void send_recv(long n)
{
	for (long i = 0; i < n; i++)
		if (send(pair[0], bytes, 64, 0) != 64 || recv(pair[1], bytes, 64, 0) != 64)
			failed("send and recv");
}

static void write_read(long n)
{
	for (long i = 0; i < n; i++)
		if (write(pair[0], bytes, 64) != 64 || read(pair[1], bytes, 64) != 64)
			failed("write and read");
}

static void write_null(long n)
{
	for (long i = 0; i < n; i++)
		if (write(null, bytes, 64) != 64)
			failed("write");
}

static void poll_ready(long n)
{
	struct pollfd set = {pair[0], POLLOUT, 0};

	for (long i = 0; i < n; i++)
		if (poll(&set, 1, -1) != 1)
			failed("poll");
}

static void connection(long n)
{
	for (long i = 0; i < n; i++) {
		int fd = socket(AF_UNIX, SOCK_STREAM, 0), peer;

		if (fd < 0 || connect(fd, (struct sockaddr *)&name, sizeof name))
			failed("connect");
		peer = accept(passive, NULL, NULL);
		if (peer < 0 || close(peer) || close(fd))
			failed("accept");
	}
}

static void lock_unlock(long n)
{
	for (long i = 0; i < n; i++) {
		pthread_mutex_lock(&mutex);
		sink = i;
		pthread_mutex_unlock(&mutex);
	}
}

static void *lock_often(void *n)
{
	for (long i = 0; i < (long)n / 2; i++) {
		pthread_mutex_lock(&mutex);
		for (int spin = 0; spin < 50; spin++)
			sink = spin;
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

/* Two threads that want the same lock all the time. */
static void contended(long n)
{
	pthread_t other;

	if (pthread_create(&other, NULL, lock_often, (void *)n))
		failed("pthread_create");
	lock_often((void *)n);
	pthread_join(other, NULL);
}

static pthread_cond_t turned = PTHREAD_COND_INITIALIZER;
static long turn;

static void *take_turns(void *n)
{
	pthread_mutex_lock(&mutex);
	for (long i = 0; i < (long)n / 2; i++) {
		while (turn % 2 == 0)
			pthread_cond_wait(&turned, &mutex);
		turn++;
		pthread_cond_signal(&turned);
	}
	pthread_mutex_unlock(&mutex);
	return NULL;
}

/* Two threads that hand a turn to and fro. */
static void hand_over(long n)
{
	pthread_t other;

	turn = 0;
	if (pthread_create(&other, NULL, take_turns, (void *)n))
		failed("pthread_create");
	pthread_mutex_lock(&mutex);
	for (long i = 0; i < n / 2; i++) {
		while (turn % 2)
			pthread_cond_wait(&turned, &mutex);
		turn++;
		pthread_cond_signal(&turned);
	}
	pthread_mutex_unlock(&mutex);
	pthread_join(other, NULL);
}

static void post_wait(long n)
{
	for (long i = 0; i < n; i++)
		if (sem_post(&sem) || sem_wait(&sem))
			failed("sem");
}

static struct bench {
	const char *name, *unit;
	int calls; /* recorded calls in a unit */
	long batch;
	void (*run)(long n);
	double ns[ROUNDS_MAX];
} benches[] = {
	{"null", "turn of the empty loop", 0, 200000, empty, {0}},
	{"send+recv", "64 bytes sent and received on a socketpair", 2, 1500, send_recv, {0}},
	{"write+read", "64 bytes written and read on a socketpair", 2, 1500, write_read, {0}},
	{"write file", "64 bytes written to /dev/null, not recorded", 0, 10000, write_null, {0}},
	{"poll", "poll of one ready descriptor", 1, 5000, poll_ready, {0}},
	{"connection", "socket, connect, accept and two closes", 5, 250, connection, {0}},
	{"lock", "uncontended lock and unlock", 1, 80000, lock_unlock, {0}},
	{"contended", "lock and unlock, two threads at it", 1, 20000, contended, {0}},
	{"hand over", "a turn handed to another thread by a condition", 2, 400, hand_over, {0}},
	{"sem", "post and wait", 2, 60000, post_wait, {0}},
};
#define BENCHES ((int)(sizeof benches / sizeof *benches))

static void set_up(void)
{
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		failed("socketpair");
	null = open("/dev/null", O_WRONLY);
	snprintf(name.sun_path + 1, sizeof name.sun_path - 1, "dndprof-bench-%d", getpid());
	passive = socket(AF_UNIX, SOCK_STREAM, 0);
	if (bind(passive, (struct sockaddr *)&name, sizeof name) || listen(passive, 16))
		failed("listen");
	sem_init(&sem, 0, 0);
}

static long batch_of(const struct bench *bench, long divisor)
{
	return bench->batch / divisor > 2 ? bench->batch / divisor : 2;
}

static int only(const char *name, long count)
{
	for (int i = 0; i < BENCHES; i++)
		if (strcmp(benches[i].name, name) == 0) {
			set_up();
			benches[i].run(count);
			_exit(0); /* what ends a process is not what is counted */
		}
	return fprintf(stderr, "there is no kind %s\n", name), 2;
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 40;
	long divisor = argc > 2 ? atol(argv[2]) : 1;

	if (argc > 2 && !rounds)
		return only(argv[1], divisor);
	if (rounds < 1 || rounds > ROUNDS_MAX || divisor < 1)
		return fprintf(stderr, "rounds: 1 to %d; divisor: 1 or more\n", ROUNDS_MAX), 2;
	set_up();
	for (int i = 0; i < BENCHES; i++)
		benches[i].run(batch_of(&benches[i], divisor) / 10 + 2); /* warm */
	for (int round = 0; round < rounds; round++)
		for (int i = 0; i < BENCHES; i++) {
			long batch = batch_of(&benches[i], divisor);
			double start = now_ns();

			benches[i].run(batch);
			benches[i].ns[round] = (now_ns() - start) / (double)batch;
		}
	for (int i = 0; i < BENCHES; i++) {
		printf("{\"name\": \"%s\", \"unit\": \"%s\", \"calls\": %d, \"ns\": [",
		       benches[i].name, benches[i].unit, benches[i].calls);
		for (int round = 0; round < rounds; round++)
			printf("%s%.2f", round ? ", " : "", benches[i].ns[round]);
		printf("]}\n");
	}
	return 0;
}
