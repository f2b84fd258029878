/*
 * runs.h - the runs at a path: the one it is, or all that lie in it.
 */
#ifndef ANALYZER_RUNS_H
#define ANALYZER_RUNS_H

#include "base/memory.h"

struct run_paths {
	char **items;
	size_t count, room;
};

/* A profile file or a run directory itself; of another directory its children run-*, the oldest
 * first; of one without any, itself. 0, or a negative errno. */
int runs_below(const char *path, struct run_paths *paths);
void run_paths_free(struct run_paths *paths);

#endif
