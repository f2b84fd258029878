/*
 * stacks.c - calls of known call chains: slow ones, failed ones, waits for a lock; or, with
 * "storm SECONDS", all of it at once in threads with small stacks, under signals, cancelled, and in
 * forked children, while libraries come and go.
 *
 * cflags: -O1 -fno-inline -fno-optimize-sibling-calls -fno-ipa-pure-const
 * ldflags: -ldl
 */
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KEEP __attribute__((noinline, noclone))

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void sleep_ms(int ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000L};

	while (nanosleep(&t, &t) < 0 && errno == EINTR)
		;
}

KEEP int innermost_poll(int ms)
{
	int r = poll(NULL, 0, ms);

	__asm__ volatile("" : : : "memory");
	return r;
}

KEEP int middle_poll(int ms)
{
	int r = innermost_poll(ms);

	__asm__ volatile("" : : : "memory");
	return r + 1;
}

KEEP int refused_connect(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "/nonexistent/engine.sock"};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	int r = connect(fd, (struct sockaddr *)&a, sizeof(a));

	close(fd);
	return r;
}

KEEP void wait_for_lock(void)
{
	pthread_mutex_lock(&lock);
	__asm__ volatile("" : : : "memory");
	pthread_mutex_unlock(&lock);
}

static void *holder(void *barrier)
{
	pthread_mutex_lock(&lock);
	pthread_barrier_wait(barrier);
	sleep_ms(30);
	pthread_mutex_unlock(&lock);
	return NULL;
}

static int plain(void)
{
	pthread_barrier_t barrier;
	pthread_t thread;
	int i;

	for (i = 0; i < 3; i++)
		middle_poll(5);
	for (i = 0; i < 2; i++)
		if (refused_connect() != -1 || errno != ENOENT)
			return 1;
	pthread_barrier_init(&barrier, NULL, 2);
	pthread_create(&thread, NULL, holder, &barrier);
	pthread_barrier_wait(&barrier);
	wait_for_lock();
	pthread_join(thread, NULL);
	return 0;
}

/* ---- storm ---- */

static volatile sig_atomic_t stop;
static _Atomic unsigned long rounds, handled;

static void handler(int signal)
{
	int e = errno;

	(void)signal;
	handled++;
	if (refused_connect() != -1)
		abort();
	errno = e;
}

static void *small(void *unused)
{
	(void)unused;
	while (!stop) {
		if (refused_connect() != -1 || errno != ENOENT)
			abort();
		innermost_poll(1);
		wait_for_lock();
		rounds++;
	}
	return NULL;
}

static void *cancelled(void *unused)
{
	int old;

	(void)unused;
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
	for (;;)
		refused_connect();
	return NULL;
}

static void *canceller(void *unused)
{
	(void)unused;
	while (!stop) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, cancelled, NULL))
			continue;
		sleep_ms(2);
		pthread_cancel(thread);
		pthread_join(thread, NULL);
	}
	return NULL;
}

static void *loader(void *unused)
{
	(void)unused;
	while (!stop) {
		void *library = dlopen("libm.so.6", RTLD_NOW);

		if (!library)
			library = dlopen("libz.so.1", RTLD_NOW);
		refused_connect();
		if (library)
			dlclose(library);
	}
	return NULL;
}

static void *forker(void *unused)
{
	(void)unused;
	while (!stop) {
		pid_t child = fork();
		int status = 0;

		if (child == 0) {
			alarm(20); /* a child that hangs is told from one that ends */
			for (int i = 0; i < 20; i++)
				refused_connect();
			innermost_poll(2);
			_exit(7);
		}
		if (child > 0 && (waitpid(child, &status, 0) != child || status != 7 << 8)) {
			fprintf(stderr, "a child ended with %#x\n", status);
			abort();
		}
	}
	return NULL;
}

static int storm(int seconds)
{
	void *(*const kinds[])(void *) = {small, small, small, canceller, loader, forker};
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART | SA_ONSTACK};
	struct itimerval interval = {{0, 700}, {0, 700}};
	static char alternate[65536];
	stack_t stack = {.ss_sp = alternate, .ss_size = sizeof(alternate)};
	pthread_t thread[sizeof(kinds) / sizeof(kinds[0])];
	pthread_attr_t attributes;
	size_t i;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, PTHREAD_STACK_MIN + 4096);
	sigaltstack(&stack, NULL);
	sigaction(SIGALRM, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
	sigaction(SIGPROF, &action, NULL);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		/* Signals come to threads with room for a handler only. */
		sigset_t held, old;

		sigemptyset(&held);
		sigaddset(&held, SIGPROF);
		pthread_sigmask(kinds[i] == small ? SIG_BLOCK : SIG_UNBLOCK, &held, &old);
		if (pthread_create(&thread[i], kinds[i] == small ? &attributes : NULL, kinds[i],
				   NULL))
			return 3;
		pthread_sigmask(SIG_SETMASK, &old, NULL);
	}
	setitimer(ITIMER_PROF, &interval, NULL);
	sleep_ms(seconds * 1000);
	stop = 1;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		pthread_join(thread[i], NULL);
	setitimer(ITIMER_PROF, &(struct itimerval){0}, NULL);
	if (!rounds || !handled)
		return 4;
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "storm"))
		return storm(atoi(argv[2]));
	return plain();
}
