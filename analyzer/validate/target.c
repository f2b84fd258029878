/*
 * target.c - the program that is observed through the C library: marks regions around spinning, and
 * receives from a thread that spins before it sends. It knows what it did by its own clock.
 */
#include "validate/validate.h"

#include <dndprof/dndprof.h>

#include <dlfcn.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

const struct repeat validate_repeats[] = {
	{0, 2000},	{100, 2000},	{1000, 2000},	{10000, 1000},	 {100000, 400},
	{1000000, 100}, {10000000, 30}, {100000000, 6}, {1000000000, 2}, {0, 0},
};

unsigned int validate_count(const struct repeat *repeat, unsigned int part)
{
	unsigned int count = repeat->count / (part ? part : 1);

	return count > 2 ? count : 2;
}

int64_t validate_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void validate_spin(int64_t deadline_ns)
{
	while (validate_now() < deadline_ns)
		;
}

static void put(FILE *file, int64_t delay, int64_t start, int64_t end)
{
	fprintf(file, "%lld %lld %lld\n", (long long)delay, (long long)start,
		(long long)(end - start));
}

/* The reference lies within the region: what the region shows beyond is its own cost. */
static void mark_regions(FILE *file, unsigned int part)
{
	for (const struct repeat *repeat = validate_repeats; repeat->count; repeat++)
		for (unsigned int i = validate_count(repeat, part); i > 0; i--) {
			struct dndprof_region region;
			int64_t start, end;

			if (!repeat->delay_ns) {
				start = end = validate_now();
				dndprof_begin_operation(&region, "nothing", "validate");
				dndprof_end(&region, 0);
				put(file, 0, start, end);
				continue;
			}
			dndprof_begin_operation(&region, "spin", "validate");
			start = validate_now();
			validate_spin(start + repeat->delay_ns);
			end = validate_now();
			dndprof_end(&region, 0);
			put(file, repeat->delay_ns, start, end);
		}
}

/* Spins as long as each eight bytes received say, then answers with a byte. */
static void *answer(void *argument)
{
	int fd = *(int *)argument;
	int64_t delay;
	char byte = 0;

	while (recv(fd, &delay, sizeof(delay), MSG_WAITALL) == (ssize_t)sizeof(delay)) {
		validate_spin(validate_now() + delay);
		if (send(fd, &byte, 1, 0) != 1)
			break;
	}
	return NULL;
}

/* ---- calls that do nothing ---- */

#define EMPTY_ROUNDS 120
#define EMPTY_LEAST  40

static volatile long swallowed;

static void call_nothing(int delay, void *function, int fd)
{
	char byte;

	switch (delay) {
	case EMPTY_READ:
		swallowed = ((__typeof__(&read))function)(fd, &byte, 0);
		break;
	case EMPTY_WRITE:
		swallowed = ((__typeof__(&write))function)(fd, "", 0);
		break;
	case EMPTY_SEND:
		swallowed = ((__typeof__(&send))function)(fd, "", 0, 0);
		break;
	case EMPTY_RECV:
		swallowed = ((__typeof__(&recv))function)(fd, &byte, 1, MSG_DONTWAIT);
		break;
	case EMPTY_POLL:
		swallowed = ((__typeof__(&poll))function)(NULL, 0, 0);
		break;
	}
}

/* Each kind through the gate and past it in turn, so that both have the same weather. */
static int do_nothing(FILE *file, int fd, unsigned int part)
{
	unsigned int rounds = EMPTY_ROUNDS / (part ? part : 1);
	void *through[] = {(void *)read, (void *)write, (void *)send, (void *)recv, (void *)poll};
	/* The C library's own functions stand in its table, whoever interposes them. */
	void *direct[EMPTY_MOST], *library = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);

	for (size_t i = 0; validate_empty[i].name; i++)
		if (!library || !(direct[i] = dlsym(library, validate_empty[i].name)))
			return 1;
	if (rounds < EMPTY_LEAST)
		rounds = EMPTY_LEAST;
	for (unsigned int round = 0; round < rounds; round++)
		for (size_t i = 0; validate_empty[i].name; i++) {
			int delay = validate_empty[i].delay;
			int64_t start = validate_now();

			for (int j = 0; j < EMPTY_BATCH; j++)
				call_nothing(delay, direct[i], fd);
			put(file, delay, start, validate_now());
			for (int j = 0; j < EMPTY_BATCH; j++)
				call_nothing(delay, through[i], fd);
		}
	return 0;
}

/* The reference lies around the call. */
static int receive(FILE *file, unsigned int part)
{
	int pair[2];
	pthread_t thread;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) ||
	    pthread_create(&thread, NULL, answer, &pair[1]))
		return 1;
	fprintf(file, "fd %d\n", pair[0]);
	for (const struct repeat *repeat = validate_repeats + 1; repeat->count; repeat++)
		for (unsigned int i = validate_count(repeat, part); i > 0; i--) {
			int64_t start;
			char byte;

			if (send(pair[0], &repeat->delay_ns, sizeof(repeat->delay_ns), 0) < 0)
				return 1;
			start = validate_now();
			if (recv(pair[0], &byte, 1, 0) != 1)
				return 1;
			put(file, repeat->delay_ns, start, validate_now());
		}
	if (do_nothing(file, pair[0], part))
		return 1;
	shutdown(pair[0], SHUT_RDWR);
	pthread_join(thread, NULL);
	close(pair[0]);
	close(pair[1]);
	return 0;
}

int validate_target(int argc, char **argv)
{
	const char *kind = argc > 0 ? argv[0] : "";
	unsigned int part = argc > 2 ? (unsigned int)atoi(argv[2]) : 1;
	FILE *file;
	int status = 0;

	if (argc > 3 && strcmp(kind, "curl") == 0)
		return validate_curl(argv[3], argv[1], part);
	file = argc > 2 ? fopen(argv[1], "we") : NULL;
	if (!file)
		return 1;
	if (strcmp(kind, "regions") == 0) {
		fprintf(file, "fd -1\n");
		mark_regions(file, part);
	} else {
		status = receive(file, part);
	}
	return fclose(file) != 0 ? 1 : status;
}
