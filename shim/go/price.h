/*
 * price.h - what the stub of the Go gate adds to a call, and to its duration; before the patch, by
 * calls of its own.
 */
#ifndef DNDPROF_SHIM_GO_PRICE_H
#define DNDPROF_SHIM_GO_PRICE_H

#include <stdint.h>

/*
 * The caller has the stub's state ready for calls of read on descriptor 0, whose records nobody
 * shall see; *resume is where the stub goes on to, and ours meanwhile.
 */

/* Ticks a recorded call takes longer than one past the stub, its slot included; 0: too disturbed to
 * be told. About 5 us. */
uint64_t go_price(uint64_t *resume);

/* Makes calls in which nothing is between the stub's two readings of the clock; returns the ticks
 * one took, all in all. About 2 us. */
uint64_t go_nothing(uint64_t *resume);

#endif
