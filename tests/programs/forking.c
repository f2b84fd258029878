/*
 * forking.c - fork while threads record, in handlers, twice (daemons), and what wait, waitpid,
 * waitid, wait3 and wait4 say about each child. A child works on in the copy of our memory.
 */
#include "check.h"
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

static int stop;
static pthread_barrier_t begun;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

/* A request and its answer within one process. */
static int exchange(const char *target)
{
	char out[128], in[128];
	int pair[2], length, right;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return 0;
	length = snprintf(out, sizeof out, "GET /%s HTTP/1.1\r\n\r\n", target);
	right = send(pair[0], out, length, 0) == length &&
		recv(pair[1], in, sizeof in, 0) == length && !memcmp(in, out, length);
	length = snprintf(out, sizeof out, "HTTP/1.1 204 No Content\r\n\r\n");
	right &= write(pair[1], out, length) == length && read(pair[0], in, length) == length;
	return right & !close(pair[0]) & !close(pair[1]);
}

static void *works(void *unused)
{
	bool right = exchange("thread");

	pthread_barrier_wait(&begun); /* a busy machine may not let us run beside the forks */
	while (right && !__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		right = exchange("thread");
		pthread_mutex_lock(&mutex);
		pthread_mutex_unlock(&mutex);
	}
	(void)unused;
	return (void *)(long)right;
}

static void *in_thread(void *unused)
{
	(void)unused;
	return (void *)(long)exchange("child-thread");
}

/* What a child does; 0 if all went right. Children may start threads of their own. */
static int child_work(int generation)
{
	pthread_t thread;
	void *result;
	int status;
	pid_t pid;

	if (!exchange(generation ? "grandchild" : "child"))
		return 1;
	if (pthread_create(&thread, NULL, in_thread, NULL) || pthread_join(thread, &result) ||
	    (long)result != 1)
		return 2;
	if (generation)
		return 0;
	pid = fork();
	if (pid == 0)
		_exit(child_work(1));
	return waitpid(pid, &status, 0) == pid && status == 0 ? 0 : 3;
}

static void beside_threads(void)
{
	pthread_t threads[4];
	void *result;
	int status;

	pthread_barrier_init(&begun, NULL, 5);
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, works, NULL);
	pthread_barrier_wait(&begun);
	for (int i = 0; i < 50; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(i % 2 ? child_work(0) : 0);
		CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0,
		      "child %d ended with %x", i, status);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], &result);
		CHECK((long)result, "a thread's exchange failed beside forks");
	}
}

static volatile sig_atomic_t forked, fork_failures;

static void forks(int number)
{
	int saved = errno, status;
	pid_t pid = fork();

	(void)number;
	if (pid == 0)
		_exit(12);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || WEXITSTATUS(status) != 12)
		fork_failures++;
	forked++;
	errno = saved;
}

static void in_handlers(void)
{
	struct sigaction action = {.sa_handler = forks, .sa_flags = SA_RESTART};
	struct itimerval often = {{0, 2000}, {0, 2000}}, off = {{0, 0}, {0, 0}};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	while (forked < 50)
		if (!exchange("interrupted")) {
			CHECK(0, "an exchange failed beside handlers that fork");
			break;
		}
	setitimer(ITIMER_REAL, &off, NULL);
	CHECK(!fork_failures, "%d forks in handlers failed", (int)fork_failures);
}

static void waits(void)
{
	struct rusage usage;
	siginfo_t info = {0};
	int status = -1;
	pid_t pid;

	errno = CHECK_ERRNO;
	pid = fork();
	if (pid == 0) {
		pause();
		_exit(0);
	}
	CHECK(pid > 0 && errno == CHECK_ERRNO, "fork set errno");
	GIVES(waitpid(pid, &status, WNOHANG), 0);
	GIVES(wait4(-1, &status, WNOHANG, NULL), 0);
	GIVES(waitid(P_PID, pid, &info, WEXITED | WNOHANG), 0);
	CHECK(info.si_pid == 0, "waitid found a child that had ended");
	kill(pid, SIGSTOP);
	GIVES(waitpid(pid, &status, WUNTRACED), pid);
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP, "status %x", status);
	kill(pid, SIGCONT);
	GIVES(waitpid(pid, &status, WCONTINUED), pid);
	CHECK(WIFCONTINUED(status), "status %x", status);
	kill(pid, SIGTERM);
	GIVES(waitid(P_PID, pid, &info, WEXITED | WNOWAIT), 0);
	CHECK(info.si_pid == pid && info.si_code == CLD_KILLED && info.si_status == SIGTERM,
	      "waitid gave %d %d %d", info.si_pid, info.si_code, info.si_status);
	GIVES(waitpid(0, &status, 0), pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM, "status %x", status);

	pid = fork();
	if (pid == 0)
		exit(258); /* 2 */
	GIVES(wait(&status), pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 2, "status %x", status);
	pid = fork();
	if (pid == 0)
		_Exit(3);
	memset(&usage, 0xff, sizeof usage);
	GIVES(wait3(&status, 0, &usage), pid);
	CHECK(WEXITSTATUS(status) == 3 && usage.ru_maxrss > 0 && usage.ru_nsignals == 0,
	      "wait3 gave %x", status);
	pid = fork();
	if (pid == 0)
		_exit(4);
	GIVES(wait4(pid, NULL, 0, &usage), pid);
	FAILS(wait(&status), ECHILD);
	FAILS(wait(NULL), ECHILD);
	FAILS(waitpid(-1, &status, 0), ECHILD);
	FAILS(waitpid(1, &status, 0), ECHILD);
	FAILS(waitpid(-1, &status, 0x1000), EINVAL);
	FAILS(wait3(&status, 0, NULL), ECHILD);
	FAILS(waitid(P_ALL, 0, &info, WEXITED), ECHILD);
	FAILS(waitid(P_ALL, 0, &info, 0), EINVAL);
	FAILS(waitid(9, 0, &info, WEXITED), EINVAL);
	signal(SIGCHLD, SIG_IGN);
	pid = fork();
	if (pid == 0)
		_exit(0);
	FAILS(waitpid(pid, &status, 0), ECHILD);
	signal(SIGCHLD, SIG_DFL);
}

/* daemon(): the grandchild of a fork reports through a pipe. */
static void daemons(void)
{
	char word[16] = "";
	int tube[2], status;
	pid_t pid;

	CHECK(pipe(tube) == 0, "no pipe");
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (daemon(1, 1))
			_exit(1);
		status = exchange("daemon");
		_exit(write(tube[1], status ? "right" : "wrong", 5) != 5);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0, "daemon() ended with %x", status);
	close(tube[1]);
	CHECK(read(tube[0], word, 5) == 5 && !strcmp(word, "right"), "the daemon says %s", word);
	CHECK(read(tube[0], word, 5) == 0, "the daemon lives on");
	close(tube[0]);
}

int main(void)
{
	beside_threads();
	in_handlers();
	waits();
	daemons();
	CHECK(exchange("after-forking"), "an exchange after all forks");
	return check_end();
}
