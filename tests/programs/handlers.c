/*
 * handlers.c - signal handlers that call wrapped functions, run by an interval timer at any point
 * of threads that send, receive and lock: every byte arrives in order, every count is right.
 * Handlers run on small alternate stacks, with and without SA_RESTART, and nest.
 */
// ldflags: -Wl,-z,now
#include "check.h"
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>

#define STREAM (4 << 20)

static int own[2], stream[2];
static sem_t beats;
static long handled;
static volatile sig_atomic_t bad_handler;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long locked;

static void on_alarm(int number)
{
	int saved = errno;
	struct pollfd set = {own[0], POLLIN, 0};
	char byte = 'h';

	(void)number;
	errno = CHECK_ERRNO;
	if (write(own[1], &byte, 1) != 1 || poll(&set, 1, 1000) != 1 ||
	    recv(own[0], &byte, 1, 0) != 1 || byte != 'h' || sem_post(&beats) ||
	    errno != CHECK_ERRNO)
		bad_handler = 1;
	__atomic_fetch_add(&handled, 1, __ATOMIC_RELAXED);
	errno = saved;
}

static void own_stack(void)
{
	size_t size = sysconf(_SC_MINSIGSTKSZ) + 4096;
	stack_t alternate = {.ss_sp = malloc(size), .ss_size = size};

	sigaltstack(&alternate, NULL);
}

static unsigned char byte_at(size_t position)
{
	return (unsigned char)(position * 31 + (position >> 8));
}

static void *sends(void *unused)
{
	static unsigned char out[5000];
	size_t at = 0, length;
	ssize_t sent;

	own_stack();
	while (at < STREAM) {
		length = 1 + at % 4999;
		if (length > STREAM - at)
			length = STREAM - at;
		for (size_t i = 0; i < length; i++)
			out[i] = byte_at(at + i);
		sent = at % 2 ? send(stream[1], out, length, 0) : write(stream[1], out, length);
		if (sent > 0)
			at += sent;
		else if (errno != EINTR)
			break;
		pthread_mutex_lock(&mutex);
		locked++;
		pthread_mutex_unlock(&mutex);
	}
	CHECK(at == STREAM, "sent %zu bytes", at);
	return unused;
}

static void receives(void)
{
	static unsigned char in[3000];
	size_t at = 0;
	ssize_t got;
	long mine = 0;

	while (at < STREAM) {
		got = at % 3 ? recv(stream[0], in, sizeof in, 0) : read(stream[0], in, sizeof in);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		for (ssize_t i = 0; i < got; i++, at++)
			if (in[i] != byte_at(at)) {
				CHECK(0, "byte %zu is another", at);
				return;
			}
		pthread_mutex_lock(&mutex);
		locked++;
		mine++;
		pthread_mutex_unlock(&mutex);
	}
	CHECK(at == STREAM, "received %zu bytes", at);
}

static void storm(int flags)
{
	struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_ONSTACK | flags};
	struct itimerval often = {{0, 100}, {0, 100}}, off = {{0, 0}, {0, 0}};
	pthread_t thread;
	int value;

	handled = 0;
	sem_init(&beats, 0, 0);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	pthread_create(&thread, NULL, sends, NULL);
	receives();
	pthread_join(thread, NULL);
	while (__atomic_load_n(&handled, __ATOMIC_RELAXED) < 2000)
		sem_wait(&beats);
	setitimer(ITIMER_REAL, &off, NULL);
	check_sleep_ms(2);
	CHECK(!bad_handler, "a call in a handler failed");
	/* Each beat was posted; those waited for above are gone. */
	sem_getvalue(&beats, &value);
	CHECK(value <= handled, "more beats than handlers: %d, %ld", value, handled);
}

static volatile sig_atomic_t depth, deepest;

/* Handlers within handlers, each sending. */
static void nesting(int number)
{
	int saved = errno;

	if (++depth > deepest)
		deepest = depth;
	if (depth < 8)
		raise(number);
	if (send(own[1], "n", 1, 0) != 1 || recv(own[0], &(char){0}, 1, 0) != 1)
		bad_handler = 1;
	depth--;
	errno = saved;
}

static void nested(void)
{
	struct sigaction action = {.sa_handler = nesting, .sa_flags = SA_NODEFER};

	sigaction(SIGUSR1, &action, NULL);
	for (int i = 0; i < 500; i++)
		raise(SIGUSR1);
	CHECK(deepest == 8, "handlers nested %d deep", (int)deepest);
	CHECK(!bad_handler, "a call in a nested handler failed");
}

int main(void)
{
	own_stack();
	socketpair(AF_UNIX, SOCK_STREAM, 0, own);
	socketpair(AF_UNIX, SOCK_STREAM, 0, stream);
	storm(0);
	storm(SA_RESTART);
	nested();
	GIVES(send(own[1], "GET /after-handlers HTTP/1.1\r\n\r\n", 32, 0), 32);
	return check_end();
}
