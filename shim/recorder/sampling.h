/*
 * sampling.h - keeps what recording costs a thread below DNDPROF_MAX_OVERHEAD.
 *
 * A thread whose cheap calls come so fast that recording them costs more than its share keeps one
 * of 2^rate of them, drawn by lot, with that weight; of the others nothing but their count. So
 * counts stay exact, sums and histograms right in the mean. What failed, was slow or carries a
 * message is always kept, and to tell, both clock reads stay: they are what this cannot save.
 *
 * Which calls are cheap: bytes that begin or end no message we know, and waiting for descriptors.
 * All others cost little in sum.
 */
#ifndef DNDPROF_SHIM_SAMPLING_H
#define DNDPROF_SHIM_SAMPLING_H

#include <stdbool.h>
#include <stdint.h>

struct writer;
struct event;

#define SAMPLING_RATE_MOST   10	   /* one of 1,024 */
#define SAMPLING_LEAST_CALLS 1000u /* of a thread, before anything is left out */
#define SAMPLING_LEAST_NS    100000000u
#define SAMPLING_SLOW_NS     1000000u  /* as long as this is always kept, and has its stack taken */
#define SAMPLING_LOOK_NS     10000000u /* between two looks at what recording costs */

struct sampling {
	uint64_t price;	 /* of a record */
	uint64_t budget; /* millionths of a thread's time */
	uint64_t look, slow, least;
};

/* All times in ticks; least: from a thread's begin on. */
void sampling_start(const struct sampling *limits);

const struct sampling *sampling_limits(void);

/* Between two looks, all in ticks: what recording took, what it would have taken had nothing been
 * left out, and the time it may have its share of. */
struct sampling_bill {
	uint64_t spent, all, elapsed;
};

/* The rate after this one: one step a look, so that a burst does not throw it. */
unsigned sampling_rate(unsigned rate, const struct sampling_bill *bill);

/* Looks at what the thread's recording cost since it last did, and sets its rate. */
void sampling_look(struct writer *w, uint64_t now_ticks);

/* Is this cheap call left out? Then it has been counted; else e has its weight. Never where the
 * thread's rate is 0. */
bool sampling_leaves_out(struct writer *w, struct event *e);

#endif
