/*
 * rundir.h - the directory of a new run: PARENT/run-<UTC>-<PID>/, for nobody else's eyes.
 */
#ifndef ANALYZER_RUNDIR_H
#define ANALYZER_RUNDIR_H

#include <limits.h>
#include <stdint.h>

/* Makes it, and what of `parent` is missing, 0700. 0 and its absolute path, or a negative errno. */
int rundir_make(const char *parent, int64_t realtime_ns, char path[PATH_MAX]);

#endif
