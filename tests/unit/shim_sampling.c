/*
 * Tests of sampling: what is left out, with which weight the rest stands, and that the rate follows
 * what recording costs. 1,000 seeds tell that totals are right in the mean.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/cmocka.h"

#include "recorder/sampling.c"

#define CALLS 20000
#define SEEDS 1000
#define SLOW  100000

struct recorder dndprof_recorder;
uint64_t dndprof_sample_due = UINT64_MAX;
static struct dndprof_header header;
static struct dndprof_ring ring;
static struct dndprof_stats stats;
static struct writer writer;

void sample_periodic(uint64_t now_ticks)
{
	(void)now_ticks;
}

static void begin(uint64_t price, uint64_t budget)
{
	memset(&ring, 0, sizeof(ring));
	memset(&stats, 0, sizeof(stats));
	memset(&writer, 0, sizeof(writer));
	memset(&header, 0, sizeof(header));
	dndprof_recorder.header = &header;
	writer.ring = &ring;
	writer.stats[DNDPROF_CALL_send] = &stats;
	writer.look_at = UINT64_MAX;
	sampling_start(&(struct sampling){.price = price,
					  .budget = budget,
					  .look = 1000000,
					  .slow = SLOW,
					  .least = 10000000});
}

struct sums {
	uint64_t count, failures, slow;
	double duration;
};

/* The same calls whatever the seed of the lots: most quick, of very different length, some slow,
 * some failed. */
static struct event call_number(unsigned int i)
{
	unsigned int hash = i * 2654435761u;
	struct event e = {.call = DNDPROF_CALL_send, .start = i, .bytes = 3};

	e.duration = 200 + hash % 64 * (hash % 64) * (hash >> 6) % 5000;
	if (i % 997 == 0)
		e.duration = SLOW + i;
	if (i % 1499 == 0)
		e.error = EPIPE;
	if (i % 50 == 7) {
		e.error = EAGAIN;
		e.retry = true;
	}
	return e;
}

static void test_totals(void **state)
{
	struct sums truth = {0};
	double sum = 0, square = 0, count_sum = 0, count_square = 0, mean, error;

	(void)state;
	for (unsigned int i = 0; i < CALLS; i++) {
		struct event e = call_number(i);

		truth.count++;
		truth.duration += (double)e.duration;
		truth.slow += e.duration >= SLOW;
		truth.failures += e.error && !e.retry;
	}
	for (unsigned int seed = 1; seed <= SEEDS; seed++) {
		struct sums kept = {0};

		begin(100, 50000);
		writer.begun = seed * 7919;
		writer.rate = 4;
		for (unsigned int i = 0; i < CALLS; i++) {
			struct event e = call_number(i);
			bool certain = (e.error && !e.retry) || e.duration >= SLOW;

			if (sampling_leaves_out(&writer, &e)) {
				assert_false(certain);
				continue;
			}
			assert_int_equal(e.weight, certain ? 0 : 4);
			kept.count += 1u << e.weight;
			kept.duration += (double)e.duration * (1u << e.weight);
			kept.slow += e.duration >= SLOW;
			kept.failures += e.error && !e.retry;
			stats.count++;
		}
		assert_int_equal(kept.slow, truth.slow);
		assert_int_equal(kept.failures, truth.failures);
		assert_int_equal(stats.count, CALLS); /* exact, whatever was left out */
		assert_int_equal(left_out(&writer), stats.bytes / 3);
		sum += kept.duration;
		square += kept.duration * kept.duration;
		count_sum += (double)kept.count;
		count_square += (double)kept.count * (double)kept.count;
	}
	mean = sum / SEEDS;
	error = sqrt((square / SEEDS - mean * mean) / SEEDS);
	assert_true(error > 0 && error < 0.01 * truth.duration);
	assert_true(fabs(mean - truth.duration) < 4 * error);
	mean = count_sum / SEEDS;
	error = sqrt((count_square / SEEDS - mean * mean) / SEEDS);
	assert_true(error > 0 && error < 0.01 * CALLS);
	assert_true(fabs(mean - CALLS) < 4 * error);
}

/* `calls` a look of `look` ticks; returns the rate after so many looks. */
static unsigned int rate_after(unsigned int looks, uint64_t calls)
{
	static uint64_t now;

	if (!writer.looked)
		now = 20000000;
	for (unsigned int i = 0; i < looks; i++) {
		uint64_t kept = calls >> writer.rate;

		ring.head += kept;
		ring.sampled += calls - kept;
		now += 1000000;
		sampling_look(&writer, now);
	}
	return writer.rate;
}

static void test_rate(void **state)
{
	(void)state;
	begin(100, 50000); /* a record costs 100 ticks, 5 % are 50,000 of a look's million */
	assert_int_equal(rate_after(20, 400), 0); /* 4 % */
	assert_int_equal(header.features & DNDPROF_FEATURE_WEIGHTS, 0);
	/* 9 %; with one of 16 kept, and half a price for the others, 4.8 % */
	assert_int_equal(rate_after(1, 900), 1);
	assert_true(header.features & DNDPROF_FEATURE_WEIGHTS);
	assert_int_equal(rate_after(20, 900), 4);
	assert_int_equal(rate_after(30, 5000), SAMPLING_RATE_MOST); /* 50 %: as far as it goes */
	assert_int_equal(ring.sampled >> DNDPROF_RING_RATE_SHIFT, SAMPLING_RATE_MOST);
	assert_int_equal(rate_after(1, 400), 0); /* calm: all again */
	assert_int_equal(ring.sampled >> DNDPROF_RING_RATE_SHIFT, SAMPLING_RATE_MOST);
}

/* A thread's first tenth of a second, and its first thousand calls, are whole. */
static void test_start(void **state)
{
	(void)state;
	begin(100, 50000);
	for (uint64_t now = 1000000; now < 10000000; now += 1000000) {
		ring.head += 5000;
		sampling_look(&writer, now);
		assert_int_equal(writer.rate, 0);
	}
	begin(100, 0);
	for (uint64_t now = 20000000; ring.head < 900; now += 1000000) {
		ring.head += 100;
		sampling_look(&writer, now);
		assert_int_equal(writer.rate, 0);
	}
	ring.head += 200;
	sampling_look(&writer, 90000000);
	assert_int_equal(writer.rate, 1);
}

/* On the shared ring nobody's costs can be told apart. */
static void test_shared(void **state)
{
	(void)state;
	begin(100, 0);
	writer.shared = true;
	assert_int_equal(rate_after(20, 5000), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_totals),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_start),
		cmocka_unit_test(test_shared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
