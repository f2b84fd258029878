/*
 * contexts.c - user threads, as of a language's runtime: a signal's handler swaps to another
 * context on another stack, out of whatever call it came into, and back later. The calls that are
 * left half done and those made meanwhile, by the same thread of the kernel's, give what they
 * should.
 */
#include "check.h"
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <ucontext.h>

#define CONTEXTS 4
#define ROUNDS	 150
#define STACK	 65536

static ucontext_t contexts[CONTEXTS], home;
static char stacks[CONTEXTS][STACK]; /* above one another, and what runs next is not the next */
static const int place[CONTEXTS] = {2, 0, 3, 1};
static volatile int current, done, swaps;

static void on_alarm(int number)
{
	int error = errno, from = current, to = (from + 1) % CONTEXTS;

	(void)number;
	current = to;
	swaps++;
	swapcontext(&contexts[from], &contexts[to]);
	errno = error;
}

static void body(int which)
{
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	struct pollfd nothing;
	char bytes[4];
	int pair[2];

	GIVES(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	nothing = (struct pollfd){pair[1], POLLIN, 0};
	for (int round = 0; round < ROUNDS; round++) {
		char mark = (char)('a' + (which * 7 + round) % 26);

		GIVES(send(pair[0], (char[]){mark, 1, 2, 3}, 4, 0), 4);
		GIVES(recv(pair[1], bytes, 4, 0), 4);
		check_that(__FILE__, __LINE__, bytes[0] == mark, "another's byte was received");
		check_that(__FILE__, __LINE__, poll(&nothing, 1, 1) <= 0, "there was something");
		RETURNS(pthread_mutex_lock(&mutex), 0);
		RETURNS(pthread_mutex_unlock(&mutex), 0);
		GIVES(write(pair[0], &mark, 1), 1);
		GIVES(read(pair[1], bytes, 1), 1);
		check_that(__FILE__, __LINE__, bytes[0] == mark, "another's byte was read");
	}
	GIVES(close(pair[0]), 0);
	GIVES(close(pair[1]), 0);
	done++;
	while (done < CONTEXTS)
		pause();
	setcontext(&home);
}

int main(void)
{
	const struct itimerval often = {{0, 300}, {0, 300}}, never = {{0, 0}, {0, 0}};
	struct sigaction action = {.sa_handler = on_alarm};
	volatile bool begun = false;
	sigset_t alarm_alone;

	sigemptyset(&alarm_alone);
	sigaddset(&alarm_alone, SIGALRM);
	for (int i = 0; i < CONTEXTS; i++) {
		getcontext(&contexts[i]); /* its signals are open, ours from here are not */
		contexts[i].uc_stack.ss_sp = stacks[place[i]];
		contexts[i].uc_stack.ss_size = STACK;
		makecontext(&contexts[i], (void (*)(void))body, 1, i);
	}
	sigprocmask(SIG_BLOCK, &alarm_alone, NULL);
	sigaction(SIGALRM, &action, NULL);
	getcontext(&home);
	if (!begun) {
		begun = true;
		setitimer(ITIMER_REAL, &often, NULL);
		setcontext(&contexts[0]);
	}
	setitimer(ITIMER_REAL, &never, NULL);
	check_that(__FILE__, __LINE__, swaps > CONTEXTS, "only %d swaps", swaps);
	return check_end();
}
