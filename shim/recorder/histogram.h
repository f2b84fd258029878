/*
 * histogram.h - duration to bucket: OpenTelemetry's base-2 exponential scheme at scale 5, lower
 * bounds inclusive.
 * https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponentialhistogram ("all scales:
 * use a table").
 *
 * bucket = floor(32 * log2(v)). The six bits after the leading one pick a table entry; as 1/64 of
 * an octave is never wider than a bucket, at most one boundary lies inside, and one comparison
 * settles it.
 */
#ifndef DNDPROF_SHIM_HISTOGRAM_H
#define DNDPROF_SHIM_HISTOGRAM_H

#include <stdint.h>

#include <dndprof/profile.h>

/* bounds[i] = 2^(i/32) scaled to 2^63, rounded up; bounds[32] = the end. */
extern const uint64_t dndprof_histogram_bounds[DNDPROF_BUCKETS + 1];
/* the bucket at which each 1/64 of an octave begins */
extern const uint8_t dndprof_histogram_first[64];

/* v > 0. Its octave, at most DNDPROF_OCTAVES - 1, and the bucket in that. */
static inline unsigned histogram_place(uint64_t v, unsigned *bucket)
{
	unsigned octave = (unsigned)__builtin_clzll(v) ^ 63;
	uint64_t m = v << (octave ^ 63);
	unsigned b = dndprof_histogram_first[(m >> 57) & 63];

	*bucket = b + (m >= dndprof_histogram_bounds[b + 1]);
	if (__builtin_expect(octave >= DNDPROF_OCTAVES, 0)) {
		*bucket = DNDPROF_BUCKETS - 1;
		return DNDPROF_OCTAVES - 1;
	}
	return octave;
}

/* v > 0. octave * 32 + bucket, at most DNDPROF_OCTAVES * 32 - 1. */
static inline unsigned histogram_index(uint64_t v)
{
	unsigned bucket, octave = histogram_place(v, &bucket);

	return octave * DNDPROF_BUCKETS + bucket;
}

#endif
