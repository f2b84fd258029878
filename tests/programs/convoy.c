/*
 * convoy.c - a lock convoy of known shape: the thread "slow" holds a mutex for 50 ms at a time,
 * five times; three others need it for moments.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <time.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void pause_for(long microseconds)
{
	nanosleep(&(struct timespec){.tv_nsec = microseconds * 1000}, NULL);
}

static void *hold(void *microseconds)
{
	pthread_setname_np(pthread_self(), (long)microseconds > 1000 ? "slow" : "quick");
	for (int i = 0; i < 5; i++) {
		pthread_mutex_lock(&mutex);
		pause_for((long)microseconds);
		pthread_mutex_unlock(&mutex);
		pause_for(100);
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, hold, (void *)(i ? 100L : 50000L));
	for (int i = 3; i >= 0; i--)
		pthread_join(threads[i], NULL);
	return 0;
}
