/*
 * check.h - what the test programs share: checks that say in a sentence what differs from what
 * libc and the kernel do natively, and an end that turns them into an exit status.
 *
 * A program exits 0 (all as expected), 1 (something differs; stderr says what) or 77 (cannot be
 * shown here; stderr says why). What it prints to stdout must be the same in every run: it is
 * compared with and without the shim. Must not hide errno from the checks.
 */
#ifndef CHECK_H
#define CHECK_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CHECK_SKIP 77

/* No call sets this errno: it must stand there still after a call that succeeded. */
#define CHECK_ERRNO 4242

static int check_count;
static int check_failures;

/* Pointers no call may follow; volatile, so that the compiler does not know. */
static void *volatile check_null __attribute__((unused));
static void *volatile check_bad __attribute__((unused)) = (void *)8;

__attribute__((format(printf, 4, 5), unused)) static void
check_that(const char *file, int line, int holds, const char *format, ...)
{
	int error = errno;
	va_list arguments;

	__atomic_fetch_add(&check_count, 1, __ATOMIC_RELAXED);
	if (holds)
		return;
	__atomic_fetch_add(&check_failures, 1, __ATOMIC_RELAXED);
	fprintf(stderr, "%s:%d: ", file, line);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, " (errno %d)\n", error);
	errno = error;
}

__attribute__((unused)) static void check_gives(const char *file, int line, const char *call,
						long got, long want)
{
	int error = errno;

	check_that(file, line, got == want, "%s gave %ld, natively %ld", call, got, want);
	errno = error;
	check_that(file, line, got != want || errno == CHECK_ERRNO, "%s succeeded but set errno",
		   call);
}

__attribute__((unused)) static void check_fails(const char *file, int line, const char *call,
						long got, int want)
{
	int error = errno;

	check_that(file, line, got == -1, "%s gave %ld, natively it fails with %s", call, got,
		   strerror(want));
	errno = error;
	check_that(file, line, got != -1 || errno == want, "%s failed with %s, natively with %s",
		   call, strerror(error), strerror(want));
}

/* Ends the program: how many checks, and were they all right. */
__attribute__((unused)) static int check_end(void)
{
	printf("%d checks\n", check_count);
	fflush(stdout);
	return check_failures ? 1 : 0;
}

__attribute__((format(printf, 1, 2), noreturn, unused)) static void check_skip(const char *format,
									       ...)
{
	va_list arguments;

	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	exit(CHECK_SKIP);
}

/* The instant `ms` milliseconds from now on `clock`, for the timed calls. */
__attribute__((unused)) static struct timespec check_after_ms(clockid_t clock, long ms)
{
	struct timespec t;

	clock_gettime(clock, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += ms % 1000 * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}

__attribute__((unused)) static double check_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

__attribute__((unused)) static void check_sleep_ms(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	while (nanosleep(&t, &t) && errno == EINTR)
		;
}

#define CHECK(condition, ...) check_that(__FILE__, __LINE__, (condition), __VA_ARGS__)

/* `call` returns `want` and leaves errno alone. */
#define GIVES(call, want) \
	(errno = CHECK_ERRNO, check_gives(__FILE__, __LINE__, #call, (long)(call), (long)(want)))

/* `call` returns -1 with errno `want`. */
#define FAILS(call, want) (errno = 0, check_fails(__FILE__, __LINE__, #call, (long)(call), (want)))

/* `call` returns the error number `want`, the pthread way, and leaves errno alone. */
#define RETURNS(call, want) GIVES(call, want)

#endif
