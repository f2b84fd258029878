/*
 * calibrate.c - see calibrate.h.
 *
 * Two readings of the clock around nothing show what one of them takes. Around a way into the
 * kernel they show less, for there the processor waits and has time for them: what they add there
 * is measured there. All functions are called through pointers, as the real ones are.
 */
#include "recorder/calibrate.h"
#include "recorder/recorder.h"

#define BATCH	8
#define BATCHES 9 /* the first of these warm the caches and are not counted */

typedef long nothing(void);

static __attribute__((noinline)) long do_nothing(void)
{
	__asm__ volatile(""); /* a call of its own */
	return 0;
}

static __attribute__((noinline)) long enter_kernel(void)
{
	return sys0(SYS_getppid);
}

uint64_t calibrate_empty(struct writer *w)
{
	nothing *volatile empty = do_nothing;
	uint64_t begun, took, best = UINT64_MAX;
	int i, j;

	for (i = 0; i < BATCHES; i++) {
		begun = now();
		for (j = 0; j < BATCH; j++) {
			struct event e = {.fd = -1, .call = DNDPROF_CALL_null};

			e.start = now();
			empty();
			e.duration = now() - e.start;
			if (i)
				stats_add(w, &e);
		}
		took = (now() - begun) / BATCH;
		if (i && took < best)
			best = took;
	}
	return best;
}

static __attribute__((noinline)) uint64_t recorded(nothing *volatile *function)
{
	uint64_t start = now();

	(*function)();
	return now() - start;
}

static uint64_t batch_recorded(nothing *volatile *function)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < BATCH; i++)
		sum += recorded(function);
	return sum;
}

static uint64_t batch_alone(nothing *volatile *function)
{
	uint64_t begun = now();
	int i;

	for (i = 0; i < BATCH; i++)
		(*function)();
	return now() - begun;
}

int32_t calibrate_call(void)
{
	nothing *volatile empty = do_nothing, *volatile enter = enter_kernel;
	struct calibrated found = {0};
	struct batches interval = {0};
	int tries = 0, i;

	do {
		for (i = 0; i < CALIBRATION_BATCHES; i++) {
			batches_add(&found.alone, batch_alone(&enter));
			batches_add(&found.recorded, batch_recorded(&enter));
			batches_add(&found.nothing, batch_alone(&empty));
			batches_add(&interval, batch_recorded(&empty));
		}
	} while (!calibrated_within(&found, batches_middle(&interval) / 2) &&
		 ++tries < CALIBRATION_TRIES);
	return calibrated_within(&found, batches_middle(&interval)) ? calibrated_null(&found, BATCH)
								    : DNDPROF_NULL_UNKNOWN;
}
