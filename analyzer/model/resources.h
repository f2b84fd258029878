/*
 * resources.h - what the processes of a run used, and how that changed (resources.c).
 */
#ifndef ANALYZER_RESOURCES_H
#define ANALYZER_RESOURCES_H

#include <stddef.h>
#include <stdint.h>

struct resources {
	int64_t user_ns, system_ns; /* CPU of all processes; -1: no data */
};

#endif
