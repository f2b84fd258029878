/*
 * tracer.h - the process that follows another one through its exec, does there what is to be done,
 * lets it go and ends.
 */
#ifndef DNDPROF_SHIM_TRACER_H
#define DNDPROF_SHIM_TRACER_H

#include <sys/types.h>

#include <dndprof/route.h>

/* Starts one for `target` and returns when it has seized it: FOLLOWED, or why not. `env`: what to
 * add to an environment that lacks us. */
enum dndprof_route tracer_start(pid_t target, char *const *env);

#endif
