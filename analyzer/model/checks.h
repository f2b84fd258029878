/*
 * checks.h - diagnostic checks recognised in a run, by rule or by label (checks.c).
 */
#ifndef ANALYZER_CHECKS_H
#define ANALYZER_CHECKS_H

#include <stddef.h>
#include <stdint.h>

struct check_row {
	const char *name;
	uint64_t count, succeeded;
	int64_t total_ns, min_ns, max_ns;
};

struct checks {
	struct check_row *items; /* the highest average first */
	size_t count, room;
};

#endif
