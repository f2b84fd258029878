/*
 * hello_musl.c - a program of another C library: a byte through a socket pair, a thread, a lock.
 */
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int fds[2];

static void *send_byte(void *unused)
{
	pthread_mutex_lock(&lock);
	send(fds[0], "x", 1, 0);
	pthread_mutex_unlock(&lock);
	return unused;
}

int main(void)
{
	pthread_t thread;
	char byte = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) ||
	    pthread_create(&thread, NULL, send_byte, NULL))
		return 1;
	if (recv(fds[1], &byte, 1, 0) != 1 || pthread_join(thread, NULL))
		return 1;
	printf("%c\n", byte);
	return 5;
}
