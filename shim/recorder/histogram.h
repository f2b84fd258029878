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

/* v > 0. Returns octave * 32 + bucket, at most DNDPROF_OCTAVES * 32 - 1. */
static inline unsigned histogram_index(uint64_t v)
{
	unsigned octave = 63 - (unsigned)__builtin_clzll(v);
	uint64_t m = v << (63 - octave);
	unsigned b = dndprof_histogram_first[(m >> 57) & 63];

	b += m >= dndprof_histogram_bounds[b + 1];
	if (octave >= DNDPROF_OCTAVES)
		return DNDPROF_OCTAVES * DNDPROF_BUCKETS - 1;
	return octave * DNDPROF_BUCKETS + b;
}

#endif
