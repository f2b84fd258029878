/*
 * calibrate.h - what recording puts into durations, and what it costs: measured when a process
 * begins, by calls of our own, in batches. Of costs the least counts, for the others were
 * disturbed; of what is in durations the middle one, for the counter may tick as coarsely as 10 ns,
 * and the least would be a tick short.
 */
#ifndef DNDPROF_SHIM_CALIBRATE_H
#define DNDPROF_SHIM_CALIBRATE_H

#include <stdbool.h>
#include <stdint.h>

#include <dndprof/profile.h>

struct writer;

/* Counts empty intervals in the writer's `null`; returns the ticks that recording one of these
 * took, without its slot. About 3 us. */
uint64_t calibrate_empty(struct writer *w);

/* header.call_null. About 8 us, more where it is disturbed. */
int32_t calibrate_call(void);

#define CALIBRATION_BATCHES 3
#define CALIBRATION_TRIES   3 /* as many batches again, where these were disturbed */

/* Ticks, by size. */
struct batches {
	unsigned count;
	uint64_t ticks[CALIBRATION_BATCHES * CALIBRATION_TRIES];
};

static inline void batches_add(struct batches *batches, uint64_t ticks)
{
	unsigned i = batches->count++;

	for (; i > 0 && batches->ticks[i - 1] > ticks; i--)
		batches->ticks[i] = batches->ticks[i - 1];
	batches->ticks[i] = ticks;
}

static inline int64_t batches_least(const struct batches *batches)
{
	return (int64_t)batches->ticks[0];
}

static inline int64_t batches_middle(const struct batches *batches)
{
	return (int64_t)batches->ticks[batches->count / 2];
}

/* Of calls that enter the kernel: the sum of what is recorded of them, what they take where no
 * clock is read, and what calls of nothing take in their place. */
struct calibrated {
	struct batches recorded, alone, nothing;
};

/* Of the whole batch, what is recorded beyond what it takes; may be below 0. */
static inline int64_t calibrated_beyond(const struct calibrated *c)
{
	return batches_middle(&c->recorded) + batches_middle(&c->nothing) -
	       batches_middle(&c->alone);
}

/* Else something disturbed it: more batches are wanted, or it is no data. */
static inline bool calibrated_within(const struct calibrated *c, int64_t most)
{
	int64_t beyond = calibrated_beyond(c);

	return beyond <= most && beyond >= -most;
}

/* Of one of so many calls, in parts. */
static inline int32_t calibrated_null(const struct calibrated *c, int calls)
{
	int32_t null = (int32_t)(calibrated_beyond(c) * DNDPROF_NULL_PARTS / calls);

	return null ? null : DNDPROF_NULL_UNKNOWN;
}

#endif
