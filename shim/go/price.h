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

/* Makes calls in which nothing is between the stub's two readings of the clock; returns the ticks
 * that a batch of them took. About 2 us. */
uint64_t go_nothing(uint64_t *resume);

struct go_price {
	uint64_t ticks; /* header.go_price; 0: too disturbed to be told */
	int32_t null;	/* header.go_call_null */
};

/* *sum: the durations the stub has counted. `alone`: what go_nothing returned. About 8 us, more
 * where it is disturbed. */
struct go_price go_price(uint64_t *resume, const volatile uint64_t *sum, uint64_t alone);

#endif
