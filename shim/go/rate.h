/*
 * rate.h - keeps what recording costs a Go program below DNDPROF_MAX_OVERHEAD: what sampling.h is
 * to a thread of C. The stub draws the lots (amd64_sample.inc); here is said of how many.
 *
 * Of a call that is left out there are count and bytes; one that is kept stands for others in sum,
 * histogram and record.
 */
#ifndef DNDPROF_SHIM_GO_RATE_H
#define DNDPROF_SHIM_GO_RATE_H

#include <stdint.h>

#include "go/state.h"

/* The gate opens. Returns the ticks at which to look; UINT64_MAX: never. */
uint64_t go_rate_start(void);

/* Looks at what recording has cost since the last look, and sets the rate. Returns the ticks at
 * which to look again; UINT64_MAX: never. */
uint64_t go_rate_look(uint64_t now_ticks);

/* Nobody will look any more: nothing is left out. */
void go_rate_end(void);

/* A new ring, before others know of it. */
void go_rate_ring(struct dndprof_ring *ring);

#endif
