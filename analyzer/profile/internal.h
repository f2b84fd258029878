/*
 * internal.h - what the files of the reader share; nobody else includes it.
 */
#ifndef ANALYZER_PROFILE_INTERNAL_H
#define ANALYZER_PROFILE_INTERNAL_H

#include "base/memory.h"
#include "profile/reader.h"

#define PROFILE_LARGEST (UINT64_C(1) << 30) /* bytes of a file that are looked at */

struct info_line {
	const char *key, *value;
};

struct profile {
	char *path;
	uint8_t *data;
	uint64_t size; /* bytes of data; everything is checked against it */
	uint64_t cut_off;
	bool damaged;
	struct dndprof_header header;
	char *info;
	struct arena *arena; /* payloads and statistics */
	LIST(struct info_line) lines;
	LIST(struct profile_call) calls;
	LIST(struct dndprof_sample) samples;
	LIST(struct profile_ring) rings;
	LIST(struct profile_record) records;
	LIST(struct profile_module) modules;
	struct profile_stats *stats[DNDPROF_RING_CALLS];
	struct profile_call unknown; /* the row of ids the table lacks */
};

/* `count` things of `size` bytes at `offset`, or NULL when they are not all within the file. */
const void *profile_at(const struct profile *profile, uint64_t offset, uint64_t count,
		       uint64_t size);

/* modules.c: files that were mapped. */
void profile_read_modules(struct profile *profile);
/* ring.c: all rings with their records. */
void profile_read_rings(struct profile *profile);
/* statistics.c: adds a ring's figures; `budget` bounds the tables looked at in all. */
void profile_read_stats(struct profile *profile, const struct dndprof_ring *ring, uint64_t *budget);
/* live.c: drops from `profile` the slots the writer changed while the file `fd` was read. */
void profile_drop_changed(struct profile *profile, int fd);

#endif
