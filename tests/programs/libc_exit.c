/*
 * libc_exit.c - every way to end: the argument names it, the test compares status or signal and
 * output with a native run. Each way records a request first.
 */
#include "check.h"
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

static void at_exit(void)
{
	printf("atexit ran\n");
}

static void at_quick_exit_(void)
{
	printf("at_quick_exit ran\n");
	fflush(stdout);
}

static void *exits(void *unused)
{
	exit(5);
	return unused;
}

static void *leaves(void *unused)
{
	check_sleep_ms(5);
	printf("the last thread\n");
	return unused;
}

static void from_handler(int number)
{
	(void)number;
	_exit(15);
}

static void fault(void)
{
	*(volatile int *)check_bad = 1;
}

static void end(const char *way)
{
	pthread_t thread;

	if (!strcmp(way, "_exit"))
		_exit(3);
	if (!strcmp(way, "_Exit"))
		_Exit(4);
	if (!strcmp(way, "_exit_256"))
		_exit(256 + 9);
	if (!strcmp(way, "exit"))
		exit(6);
	if (!strcmp(way, "exit_in_thread")) {
		pthread_create(&thread, NULL, exits, NULL);
		pthread_join(thread, NULL);
	}
	if (!strcmp(way, "pthread_exit")) {
		pthread_create(&thread, NULL, leaves, NULL);
		pthread_exit(NULL); /* the process ends with its last thread: status 0 */
	}
	if (!strcmp(way, "quick_exit")) {
		at_quick_exit(at_quick_exit_);
		quick_exit(7);
	}
	if (!strcmp(way, "abort"))
		abort();
	if (!strcmp(way, "segv"))
		fault();
	if (!strcmp(way, "kill"))
		kill(getpid(), SIGKILL);
	if (!strcmp(way, "term"))
		raise(SIGTERM);
	if (!strcmp(way, "pipe")) {
		int pair[2];

		socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
		close(pair[0]);
		send(pair[1], "x", 1, 0);
	}
	if (!strcmp(way, "handler")) {
		signal(SIGSEGV, from_handler);
		fault();
	}
	if (!strcmp(way, "syscall"))
		syscall(SYS_exit_group, 8);
	if (!strcmp(way, "file_size")) { /* the shim's file must not grow into SIGXFSZ */
		struct rlimit none = {0, 0};
		int pair[2];

		setrlimit(RLIMIT_FSIZE, &none);
		socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
		for (int i = 0; i < 30000; i++)
			if (send(pair[0], "x", 1, 0) != 1 || recv(pair[1], &(char){0}, 1, 0) != 1)
				exit(1);
		exit(9);
	}
}

int main(int argc, char **argv)
{
	struct rlimit none = {0, 0};
	char head[64];
	int pair[2];

	setrlimit(RLIMIT_CORE, &none);
	atexit(at_exit);
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	send(pair[0], "GET /before-end HTTP/1.1\r\n\r\n", 28, 0);
	recv(pair[1], head, sizeof head, 0);
	printf("ending by %s\n", argc > 1 ? argv[1] : "return");
	if (!(argc > 1 && !strcmp(argv[1], "segv")))
		fflush(stdout);
	if (argc > 1)
		end(argv[1]);
	return 10;
}
