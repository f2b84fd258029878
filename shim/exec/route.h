/*
 * route.h - what is done about a program that is started, so that it is observed, too: nothing (its
 * environment carries us), an environment with or without us, or following it by dndprof-exec.
 *
 * Everything here runs between fork or vfork and exec as well: no memory is had, nothing is kept,
 * pointers of the caller are read only where the kernel says they can be.
 */
#ifndef DNDPROF_SHIM_ROUTE_H
#define DNDPROF_SHIM_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include <dndprof/route.h>

#include "exec/inspect.h"
#include "recorder/rundir.h"
#include "recorder/settings.h"

/* Keeps what children must be told: our variables in env, and the run (NULL: the one named in env,
 * if any). Before it nothing is followed. */
void route_start(const struct rundir *run, char *const *env);

/* May anything be done at all? Else the file is not even looked at. */
bool route_active(void);

struct route_plan {
	bool strip; /* take us out of LD_PRELOAD: the program could not load us, and would say so */
	bool add;   /* its environment lacks us */
	bool follow;		    /* only dndprof-exec can bring us in */
	enum dndprof_route refused; /* why not, where it should be followed and cannot be */
};

/* What an exec of such a file with this environment wants. */
void route_plan(struct route_plan *plan, const struct inspected *in, char *const *env);

/* Has the caller, which is about to exec, followed: FOLLOWED, or why not. It has then been seized
 * by a process that will do what is to be done when the new program begins. */
enum dndprof_route route_follow(void);

/* The exec that was followed has failed: that process goes at once (told by this signal), not only
 * when it loses its patience, and nobody traces the caller any more. errno is kept. */
#define ROUTE_LET_GO 10 /* SIGUSR1 */
void route_let_go(void);

/* Arguments with which dndprof-exec stands as the program at path and becomes it, followed
 * (posix_spawn): room for ROUTE_BECOME more than argv has. NULL: dndprof-exec was not found. */
#define ROUTE_BECOME 4
const char *route_become(const char **to, const char *path, char *const *argv);

/* An environment after the plan: env itself where nothing is to be changed or it is too long. */
#define ROUTE_ENTRIES 2048
struct route_env {
	char *env[ROUTE_ENTRIES + 32];
	char preload[4096];
};
char *const *route_environment(struct route_env *e, const struct route_plan *plan,
			       char *const *env);

/* All of it for an exec of Go's: plans, follows where that is wanted (so that the environment is
 * added to behind the exec), and takes us out of *env where we could not be loaded. Returns what
 * the record of the exec shall say. */
enum dndprof_route exec_route(int dir, const char *path, char *const **env, int flags);

#endif
