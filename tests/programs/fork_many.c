/*
 * fork_many.c - argv[1] children one after another: every tenth talks over a socket pair, the
 * others do nothing and must leave nothing. Prints how many ended well.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int talk(void)
{
	char byte = 'x';
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds))
		return 3;
	return send(fds[0], &byte, 1, 0) == 1 && recv(fds[1], &byte, 1, 0) == 1 ? 0 : 3;
}

int main(int argc, char **argv)
{
	int wanted = argc > 1 ? atoi(argv[1]) : 100, talking = argc > 2 ? atoi(argv[2]) : 10;
	int done = 0;

	for (int i = 0; i < wanted; i++) {
		int status;
		pid_t pid = fork();

		if (pid < 0)
			return 3;
		if (pid == 0)
			_exit(i % talking == 0 ? talk() : 0);
		if (waitpid(pid, &status, 0) == pid && status == 0)
			done++;
	}
	printf("%d\n", done);
	return done != wanted;
}
