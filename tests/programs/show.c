/*
 * show.c - what a program was started with: arguments, environment without what dndprof documents
 * to add (LD_PRELOAD, DNDPROF_*), open descriptors. Ends with status 23. Target of the exec tests.
 */
#include "check.h"
#include <fcntl.h>

extern char **environ;

int main(int argc, char **argv)
{
	printf("%d arguments:", argc);
	for (int i = 1; i < argc; i++) {
		if (i < 8 || i == argc - 1)
			printf(" [%s]", argv[i]);
	}
	printf(" environment:");
	for (char **entry = environ; *entry; entry++) {
		if (strncmp(*entry, "LD_PRELOAD=", 11) && strncmp(*entry, "DNDPROF_", 8))
			printf(" [%.40s]", *entry);
	}
	printf(" descriptors:");
	for (int fd = 0; fd < 100; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			printf(" %d", fd);
	}
	printf("\n");
	return fflush(stdout) ? 1 : 23;
}
