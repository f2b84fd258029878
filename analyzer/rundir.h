/*
 * rundir.h - the directory of a new run: PARENT/run-<UTC>-<PID>/, for nobody else's eyes; and what
 * is known of a run when it begins and ends.
 */
#ifndef ANALYZER_RUNDIR_H
#define ANALYZER_RUNDIR_H

#include <limits.h>
#include <stdint.h>

#include "profile/run.h"

/* Makes `parent` and what of it is missing, 0700. 0, or a negative errno. */
int rundir_make_parents(const char *parent);
/* Makes it, and what of `parent` is missing, 0700. 0 and its absolute path, or a negative errno. */
int rundir_make(const char *parent, int64_t realtime_ns, char path[PATH_MAX]);

/* Fills in the host, the version, when the run begins: now; and when it ends. */
void run_begins(struct run_facts *facts);
void run_ends(struct run_facts *facts);

/* A secret for a run, as DNDPROF_RUN_KEY has it. 0, or a negative errno. */
#define RUN_KEY_TEXT 33
int run_key(char text[RUN_KEY_TEXT]);

#endif
