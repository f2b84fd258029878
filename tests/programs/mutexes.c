/*
 * mutexes.c - mutexes of every kind give natively what they should: normal, recursive,
 * error-checking, robust, priority inheriting and protecting, process-shared; locked, tried, with
 * a time limit. Timing is only checked from below: a limit may not end early.
 */
#include "check.h"
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>

static pthread_mutex_t made(int type, int robust, int protocol)
{
	pthread_mutex_t mutex;
	pthread_mutexattr_t attributes;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, type);
	if (robust)
		pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	pthread_mutexattr_setprotocol(&attributes, protocol);
	pthread_mutex_init(&mutex, &attributes);
	pthread_mutexattr_destroy(&attributes);
	return mutex;
}

static long elsewhere(void *(*work)(void *), pthread_mutex_t *mutex)
{
	pthread_t thread;
	void *result;

	RETURNS(pthread_create(&thread, NULL, work, mutex), 0);
	RETURNS(pthread_join(thread, &result), 0);
	return (long)result;
}

static void *try(void *mutex)
{
	int error = pthread_mutex_trylock(mutex);

	if (!error)
		pthread_mutex_unlock(mutex);
	return (void *)(long)error;
}

static void *timed(void *mutex)
{
	struct timespec limit = check_after_ms(CLOCK_REALTIME, 20);
	double start = check_seconds();
	int error = pthread_mutex_timedlock(mutex, &limit);

	CHECK(error != ETIMEDOUT || check_seconds() - start > 0.019, "timedlock ended early");
	if (!error)
		pthread_mutex_unlock(mutex);
	return (void *)(long)error;
}

static void *clocked(void *mutex)
{
	struct timespec limit = check_after_ms(CLOCK_MONOTONIC, 20);
	double start = check_seconds();
	int error = pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, &limit);

	CHECK(error != ETIMEDOUT || check_seconds() - start > 0.019, "clocklock ended early");
	if (!error)
		pthread_mutex_unlock(mutex);
	return (void *)(long)error;
}

static void *locks(void *mutex)
{
	long error = pthread_mutex_lock(mutex);

	if (!error)
		pthread_mutex_unlock(mutex);
	return (void *)error;
}

static void *unlocks(void *mutex)
{
	return (void *)(long)pthread_mutex_unlock(mutex);
}

static void *takes(void *mutex)
{
	return (void *)(long)pthread_mutex_lock(mutex);
}

static void *slow_holder(void *mutex)
{
	pthread_mutex_lock(mutex);
	check_sleep_ms(5);
	pthread_mutex_unlock(mutex);
	return NULL;
}

/* What every kind has in common, seen from another thread. */
static void common(pthread_mutex_t *m)
{
	struct timespec bad = {0, 1000000000}, past = {1, 0};
	struct timespec limit = check_after_ms(CLOCK_REALTIME, 5000);
	pthread_t thread;

	RETURNS(pthread_mutex_lock(m), 0);
	CHECK(elsewhere(try, m) == EBUSY, "trylock of a held mutex");
	CHECK(elsewhere(timed, m) == ETIMEDOUT, "timedlock of a held mutex");
	RETURNS(pthread_mutex_unlock(m), 0);
	RETURNS(pthread_mutex_trylock(m), 0);
	RETURNS(pthread_mutex_unlock(m), 0);
	/* Free: the limit is not looked at, be it past or invalid. */
	RETURNS(pthread_mutex_timedlock(m, &past), 0);
	RETURNS(pthread_mutex_unlock(m), 0);
	RETURNS(pthread_mutex_timedlock(m, &bad), 0);
	RETURNS(pthread_mutex_unlock(m), 0);
	CHECK(elsewhere(try, m) == 0, "trylock of a free mutex");
	CHECK(elsewhere(timed, m) == 0, "timedlock of a free mutex");
	for (int i = 0; i < 3; i++) {
		pthread_create(&thread, NULL, slow_holder, m);
		check_sleep_ms(2);
		if (i == 0)
			RETURNS(pthread_mutex_lock(m), 0);
		else if (i == 1)
			RETURNS(pthread_mutex_timedlock(m, &limit), 0);
		else
			RETURNS(pthread_mutex_clocklock(m, CLOCK_REALTIME, &limit), 0);
		RETURNS(pthread_mutex_unlock(m), 0);
		pthread_join(thread, NULL);
	}
}

static void normal(void)
{
	pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
	struct timespec bad = {0, 1000000000}, limit;

	common(&m);
	pthread_mutex_lock(&m);
	RETURNS(pthread_mutex_trylock(&m), EBUSY);
	RETURNS(pthread_mutex_timedlock(&m, &bad), EINVAL);
	RETURNS(pthread_mutex_clocklock(&m, CLOCK_REALTIME, &bad), EINVAL);
	RETURNS(pthread_mutex_clocklock(&m, CLOCK_PROCESS_CPUTIME_ID, &bad), EINVAL);
	limit = check_after_ms(CLOCK_REALTIME, -1000);
	RETURNS(pthread_mutex_timedlock(&m, &limit), ETIMEDOUT);
	limit = check_after_ms(CLOCK_MONOTONIC, 10);
	RETURNS(pthread_mutex_clocklock(&m, CLOCK_MONOTONIC, &limit), ETIMEDOUT);
	CHECK(elsewhere(clocked, &m) == ETIMEDOUT, "clocklock of a held mutex");
	pthread_mutex_unlock(&m);
	CHECK(elsewhere(clocked, &m) == 0, "clocklock of a free mutex");
	/* Even a free one refuses a clock that is none for locks. */
	RETURNS(pthread_mutex_clocklock(&m, CLOCK_PROCESS_CPUTIME_ID, &bad), EINVAL);
	RETURNS(pthread_mutex_destroy(&m), 0);
}

static void recursive(void)
{
	pthread_mutex_t m = made(PTHREAD_MUTEX_RECURSIVE, 0, PTHREAD_PRIO_NONE);
	struct timespec limit = check_after_ms(CLOCK_REALTIME, 5000);

	common(&m);
	RETURNS(pthread_mutex_lock(&m), 0);
	RETURNS(pthread_mutex_lock(&m), 0);
	RETURNS(pthread_mutex_trylock(&m), 0);
	RETURNS(pthread_mutex_timedlock(&m, &limit), 0);
	for (int i = 0; i < 3; i++) {
		RETURNS(pthread_mutex_unlock(&m), 0);
		CHECK(elsewhere(try, &m) == EBUSY, "free after %d unlocks of 4", i + 1);
	}
	RETURNS(pthread_mutex_unlock(&m), 0);
	CHECK(elsewhere(try, &m) == 0, "held after all unlocks");
	RETURNS(pthread_mutex_unlock(&m), EPERM);
	RETURNS(pthread_mutex_destroy(&m), 0);
}

static void checking(void)
{
	pthread_mutex_t m = made(PTHREAD_MUTEX_ERRORCHECK, 0, PTHREAD_PRIO_NONE);
	struct timespec limit = check_after_ms(CLOCK_REALTIME, 5000);

	common(&m);
	RETURNS(pthread_mutex_lock(&m), 0);
	RETURNS(pthread_mutex_lock(&m), EDEADLK);
	RETURNS(pthread_mutex_trylock(&m), EBUSY);
	RETURNS(pthread_mutex_timedlock(&m, &limit), EDEADLK);
	RETURNS(pthread_mutex_clocklock(&m, CLOCK_REALTIME, &limit), EDEADLK);
	CHECK(elsewhere(unlocks, &m) == EPERM, "another may unlock");
	RETURNS(pthread_mutex_unlock(&m), 0);
	RETURNS(pthread_mutex_unlock(&m), EPERM);
	RETURNS(pthread_mutex_destroy(&m), 0);
}

static void robust(int type)
{
	struct timespec limit = check_after_ms(CLOCK_REALTIME, 5000);
	pthread_mutex_t m = made(type, 1, PTHREAD_PRIO_NONE);

	common(&m);
	/* lock, trylock and timedlock each find the owner dead; each then holds it. */
	for (int i = 0; i < 4; i++) {
		CHECK(elsewhere(takes, &m) == 0, "lock");
		if (i == 0)
			RETURNS(pthread_mutex_lock(&m), EOWNERDEAD);
		else if (i == 1)
			RETURNS(pthread_mutex_trylock(&m), EOWNERDEAD);
		else if (i == 2)
			RETURNS(pthread_mutex_timedlock(&m, &limit), EOWNERDEAD);
		else
			RETURNS(pthread_mutex_clocklock(&m, CLOCK_REALTIME, &limit), EOWNERDEAD);
		CHECK(elsewhere(try, &m) == EBUSY, "EOWNERDEAD, but not locked");
		RETURNS(pthread_mutex_consistent(&m), 0);
		RETURNS(pthread_mutex_unlock(&m), 0);
	}
	CHECK(elsewhere(locks, &m) == 0, "consistent again, but not to be locked");
	CHECK(elsewhere(takes, &m) == 0, "lock");
	RETURNS(pthread_mutex_lock(&m), EOWNERDEAD);
	RETURNS(pthread_mutex_unlock(&m), 0);
	RETURNS(pthread_mutex_lock(&m), ENOTRECOVERABLE);
	RETURNS(pthread_mutex_trylock(&m), ENOTRECOVERABLE);
	RETURNS(pthread_mutex_destroy(&m), 0);
}

static void prioritized(void)
{
	pthread_mutex_t inherit = made(PTHREAD_MUTEX_NORMAL, 0, PTHREAD_PRIO_INHERIT);
	pthread_mutex_t both = made(PTHREAD_MUTEX_RECURSIVE, 1, PTHREAD_PRIO_INHERIT);
	pthread_mutex_t ceiling = made(PTHREAD_MUTEX_ERRORCHECK, 0, PTHREAD_PRIO_PROTECT);
	int error;

	common(&inherit);
	common(&both);
	CHECK(elsewhere(takes, &both) == 0, "lock");
	RETURNS(pthread_mutex_trylock(&both), EOWNERDEAD);
	RETURNS(pthread_mutex_consistent(&both), 0);
	RETURNS(pthread_mutex_lock(&both), 0);
	RETURNS(pthread_mutex_unlock(&both), 0);
	RETURNS(pthread_mutex_unlock(&both), 0);
	error = pthread_mutex_lock(&ceiling);
	printf("ceiling: %d\n", error); /* EINVAL or EPERM where priorities are not allowed */
	if (!error) {
		RETURNS(pthread_mutex_lock(&ceiling), EDEADLK);
		CHECK(elsewhere(try, &ceiling) == EBUSY, "trylock of a held mutex");
		RETURNS(pthread_mutex_unlock(&ceiling), 0);
	}
}

/* Shared with a child that dies holding it. */
static void shared(void)
{
	pthread_mutex_t *m =
		mmap(NULL, sizeof *m, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_t attributes;
	int status, turn[2];
	char byte = 0;
	pid_t pid;

	CHECK(pipe(turn) == 0, "pipe");
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(m, &attributes);
	pthread_mutex_lock(m);
	pid = fork();
	if (pid == 0) {
		if (pthread_mutex_trylock(m) != EBUSY)
			_exit(1);
		if (write(turn[1], &byte, 1) != 1)
			_exit(3);
		_exit(pthread_mutex_lock(m) ? 2 : 0);
	}
	close(turn[1]);
	CHECK(read(turn[0], &byte, 1) == 1, "the child found no held mutex");
	close(turn[0]);
	check_sleep_ms(5);
	RETURNS(pthread_mutex_unlock(m), 0);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0, "the child's lock: %x", status);
	RETURNS(pthread_mutex_lock(m), EOWNERDEAD);
	RETURNS(pthread_mutex_consistent(m), 0);
	RETURNS(pthread_mutex_unlock(m), 0);
	munmap(m, sizeof *m);
}

static long counter;

static void *count(void *mutex)
{
	for (int i = 0; i < 100000; i++) {
		pthread_mutex_lock(mutex);
		counter++;
		pthread_mutex_unlock(mutex);
	}
	return NULL;
}

static void excluding(void)
{
	pthread_mutex_t m = PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP;
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, count, &m);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	CHECK(counter == 400000, "4 threads counted to %ld", counter);
}

int main(void)
{
	normal();
	recursive();
	checking();
	robust(PTHREAD_MUTEX_NORMAL);
	robust(PTHREAD_MUTEX_RECURSIVE);
	prioritized();
	shared();
	excluding();
	return check_end();
}
