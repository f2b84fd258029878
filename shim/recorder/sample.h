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

/* Called from the event path when the interval has passed; one thread at a time takes the sample.
 */
void sample_due(uint64_t now_ticks);

void sample_start(struct dndprof_sample *entries, uint64_t interval_ticks);

#endif
