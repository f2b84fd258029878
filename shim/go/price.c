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
#include "recorder/calibrate.h"
#include "recorder/recorder.h"

#define PRICE_CALLS  8
#define NULL_BATCHES 8

#define HIDDEN __attribute__((visibility("hidden")))
extern void dndprof_go_batch(const void *function, uint32_t times) HIDDEN;
extern const char dndprof_go_plain[] HIDDEN, dndprof_go_patched[] HIDDEN;
extern const char dndprof_go_by_kernel[] HIDDEN, dndprof_go_by_nothing[] HIDDEN;
extern const char dndprof_go_nothing[] HIDDEN;

static uint64_t took(const void *function)
{
	uint64_t begun = counter_read();

	dndprof_go_batch(function, PRICE_CALLS);
	return counter_read() - begun;
}

uint64_t go_nothing(uint64_t *resume)
{
	uint64_t ticks, alone = UINT64_MAX;
	int i;

	*resume = (uintptr_t)dndprof_go_by_nothing;
	for (i = 0; i < NULL_BATCHES; i++) {
		ticks = took(dndprof_go_patched);
		if (ticks < alone)
			alone = ticks;
	}
	return alone;
}

/* Never more than the stub takes on its own; and the kernel hides the readings of the clock, which
 * are a third of it, but hardly more. It has slower ways back for whole programs, by as much as the
 * price is: on one side of the difference, and it is worth nothing. */
static bool is_likely(int64_t price, int64_t alone)
{
	return price >= alone / 3 && price <= alone;
}

struct go_price go_price(uint64_t *resume, const volatile uint64_t *sum, uint64_t alone)
{
	struct calibrated found = {0};
	struct batches patched = {0};
	int64_t most = (int64_t)alone, added;
	uint64_t before;
	bool likely;
	int tries = 0, i;

	*resume = (uintptr_t)dndprof_go_by_kernel;
	do {
		for (i = 0; i < CALIBRATION_BATCHES; i++) {
			batches_add(&found.alone, took(dndprof_go_plain));
			before = *sum;
			batches_add(&patched, took(dndprof_go_patched));
			batches_add(&found.recorded, *sum - before);
			batches_add(&found.nothing, took(dndprof_go_nothing));
		}
		added = batches_least(&patched) - batches_least(&found.alone);
		likely = is_likely(added, most) && calibrated_within(&found, most / 3);
	} while (!likely && ++tries < CALIBRATION_TRIES);
	return (struct go_price){
		.ticks = likely ? (uint64_t)added / PRICE_CALLS : 0,
		.null = likely ? calibrated_null(&found, PRICE_CALLS) : DNDPROF_NULL_UNKNOWN,
	};
}
