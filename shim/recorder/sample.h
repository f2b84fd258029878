/*
 * sample.h - resource samples and clock anchors. They ride on events: no timer, no thread of ours.
 */
#ifndef DNDPROF_SHIM_SAMPLE_H
#define DNDPROF_SHIM_SAMPLE_H

#include <stdint.h>

enum sample_kind { SAMPLE_START, SAMPLE_PERIODIC, SAMPLE_END };

#define SAMPLE_MAX                                                                                 \
	64 /* entries in the file; when they are used up, every second is dropped and the interval \
	      doubled */

void sample_take(enum sample_kind kind);

/* Resident bytes now, out of a file's text: a descriptor is open for that long. 0: no data. */
uint64_t sample_rss(void);

/* Ticks at which the next sample is due; UINT64_MAX: no sampling. */
extern uint64_t dndprof_sample_due __attribute__((visibility("hidden")));

void sample_periodic(uint64_t now_ticks); /* one thread at a time takes the sample */

/* On the path of every event: a load and a comparison. */
static inline void sample_due(uint64_t now_ticks)
{
	if (__builtin_expect(now_ticks >= __atomic_load_n(&dndprof_sample_due, __ATOMIC_RELAXED),
			     0))
		sample_periodic(now_ticks);
}

void sample_start(struct dndprof_sample *entries, uint64_t interval_ticks);

#endif
