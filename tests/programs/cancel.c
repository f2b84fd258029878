/*
 * cancel.c - thread cancellation at each cancellation point among the wrapped calls: acted on
 * when pending (though the call could succeed at once, and then without taking anything), when
 * blocked, deferred and asynchronous; not acted on when disabled. Cleanup handlers must run, and
 * condition waits must come back to them with the mutex held.
 */
#include "check.h"
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>

/* What the calls work on; made anew for each trial. */
static struct {
	int pair[2], passive, connecting, locked, epoll, tube[2];
	struct sockaddr_un name;
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	sem_t sem, hold, entered, cancelled;
	pthread_t sleeper;
	pid_t child, sleeper_id;
	int async, returned, cleaned;
} t;

static char bytes[1 << 16];
static struct iovec part = {bytes, sizeof bytes};
static struct mmsghdr several = {.msg_hdr = {.msg_iov = &part, .msg_iovlen = 1}};
static struct timespec soon = {20, 0}, later;

/* clang-format off */
static void do_recv(void) { recv(t.pair[0], bytes, sizeof bytes, 0); }
static void do_recvfrom(void) { recvfrom(t.pair[0], bytes, sizeof bytes, 0, NULL, NULL); }
static void do_recvmsg(void) { recvmsg(t.pair[0], &several.msg_hdr, 0); }
static void do_recvmmsg(void) { recvmmsg(t.pair[0], &several, 1, 0, NULL); }
static void do_read(void) { CHECK(read(t.pair[0], bytes, sizeof bytes) == -2, "read returned"); }
static void do_readv(void) { CHECK(readv(t.pair[0], &part, 1) == -2, "readv returned"); }
static void do_send(void) { send(t.pair[1], bytes, sizeof bytes, 0); }
static void do_sendto(void) { sendto(t.pair[1], bytes, sizeof bytes, 0, NULL, 0); }
static void do_sendmsg(void) { sendmsg(t.pair[1], &several.msg_hdr, 0); }
static void do_sendmmsg(void) { sendmmsg(t.pair[1], &several, 1, 0); }
static void do_write(void) { CHECK(write(t.pair[1], bytes, sizeof bytes) == -2, "write returned"); }
static void do_writev(void) { CHECK(writev(t.pair[1], &part, 1) == -2, "writev returned"); }
static void do_splice(void) { splice(t.pair[0], NULL, t.tube[1], NULL, 100, 0); }
static void do_accept(void) { accept(t.passive, NULL, NULL); }
static void do_accept4(void) { accept4(t.passive, NULL, NULL, SOCK_CLOEXEC); }
static void do_connect(void) { connect(t.connecting, (struct sockaddr *)&t.name, sizeof t.name); }
static void do_close(void) { close(t.pair[0]); }
static void do_open(void) { open("/dev/null", O_RDONLY); }
static void do_open64(void) { open64("/dev/null", O_RDONLY); }
static void do_openat(void) { openat(AT_FDCWD, "/dev/null", O_RDONLY); }
static void do_openat64(void) { openat64(AT_FDCWD, "/dev/null", O_RDONLY); }
static void do_fcntl(void)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	fcntl(t.locked, F_OFD_SETLKW, &lock);
}
static void do_poll(void) { poll(&(struct pollfd){t.pair[0], POLLIN, 0}, 1, 20000); }
static void do_ppoll(void) { ppoll(&(struct pollfd){t.pair[0], POLLIN, 0}, 1, &soon, NULL); }
static void do_select(void)
{
	fd_set in;
	FD_ZERO(&in);
	FD_SET(t.pair[0], &in);
	select(t.pair[0] + 1, &in, NULL, NULL, &(struct timeval){20, 0});
}
static void do_pselect(void)
{
	fd_set in;
	FD_ZERO(&in);
	FD_SET(t.pair[0], &in);
	pselect(t.pair[0] + 1, &in, NULL, NULL, &soon, NULL);
}
static struct epoll_event event;
static void do_epoll_wait(void) { epoll_wait(t.epoll, &event, 1, 20000); }
static void do_epoll_pwait(void) { epoll_pwait(t.epoll, &event, 1, 20000, NULL); }
static void do_epoll_pwait2(void) { epoll_pwait2(t.epoll, &event, 1, &soon, NULL); }
static void do_join(void) { pthread_join(t.sleeper, NULL); }
static void do_timedjoin(void) { pthread_timedjoin_np(t.sleeper, NULL, &later); }
static void do_clockjoin(void) { pthread_clockjoin_np(t.sleeper, NULL, CLOCK_REALTIME, &later); }
static void do_cond_wait(void) { pthread_cond_wait(&t.cond, &t.mutex); }
static void do_cond_timedwait(void) { pthread_cond_timedwait(&t.cond, &t.mutex, &later); }
static void do_cond_clockwait(void)
{
	pthread_cond_clockwait(&t.cond, &t.mutex, CLOCK_REALTIME, &later);
}
static void do_sem_wait(void) { sem_wait(&t.sem); }
static void do_sem_timedwait(void) { sem_timedwait(&t.sem, &later); }
static void do_sem_clockwait(void) { sem_clockwait(&t.sem, CLOCK_REALTIME, &later); }
static void do_wait(void) { wait(NULL); }
static void do_waitpid(void) { waitpid(t.child, NULL, 0); }
static void do_wait3(void) { wait3(NULL, 0, NULL); }
static void do_wait4(void) { wait4(t.child, NULL, 0, NULL); }
static void do_waitid(void) { waitid(P_PID, t.child, &(siginfo_t){0}, WEXITED); }
/* clang-format on */

enum { QUICK, BLOCKS, LAZY, LOCKED };

static const struct point {
	const char *name;
	void (*call)(void);
	/* QUICK: cannot block; LOCKED: with the mutex held; LAZY: glibc may let it succeed though a
	 * cancel is pending: what it did is printed, to be compared. */
	int kind;
} points[] = {
#define POINT(name, kind) {#name, do_##name, kind},
	POINT(recv, BLOCKS) POINT(recvfrom, BLOCKS) POINT(recvmsg, BLOCKS) POINT(
		recvmmsg,
		BLOCKS) POINT(read, BLOCKS) POINT(readv, BLOCKS) POINT(send, BLOCKS) POINT(sendto,
											   BLOCKS)
		POINT(sendmsg, BLOCKS) POINT(sendmmsg, BLOCKS) POINT(write, BLOCKS) POINT(
			writev, BLOCKS) POINT(splice,
					      BLOCKS) POINT(accept,
							    BLOCKS) POINT(accept4,
									  BLOCKS) POINT(connect,
											BLOCKS)
			POINT(close, QUICK) POINT(open, QUICK) POINT(open64, QUICK) POINT(
				openat,
				QUICK) POINT(openat64,
					     QUICK) POINT(fcntl, BLOCKS) POINT(poll, BLOCKS)
				POINT(ppoll, BLOCKS) POINT(select, BLOCKS) POINT(
					pselect, BLOCKS) POINT(epoll_wait,
							       BLOCKS) POINT(epoll_pwait, BLOCKS)
					POINT(epoll_pwait2, BLOCKS) POINT(join, LAZY) POINT(
						timedjoin,
						LAZY) POINT(clockjoin,
							    LAZY) POINT(cond_wait, LOCKED)
						POINT(cond_timedwait,
						      LOCKED) POINT(cond_clockwait,
								    LOCKED) POINT(sem_wait, BLOCKS)
							POINT(sem_timedwait, BLOCKS) POINT(
								sem_clockwait, LAZY) POINT(wait,
											   BLOCKS)
								POINT(waitpid, BLOCKS) POINT(wait3,
											     BLOCKS)
									POINT(wait4, BLOCKS) POINT(
										waitid, BLOCKS)
#undef POINT
};

static void *sleeper(void *unused)
{
	__atomic_store_n(&t.sleeper_id, gettid(), __ATOMIC_RELEASE);
	while (sem_wait(&t.hold))
		;
	return unused;
}

/* Until its kernel thread is gone: to join it then cannot block. */
static void await_sleeper(void)
{
	pid_t id;

	while (!(id = __atomic_load_n(&t.sleeper_id, __ATOMIC_ACQUIRE)) ||
	       tgkill(getpid(), id, 0) == 0)
		check_sleep_ms(1);
}

static void make(int available)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char file[] = "/tmp/dndprof-test-XXXXXX", link[32];
	int client;

	memset(&t, 0, sizeof t);
	socketpair(AF_UNIX, SOCK_STREAM, 0, t.pair);
	CHECK(pipe(t.tube) == 0, "no pipe");
	t.name.sun_family = AF_UNIX;
	snprintf(t.name.sun_path + 1, sizeof t.name.sun_path - 1, "dndprof-test-%d", getpid());
	t.passive = socket(AF_UNIX, SOCK_STREAM, 0);
	bind(t.passive, (struct sockaddr *)&t.name, sizeof t.name);
	listen(t.passive, 0);
	t.connecting = socket(AF_UNIX, SOCK_STREAM, 0);
	client = mkstemp(file);
	snprintf(link, sizeof link, "/proc/self/fd/%d", client);
	t.locked = open(link, O_RDWR);
	unlink(file);
	fcntl(available ? t.locked : client, F_OFD_SETLK, &lock);
	t.epoll = epoll_create1(0);
	event = (struct epoll_event){.events = EPOLLIN};
	epoll_ctl(t.epoll, EPOLL_CTL_ADD, t.pair[0], &event);
	pthread_mutex_init(&t.mutex, NULL);
	pthread_cond_init(&t.cond, NULL);
	sem_init(&t.sem, 0, available);
	sem_init(&t.hold, 0, available);
	sem_init(&t.entered, 0, 0);
	sem_init(&t.cancelled, 0, 0);
	pthread_create(&t.sleeper, NULL, sleeper, NULL);
	t.child = fork();
	if (t.child == 0) {
		if (!available)
			pause();
		_exit(3);
	}
	if (available) {
		waitid(P_PID, t.child, &(siginfo_t){0}, WEXITED | WNOWAIT);
		send(t.pair[1], "k", 1, 0);
		await_sleeper();
	} else {
		while (send(t.pair[1], bytes, sizeof bytes, MSG_DONTWAIT) > 0)
			;
	}
}

/* Threads of this trial must not live on into the next, whose state is the same memory. */
static void end(int base, int sleeper_joined)
{
	sem_post(&t.hold);
	if (!sleeper_joined)
		pthread_join(t.sleeper, NULL);
	kill(t.child, SIGKILL);
	waitpid(t.child, NULL, 0);
	closefrom(base);
}

/* Calls that wait to read find the pair empty, though the other direction was filled. */
static int reads(const struct point *point)
{
	static const char *const names[] = {"recv",	   "recvfrom",	  "recvmsg", "recvmmsg",
					    "read",	   "readv",	  "splice",  "poll",
					    "ppoll",	   "select",	  "pselect", "epoll_wait",
					    "epoll_pwait", "epoll_pwait2"};

	for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(names[i], point->name))
			return 1;
	return 0;
}

static void cleanup(void *argument)
{
	const struct point *point = argument;
	int state;

	t.cleaned = 1;
	/* Handlers call wrapped functions too. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	CHECK(send(t.tube[1], "x", 1, 0) == -1 && errno == ENOTSOCK, "send in a cleanup handler");
	if (point->kind == LOCKED && !t.async) {
		CHECK(pthread_mutex_trylock(&t.mutex) == EBUSY, "%s: mutex not held", point->name);
		pthread_mutex_unlock(&t.mutex);
	}
}

static void *waiter(void *argument)
{
	const struct point *point = argument;
	int old;

	if (t.async)
		pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
	pthread_cleanup_push(cleanup, argument);
	if (point->kind == LOCKED)
		pthread_mutex_lock(&t.mutex);
	sem_post(&t.entered);
	point->call();
	t.returned = 1;
	pthread_cleanup_pop(0);
	return NULL;
}

static void *pending(void *argument)
{
	const struct point *point = argument;
	int old;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
	while (sem_wait(&t.cancelled))
		;
	pthread_cleanup_push(cleanup, argument);
	if (point->kind == LOCKED)
		pthread_mutex_lock(&t.mutex);
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old);
	point->call();
	t.returned = 1;
	pthread_cleanup_pop(0);
	return NULL;
}

static void joined(pthread_t thread, const struct point *point, const char *how)
{
	void *result = NULL;

	CHECK(pthread_join(thread, &result) == 0, "join");
	CHECK(result == PTHREAD_CANCELED, "%s (%s): not cancelled", point->name, how);
	CHECK(t.cleaned, "%s (%s): the cleanup handler did not run", point->name, how);
	CHECK(!t.returned, "%s (%s): the call returned", point->name, how);
}

static void blocked(const struct point *point, int async)
{
	int base = dup(0);
	pthread_t thread;
	void *result;

	close(base);
	make(0);
	t.async = async;
	if (reads(point)) {
		while (recv(t.pair[0], bytes, sizeof bytes, MSG_DONTWAIT) > 0)
			;
	}
	if (point->call == do_connect) /* as many as the backlog lets in */
		connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&t.name, sizeof t.name);
	pthread_create(&thread, NULL, waiter, (void *)point);
	while (sem_wait(&t.entered))
		;
	check_sleep_ms(2);
	CHECK(pthread_tryjoin_np(thread, &result) == EBUSY, "%s did not block", point->name);
	pthread_cancel(thread);
	joined(thread, point, async ? "asynchronous" : "deferred");
	end(base, 0);
}

static void when_pending(const struct point *point)
{
	int base = dup(0), status, value;
	pthread_t thread;

	close(base);
	make(1);
	pthread_create(&thread, NULL, pending, (void *)point);
	pthread_cancel(thread);
	sem_post(&t.cancelled);
	if (point->kind == LAZY) {
		pthread_join(thread, NULL);
		printf("%s with a pending cancel: %s\n", point->name,
		       t.returned ? "returned" : "cancelled");
		end(base, t.returned && strstr(point->name, "join"));
		return;
	}
	joined(thread, point, "pending");
	/* Nothing was taken. */
	CHECK(recv(t.pair[0], bytes, 1, MSG_DONTWAIT) == 1, "%s took the byte", point->name);
	sem_getvalue(&t.sem, &value);
	CHECK(value == 1, "%s took the semaphore", point->name);
	CHECK(waitpid(t.child, &status, 0) == t.child && WEXITSTATUS(status) == 3, "%s reaped",
	      point->name);
	CHECK(pthread_join(t.sleeper, NULL) == 0, "%s joined", point->name);
	end(base, 1);
}

/* Disabled: a cancel that came before and one that comes within change nothing. */
static void *stubborn(void *unused)
{
	int old;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
	sem_post(&t.entered);
	GIVES(recv(t.pair[0], bytes, 1, 0), 1);
	GIVES(recv(t.pair[0], bytes, 1, 0), 1);
	GIVES(sem_wait(&t.sem), 0);
	GIVES(poll(&(struct pollfd){t.pair[0], POLLIN, 0}, 1, 1), 0);
	GIVES(close(t.pair[0]), 0);
	return unused;
}

static void disabled(void)
{
	int base = dup(0);
	pthread_t thread;
	void *result = PTHREAD_CANCELED;

	close(base);
	make(1);
	pthread_create(&thread, NULL, stubborn, NULL);
	while (sem_wait(&t.entered))
		;
	pthread_cancel(thread);
	check_sleep_ms(2);
	send(t.pair[1], "k", 1, 0);
	CHECK(pthread_join(thread, &result) == 0 && !result, "cancelled though disabled");
	end(base, 0);
}

int main(void)
{
	clock_gettime(CLOCK_REALTIME, &later);
	later.tv_sec += 60;
	for (unsigned i = 0; i < sizeof points / sizeof *points; i++) {
		when_pending(&points[i]);
		if (points[i].kind == QUICK)
			continue;
		blocked(&points[i], 0);
		blocked(&points[i], 1);
	}
	disabled();
	return check_end();
}
