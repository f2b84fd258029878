/*
 * target.c - the program that is observed through the C library: marks regions around spinning, and
 * receives from a thread that spins before it sends. It knows what it did by its own clock.
 */
#include "validate/validate.h"

#include <dndprof/dndprof.h>

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
	if (validate_nothing(file, pair[0], part))
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
