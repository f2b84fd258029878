/*
 * startup.c - what starting a process costs: `startup SHIM COUNT` starts itself COUNT times each
 * natively and with the shim, in turn, and prints the nanoseconds from fork to wait of each as JSON
 * lines. Started as `startup nothing` it does nothing. Must not itself be preloaded.
 */
#define _GNU_SOURCE
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "figure.h"

extern char **environ;

static double start_ns(char **environment)
{
	char *arguments[] = {"/proc/self/exe", "nothing", NULL};
	double start = now_ns();
	int status;
	pid_t pid;

	if (posix_spawn(&pid, arguments[0], NULL, NULL, arguments, environment) ||
	    waitpid(pid, &status, 0) != pid || status) {
		fprintf(stderr, "the empty program did not start\n");
		exit(1);
	}
	return now_ns() - start;
}

static void print(const char *gate, const double *ns, int count)
{
	printf("{\"name\": \"start\", \"gate\": \"%s\", \"ns\": [", gate);
	for (int i = 0; i < count; i++)
		printf("%s%.0f", i ? ", " : "", ns[i]);
	printf("]}\n");
}

int main(int argc, char **argv)
{
	char preload[4200], *with[4096];
	int count, n = 0;
	double *native, *profiled;

	if (argc == 2 && !strcmp(argv[1], "nothing"))
		return 0;
	if (argc != 3 || (count = atoi(argv[2])) < 1)
		return fprintf(stderr, "usage: startup SHIM COUNT\n"), 2;
	snprintf(preload, sizeof preload, "LD_PRELOAD=%s", argv[1]);
	with[n++] = preload;
	for (char **entry = environ; *entry && n < 4095; entry++)
		with[n++] = *entry;
	with[n] = NULL;
	native = calloc(count, sizeof *native);
	profiled = calloc(count, sizeof *profiled);
	if (!native || !profiled)
		return 1;
	for (int i = -3; i < count; i++) { /* the first few warm caches */
		native[i < 0 ? 0 : i] = start_ns(environ);
		profiled[i < 0 ? 0 : i] = start_ns(with);
	}
	print("native", native, count);
	print("dndprof", profiled, count);
	free(native);
	free(profiled);
	return 0;
}
