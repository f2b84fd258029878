/* Ticks to ns: exact at anchors, straight between, and nothing a damaged file says overflows. */
#include "profile/clock.h"
#include "support/cmocka.h"

#include <stdbool.h>
#include <stdlib.h>

static struct clock *with(const struct clock_anchor *anchors, size_t count)
{
	struct clock *clock = clock_new(DNDPROF_CLOCK_TSC);

	for (size_t i = 0; i < count; i++)
		clock_add(clock, &anchors[i]);
	clock_ready(clock);
	return clock;
}

static void test_piecewise(void **state)
{
	/* 2 GHz, then (after a suspend or a drift) 4 ticks a ns; given out of order */
	static const struct clock_anchor anchors[] = {
		{3000, 1750, 9750, 4}, {1000, 1000, 9000, 2}, {2000, 1500, 9500, 2}};
	struct clock *clock = with(anchors, 3);

	(void)state;
	assert_true(clock_known(clock));
	assert_int_equal(clock_ns(clock, 1000), 1000);
	assert_int_equal(clock_ns(clock, 1500), 1250);
	assert_int_equal(clock_ns(clock, 2000), 1500);
	assert_int_equal(clock_ns(clock, 2400), 1600);
	assert_int_equal(clock_ns(clock, 3000), 1750);
	/* outside: the slope over all */
	assert_int_equal(clock_ns(clock, 5000), 2500);
	assert_int_equal(clock_ns(clock, 0), 625);
	assert_int_equal(clock_realtime(clock, 1600), 9600);
	clock_free(clock);
}

static void test_one_anchor(void **state)
{
	static const struct clock_anchor anchor = {1000, 5000, 9000, 0};
	struct clock *clock = with(&anchor, 1);

	(void)state;
	assert_false(clock_known(clock));
	assert_int_equal(clock_ns(clock, 1010), 5010);
	clock_free(clock);
}

static void test_contradictions(void **state)
{
	static const struct clock_anchor anchors[] = {{1000, 1000, 0, 0},
						      {2000, 500, 0, 0},
						      {2000, 2000, 0, 0},
						      {3000, 3000, 0, 0},
						      {UINT64_MAX, 4000, 0, 0}};
	struct clock *clock = with(anchors, 5);

	(void)state;
	assert_int_equal(clock_anchors(clock), 3);
	assert_int_equal(clock_ns(clock, 2500), 2500);
	assert_true(clock_ns(clock, UINT64_MAX) > 0);
	clock_free(clock);
}

static void test_monotonic(void **state)
{
	struct clock *clock = clock_new(DNDPROF_CLOCK_MONOTONIC);

	(void)state;
	clock_ready(clock);
	assert_true(clock_known(clock));
	assert_int_equal(clock_ns(clock, 123456789), 123456789);
	assert_true(clock_ns(clock, UINT64_MAX) > 0);
	assert_int_equal(clock_realtime(clock, 5), 0);
	clock_free(clock);
}

static void test_now(void **state)
{
	struct clock_anchor a, b;

	(void)state;
	assert_true(clock_now(DNDPROF_CLOCK_MONOTONIC, &a));
	assert_true(clock_now(DNDPROF_CLOCK_MONOTONIC, &b));
	assert_true(b.ticks >= a.ticks && b.monotonic_ns >= a.monotonic_ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_piecewise),
		cmocka_unit_test(test_one_anchor),
		cmocka_unit_test(test_contradictions),
		cmocka_unit_test(test_monotonic),
		cmocka_unit_test(test_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
