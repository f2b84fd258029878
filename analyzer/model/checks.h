/*
 * checks.h - diagnostic checks recognised in a run, by rule or by label (checks.c).
 */
#ifndef ANALYZER_CHECKS_H
#define ANALYZER_CHECKS_H

#include <stddef.h>
#include <stdint.h>

/* What a check stands on: an operation, a process, or a call that is part of none. */
struct check_part {
	size_t row;	  /* of checks.items */
	const char *kind; /* "http", "dns", "connect", "region", "process", "open", "netlink",
			      "ioctl" */
	const char *what; /* "GET /networks/{id}", a name, a peer, a program, a path */
	uint32_t process;
	uint32_t operation;	       /* UINT32_MAX: it is none */
	int64_t start_ns, duration_ns; /* duration -1: its end was not seen */
};

struct check_row {
	const char *name;
	/* Of an ambiguous one, what it may have been: NULL after the last. NULL: no ambiguity. */
	const char *const *candidates;
	uint64_t count;
	uint64_t succeeded, failed; /* of the others nobody saw how they ended */
	uint64_t by_rule, by_label;
	uint64_t timed; /* those with an end; the figures below are of them */
	int64_t total_ns, average_ns, min_ns, max_ns;
	uint64_t parts;		       /* all of them */
	size_t first_part, kept_parts; /* in checks.parts, by time */
};

struct checks {
	struct check_row *items; /* the highest average first */
	size_t count, room;
	struct {
		struct check_part *items; /* of each row the first CHECK_PARTS_MOST */
		size_t count, room;
	} parts;
};

#define CHECK_PARTS_MOST 100

#endif
