/*
 * rate.c - see rate.h.
 *
 * A program's threads come here for each other, so its calls have one rate, and their cost together
 * may not be more than the budget's share of the time that passes. Looks cost a few microseconds,
 * as a visit does: while all is calm they are as rare as samples are by default.
 */
#include <dndprof/cost.h>

#include "go/rate.h"
#include "recorder/sampling.h"

#define CALM_LOOKS 10 /* as many times rarer */

static struct {
	uint64_t begun, at, kept, left;
	uint32_t busy;
} last;

static uint64_t left_in(const struct dndprof_ring *ring)
{
	return load_relaxed(&ring->sampled) & DNDPROF_RING_SAMPLED;
}

static void raise_most(struct dndprof_ring *ring, uint64_t rate)
{
	uint64_t old = load_relaxed(&ring->sampled);

	/* The stub counts below meanwhile. */
	while (old >> DNDPROF_RING_RATE_SHIFT < rate &&
	       !__atomic_compare_exchange_n(&ring->sampled, &old,
					    (old & DNDPROF_RING_SAMPLED) |
						    rate << DNDPROF_RING_RATE_SHIFT,
					    true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

void go_rate_ring(struct dndprof_ring *ring)
{
	raise_most(ring, load_relaxed(&dndprof_go.rate));
}

/* The rings of all shards: slots used and calls left out in them; their highest rate is `rate`. */
static void go_over_rings(uint64_t *kept, uint64_t *left, uint32_t rate)
{
	unsigned i;

	for (i = 0; i < GO_SHARDS; i++) {
		struct go_shard *shard = &dndprof_go_shards[i];
		const struct go_writer *w = load_acquire(&shard->writer);

		for (; w && w >= shard->rings; w--) {
			*kept += load_relaxed(&w->ring->head);
			*left += left_in(w->ring);
			raise_most(w->ring, rate);
		}
	}
}

static void take_rate(uint32_t rate)
{
	uint64_t unused[2] = {0, 0};
	uint32_t old = load_relaxed(&dndprof_go.rate);
	size_t i;

	if (rate > old) {
		/* A reader must know before the first weight is there. */
		__atomic_fetch_or(&dndprof_recorder.header->features, DNDPROF_FEATURE_WEIGHTS,
				  __ATOMIC_RELEASE);
		go_over_rings(&unused[0], &unused[1], rate);
	}
	for (i = 0; rate && !old && i < ARRAY_LEN(dndprof_go_again); i++) /* all may have waits */
		store_relaxed(&dndprof_go_again[i], 0x0303030303030303);
	store_release(&dndprof_go.rate, rate);
}

/* As the report has it (dndprof/cost.h). */
static uint64_t price(void)
{
	uint64_t calibrated = dndprof_recorder.header->go_price;

	return calibrated ? calibrated
			  : DNDPROF_COST_PART(sampling_limits()->price, DNDPROF_COST_GO_SHARE);
}

static void examine(uint64_t now_ticks)
{
	const struct sampling *limits = sampling_limits();
	uint32_t rate = load_relaxed(&dndprof_go.rate);
	struct sampling_bill bill = {.elapsed = now_ticks - last.at};
	uint64_t kept = 0, left = 0;

	go_over_rings(&kept, &left, rate);
	bill.all = price() * (kept - last.kept + left - last.left);
	bill.spent = price() * (kept - last.kept) +
		     DNDPROF_COST_PART(price() * (left - last.left), DNDPROF_COST_LEFT_OUT_GO);
	if (now_ticks - last.begun >= limits->least && kept + left >= SAMPLING_LEAST_CALLS)
		take_rate(sampling_rate(rate, &bill));
	last.at = now_ticks;
	last.kept = kept;
	last.left = left;
}

static bool is_wanted(void)
{
	return dndprof_recorder.records && !dndprof_recorder.full &&
	       !load_relaxed(&dndprof_go.quieted);
}

uint64_t go_rate_start(void)
{
	last.begun = last.at = counter_read();
	dndprof_go.certain = sampling_limits()->slow;
	return is_wanted() ? last.begun + CALM_LOOKS * sampling_limits()->look : UINT64_MAX;
}

uint64_t go_rate_look(uint64_t now_ticks)
{
	uint64_t next = sampling_limits()->look;

	if (!is_wanted())
		return UINT64_MAX;
	if (!__atomic_exchange_n(&last.busy, 1, __ATOMIC_ACQUIRE)) {
		if (now_ticks > last.at + next / 2) /* a ring may have been full just after */
			examine(now_ticks);
		store_release(&last.busy, 0);
	}
	if (!load_relaxed(&dndprof_go.rate))
		next *= CALM_LOOKS;
	return now_ticks + next;
}

void go_rate_end(void)
{
	store_release(&dndprof_go.rate, 0);
}
