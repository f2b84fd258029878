/*
 * longjmp.c - siglongjmp out of a handler that interrupted a wrapped call, thousands of times: the
 * calls that follow give what they should (and are recorded: the test looks for the last request).
 * The resolver's part needs root: it puts a silent name server of its own into a mount namespace.
 */
#include "check.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/time.h>

static sigjmp_buf back;
static int pair[2], epoll;
static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;
static sem_t never;

static void on_alarm(int number)
{
	(void)number;
	siglongjmp(back, 1);
}

static void alarm_after_us(int us)
{
	struct itimerval once = {.it_value = {us / 1000000, us % 1000000}};

	setitimer(ITIMER_REAL, &once, NULL);
}

static void *holds(void *ready)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	pthread_mutex_lock(&held);
	sem_post(ready);
	for (;;)
		pause();
	return NULL;
}

/* Blocks in one of the calls; leaves by a jump only. */
static void block(int which)
{
	char byte;
	struct epoll_event event;

	switch (which % 6) {
	case 0:
		poll(&(struct pollfd){pair[0], POLLIN, 0}, 1, -1);
		break;
	case 1:
		recv(pair[0], &byte, 1, 0);
		break;
	case 2:
		pthread_mutex_lock(&held);
		break;
	case 3:
		CHECK(read(pair[0], &byte, 1) == -2, "read returned");
		break;
	case 4:
		sem_wait(&never);
		break;
	case 5:
		epoll_wait(epoll, &event, 1, -1);
		break;
	}
}

static void jumps(void)
{
	static volatile int jumped;

	for (volatile int i = 0; i < 10000; i++) {
		if (sigsetjmp(back, 1)) {
			jumped++;
			continue;
		}
		alarm_after_us(30);
		block(i);
		CHECK(0, "call %d returned", i % 6);
	}
	CHECK(jumped == 10000, "%d jumps", jumped);
}

/* A name server that says nothing, for us alone. */
static int silent_server(void)
{
	static const char text[] = "nameserver 127.0.0.1\noptions timeout:5 attempts:1\n";
	struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(53)};
	char name[] = "/tmp/dndprof-test-XXXXXX";
	int file, fd = socket(AF_INET, SOCK_DGRAM, 0), mounted;

	here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)&here, sizeof here) || unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return 0;
	file = mkstemp(name);
	mounted = write(file, text, strlen(text)) > 0 &&
		  !mount(name, "/etc/resolv.conf", NULL, MS_BIND, NULL);
	unlink(name);
	return mounted;
}

static void resolver_jumps(void)
{
	struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *list;
	static volatile int jumped;

	for (volatile int i = 0; i < 100; i++) {
		if (sigsetjmp(back, 1)) {
			jumped++;
			continue;
		}
		alarm_after_us(3000);
		getaddrinfo("name.invalid.example", "80", &hints, &list);
	}
	alarm_after_us(0);
	CHECK(jumped > 0, "no getaddrinfo was interrupted");
}

int main(void)
{
	struct sigaction action = {.sa_handler = on_alarm};
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST}, *list;
	struct epoll_event event = {.events = EPOLLIN};
	pthread_t thread;
	sem_t ready;

	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	epoll = epoll_create1(0);
	epoll_ctl(epoll, EPOLL_CTL_ADD, pair[0], &event);
	sem_init(&ready, 0, 0);
	sem_init(&never, 0, 0);
	pthread_create(&thread, NULL, holds, &ready);
	while (sem_wait(&ready))
		;
	sigaction(SIGALRM, &action, NULL);
	jumps();
	if (silent_server())
		resolver_jumps();

	/* Whatever was left behind: everything works still. */
	GIVES(send(pair[1], "GET /after-longjmp HTTP/1.1\r\n\r\n", 31, 0), 31);
	char head[64];
	GIVES(recv(pair[0], head, sizeof head, 0), 31);
	RETURNS(pthread_mutex_trylock(&held), EBUSY);
	CHECK(getaddrinfo("127.0.0.1", NULL, &hints, &list) == 0, "getaddrinfo of a number");
	freeaddrinfo(list);
	return check_end();
}
