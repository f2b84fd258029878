/*
 * arena.h - memory inside the profile file, handed out from front to back and never given back.
 */
#ifndef DNDPROF_SHIM_ARENA_H
#define DNDPROF_SHIM_ARENA_H

#include <stddef.h>
#include <stdint.h>

/*
 * Who asks. Records may fill three quarters of the budget, a thread's statistics a little more;
 * then there is room for the shared ring and its histograms, and at last for the shared counters
 * alone: so that counts stay exact, and durations in histograms, when all else is full. Of the
 * disk, too: what is handed out leaves blocks for the counters, an eighth of what is used then or
 * enough for every call there is; records and threads' statistics leave some for the histograms.
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
