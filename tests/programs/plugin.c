/*
 * plugin.c - a library that opens sockets, and is opened and closed while they are open: see
 * plugins.c.
 */
// cflags: -fPIC
// ldflags: -shared
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

int plugin_talk(int *left_open);

int plugin_talk(int *left_open)
{
	char byte = 'x';
	int pair[2];

	pthread_mutex_lock(&mutex);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) || send(pair[0], &byte, 1, 0) != 1 ||
	    recv(pair[1], &byte, 1, 0) != 1)
		return -1;
	pthread_mutex_unlock(&mutex);
	close(pair[0]);
	*left_open = pair[1];
	return 0;
}
