/* surroundings.c - see surroundings.h. */
#include "surroundings.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

/* May one process of ours trace another? Tried, as too many things can forbid it to be asked. */
static int try_ptrace(void)
{
	pid_t child = fork(), tracer;
	int status = 0;

	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0); /* as the shim does */
		for (;;)
			pause();
	}
	if (child < 0)
		return errno;
	tracer = fork();
	if (!tracer) { /* no ancestor of the other, as dndprof-exec is none */
		for (int i = 0; i < 100; i++) {
			if (ptrace(PTRACE_SEIZE, child, 0, 0) == 0)
				_exit(0);
			if (errno != EPERM)
				break;
			usleep(1000); /* it may not have said yet who may */
		}
		_exit(errno);
	}
	if (tracer > 0)
		waitpid(tracer, &status, 0);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return tracer < 0 ? EAGAIN : WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
}

/* "Name:\tNUMBER" of /proc/self/status; 0: there is no such line. */
static int field_of(const char *text, const char *name)
{
	const char *at = strstr(text, name);
	int value = 0;

	return at && sscanf(at + strlen(name), "%d", &value) == 1 ? value : 0;
}

void surroundings_look(struct surroundings *here)
{
	FILE *file = fopen("/proc/self/status", "re");
	char text[4096] = "";

	if (file) {
		text[fread(text, 1, sizeof(text) - 1, file)] = 0;
		fclose(file);
	}
	here->tracer = field_of(text, "\nTracerPid:");
	here->filtered = field_of(text, "\nSeccomp:") && field_of(text, "\nNoNewPrivs:");
	here->ptrace_error = here->tracer ? EPERM : try_ptrace();
}
