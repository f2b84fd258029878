/*
 * rundir.h - where this run's files go: the directory a parent made (DNDPROF_RUN), or one we make
 * and hand to our children.
 */
#ifndef DNDPROF_SHIM_RUNDIR_H
#define DNDPROF_SHIM_RUNDIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/settings.h"

struct rundir {
	uint64_t id;
	uint8_t key[16];
	bool has_key;
	bool made;	 /* by us: children must be told */
	char path[4096]; /* absolute; "" until rundir_open succeeded. Last: little of it is used */
};

/* Opens (making it where no parent did) the run's directory. Returns a descriptor, which the caller
 * closes at once, or a negative errno: EPERM when the directory is not ours or others may write to
 * it. */
long rundir_open(struct rundir *d, const struct settings *s, char *const *env);

/* Opens it again, in a forked child. */
long rundir_reopen(const struct rundir *d);

/* The environment with DNDPROF_RUN and DNDPROF_RUN_KEY added; memory that lives as long as the
 * process. NULL: no memory. */
char **rundir_environment(const struct rundir *d, char **env);

/* Accounts n more bytes to the run's disk cap. False: the cap is reached (counted in the
 * directory's run.budget). */
bool rundir_spend(uint64_t n);

/* Maps dir/run.budget, which all processes of the run share. */
void rundir_map_budget(long dir);

/* Notes there that this program has no profile, for a negative errno. */
void rundir_unrecorded(long error);

/* RLIMIT_FSIZE: to make a file longer is to be killed. */
uint64_t rundir_file_limit(void);

#endif
