/*
 * stack.c - what a failed call costs that is made a number of frames deep: with and without
 * DNDPROF_DETAIL=detailed the difference is its stack. Between calls it sleeps, as stacks of quick
 * calls take turns (stacks/stack.c).
 *
 * usage: stack CALLS; one line of JSON a depth
 *
 * cflags: -O1 -fno-inline -fno-optimize-sibling-calls
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static __attribute__((noinline)) int64_t fail(int fd, int depth)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "/nonexistent/x"};
	int64_t ns;

	if (depth) {
		ns = fail(fd, depth - 1);
		__asm__ volatile("" : : : "memory");
		return ns;
	}
	ns = now_ns();
	connect(fd, (struct sockaddr *)&a, sizeof(a));
	return now_ns() - ns;
}

static int compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int main(int argc, char **argv)
{
	static const int depths[] = {4, 12, 26};
	int calls = argc > 1 ? atoi(argv[1]) : 100, fd = socket(AF_UNIX, SOCK_STREAM, 0);
	int64_t *ns = calloc((size_t)calls, sizeof(*ns));

	if (fd < 0 || !ns || calls < 1)
		return 1;
	for (size_t d = 0; d < sizeof(depths) / sizeof(depths[0]); d++) {
		for (int i = -5; i < calls; i++) { /* the first few warm caches */
			struct timespec pause = {0, 2000000};
			int64_t took;

			nanosleep(&pause, NULL);
			took = fail(fd, depths[d] - 4); /* and main, and three of libc's */
			if (i >= 0)
				ns[i] = took;
		}
		qsort(ns, (size_t)calls, sizeof(*ns), compare);
		printf("{\"frames\": %d, \"min\": %lld, \"median\": %lld, \"max\": %lld}\n",
		       depths[d], (long long)ns[0], (long long)ns[calls / 2],
		       (long long)ns[calls - 1]);
	}
	free(ns);
	return 0;
}
