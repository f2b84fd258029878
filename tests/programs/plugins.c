/*
 * plugins.c - threads that open a library (argv[1]), let it talk over a socket that outlives it,
 * and close the library, argv[2] times each. Prints how often that went well.
 */
// ldflags: -ldl
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *path;
static long wanted, done;

static void *work(void *unused)
{
	for (long i = 0; i < wanted; i++) {
		void *library = dlopen(path, RTLD_NOW | (i % 2 ? RTLD_LOCAL : RTLD_GLOBAL));
		int (*talk)(int *) = library ? (int (*)(int *))dlsym(library, "plugin_talk") : NULL;
		char byte;
		int fd;

		if (!talk || talk(&fd))
			continue;
		dlclose(library);
		if (recv(fd, &byte, 1, 0) == 0 && close(fd) == 0)
			__atomic_fetch_add(&done, 1, __ATOMIC_RELAXED);
	}
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t threads[4];

	if (argc < 3)
		return 2;
	path = argv[1];
	wanted = atol(argv[2]);
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, work, NULL);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	printf("%ld\n", done);
	return done != 4 * wanted;
}
