/*
 * launch.h - runs a command as a shell would, as if we were not there: same process group, its own
 * signals, stopped and continued with us.
 */
#ifndef ANALYZER_LAUNCH_H
#define ANALYZER_LAUNCH_H

#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

struct launch {
	char **argv;
	const char *helper,
		*path; /* dndprof-exec, when it shall become the program at path; NULL */
	char *const *names, *const *values; /* added to the environment; NULL-terminated names */
	int child;			    /* its pid, once launched */
	int error;			    /* errno of the exec that failed; 0: it ran */
	int status;			    /* as waitpid gives it */
	struct rusage usage;		    /* of it and the children it waited for */
	/* Called before waiting; returns the ns until it wants to be called again. NULL: never. */
	int64_t (*watch)(void *data);
};

/* Starts it and tells `started` (before it can have ended); then waits. `data` is for `started` and
 * `watch`. 0, or a negative errno when no process could be made. */
int launch(struct launch *launch, void (*started)(void *data, int child), void *data);

#endif
