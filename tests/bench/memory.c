/*
 * memory.c - how much memory a process has: prints the kernel's own sums (smaps_rollup, bytes) as a
 * JSON line, when it has just started, and another after `memory CALLS` sends of no bytes. Run
 * natively and preloaded, the difference is the shim's.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static int print(const char *when)
{
	long rss = 0, pss = 0, private = 0, kib;
	char line[256], name[64];
	FILE *file = fopen("/proc/self/smaps_rollup", "r");

	if (!file)
		return perror("smaps_rollup"), 1;
	while (fgets(line, sizeof line, file)) {
		if (sscanf(line, "%63[^:]: %ld kB", name, &kib) != 2)
			continue;
		if (!strcmp(name, "Rss"))
			rss = kib;
		else if (!strcmp(name, "Pss"))
			pss = kib;
		else if (!strncmp(name, "Private_", 8) && strcmp(name, "Private_Hugetlb"))
		private += kib;
	}
	fclose(file);
	printf("{\"name\": \"%s\", \"rss\": %ld, \"pss\": %ld, \"private\": %ld}\n", when,
	       rss * 1024, pss * 1024, private * 1024);
	return 0;
}

int main(int argc, char **argv)
{
	long calls = argc == 2 ? atol(argv[1]) : 0;
	int pair[2];

	if (calls < 1)
		return fprintf(stderr, "usage: memory CALLS\n"), 2;
	if (print("start") || socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return 1;
	for (long i = 0; i < calls; i++)
		if (send(pair[0], "", 0, 0))
			return perror("send"), 1;
	return print("after");
}
