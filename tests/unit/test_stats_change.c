/* Change points: known steps are found where they are, noise has none, an outlier is none. */
#include "stats/change.h"
#include "stats/random.h"
#include "support/cmocka.h"

#include <math.h>

static double noise(struct random *random) /* standard normal */
{
	double length = sqrt(-2 * log(random_share(random)));

	return length * cos(6.283185307179586 * random_share(random));
}

static void fill(double *values, size_t count, double level, double spread, struct random *random)
{
	for (size_t i = 0; i < count; i++)
		values[i] = level + spread * noise(random);
}

static void test_steps(void **state)
{
	struct change_point points[CHANGE_MOST];
	struct random random = {1};
	double values[100];

	(void)state;
	fill(values, 40, 100, 3, &random);
	fill(values + 40, 30, 130, 3, &random);
	fill(values + 70, 30, 90, 3, &random);
	assert_int_equal(change_points(values, 100, points), 2);
	assert_int_equal(points[0].index, 40);
	assert_int_equal(points[1].index, 70);
	assert_true(fabs(points[0].before - 100) < 3 && fabs(points[0].after - 130) < 3);
	assert_true(points[1].before == points[0].after && fabs(points[1].after - 90) < 3);
	assert_true(points[0].p <= CHANGE_RISK && points[1].p > 0);
	/* fourteen values show one surely */
	fill(values, 7, 10, 0.1, &random);
	fill(values + 7, 7, 20, 0.1, &random);
	assert_int_equal(change_points(values, 14, points), 1);
	assert_int_equal(points[0].index, 7);
	assert_int_equal(change_points(values + 2, 10, points), 0);
}

/* Of noise of several kinds one series in five hundred may be called changed. */
static void test_noise(void **state)
{
	struct change_point points[CHANGE_MOST];
	size_t found = 0, tried = 0;
	double values[120];

	(void)state;
	for (uint64_t seed = 1; seed <= 400; seed++) {
		struct random random = {seed};
		size_t count = 12 + random_below(&random, 100);

		fill(values, count, 50, 8, &random);
		for (size_t i = 0; i < count; i++)
			if (seed % 3 == 1)
				values[i] = exp(values[i] / 10); /* skewed, with far ones */
			else if (seed % 3 == 2)
				values[i] = floor(values[i] / 8); /* ties */
		found += change_points(values, count, points) > 0;
		tried++;
	}
	assert_true(found <= 4); /* the chance of more is 2 in a thousand, and the seeds stay */
	assert_int_equal(tried, 400);
}

static void test_no_steps(void **state)
{
	struct change_point points[CHANGE_MOST];
	struct random random = {7};
	double values[60];

	(void)state;
	fill(values, 60, 100, 2, &random);
	values[30] = 100000; /* one far value is no level */
	assert_int_equal(change_points(values, 60, points), 0);
	for (size_t i = 0; i < 60; i++)
		values[i] = 5; /* nothing moves at all */
	assert_int_equal(change_points(values, 60, points), 0);
	fill(values, 30, 1000, 0.1, &random);
	fill(values + 30, 30, 1010, 0.1, &random); /* certain, and of no account */
	assert_int_equal(change_points(values, 60, points), 0);
	assert_int_equal(change_points(values, 0, points), 0);
	for (size_t i = 0; i < 60; i++)
		values[i] = i < 30 ? 0 : 3; /* from nothing to something */
	assert_int_equal(change_points(values, 60, points), 1);
	assert_int_equal(points[0].index, 30);
}

/* More values than are looked at, and more steps than are kept. */
static void test_bounds(void **state)
{
	static double values[SERIES_MOST + 500];
	struct change_point points[CHANGE_MOST];
	struct random random = {3};

	(void)state;
	for (size_t i = 0; i < SERIES_MOST + 500; i++)
		values[i] = (double)(i / 60 % 2) * 100 + 100 + noise(&random);
	assert_true(change_points(values, SERIES_MOST + 500, points) <= CHANGE_MOST);
	for (size_t i = 0; i < SERIES_MOST + 500; i++)
		values[i] = i < 100 ? 100 : 500;
	assert_int_equal(change_points(values, SERIES_MOST + 500, points), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_noise),
		cmocka_unit_test(test_no_steps),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
