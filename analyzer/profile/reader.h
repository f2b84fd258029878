/*
 * reader.h - reads one profile file. Nothing in the file is trusted: whatever it says, the reader
 * stays within its bytes and within time linear in its size. A file that was cut off, or is still
 * being written, gives back every whole record it has.
 */
#ifndef ANALYZER_READER_H
#define ANALYZER_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dndprof/calls.h>
#include <dndprof/profile.h>

#include "stats/histogram.h"

struct profile;

/* A row of the file's call table. Texts are NUL-terminated, not trusted. */
struct profile_call {
	char name[sizeof(((struct dndprof_call_entry *)0)->name) + 1];
	char category_name[sizeof(((struct dndprof_call_entry *)0)->category) + 1];
	int known;			/* enum dndprof_call of this program; -1: a newer one */
	enum dndprof_category category; /* IO when its name is unknown */
	uint8_t subject, result;
};

/* A whole record; its payload is joined. */
struct profile_record {
	struct dndprof_record raw;
	uint32_t ring;
	uint32_t payload_size;
	const uint8_t *payload;
};

struct profile_ring {
	uint64_t head, capacity; /* slots */
	uint64_t overwritten;	 /* slots before the oldest the ring can still have */
	uint64_t left_out;	 /* slots there, but older than what was to be read */
	uint64_t missing;	 /* slots within, that are not whole: in flight, or cut off */
	uint64_t in_call_since;	 /* ticks */
	uint64_t sampled;	 /* calls left out by sampling */
	unsigned int rate;	 /* log2: of so many one was kept at the busiest */
	uint32_t kind, owner, owners, index, in_call;
	size_t records;
	struct dndprof_thread thread; /* the owner; tid 0: nobody, or no data */
};

/* A file that was mapped while addresses of the profile lay in it. `path` "": the program's own. */
struct profile_module {
	uint64_t start, end, bias; /* see struct dndprof_module */
	const char *path;
	uint8_t build_id[DNDPROF_BUILD_ID];
	uint8_t build_id_bytes;
};

/* Exact figures of a call over all rings, in ticks. */
struct profile_stats {
	uint64_t count, errors, retries, bytes, timed, sum, min, max;
	struct histogram histogram;
};

/* Opens `path` (must be a regular file). 0, or a negative errno as in error.h. */
int profile_open(const char *path, struct profile **profile);
/* The same of bytes in memory, which are copied; `path` is a name for messages. */
int profile_open_memory(const void *data, size_t size, const char *path, struct profile **profile);
void profile_close(struct profile *profile);

/* The same of a file, but without its records: profile_load reads them, once. */
int profile_open_later(const char *path, struct profile **profile);
/* Reads the records that ended at `from_ticks` or later; nothing where they were read already. */
void profile_load(struct profile *profile, uint64_t from_ticks);
bool profile_loaded(const struct profile *profile);
/* Slots in use: no more records than that. */
uint64_t profile_slots(const struct profile *profile);
/* Tells when records ended: of some of those not loaded yet, each for `weight` of them. */
typedef void profile_end_seen(void *data, uint64_t end_ticks, uint64_t weight);
void profile_ends(struct profile *profile, profile_end_seen *see, void *data);

const char *profile_path(const struct profile *profile);
const struct dndprof_header *profile_header(const struct profile *profile);
/* Bytes that `used` promises and the file lacks; 0: none. */
uint64_t profile_cut_off(const struct profile *profile);
/* Something pointed outside the file or contradicted itself, and was left out. */
bool profile_damaged(const struct profile *profile);

/* Value of the first line KEY=, or NULL. */
const char *profile_info(const struct profile *profile, const char *key);
size_t profile_info_count(const struct profile *profile);
const char *profile_info_at(const struct profile *profile, size_t index, const char **value);

/* The row of a call id of this file; never NULL. */
const struct profile_call *profile_call(const struct profile *profile, unsigned int call);
size_t profile_call_count(const struct profile *profile);

/* Samples with ticks, ascending by ticks. */
const struct dndprof_sample *profile_samples(const struct profile *profile, size_t *count);
const struct profile_ring *profile_rings(const struct profile *profile, size_t *count);
/* How much was lost for this reason: what the header says, and what the rings do. */
uint64_t profile_loss(const struct profile *profile, enum dndprof_loss loss);
/* Whole records, by ring and position. */
const struct profile_record *profile_records(const struct profile *profile, size_t *count);
/* The newest first. */
const struct profile_module *profile_modules(const struct profile *profile, size_t *count);
/* NULL: never called. */
const struct profile_stats *profile_stats(const struct profile *profile, unsigned int call);

#endif
