/*
 * symbolizer.c - see symbolizer.h: the analyzer's side.
 *
 * One file is being read at a time, for memory's sake; it stays open for further questions until
 * another is asked for. A process that fails has told nothing: what came before it failed is not
 * taken either, and the file is read anew, less far.
 */
#define _GNU_SOURCE
#include "symbols/symbolizer.h"
#include "base/error.h"
#include "symbols/named_file.h"
#include "symbols/sandbox.h"
#include "symbols/symbolizer_process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define END_MS	      1000 /* for how it ended */
#define TEXTS_MIB     64   /* of functions and files that are taken in all */
#define FAILURES_MOST 16   /* files that may fail before no more are tried */
#define NONSENSE      "what was answered makes no sense"

#define TEXT_OF(number) #number
#define TEXT(number)	TEXT_OF(number)

struct symbolizer {
	pid_t process;	      /* 0: there is none */
	int control, answers; /* -1: none */
	uint32_t number;      /* of the last order, to which they are */
	bool demangle;
	int file_most_ms, all_most_ms;
	int file_ms, all_ms; /* still to be waited */
	uint64_t texts;	     /* bytes still to be taken */
	const char *reason;  /* of the last refusal or failure */
	char reason_text[64];
	const char *failed; /* the first file */
	char failed_reason[96];
	size_t failures; /* files */
};

enum outcome { ANSWERED, REFUSED, FAILED };

struct symbolizer *symbolizer_new(int file_ms, int all_ms)
{
	struct symbolizer *symbolizer = memory_get(sizeof(*symbolizer));

	symbolizer->control = symbolizer->answers = -1;
	symbolizer->file_most_ms = file_ms;
	symbolizer->all_ms = symbolizer->all_most_ms = all_ms;
	symbolizer->texts = (uint64_t)TEXTS_MIB << 20;
	return symbolizer;
}

static void close_file(struct symbolizer *s)
{
	if (s->answers >= 0)
		close(s->answers);
	s->answers = -1;
}

/* It ends with what it forked, and waits for that: who started us may be told of orphans. */
static void stop(struct symbolizer *s)
{
	const struct timespec pause = {0, 1000000};
	pid_t ended = -1;

	close_file(s);
	if (s->control >= 0)
		close(s->control);
	s->control = -1;
	if (s->process > 0)
		kill(s->process, SIGTERM);
	for (int ms = 0; s->process > 0 && ms < END_MS; ms++) {
		ended = waitpid(s->process, NULL, WNOHANG);
		if (ended)
			break;
		nanosleep(&pause, NULL);
	}
	if (s->process > 0 && !ended) {
		kill(s->process, SIGKILL);
		while (waitpid(s->process, NULL, 0) < 0 && errno == EINTR)
			;
	}
	s->process = 0;
}

void symbolizer_free(struct symbolizer *symbolizer)
{
	if (!symbolizer)
		return;
	stop(symbolizer);
	free(symbolizer);
}

/* ---- the process ---- */

static bool start(struct symbolizer *s)
{
	int pair[2];
	bool started;

	if (s->process)
		return true;
	if (!symbolizer_is_served || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return false;
	started = symbolizer_spawn(&s->process, pair[1]) == 0;
	close(pair[1]);
	s->control = pair[0];
	if (!started) {
		s->process = 0;
		stop(s);
	}
	return started;
}

/* ---- waiting ---- */

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

/* A packet, within *ms, of which is taken off what it took. 0: the end; -1: none came. */
static ssize_t receive(int fd, int *ms, void *to, size_t size)
{
	int64_t begun = now_ms(), left;
	struct pollfd ready = {fd, POLLIN, 0};
	ssize_t got;
	int n;

	do {
		left = *ms - (now_ms() - begun);
		n = poll(&ready, 1, left > 0 ? (int)left : 0);
	} while (n < 0 && errno == EINTR);
	left = *ms - (now_ms() - begun);
	*ms = left > 0 ? (int)left : 0;
	if (n <= 0)
		return -1;
	got = recv(fd, to, size, MSG_DONTWAIT);
	return got > 0 ? got : 0;
}

/* Why the process that served the order is there no more. */
static const char *how_it_ended(struct symbolizer *s)
{
	struct ended ended = {.number = s->number + 1};
	int ms = END_MS;

	while (ended.number != s->number)
		if (receive(s->control, &ms, &ended, sizeof(ended)) != sizeof(ended))
			return "it ended";
	if (WIFSIGNALED(ended.status) && WTERMSIG(ended.status) == SIGXCPU)
		return "too much processor time, " TEXT(SANDBOX_SECONDS) " s at most";
	if (WIFSIGNALED(ended.status) && WTERMSIG(ended.status) == SIGKILL)
		return "it was killed"; /* for memory, or by somebody */
	if (WIFSIGNALED(ended.status)) {
		snprintf(s->reason_text, sizeof(s->reason_text), "a crash: %s",
			 strsignal(WTERMSIG(ended.status)));
		return s->reason_text;
	}
	if (WIFEXITED(ended.status) && WEXITSTATUS(ended.status) == EXIT_INPUT)
		return "too much memory, " TEXT(SANDBOX_GIB) " GiB at most";
	return "it ended";
}

static const char *how_late(struct symbolizer *s)
{
	bool all = s->all_ms <= 0;

	snprintf(s->reason_text, sizeof(s->reason_text), "too long, %g s at most%s",
		 (all ? s->all_most_ms : s->file_most_ms) / 1e3, all ? " for all files" : "");
	return s->reason_text;
}

static enum outcome fail(struct symbolizer *s, const char *reason)
{
	s->reason = reason;
	stop(s);
	return FAILED;
}

#define MANY_NAMES "too many names, " TEXT(TEXTS_MIB) " MiB at most"

/* A packet of the answers; 0: there is none, and s->reason says why. */
static size_t receive_answers(struct symbolizer *s, void *to, size_t size)
{
	int limit = s->file_ms < s->all_ms ? s->file_ms : s->all_ms, left = limit;
	ssize_t got = receive(s->answers, &left, to, size);

	s->file_ms -= limit - left;
	s->all_ms -= limit - left;
	if (got > 0)
		return (size_t)got;
	fail(s, got == 0 ? how_it_ended(s) : how_late(s));
	return 0;
}

/* ---- of one file ---- */

static bool send_order(struct symbolizer *s, const struct order *order, const int *fds)
{
	size_t size = (order->debug ? ORDER_FILES : ORDER_FILES - 1) * sizeof(int);
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(ORDER_FILES * sizeof(int))];
	} with = {.header = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
	struct iovec data = {(void *)(uintptr_t)order, sizeof(*order)};
	struct msghdr message = {.msg_iov = &data,
				 .msg_iovlen = 1,
				 .msg_control = &with,
				 .msg_controllen = CMSG_SPACE(size)};

	with.header.cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(&with.header), fds, size);
	return sendmsg(s->control, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == sizeof(*order);
}

/* Has the files read that are open already. */
static enum outcome order(struct symbolizer *s, struct symbolizer_file *file, int fd, int debug)
{
	static const char *const told[PLACES_STATUSES] = {[PLACES_CHANGED] = "file changed since",
							  [PLACES_UNREADABLE] = "file not readable",
							  [PLACES_NO_LIBDW] =
								  "libdw.so.1 (libdw1) is missing"};
	struct ended ended;
	struct order order;
	uint32_t status;
	int pair[2];
	bool sent;

	memset(&order, 0, sizeof(order)); /* nothing of ours lies between its fields */
	order.wanted.depth = file->wanted.depth;
	order.wanted.go = file->wanted.go;
	order.wanted.demangle = s->demangle;
	order.wanted.build_id_bytes = file->wanted.build_id_bytes;
	memcpy(order.wanted.build_id, file->wanted.build_id, sizeof(order.wanted.build_id));
	order.number = ++s->number;
	order.debug = debug >= 0;
	if (!start(s) || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return fail(s, "no process could be started");
	while (recv(s->control, &ended, sizeof(ended), MSG_DONTWAIT) > 0)
		; /* of those before */
	sent = send_order(s, &order, (int[ORDER_FILES]){pair[1], fd, debug});
	close(pair[1]);
	s->answers = pair[0];
	s->file_ms = s->file_most_ms;
	file->order = s->number;
	if (!sent)
		return fail(s, "no process could be started");
	switch (receive_answers(s, &status, sizeof(status))) {
	case 0:
		return FAILED;
	case sizeof(status):
		if (status < PLACES_STATUSES)
			break;
		__attribute__((fallthrough));
	default:
		return fail(s, NONSENSE);
	}
	if (status == PLACES_THERE)
		return ANSWERED;
	s->reason = told[status];
	close_file(s);
	return REFUSED;
}

static enum outcome open_file(struct symbolizer *s, struct symbolizer_file *file)
{
	const struct wanted *wanted = &file->wanted;
	enum outcome outcome;
	int fd, debug = -1;
	uint64_t size;

	close_file(s);
	fd = named_file_open(file->path, &size);
	if (fd < 0) {
		s->reason = fd == -ENOENT    ? "file gone since"
			    : fd == -EBADMSG ? "file changed since"
			    : fd == -EFBIG   ? "file larger than " TEXT(NAMED_FILE_MIB) " MiB"
					     : "file not readable";
		return REFUSED;
	}
	if (wanted->depth < DEPTH_GO)
		debug = named_file_debug(file->path, size, wanted->build_id,
					 wanted->build_id_bytes);
	outcome = order(s, file, fd, debug);
	close(fd);
	if (debug >= 0)
		close(debug);
	return outcome;
}

/* ---- questions ---- */

/* Answers to `count` addresses. */
static enum outcome take_answers(struct symbolizer *s, size_t count, struct arena *arena,
				 struct place *places)
{
	static uint8_t packet[PACKET_MOST];
	struct place last = {0};
	size_t size, used, done = 0;

	while (done < count) {
		size = receive_answers(s, packet, sizeof(packet));
		if (!size)
			return FAILED;
		if (size > s->texts)
			return fail(s, MANY_NAMES);
		s->texts -= size;
		for (size_t at = 0; at < size; at += used) {
			used = done < count ? answer_take(packet + at, size - at, arena, &last,
							  &places[done++])
					    : 0;
			if (!used)
				return fail(s, NONSENSE);
		}
	}
	return ANSWERED;
}

static enum outcome ask(struct symbolizer *s, struct symbolizer_file *file,
			const struct asked *asked, size_t count, struct arena *arena,
			struct place *places)
{
	bool is_open = s->answers >= 0 && file->order == s->number;
	enum outcome outcome = is_open ? ANSWERED : open_file(s, file);
	size_t done = 0, n;

	for (; outcome == ANSWERED && done < count; done += n) {
		n = count - done < QUESTION_MOST ? count - done : QUESTION_MOST;
		/* It waits for this: there is room. */
		if (send(s->answers, asked + done, n * sizeof(*asked),
			 MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)(n * sizeof(*asked)))
			return fail(s, how_it_ended(s));
		outcome = take_answers(s, n, arena, places + done);
	}
	return outcome;
}

static bool any_mangled(const struct place *places, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (places[i].function && strncmp(places[i].function, "_Z", 2) == 0)
			return true;
	return false;
}

static void note_failure(struct symbolizer *s, struct symbolizer_file *file, const char *reason)
{
	if (!s->failed) {
		s->failed = file->path;
		snprintf(s->failed_reason, sizeof(s->failed_reason), "%s", reason);
	}
	s->failures += !file->failed;
	file->failed = true;
}

/* Why no more is asked for, NULL while it is. Files may be made to fail, any number of them, each
 * after a while. */
static const char *has_enough(struct symbolizer *s)
{
	return s->all_ms <= 0		      ? how_late(s)
	       : s->texts < PACKET_MOST	      ? MANY_NAMES
	       : s->failures >= FAILURES_MOST ? s->failed_reason
					      : NULL;
}

const char *symbolizer_ask(struct symbolizer *s, struct symbolizer_file *file,
			   const struct asked *asked, size_t count, struct arena *arena,
			   struct place *places)
{
	while (file->wanted.depth < DEPTH_NONE && !has_enough(s)) {
		enum outcome outcome = ask(s, file, asked, count, arena, places);

		if (outcome == ANSWERED && !s->demangle && any_mangled(places, count)) {
			s->demangle = true; /* from now on */
			close_file(s);
			continue;
		}
		if (outcome != FAILED)
			return outcome == REFUSED ? s->reason : NULL;
		note_failure(s, file, s->reason);
		file->wanted.depth++;
		if (file->wanted.depth == DEPTH_GO && !file->wanted.go)
			file->wanted.depth++;
	}
	if (has_enough(s))
		note_failure(s, file, has_enough(s));
	return "its symbols could not be read";
}

const char *symbolizer_failures(const struct symbolizer *s, struct arena *arena)
{
	const char *others = "";

	if (!s->failures)
		return NULL;
	if (s->failures > 1)
		others = arena_print(arena, ", nor those of %zu other file%s", s->failures - 1,
				     s->failures > 2 ? "s" : "");
	return arena_print(arena,
			   "The symbols of %s could not be read whole (%s)%s: functions or lines "
			   "there are not named.",
			   s->failed, s->failed_reason, others);
}
