/*
 * results_poll.c - return values, errno and results of the calls that wait for descriptors: poll,
 * ppoll, select, pselect, epoll_wait, epoll_pwait, epoll_pwait2 and the `_chk` variants. Must check
 * signal masks and remaining times too: they are results.
 */
// cflags: -D_FORTIFY_SOURCE=2
#include "check.h"
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>

static int pair[2];
static volatile sig_atomic_t alarms;
static volatile int one = 1, negative = -1;

static void on_alarm(int number)
{
	(void)number;
	alarms++;
}

static void alarm_after_ms(int ms)
{
	struct itimerval once = {.it_value = {0, ms * 1000}};

	setitimer(ITIMER_REAL, &once, NULL);
}

/* Again and again: the first may come before the call that it should interrupt. 0 ends it. */
static void alarm_every_ms(int ms)
{
	struct itimerval often = {{0, ms * 1000}, {0, ms * 1000}};

	setitimer(ITIMER_REAL, &often, NULL);
}

/* poll and ppoll: the array's size is known to the compiler in one call, hidden in another. */
static void polling(void)
{
	struct pollfd set[3] = {{pair[0], POLLIN, 0}, {-5, POLLIN, 77}, {4567, POLLIN, 0}};
	struct pollfd *volatile hidden = set;
	struct timespec soon = {0, 10000000}, never = {0, -1};
	sigset_t blocked, open;
	double start;

	GIVES(poll(set, 1, 0), 0);
	GIVES(poll(set, 2, 0), 0);
	CHECK(set[1].revents == 0, "poll left revents of a negative descriptor");
	GIVES(poll(set, 3 * one, 0), 1);
	CHECK(set[2].revents == POLLNVAL, "poll gave %x for a closed one", set[2].revents);
	send(pair[1], "x", 1, 0);
	set[0].events = POLLIN | POLLOUT;
	GIVES(poll(set, 1 * one, -1), 1);
	CHECK(set[0].revents == (POLLIN | POLLOUT), "poll gave %x", set[0].revents);
	GIVES(poll(check_null, 0, 0), 0);
	GIVES(poll(check_bad, 0, 1), 0);
	FAILS(poll(check_bad, one, 0), EFAULT);
	FAILS(poll(hidden, 1u << 30, 0), EINVAL); /* more than RLIMIT_NOFILE */
	GIVES(ppoll(set, 1, &soon, NULL), 1);
	GIVES(ppoll(set, 1 * one, NULL, NULL), 1);
	CHECK(soon.tv_nsec == 10000000, "ppoll changed its timeout");
	FAILS(ppoll(set, 1, &never, NULL), EINVAL);
	set[0].events = 0;
	start = check_seconds();
	GIVES(ppoll(set, 1 * one, &soon, NULL), 0);
	CHECK(check_seconds() - start >= 0.009, "ppoll came back too early");
	start = check_seconds();
	GIVES(poll(set, 1 * one, 10), 0);
	CHECK(check_seconds() - start >= 0.009, "poll came back too early");

	/* The mask is in force within ppoll only. */
	sigemptyset(&open);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGALRM);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	alarms = 0;
	alarm_after_ms(1);
	GIVES(poll(set, 1, 20), 0);
	CHECK(alarms == 0, "a blocked signal came in poll");
	FAILS(ppoll(set, 1, NULL, &open), EINTR);
	CHECK(alarms == 1, "ppoll's mask was not in force");
	sigprocmask(SIG_UNBLOCK, &blocked, NULL);
	alarm_every_ms(10);
	FAILS(poll(set, 1, 10000), EINTR);
	alarm_every_ms(0);
	recv(pair[0], &(char){0}, 1, 0);
}

static void selecting(void)
{
	fd_set in, out;
	struct timeval left = {5, 0}, past = {0, 0}, bad = {-1, 0};
	struct timespec soon = {0, 10000000};
	sigset_t open, blocked;

	GIVES(select(0, NULL, NULL, NULL, &past), 0);
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(pair[0], &in);
	FD_SET(pair[0], &out);
	GIVES(select(pair[0] + 1, &in, &out, NULL, &left), 1);
	CHECK(!FD_ISSET(pair[0], &in) && FD_ISSET(pair[0], &out), "select gave the wrong sets");
	CHECK(left.tv_sec == 4 && left.tv_usec > 0, "select did not say how much time was left");
	send(pair[1], "x", 1, 0);
	FD_SET(pair[0], &in);
	GIVES(select(pair[0] + 1, &in, &out, NULL, NULL), 2);
	GIVES(select(pair[0] + 1, NULL, NULL, &out, &past), 0);
	FAILS(select(-1, NULL, NULL, NULL, &past), EINVAL);
	FAILS(select(0, NULL, NULL, NULL, &bad), EINVAL);
	FAILS(select(1, check_bad, NULL, NULL, &past), EFAULT);
	FD_ZERO(&in);
	FD_SET(50, &in);
	FAILS(select(51, &in, NULL, NULL, &past), EBADF);

	GIVES(pselect(0, NULL, NULL, NULL, &soon, NULL), 0);
	CHECK(soon.tv_nsec == 10000000, "pselect changed its timeout");
	FD_ZERO(&in);
	FD_SET(pair[0], &in);
	GIVES(pselect(pair[0] + 1, &in, NULL, NULL, NULL, NULL), 1);
	sigemptyset(&open);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGALRM);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	alarms = 0;
	alarm_after_ms(1);
	FAILS(pselect(0, NULL, NULL, NULL, NULL, &open), EINTR);
	CHECK(alarms == 1, "pselect's mask was not in force");
	sigprocmask(SIG_UNBLOCK, &blocked, NULL);
	alarm_every_ms(10);
	left = (struct timeval){5, 0};
	FAILS(select(0, NULL, NULL, NULL, &left), EINTR);
	alarm_every_ms(0);
	CHECK(left.tv_sec == 4, "an interrupted select did not say how much time was left");
	recv(pair[0], &(char){0}, 1, 0);
}

static void events(void)
{
	struct epoll_event event = {EPOLLIN, {.u64 = 0x123456789abcdef}}, got[4];
	struct timespec soon = {0, 10000000};
	int set = epoll_create1(EPOLL_CLOEXEC);
	sigset_t open, blocked;

	epoll_ctl(set, EPOLL_CTL_ADD, pair[0], &event);
	GIVES(epoll_wait(set, got, 4, 0), 0);
	GIVES(epoll_wait(set, got, 4, 5), 0);
	GIVES(epoll_pwait2(set, got, 4, &soon, NULL), 0);
	send(pair[1], "x", 1, 0);
	GIVES(epoll_wait(set, got, 4, -1), 1);
	CHECK(got[0].events == EPOLLIN && got[0].data.u64 == 0x123456789abcdef,
	      "epoll_wait gave another event");
	GIVES(epoll_pwait(set, got, 4, -1, NULL), 1);
	GIVES(epoll_pwait2(set, got, 4, NULL, NULL), 1);
	FAILS(epoll_wait(set, got, 0, 0), EINVAL);
	FAILS(epoll_wait(set, got, negative, 0), EINVAL);
	FAILS(epoll_wait(set, check_bad, 4, 0), EFAULT);
	FAILS(epoll_wait(-1, got, 4, 0), EBADF);
	FAILS(epoll_wait(pair[0], got, 4, 0), EINVAL);
	FAILS(epoll_pwait(-1, got, 4, 0, NULL), EBADF);
	FAILS(epoll_pwait2(-1, got, 4, &soon, NULL), EBADF);
	recv(pair[0], &(char){0}, 1, 0);

	sigemptyset(&open);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGALRM);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	alarms = 0;
	alarm_after_ms(1);
	FAILS(epoll_pwait(set, got, 4, -1, &open), EINTR);
	alarm_after_ms(1);
	FAILS(epoll_pwait2(set, got, 4, NULL, &open), EINTR);
	CHECK(alarms == 2, "epoll_pwait's mask was not in force");
	sigprocmask(SIG_UNBLOCK, &blocked, NULL);
	alarm_every_ms(10);
	FAILS(epoll_wait(set, got, 4, 10000), EINTR);
	alarm_every_ms(0);
	close(set);
}

int main(void)
{
	struct sigaction action = {.sa_handler = on_alarm};

	sigaction(SIGALRM, &action, NULL);
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	polling();
	selecting();
	events();
	return check_end();
}
