/*
 * sampling.c - see sampling.h.
 */
#include <dndprof/cost.h>

#include "recorder/recorder.h"
#include "recorder/sample.h"
#include "recorder/sampling.h"
#include "recorder/start.h"

static struct sampling limits AT_START;

void sampling_start(const struct sampling *given)
{
	limits = *given;
}

const struct sampling *sampling_limits(void)
{
	return &limits;
}

/* Left out so far; the rate the ring has seen at most stands in the byte above. */
static uint64_t left_out(const struct writer *w)
{
	return w->ring->sampled & DNDPROF_RING_SAMPLED;
}

static void set_rate(struct writer *w, unsigned rate)
{
	uint64_t most = w->ring->sampled >> DNDPROF_RING_RATE_SHIFT;

	w->rate = rate;
	if (!rate)
		return;
	/* A reader must know before the first weight is there. */
	__atomic_fetch_or(&dndprof_recorder.header->features, DNDPROF_FEATURE_WEIGHTS,
			  __ATOMIC_RELEASE);
	if (rate > most)
		w->ring->sampled = left_out(w) | (uint64_t)rate << DNDPROF_RING_RATE_SHIFT;
}

/* Down only where twice the records would still be well within the budget: it shall not swing. */
unsigned sampling_rate(unsigned rate, const struct sampling_bill *bill)
{
	unsigned __int128 spent = (unsigned __int128)bill->spent * 1000000;
	unsigned __int128 allowed = (unsigned __int128)limits.budget * bill->elapsed;
	unsigned __int128 all = (unsigned __int128)bill->all * 1000000;

	if (spent > allowed)
		return rate < SAMPLING_RATE_MOST ? rate + 1 : rate;
	if (rate && (all < allowed || spent + spent / 2 < allowed))
		return all < allowed ? 0 : rate - 1;
	return rate;
}

static void look(struct writer *w, uint64_t now_ticks)
{
	uint64_t head = w->ring->head, left = left_out(w);
	uint64_t kept_now = head - w->looked_head, left_now = left - w->looked_left;
	uint64_t left_price = DNDPROF_COST_PART(limits.price, DNDPROF_COST_LEFT_OUT);
	struct sampling_bill bill = {.spent = limits.price * kept_now + left_price * left_now,
				     .all = limits.price * (kept_now + left_now),
				     .elapsed = now_ticks - w->looked};

	if (w->looked && now_ticks - w->begun >= limits.least &&
	    head + left >= SAMPLING_LEAST_CALLS && now_ticks > w->looked)
		set_rate(w, sampling_rate(w->rate, &bill));
	w->looked = now_ticks;
	w->looked_head = head;
	w->looked_left = left;
}

void sampling_look(struct writer *w, uint64_t now_ticks)
{
	w->look_at = now_ticks + limits.look;
	if (!w->shared && w->rate != RATE_FULL)
		look(w, now_ticks);
	sample_due(now_ticks); /* last, a jump: stacks may be small */
}

/* xorshift (Marsaglia, "Xorshift RNGs", 2003); each thread begins elsewhere. */
static uint32_t next_lot(struct writer *w)
{
	uint32_t x = w->lot ? w->lot : (uint32_t)(w->begun * 2654435761u) | 1;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return w->lot = x;
}

bool sampling_leaves_out(struct writer *w, struct event *e)
{
	struct dndprof_stats *st;

	if (!w->rate || w->rate == RATE_FULL || (e->error && !e->retry) ||
	    e->duration >= limits.slow)
		return false;
	if (!(next_lot(w) >> (32 - w->rate))) {
		e->weight = w->rate;
		return false;
	}
	st = w->stats[e->call];
	if (!st)
		return false;
	local_add(&st->count, 1);
	local_add(&st->bytes, e->bytes);
	local_add(&st->retries, e->retry);
	local_add(&w->ring->sampled, 1);
	w->ring->in_call_since = 0;
	if (e->start + e->duration >= w->look_at)
		sampling_look(w, e->start + e->duration);
	return true;
}
