/*
 * filter.h - seccomp filters that nobody tells us of: one that was there before us (a container's,
 * a service manager's), and one that the program sets by machine code of its own.
 */
#ifndef DNDPROF_SHIM_FILTER_H
#define DNDPROF_SHIM_FILTER_H

#include <stdbool.h>

/* True where there is no filter, or one that does not kill for any call of ours. Called once, by
 * the constructor. */
bool filter_permits(void);

/* Has another filter come since? Asked before each system call of ours, by one that any filter for
 * programs of several threads lets through, for they name their threads by it; one that kills for
 * it does so. */
bool filter_changed(void);

#endif
