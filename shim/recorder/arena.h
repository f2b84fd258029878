/*
 * arena.h - memory inside the profile file, handed out from front to back and never given back.
 */
#ifndef DNDPROF_SHIM_ARENA_H
#define DNDPROF_SHIM_ARENA_H

#include <stddef.h>
#include <stdint.h>

/* Zeroed, 64-byte aligned and backed by disk blocks (no store into it can fault); NULL when the
 * budget or the disk is full. */
void *arena_alloc(size_t n);

/* Backs n more bytes with disk now, for a time when that can no longer be asked for. */
void arena_prepare(size_t n);

/* Offset in the file of something in it. */
uint64_t arena_offset(const void *p);

#endif
