/*
 * filter.h - a seccomp filter that was there before us (a container's, a service manager's): may
 * the system calls the recorder makes be made at all?
 */
#ifndef DNDPROF_SHIM_FILTER_H
#define DNDPROF_SHIM_FILTER_H

#include <stdbool.h>

/* True where there is no filter, or one that does not kill for any call of ours. Called once, by
 * the constructor. */
bool filter_permits(void);

#endif
