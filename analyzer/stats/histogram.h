/*
 * histogram.h - OpenTelemetry's base-2 exponential histogram at scale 5, as the profile file has it
 * (profile.h, struct dndprof_stats): 32 buckets an octave, lower bounds inclusive. Values are in
 * whatever unit the caller counts; relative error of a quantile <= 1.1 %.
 */
#ifndef ANALYZER_HISTOGRAM_H
#define ANALYZER_HISTOGRAM_H

#include <stdint.h>

#include <dndprof/profile.h>

#define HISTOGRAM_BUCKETS (DNDPROF_OCTAVES * DNDPROF_BUCKETS)

struct histogram {
	uint64_t count; /* zero and all buckets; saturates */
	uint64_t zero;
	uint64_t bucket[HISTOGRAM_BUCKETS];
};

/* Bucket of a value above 0; longer than the last octave: the last bucket. */
unsigned int histogram_index(uint64_t value);
/* Lower bound of a bucket (the upper one is the next bucket's). */
double histogram_bound(unsigned int index);
/* Count one value, or `n` in a known bucket. */
void histogram_add(struct histogram *histogram, uint64_t value);
void histogram_add_bucket(struct histogram *histogram, unsigned int index, uint64_t n);
void histogram_add_zero(struct histogram *histogram, uint64_t n);
void histogram_merge(struct histogram *into, const struct histogram *from);
/* Nearest-rank quantile, 0 < q <= 1, as the geometric middle of its bucket; 0 when empty. */
double histogram_quantile(const struct histogram *histogram, double q);
/* P-`q` of |value - center| over all values. */
double histogram_deviation(const struct histogram *histogram, double center, double q);

#endif
