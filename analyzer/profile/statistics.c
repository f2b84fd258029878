/*
 * statistics.c - the exact figures of a profile's calls, merged over its rings.
 */
#include "profile/internal.h"

#include <string.h>

static uint64_t saturating(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static bool take(uint64_t *budget)
{
	if (!*budget)
		return false;
	--*budget;
	return true;
}

static void add_octaves(struct profile *profile, const struct dndprof_stats *from,
			struct histogram *into, uint64_t *budget)
{
	for (unsigned int octave = 0; octave < DNDPROF_OCTAVES; octave++) {
		uint64_t counts[DNDPROF_BUCKETS];
		const void *data = profile_at(profile, from->octave[octave], 1, sizeof(counts));

		if (!from->octave[octave])
			continue;
		if (!data || !take(budget)) {
			profile->damaged |= !profile->cut_off;
			continue;
		}
		memcpy(counts, data, sizeof(counts));
		for (unsigned int i = 0; i < DNDPROF_BUCKETS; i++)
			if (counts[i])
				histogram_add_bucket(into, octave * DNDPROF_BUCKETS + i, counts[i]);
	}
}

static void add_stats(struct profile *profile, unsigned int call, const struct dndprof_stats *from,
		      uint64_t *budget)
{
	struct profile_stats *into = profile->stats[call];

	if (!into)
		into = profile->stats[call] = arena_get(profile->arena, sizeof(*into));
	if (from->timed && (!into->timed || from->min < into->min))
		into->min = from->min;
	if (from->timed && from->max > into->max)
		into->max = from->max;
	into->count = saturating(into->count, from->count);
	into->errors = saturating(into->errors, from->errors);
	into->retries = saturating(into->retries, from->retries);
	into->bytes = saturating(into->bytes, from->bytes);
	into->timed = saturating(into->timed, from->timed);
	into->sum = saturating(into->sum, from->sum);
	histogram_add_zero(&into->histogram, from->zero);
	add_octaves(profile, from, &into->histogram, budget);
}

/* Go's calls are all timed. But where some were left out, others stand for them, in sum and
 * histogram: for how many, the histogram says. */
static void add_go_stats(struct profile *profile, unsigned int call, struct dndprof_stats *from,
			 bool sampled, uint64_t *budget)
{
	const struct profile_stats *before = profile->stats[call];
	uint64_t timed = before ? before->timed : 0;
	uint64_t counted = before ? before->histogram.count : 0;
	struct profile_stats *into;

	from->timed = from->count;
	add_stats(profile, call, from, budget);
	into = profile->stats[call];
	if (sampled)
		into->timed = saturating(timed, into->histogram.count - counted);
}

void profile_read_stats(struct profile *profile, const struct dndprof_ring *ring, uint64_t *budget)
{
	for (unsigned int call = 0; call < DNDPROF_RING_CALLS; call++) {
		struct dndprof_stats stats;
		const void *data = profile_at(profile, ring->stats[call], 1, sizeof(stats));

		if (!ring->stats[call])
			continue;
		if (!data || !take(budget)) {
			profile->damaged |= !profile->cut_off;
			continue;
		}
		memcpy(&stats, data, sizeof(stats));
		if (stats.call != call)
			continue;
		if (ring->kind == DNDPROF_RING_GO)
			add_go_stats(profile, call, &stats,
				     ring->sampled >> DNDPROF_RING_RATE_SHIFT, budget);
		else
			add_stats(profile, call, &stats, budget);
	}
}
