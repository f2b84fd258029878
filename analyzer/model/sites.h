/*
 * sites.h - call sites: from where slow and failed calls, and waits for locks, were made (sites.c).
 */
#ifndef ANALYZER_SITES_H
#define ANALYZER_SITES_H

#include <stddef.h>
#include <stdint.h>

#include "symbols/symbols.h"

/* A stack, the same for all calls that were made from there. Its number is its place plus 1. */
struct site {
	const struct symbol **frames; /* innermost first */
	size_t frame_count;
	const char *title; /* the innermost frame that is no library's of the system's or Go's */
	int64_t total_ns;  /* of all calls from there */
	uint32_t first;	   /* of its rows */
};

/* The calls of one name and one outcome from one site. */
struct site_row {
	uint32_t site;
	const char *call, *program;
	const char *error; /* NULL: it did not fail */
	uint64_t count;
	int64_t total_ns, max_ns;
};

/* A frame of a site, as a row. */
struct site_frame {
	uint32_t site, number; /* innermost: 1 */
	const struct symbol *symbol;
};

struct sites {
	struct {
		struct site *items; /* the one whose calls took longest first */
		size_t count, room;
	} list;
	struct {
		struct site_row *items; /* by site, the longest first */
		size_t count, room;
	} rows;
	struct {
		struct site_frame *items; /* by site and number */
		size_t count, room;
	} frames;
};

#endif
