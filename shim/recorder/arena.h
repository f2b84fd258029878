/*
 * arena.h - memory inside the profile file, handed out from front to back and never given back.
 */
#ifndef DNDPROF_SHIM_ARENA_H
#define DNDPROF_SHIM_ARENA_H

#include <stddef.h>
#include <stdint.h>

/*
 * Who asks. Records may fill three quarters of the budget, a thread's statistics all but the last
 * eighth, the shared ring and its histograms all but the last sixteenth; that is for the shared
 * counters, so that counts stay exact when all else is full. Of the disk, too: whatever else is
 * handed out leaves blocks for them, an eighth of what is used then, or for every call there is.
 */
enum arena_use { ARENA_RECORDS, ARENA_STATS, ARENA_SHARED, ARENA_COUNTERS };

/* Zeroed, 64-byte aligned and backed by disk blocks (no store into it can fault); NULL when the
 * budget or the disk is full. */
void *arena_alloc(size_t n, enum arena_use use);

/* Backs n more bytes with disk now, for a time when that can no longer be asked for. */
void arena_prepare(size_t n);

/* Offset in the file of something in it. */
uint64_t arena_offset(const void *p);

#endif
