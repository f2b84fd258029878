/*
 * price.c - see price.h.
 *
 * The price is a difference: least batch through the stub less least batch past it, and both go
 * into the kernel, because a good part of what the stub does is done while the processor waits for
 * what comes out of there. Of the stub's work alone that part would have to be guessed.
 *
 * The empty interval is the other way round: nothing but the two readings, so without the kernel.
 */
#include "go/price.h"
#include "recorder/recorder.h"

#define PRICE_CALLS   4
#define PRICE_BATCHES 4 /* the first warms the caches and is not counted */
#define NULL_BATCHES  16

#define HIDDEN __attribute__((visibility("hidden")))
extern void dndprof_go_batch(const void *function, uint32_t times) HIDDEN;
extern const char dndprof_go_plain[] HIDDEN, dndprof_go_patched[] HIDDEN;
extern const char dndprof_go_by_kernel[] HIDDEN, dndprof_go_by_nothing[] HIDDEN;

static uint64_t took(const void *function)
{
	uint64_t begun = counter_read();

	dndprof_go_batch(function, PRICE_CALLS);
	return counter_read() - begun;
}

static void keep_least(uint64_t *least, uint64_t ticks)
{
	if (ticks < *least)
		*least = ticks;
}

uint64_t go_price(uint64_t *resume)
{
	uint64_t plain = UINT64_MAX, patched = UINT64_MAX;
	int i;

	*resume = (uintptr_t)dndprof_go_by_kernel;
	took(dndprof_go_plain);
	took(dndprof_go_patched);
	for (i = 1; i < PRICE_BATCHES; i++) {
		keep_least(&plain, took(dndprof_go_plain));
		keep_least(&patched, took(dndprof_go_patched));
	}
	return patched > plain ? (patched - plain) / PRICE_CALLS : 0;
}

uint64_t go_nothing(uint64_t *resume)
{
	uint64_t alone = UINT64_MAX;
	int i;

	*resume = (uintptr_t)dndprof_go_by_nothing;
	for (i = 0; i < NULL_BATCHES; i++)
		keep_least(&alone, took(dndprof_go_patched));
	return alone / PRICE_CALLS;
}
