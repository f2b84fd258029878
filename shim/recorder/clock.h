/*
 * clock.h - choosing the clock and anchoring its ticks to the system's clocks. now() itself is in
 * recorder.h.
 */
#ifndef DNDPROF_SHIM_CLOCK_H
#define DNDPROF_SHIM_CLOCK_H

#include <dndprof/profile.h>

#include <stdint.h>

/* Sets dndprof_recorder.counter and says why. vdso_symbol finds a function of the vDSO, or is NULL.
 */
enum dndprof_clock_reason clock_choose(void *(*vdso_symbol)(const char *));

uint64_t clock_read_ns(int id); /* ns of a CLOCK_*, by a system call */

/* Fills the anchor's fields of s but for ticks, which the caller stores last. */
void clock_anchor(struct dndprof_sample *s, uint64_t *ticks);

#endif
