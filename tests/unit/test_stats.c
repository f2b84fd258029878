/* Percentiles and histograms against figures worked out by hand or by brute force. */
#include "stats/histogram.h"
#include "stats/percentile.h"
#include "support/cmocka.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void test_nearest_rank(void **state)
{
	int64_t values[] = {50, 15, 35, 20, 40}; /* the textbook's example */

	(void)state;
	percentile_sort(values, 5);
	assert_int_equal(percentile_rank(values, 5, 50), 15);
	assert_int_equal(percentile_rank(values, 5, 300), 20);
	assert_int_equal(percentile_rank(values, 5, 400), 20);
	assert_int_equal(percentile_rank(values, 5, 500), 35);
	assert_int_equal(percentile_rank(values, 5, 1000), 50);
	assert_int_equal(percentile_rank(values, 5, 0), 15);
	assert_int_equal(percentile_rank(values, 1, 990), 15);
	assert_int_equal(percentile_rank(values, 0, 500), 0);
	assert_int_equal(percentile_least(990), 100);
	assert_int_equal(percentile_least(999), 1000);
	assert_int_equal(percentile_least(950), 20);
}

static void test_confidence(void **state)
{
	int64_t values[100];
	struct percentile median, tail, one;

	(void)state;
	for (int i = 0; i < 100; i++)
		values[i] = i + 1;
	median = percentile_of(values, 100, 500);
	assert_int_equal(median.value, 50);
	assert_int_equal(median.low, 40);
	assert_int_equal(median.high, 61);
	tail = percentile_of(values, 100, 990);
	assert_int_equal(tail.value, 99);
	assert_false(
		tail.high_known); /* the largest of 100 may well lie below the 99th percentile */
	assert_true(tail.low_known);
	one = percentile_of(values, 1, 500);
	assert_false(one.low_known);
	assert_false(one.high_known);
}

/* Lower bounds inclusive, 32 buckets an octave. */
static void test_buckets(void **state)
{
	(void)state;
	assert_int_equal(histogram_index(1), 0);
	assert_int_equal(histogram_index(2), 32);
	assert_int_equal(histogram_index(3), 32 + 18); /* 2 * 2^(18/32) = 2.954 */
	assert_int_equal(histogram_index(1024), 320);
	assert_int_equal(histogram_index(1023), 319);
	assert_int_equal(histogram_index(UINT64_MAX), HISTOGRAM_BUCKETS - 1);
	for (uint64_t value = 1; value < 100000; value += 7) {
		unsigned int index = histogram_index(value);

		assert_true(histogram_bound(index) <= (double)value * (1 + 1e-12));
		assert_true(histogram_bound(index + 1) > (double)value * (1 - 1e-12));
	}
}

static void test_quantiles(void **state)
{
	struct histogram *histogram = calloc(2, sizeof(*histogram));

	(void)state;
	for (uint64_t i = 1; i <= 10000; i++)
		histogram_add(&histogram[i & 1], i * 1000);
	histogram_merge(&histogram[0], &histogram[1]);
	assert_int_equal(histogram->count, 10000);
	for (int p = 1; p <= 100; p++) {
		double exact = p * 100000.0, found = histogram_quantile(histogram, p / 100.0);

		assert_true(fabs(found - exact) / exact <= 0.011);
	}
	memset(histogram, 0, sizeof(*histogram));
	assert_true(histogram_quantile(histogram, 0.5) == 0);
	histogram_add(histogram, 0);
	assert_true(histogram_quantile(histogram, 0.5) == 0);
	histogram_add_bucket(histogram, 5, UINT64_MAX); /* saturates */
	assert_true(histogram->count == UINT64_MAX);
	free(histogram);
}

static void test_deviation(void **state)
{
	struct histogram *histogram = calloc(1, sizeof(*histogram));

	(void)state;
	for (int i = 0; i < 95; i++)
		histogram_add(histogram, 1000);
	for (int i = 0; i < 5; i++)
		histogram_add(histogram, 2000);
	assert_true(histogram_deviation(histogram, 1000, 0.9) < 12);
	assert_true(fabs(histogram_deviation(histogram, 1000, 0.99) - 1000) < 30);
	free(histogram);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nearest_rank), cmocka_unit_test(test_confidence),
		cmocka_unit_test(test_buckets),	     cmocka_unit_test(test_quantiles),
		cmocka_unit_test(test_deviation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
