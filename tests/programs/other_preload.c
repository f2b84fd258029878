/*
 * other_preload.c - a second preload library, as other tools bring one: it counts calls of a few
 * symbols that we wrap too, passes each on to the next definition, and says nothing. Whichever
 * comes first, both must see the calls.
 */
// cflags: -fPIC
// ldflags: -shared -ldl
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static long sends, locks, closes, threads;

#define NEXT(name) ((__typeof__(&name))next(#name, &name##_real))

static void *send_real, *pthread_mutex_lock_real, *close_real, *pthread_create_real;

static void *next(const char *name, void **place)
{
	if (!*place)
		*place = dlsym(RTLD_NEXT, name);
	return *place;
}

ssize_t send(int fd, const void *buffer, size_t length, int flags)
{
	__atomic_fetch_add(&sends, 1, __ATOMIC_RELAXED);
	return NEXT(send)(fd, buffer, length, flags);
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
	__atomic_fetch_add(&locks, 1, __ATOMIC_RELAXED);
	return NEXT(pthread_mutex_lock)(mutex);
}

int close(int fd)
{
	__atomic_fetch_add(&closes, 1, __ATOMIC_RELAXED);
	return NEXT(close)(fd);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*work)(void *),
		   void *argument)
{
	__atomic_fetch_add(&threads, 1, __ATOMIC_RELAXED);
	return NEXT(pthread_create)(thread, attributes, work, argument);
}

/* Where OTHER_PRELOAD names a file: what was seen, for the test. */
__attribute__((destructor)) static void report(void)
{
	const char *name = getenv("OTHER_PRELOAD");
	FILE *file = name ? fopen(name, "w") : NULL;

	if (!file)
		return;
	fprintf(file, "sends %ld closes %ld threads %ld locked %d\n", sends, closes, threads,
		locks > 0);
	fclose(file);
}
