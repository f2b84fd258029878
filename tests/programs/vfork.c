/*
 * vfork.c - vfork, whose child runs in its parent's memory and on its stack: exec, failing exec,
 * _exit, descriptors closed and copied by the child, nested, in threads. What the child does to
 * its descriptors must not be taken for the parent's.
 */
#include "check.h"
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

static char directory[PATH_MAX], show[PATH_MAX + 8];
static char *arguments[] = {"show", "vforked", NULL};
static char *environment[] = {"A=1", NULL};
static int pair[2];

static int ended(pid_t pid)
{
	int status = -1;

	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int carries(void)
{
	char byte = 0;

	return send(pair[0], "c", 1, 0) == 1 && recv(pair[1], &byte, 1, 0) == 1 && byte == 'c';
}

static void simple(void)
{
	volatile int shared = 1;
	int saved;
	pid_t pid;

	errno = CHECK_ERRNO;
	pid = vfork();
	if (pid == 0) {
		shared = 2;
		_exit(7);
	}
	saved = errno;
	CHECK(saved == CHECK_ERRNO, "vfork set errno");
	CHECK(shared == 2, "the child had memory of its own");
	CHECK(ended(pid) == 7, "the child's status");

	fflush(stdout);
	pid = vfork();
	if (pid == 0) {
		execve(show, arguments, environment);
		_exit(1);
	}
	CHECK(ended(pid) == 23, "the child that ran a program");

	/* The first exec fails; errno is in our memory, too. */
	volatile int error = 0;
	pid = vfork();
	if (pid == 0) {
		execve("/nonexistent/program", arguments, environment);
		error = errno;
		execv("/etc/passwd", arguments);
		if (errno == EACCES)
			execve(show, arguments, environment);
		_exit(2);
	}
	CHECK(error == ENOENT, "exec in the child failed with %d", error);
	CHECK(ended(pid) == 23, "the child that ran a program at its third try");

	pid = vfork();
	if (pid == 0)
		kill(getpid(), SIGKILL);
	int status;
	CHECK(waitpid(pid, &status, 0) == pid && WTERMSIG(status) == SIGKILL, "status %x", status);
}

static void descriptors(void)
{
	int base, other;
	pid_t pid;

	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	base = dup(0);
	close(base);
	pid = vfork();
	if (pid == 0) {
		close(pair[0]);
		dup2(pair[1], 1);
		dup2(0, pair[1]);
		closefrom(3);
		_exit(socket(AF_UNIX, SOCK_DGRAM, 0) == 3 ? 8 : 9);
	}
	CHECK(carries(), "our sockets were closed");
	CHECK(ended(pid) == 8, "the child's descriptors");
	pid = vfork();
	if (pid == 0) {
		close_range(3, ~0u, 0);
		_exit(dup(0));
	}
	CHECK(ended(pid) == 3, "the child's lowest descriptor");
	GIVES(send(pair[0], "GET /after-vfork HTTP/1.1\r\n\r\n", 29, 0), 29);
	char head[64];
	GIVES(recv(pair[1], head, sizeof head, 0), 29);
	other = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK(other == base, "our next descriptor is %d, natively %d", other, base);
	close(other);

	/* The child sends: the bytes are real. */
	pid = vfork();
	if (pid == 0)
		_exit(send(pair[0], "v", 1, 0) == 1 ? 0 : 1);
	CHECK(ended(pid) == 0 && recv(pair[1], head, 1, 0) == 1 && head[0] == 'v',
	      "what the child sent");
}

static void nested(void)
{
	volatile int inner = -1;
	pid_t pid = vfork();

	if (pid == 0) {
		pid_t child = vfork();
		int status = 0;

		if (child == 0)
			_exit(5);
		waitpid(child, &status, 0);
		inner = WEXITSTATUS(status);
		_exit(6);
	}
	CHECK(inner == 5 && ended(pid) == 6, "nested: %d", inner);
	pid = vfork();
	if (pid == 0) {
		pid_t child = fork();

		if (child == 0)
			_exit(4);
		inner = ended(child);
		_exit(3);
	}
	CHECK(inner == 4 && ended(pid) == 3, "fork in a vfork child: %d", inner);
	CHECK(carries(), "our sockets were closed");
}

__attribute__((noinline)) static int status_of_child(int runs)
{
	pid_t pid = vfork();

	if (pid == 0) {
		if (!runs)
			_exit(11);
		dup2(open("/dev/null", O_WRONLY), 1);
		execve(show, arguments, environment);
		_exit(1);
	}
	return ended(pid);
}

static void *forks(void *argument)
{
	for (int i = 0; i < 100; i++) {
		if (status_of_child(i % 2) != (i % 2 ? 23 : 11))
			return argument;
	}
	return NULL;
}

static void *talks(void *stop)
{
	long count = 0;

	while (!__atomic_load_n((int *)stop, __ATOMIC_RELAXED)) {
		if (!carries())
			return (void *)-1L;
		count++;
	}
	return (void *)count;
}

/* Others go on while a child has our memory. */
static void threads(void)
{
	pthread_t forking[3], talking;
	int stop = 0;
	void *result;

	pthread_create(&talking, NULL, talks, &stop);
	for (int i = 0; i < 3; i++)
		pthread_create(&forking[i], NULL, forks, (void *)1L);
	for (int i = 0; i < 3; i++) {
		pthread_join(forking[i], &result);
		CHECK(!result, "a child of thread %d ended otherwise", i);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	pthread_join(talking, &result);
	CHECK((long)result > 0, "the talking thread: %ld", (long)result);
}

int main(void)
{
	ssize_t length = readlink("/proc/self/exe", directory, sizeof directory - 1);

	if (length <= 0)
		check_skip("no /proc");
	dirname(directory);
	snprintf(show, sizeof show, "%s/show", directory);
	if (access(show, X_OK))
		check_skip("%s is not built", show);
	simple();
	descriptors();
	nested();
	threads();
	return check_end();
}
