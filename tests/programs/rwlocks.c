/*
 * rwlocks.c - read-write locks of every kind, barriers and thread calls (create, exit, join and its
 * variants) give natively what they should. Timing is only checked from below.
 */
#include "check.h"
#include <pthread.h>

static long elsewhere(void *(*work)(void *), void *argument)
{
	pthread_t thread;
	void *result;

	if (pthread_create(&thread, NULL, work, argument) || pthread_join(thread, &result))
		return -1;
	return (long)result;
}

/* Each tries in another thread; whatever it got it gives back. */
static void *given_back(pthread_rwlock_t *lock, int error)
{
	if (!error)
		pthread_rwlock_unlock(lock);
	return (void *)(long)error;
}

static void *try_read(void *lock)
{
	return given_back(lock, pthread_rwlock_tryrdlock(lock));
}

static void *try_write(void *lock)
{
	return given_back(lock, pthread_rwlock_trywrlock(lock));
}

static void *timed_read(void *lock)
{
	struct timespec limit = check_after_ms(CLOCK_REALTIME, 20);
	double start = check_seconds();
	int error = pthread_rwlock_timedrdlock(lock, &limit);

	CHECK(error != ETIMEDOUT || check_seconds() - start > 0.019, "timedrdlock ended early");
	return given_back(lock, error);
}

static void *timed_write(void *lock)
{
	struct timespec limit = check_after_ms(CLOCK_REALTIME, 20);

	return given_back(lock, pthread_rwlock_timedwrlock(lock, &limit));
}

static void *clock_read(void *lock)
{
	struct timespec limit = check_after_ms(CLOCK_MONOTONIC, 20);

	return given_back(lock, pthread_rwlock_clockrdlock(lock, CLOCK_MONOTONIC, &limit));
}

static void *clock_write(void *lock)
{
	struct timespec limit = check_after_ms(CLOCK_MONOTONIC, 20);

	return given_back(lock, pthread_rwlock_clockwrlock(lock, CLOCK_MONOTONIC, &limit));
}

static void *hold_write(void *lock)
{
	pthread_rwlock_wrlock(lock);
	check_sleep_ms(5);
	pthread_rwlock_unlock(lock);
	return NULL;
}

static void *write_later(void *lock)
{
	return given_back(lock, pthread_rwlock_wrlock(lock));
}

static void locks(int kind)
{
	pthread_rwlock_t lock;
	pthread_rwlockattr_t attributes;
	struct timespec bad = {0, -1}, limit = check_after_ms(CLOCK_REALTIME, 5000);
	pthread_t thread;

	pthread_rwlockattr_init(&attributes);
	pthread_rwlockattr_setkind_np(&attributes, kind);
	pthread_rwlock_init(&lock, &attributes);

	RETURNS(pthread_rwlock_rdlock(&lock), 0);
	RETURNS(pthread_rwlock_rdlock(&lock), 0);
	RETURNS(pthread_rwlock_tryrdlock(&lock), 0);
	RETURNS(pthread_rwlock_trywrlock(&lock), EBUSY);
	CHECK(elsewhere(try_read, &lock) == 0, "readers may share");
	CHECK(elsewhere(timed_read, &lock) == 0, "readers may share");
	CHECK(elsewhere(clock_read, &lock) == 0, "readers may share");
	CHECK(elsewhere(try_write, &lock) == EBUSY, "a writer beside readers");
	CHECK(elsewhere(timed_write, &lock) == ETIMEDOUT, "a writer beside readers");
	CHECK(elsewhere(clock_write, &lock) == ETIMEDOUT, "a writer beside readers");
	for (int i = 0; i < 3; i++)
		RETURNS(pthread_rwlock_unlock(&lock), 0);

	RETURNS(pthread_rwlock_wrlock(&lock), 0);
	RETURNS(pthread_rwlock_wrlock(&lock), EDEADLK);
	RETURNS(pthread_rwlock_rdlock(&lock), EDEADLK);
	RETURNS(pthread_rwlock_timedrdlock(&lock, &limit), EDEADLK);
	RETURNS(pthread_rwlock_timedwrlock(&lock, &limit), EDEADLK);
	RETURNS(pthread_rwlock_clockwrlock(&lock, CLOCK_MONOTONIC, &limit), EDEADLK);
	RETURNS(pthread_rwlock_tryrdlock(&lock), EBUSY);
	RETURNS(pthread_rwlock_trywrlock(&lock), EBUSY);
	CHECK(elsewhere(try_read, &lock) == EBUSY, "a reader beside a writer");
	CHECK(elsewhere(timed_read, &lock) == ETIMEDOUT, "a reader beside a writer");
	CHECK(elsewhere(clock_read, &lock) == ETIMEDOUT, "a reader beside a writer");
	RETURNS(pthread_rwlock_unlock(&lock), 0);

	/* An invalid limit is refused even when the lock is free. */
	RETURNS(pthread_rwlock_timedrdlock(&lock, &bad), EINVAL);
	RETURNS(pthread_rwlock_timedwrlock(&lock, &bad), EINVAL);
	RETURNS(pthread_rwlock_clockrdlock(&lock, CLOCK_PROCESS_CPUTIME_ID, &limit), EINVAL);
	RETURNS(pthread_rwlock_clockwrlock(&lock, CLOCK_PROCESS_CPUTIME_ID, &limit), EINVAL);

	for (int i = 0; i < 4; i++) {
		pthread_create(&thread, NULL, hold_write, &lock);
		check_sleep_ms(2);
		if (i == 0)
			RETURNS(pthread_rwlock_rdlock(&lock), 0);
		else if (i == 1)
			RETURNS(pthread_rwlock_wrlock(&lock), 0);
		else if (i == 2)
			RETURNS(pthread_rwlock_timedrdlock(&lock, &limit), 0);
		else
			RETURNS(pthread_rwlock_clockwrlock(&lock, CLOCK_REALTIME, &limit), 0);
		RETURNS(pthread_rwlock_unlock(&lock), 0);
		pthread_join(thread, NULL);
	}

	/* A writer waits: may another reader come in before it? That is the lock's kind. */
	RETURNS(pthread_rwlock_rdlock(&lock), 0);
	pthread_create(&thread, NULL, write_later, &lock);
	if (kind == PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP) {
		for (int i = 0; i < 5000 && elsewhere(try_read, &lock) == 0; i++)
			check_sleep_ms(1); /* until the writer waits */
		CHECK(elsewhere(try_read, &lock) == EBUSY, "a reader before a waiting writer");
	} else {
		check_sleep_ms(10);
		CHECK(elsewhere(try_read, &lock) == 0, "no reader before a waiting writer");
	}
	RETURNS(pthread_rwlock_unlock(&lock), 0);
	pthread_join(thread, NULL);
	RETURNS(pthread_rwlock_destroy(&lock), 0);
}

static pthread_barrier_t barrier;

static void *meet(void *unused)
{
	(void)unused;
	return (void *)(long)pthread_barrier_wait(&barrier);
}

static void barriers(void)
{
	pthread_t threads[3];
	int serial, zero;

	pthread_barrier_init(&barrier, NULL, 4);
	for (int round = 0; round < 50; round++) {
		errno = CHECK_ERRNO;
		for (int i = 0; i < 3; i++)
			pthread_create(&threads[i], NULL, meet, NULL);
		serial = zero = 0;
		for (int i = -1; i < 3; i++) {
			void *result = NULL;

			if (i < 0)
				result = meet(NULL);
			else
				pthread_join(threads[i], &result);
			serial += (long)result == PTHREAD_BARRIER_SERIAL_THREAD;
			zero += !result;
		}
		CHECK(serial == 1 && zero == 3, "barrier: %d serial, %d others", serial, zero);
		CHECK(errno == CHECK_ERRNO, "barrier set errno");
	}
	RETURNS(pthread_barrier_destroy(&barrier), 0);
}

static void *sleeps(void *unused)
{
	check_sleep_ms(30);
	return unused;
}

static void leave(long value)
{
	pthread_exit((void *)value);
}

static void *leaves(void *value)
{
	leave((long)value + 1);
	return NULL;
}

static void *name_kept(void *unused)
{
	char name[16];

	pthread_setname_np(pthread_self(), "worker-7");
	pthread_getname_np(pthread_self(), name, sizeof name);
	CHECK(!strcmp(name, "worker-7"), "the thread is called %s", name);
	return unused;
}

static void threads(void)
{
	struct timespec past = {1, 0}, limit = check_after_ms(CLOCK_REALTIME, 5000);
	pthread_t thread, self = pthread_self();
	pthread_attr_t detached;
	void *result;

	RETURNS(pthread_create(&thread, NULL, leaves, (void *)1), 0);
	RETURNS(pthread_join(thread, &result), 0);
	CHECK(elsewhere(leaves, (void *)41) == 42, "pthread_exit's value was lost");
	CHECK(elsewhere(name_kept, (void *)5) == 5, "a thread's value was lost");
	RETURNS(pthread_join(self, NULL), EDEADLK);
	pthread_create(&thread, NULL, sleeps, (void *)6);
	RETURNS(pthread_tryjoin_np(thread, &result), EBUSY);
	RETURNS(pthread_timedjoin_np(thread, &result, &past), ETIMEDOUT);
	RETURNS(pthread_clockjoin_np(thread, &result, CLOCK_MONOTONIC, &past), ETIMEDOUT);
	RETURNS(pthread_clockjoin_np(thread, &result, 99, &past), EINVAL);
	RETURNS(pthread_timedjoin_np(thread, &result, &limit), 0);
	CHECK((long)result == 6, "timedjoin lost the value");
	pthread_create(&thread, NULL, sleeps, (void *)7);
	RETURNS(pthread_clockjoin_np(thread, &result, CLOCK_REALTIME, &limit), 0);
	CHECK((long)result == 7, "clockjoin lost the value");
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	RETURNS(pthread_create(&thread, &detached, sleeps, NULL), 0);
	RETURNS(pthread_join(thread, NULL), EINVAL);
	pthread_attr_setstacksize(&detached, (size_t)1 << 46);
	CHECK(pthread_create(&thread, &detached, sleeps, NULL) == EAGAIN, "64 TiB of stack");
	pthread_attr_destroy(&detached);
}

int main(void)
{
	locks(PTHREAD_RWLOCK_PREFER_READER_NP);
	locks(PTHREAD_RWLOCK_PREFER_WRITER_NP);
	locks(PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	barriers();
	threads();
	return check_end();
}
