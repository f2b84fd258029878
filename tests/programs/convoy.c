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

static void hold(const char *name, int times, long microseconds)
{
	pthread_setname_np(pthread_self(), name);
	for (int i = 0; i < times; i++) {
		pthread_mutex_lock(&mutex);
		pause_for(microseconds);
		pthread_mutex_unlock(&mutex);
		pause_for(50);
	}
}

static void *slow(void *unused)
{
	hold("slow", 5, 50000);
	return unused;
}

static void *quick(void *unused)
{
	hold("quick", 100, 200);
	return unused;
}

int main(void)
{
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, i ? quick : slow, NULL);
	for (int i = 3; i >= 0; i--)
		pthread_join(threads[i], NULL);
	return 0;
}
