/* Tests of shim/recorder/histogram.h: every bucket's bounds, against long double arithmetic. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "recorder/histogram.c"

/* The bucket by definition: floor(32 * log2(v)). */
static unsigned expected(uint64_t v)
{
	long double x = floorl(32 * log2l((long double)v));
	unsigned i = (unsigned)x;

	return i < DNDPROF_OCTAVES * DNDPROF_BUCKETS ? i : DNDPROF_OCTAVES * DNDPROF_BUCKETS - 1;
}

static void bounds_are_powers(void **state)
{
	(void)state;
	for (int i = 0; i < DNDPROF_BUCKETS; i++) {
		long double b = ceill(exp2l((long double)i / 32) * 0x1p63L);

		/* long double has 64 bits: the last may differ. */
		assert_true(fabsl((long double)dndprof_histogram_bounds[i] - b) <= 1);
	}
}

static void small_values(void **state)
{
	(void)state;
	for (uint64_t v = 1; v < 1000000; v++)
		assert_int_equal(histogram_index(v), expected(v));
}

static void around_every_bound(void **state)
{
	(void)state;
	for (unsigned o = 8; o < DNDPROF_OCTAVES; o++)
		for (unsigned b = 0; b < DNDPROF_BUCKETS; b++) {
			uint64_t first = (uint64_t)ceill(exp2l(o + b / 32.0L));
			unsigned i = o * DNDPROF_BUCKETS + b;

			assert_int_equal(histogram_index(first + 1), i);
			assert_int_equal(histogram_index(first - 1), i - 1);
		}
}

static void powers_of_two_open_their_octave(void **state)
{
	(void)state;
	for (unsigned o = 0; o < DNDPROF_OCTAVES; o++)
		assert_int_equal(histogram_index(1ull << o), o * DNDPROF_BUCKETS);
}

static void huge_values_stay_inside(void **state)
{
	(void)state;
	assert_int_equal(histogram_index(UINT64_MAX), DNDPROF_OCTAVES * DNDPROF_BUCKETS - 1);
	assert_int_equal(histogram_index(1ull << 60), DNDPROF_OCTAVES * DNDPROF_BUCKETS - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounds_are_powers),
		cmocka_unit_test(small_values),
		cmocka_unit_test(around_every_bound),
		cmocka_unit_test(powers_of_two_open_their_octave),
		cmocka_unit_test(huge_values_stay_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
