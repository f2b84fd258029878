/*
 * symbolizer_serve.c - the other side of symbolizer.h: a process that reads no file but forks one
 * for each that is ordered, which gives up all it does not need, reads the file and answers.
 */
#define _GNU_SOURCE
#include "symbols/sandbox.h"
#include "symbols/symbolizer.h"
#include "symbols/symbolizer_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of one that serves an order: what it got lies where the order's descriptors did. */
enum { ANSWERS = CONTROL, FILE_ITSELF, FILE_BESIDE, FILES_END };

/* ---- of one file ---- */

static void answer(struct places *places, const struct asked *asked, size_t count)
{
	static uint8_t packet[PACKET_MOST];
	size_t used = 0, more;

	for (size_t i = 0; i < count; i++) {
		struct place place;

		places_find(places, asked[i].address, asked[i].back, &place);
		more = answer_put(packet + used, sizeof(packet) - used, &place);
		if (!more) {
			if (write(ANSWERS, packet, used) != (ssize_t)used)
				_exit(1);
			used = answer_put(packet, sizeof(packet), &place);
		}
		used += more;
	}
	if (write(ANSWERS, packet, used) != (ssize_t)used)
		_exit(1);
}

/* Ends with its asker. */
static void serve_file(const struct order *order)
{
	static struct asked asked[QUESTION_MOST];
	enum places_status status;
	struct places *places;
	uint32_t told;
	ssize_t got;

	sandbox_enter();
	places = places_open(&order->wanted, FILE_ITSELF, order->debug ? FILE_BESIDE : -1, &status);
	told = status;
	if (write(ANSWERS, &told, sizeof(told)) != sizeof(told))
		_exit(1);
	while ((got = read(ANSWERS, asked, sizeof(asked))) > 0)
		answer(places, asked, (size_t)got / sizeof(asked[0]));
	_exit(0);
}

/* The descriptors of an order to where they are looked for, and no others. */
static void take_places(const int *fds, size_t count)
{
	int high[ORDER_FILES];

	for (size_t i = 0; i < count; i++)
		high[i] = fcntl(fds[i], F_DUPFD, FILES_END);
	for (size_t i = 0; i < count; i++)
		dup2(high[i], ANSWERS + (int)i);
	sandbox_close(ANSWERS + (int)count);
}

/* ---- of all ---- */

/* Its descriptors, of which there are two or three. 0: there is no order more. */
static size_t take_order(struct order *order, int fds[ORDER_FILES])
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(ORDER_FILES * sizeof(int))];
	} control;
	struct iovec data = {order, sizeof(*order)};
	struct msghdr message = {.msg_iov = &data,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};
	struct cmsghdr *with;
	size_t count;

	if (recvmsg(CONTROL, &message, MSG_CMSG_CLOEXEC) != sizeof(*order))
		return 0;
	count = order->debug ? ORDER_FILES : ORDER_FILES - 1;
	with = CMSG_FIRSTHDR(&message);
	if (!with || with->cmsg_type != SCM_RIGHTS ||
	    with->cmsg_len != CMSG_LEN(count * sizeof(int)))
		return 0;
	memcpy(fds, CMSG_DATA(with), count * sizeof(int));
	return count;
}

/* Who reads a file, 0: nobody; told to end, it is not waited for any longer. */
static volatile pid_t reader;

static void on_end(int signal)
{
	(void)signal;
	if (reader > 0)
		kill(reader, SIGKILL);
}

static void serve_order(const struct order *order, const int *fds, size_t count)
{
	struct ended ended = {order->number, -1};
	pid_t server = getpid(), child;
	siginfo_t info;
	sigset_t end;

	sigemptyset(&end);
	sigaddset(&end, SIGTERM);
	sigprocmask(SIG_BLOCK, &end, NULL);
	reader = child = fork();
	if (!child)
		signal(SIGTERM, SIG_DFL);
	sigprocmask(SIG_UNBLOCK, &end, NULL);
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != server)
			_exit(1);
		take_places(fds, count);
		serve_file(order);
	}
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
	if (child > 0) {
		while (waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT) < 0 && errno == EINTR)
			;
		reader = 0; /* before its number may be another's */
		waitpid(child, &ended.status, 0);
	}
	send(CONTROL, &ended, sizeof(ended), MSG_NOSIGNAL);
}

bool symbolizer_serve(int argc, char **argv)
{
	static const int usual[] = {SIGXCPU, SIGPIPE, SIGCHLD, SIGSEGV, SIGBUS, SIGABRT, SIGXFSZ};
	const struct sigaction ends = {.sa_handler = on_end}; /* which interrupts */
	int fds[ORDER_FILES];
	struct order order;
	size_t count;

	if (argc != 1 || strcmp(argv[0], SYMBOLIZER_NAME) != 0) {
		symbolizer_is_served = true;
		return false;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, SYMBOLIZER_SHORT);
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		signal(usual[i], SIG_DFL);
	sigaction(SIGTERM, &ends, NULL);
	sandbox_close(CONTROL + 1);
	places_start();
	while ((count = take_order(&order, fds))) {
		if (order.wanted.demangle)
			places_demangle();
		serve_order(&order, fds, count);
	}
	return true;
}
