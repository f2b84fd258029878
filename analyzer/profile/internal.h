/*
 * internal.h - what the files of the reader share; nobody else includes it.
 */
#ifndef ANALYZER_PROFILE_INTERNAL_H
#define ANALYZER_PROFILE_INTERNAL_H

#include <sys/types.h>

#include "base/memory.h"
#include "profile/reader.h"

#define PROFILE_LARGEST (UINT64_C(1) << 30) /* bytes of a file that are looked at */

struct info_line {
	const char *key, *value;
};

struct ring_place {
	uint64_t offset;
	struct dndprof_ring ring; /* as it was when its file was opened */
};

struct profile {
	char *path;
	uint8_t *data;
	uint64_t size;	 /* bytes of data; everything is checked against it */
	uint8_t *loaded; /* a bit for each piece of data that was read (bytes.c); NULL: all is there
			  */
	uint64_t mapped; /* bytes of address space for data */
	int fd;		 /* -1: not open now */
	ino_t inode;	 /* of the file, 0: not opened yet; with: */
	dev_t device;
	uint64_t file_size;
	bool complete; /* its records were read */
	uint64_t cut_off;
	bool damaged;
	struct dndprof_header header;
	char *info;
	struct arena *arena; /* payloads and statistics */
	LIST(struct info_line) lines;
	LIST(struct profile_call) calls;
	LIST(struct dndprof_sample) samples;
	LIST(struct profile_ring) rings;
	LIST(struct ring_place) places; /* of each ring */
	LIST(struct profile_record) records;
	LIST(struct profile_module) modules;
	struct profile_stats *stats[DNDPROF_RING_CALLS];
	struct profile_call unknown; /* the row of ids the table lacks */
};

/* `count` things of `size` bytes at `offset`, or NULL when they are not all within the file. */
const void *profile_at(const struct profile *profile, uint64_t offset, uint64_t count,
		       uint64_t size);

/* bytes.c. Address space for `size` bytes of the file at profile->path; false: there is none. */
bool bytes_take(struct profile *profile, uint64_t size);
void bytes_free(struct profile *profile);
/* What was read is forgotten, and read again when it is asked for. */
void bytes_forget(struct profile *profile);
/* Opens the file unless it is open; it must be the same as before. */
int bytes_open(struct profile *profile);
void bytes_close(struct profile *profile);
/* Up to `size` bytes from `offset` of the open file; how many there were, or a negative errno. */
ssize_t bytes_read(struct profile *profile, void *data, uint64_t size, uint64_t offset);

/* modules.c: files that were mapped. */
void profile_read_modules(struct profile *profile);
/* ring.c: all rings, without their records. */
void profile_read_rings(struct profile *profile);
bool ring_plausible(const struct profile *profile, const struct dndprof_ring *ring);
/* statistics.c: adds a ring's figures; `budget` bounds the tables looked at in all. */
void profile_read_stats(struct profile *profile, const struct dndprof_ring *ring, uint64_t *budget);
/* live.c: drops from `profile` the slots the writer changed while its file was read. */
void profile_drop_changed(struct profile *profile);

#endif
