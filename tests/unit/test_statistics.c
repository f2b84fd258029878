/* Percentiles with their intervals, outliers and trends against the figures of numpy, scipy and R
 * (tests/golden/statistics.json, made by tests/unit/support/statistics.py). */
#include "stats/bootstrap.h"
#include "stats/histogram.h"
#include "stats/mad.h"
#include "stats/mann_whitney.h"
#include "stats/percentile.h"
#include "stats/student.h"
#include "stats/trend.h"
#include "support/cmocka.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static json_t *golden;

static double number(const json_t *row, const char *key)
{
	return json_number_value(json_object_get(row, key));
}

static void assert_near(double found, double expected, double part)
{
	if (fabs(found - expected) > part * fmax(fabs(expected), 1e-12))
		fail_msg("%.17g is not %.17g", found, expected);
}

static int64_t *sorted_values(const json_t *row, size_t *count)
{
	const json_t *values = json_object_get(row, "values");
	int64_t *sorted;

	*count = json_array_size(values);
	sorted = malloc((*count + 1) * sizeof(*sorted));
	for (size_t i = 0; i < *count; i++)
		sorted[i] = json_integer_value(json_array_get(values, i));
	percentile_sort(sorted, *count);
	return sorted;
}

static void check_rank(const json_t *expected, size_t rank, bool known, int64_t value,
		       const int64_t *sorted)
{
	assert_int_equal(json_is_integer(expected), known);
	if (!known)
		return;
	assert_int_equal(rank, json_integer_value(expected));
	assert_int_equal(value, sorted[rank - 1]);
}

static void test_percentiles(void **state)
{
	const json_t *row, *percentile;
	size_t i, j, count, low, high, checked = 0;

	(void)state;
	json_array_foreach(json_object_get(golden, "samples"), i, row)
	{
		int64_t *sorted = sorted_values(row, &count);

		json_array_foreach(json_object_get(row, "percentiles"), j, percentile)
		{
			double p = number(percentile, "p");
			unsigned int per_mille = (unsigned int)lrint(p * 1000);
			struct percentile found = percentile_of(sorted, count, per_mille);

			percentile_ranks(count, p, &low, &high);
			assert_int_equal(found.value, (int64_t)number(percentile, "value"));
			check_rank(json_object_get(percentile, "low"), low, found.low_known,
				   found.low, sorted);
			check_rank(json_object_get(percentile, "high"), high, found.high_known,
				   found.high, sorted);
			checked++;
		}
		free(sorted);
	}
	assert_true(checked >= 90);
}

/* Whatever the size: ranks of many values, as scipy.stats.binom has them. */
static void test_many_ranks(void **state)
{
	static const struct {
		size_t count;
		double p;
		size_t low, high;
	} rows[] = {
		{10000000, 0.5, 4996901, 5003100},
		{10000000, 0.999, 9989804, 9990196},
		{1000000, 0.99, 989805, 990196},
	};
	size_t low, high;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		percentile_ranks(rows[i].count, rows[i].p, &low, &high);
		assert_int_equal(low, rows[i].low);
		assert_int_equal(high, rows[i].high);
	}
	percentile_ranks(0, 0.5, &low, &high);
	assert_int_equal(low, 0);
	assert_int_equal(high, 1);
}

static void test_histogram(void **state)
{
	const json_t *row, *percentile;
	size_t i, j, count;

	(void)state;
	json_array_foreach(json_object_get(golden, "samples"), i, row)
	{
		struct histogram *histogram = calloc(1, sizeof(*histogram));
		int64_t *sorted = sorted_values(row, &count);

		for (size_t k = 0; k < count; k++)
			histogram_add(histogram, (uint64_t)sorted[k]);
		json_array_foreach(json_object_get(row, "percentiles"), j, percentile)
			assert_near(histogram_quantile(histogram, number(percentile, "p")),
				    number(percentile, "value"), 0.011);
		free(sorted);
		free(histogram);
	}
}

static void test_outliers(void **state)
{
	const json_t *row;
	size_t i, count;

	(void)state;
	json_array_foreach(json_object_get(golden, "samples"), i, row)
	{
		int64_t *sorted = sorted_values(row, &count);
		struct mad mad = mad_of(sorted, count);

		if (count < MAD_LEAST) {
			assert_false(mad.known);
		} else {
			assert_near(mad.median, number(row, "median"), 1e-12);
			if (number(row, "mad") > 0)
				assert_near(mad.deviation, number(row, "mad"), 1e-9);
			if (strcmp(json_string_value(json_object_get(row, "name")), "one far") == 0)
				assert_true(mad.known && mad.limit < 1e9 && mad.limit > 1.02e7);
			if (strcmp(json_string_value(json_object_get(row, "name")), "all one") == 0)
				assert_false(mad.known);
			/* 40 of 43 equal: the mean deviation, and the far one stands out */
			if (strcmp(json_string_value(json_object_get(row, "name")), "mostly one") ==
			    0)
				assert_true(mad.known && mad.limit > 3e6 && mad.limit < 9e7);
		}
		free(sorted);
	}
}

static void read_numbers(const json_t *array, double *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		numbers[i] = json_number_value(json_array_get(array, i));
}

static void test_trends(void **state)
{
	const json_t *row;
	size_t i, checked = 0;

	(void)state;
	json_array_foreach(json_object_get(golden, "series"), i, row)
	{
		size_t count = json_array_size(json_object_get(row, "x"));
		double x[TREND_MOST], y[TREND_MOST];
		struct trend trend;

		read_numbers(json_object_get(row, "x"), x, count);
		read_numbers(json_object_get(row, "y"), y, count);
		trend = trend_of(x, y, count);
		assert_int_equal(trend.count, count);
		if (count < TREND_LEAST) {
			assert_int_equal(trend.word, TREND_TOO_FEW);
			continue;
		}
		assert_near(trend.slope, number(row, "slope"), 1e-9);
		assert_near(trend.intercept, number(row, "intercept"), 1e-9);
		assert_near(trend.low, number(row, "low"), 1e-9);
		assert_near(trend.high, number(row, "high"), 1e-9);
		assert_near(trend.s, number(row, "s"), 1e-9);
		assert_near(trend.p, number(row, "p"), 1e-9);
		checked++;
	}
	assert_true(checked >= 12);
}

static void test_words(void **state)
{
	static const struct {
		const char *name;
		enum trend_word word;
	} rows[] = {
		{"3434", TREND_TOO_FEW},      {"343434", TREND_STABLE},
		{"34 long", TREND_STABLE},    {"ramp 5", TREND_RISING},
		{"ramp", TREND_RISING},	      {"fall", TREND_FALLING},
		{"step", TREND_RISING},	      {"noisy step", TREND_RISING},
		{"noisy ramp", TREND_RISING}, {"noise", TREND_STABLE},
		{"noise 8", TREND_STABLE},    {"ramp with far ones", TREND_RISING},
		{"constant", TREND_STABLE},
	};
	const json_t *row;
	size_t i, checked = 0;

	(void)state;
	json_array_foreach(json_object_get(golden, "series"), i, row)
	{
		size_t count = json_array_size(json_object_get(row, "x"));
		const char *name = json_string_value(json_object_get(row, "name"));
		double x[TREND_MOST], y[TREND_MOST];

		read_numbers(json_object_get(row, "x"), x, count);
		read_numbers(json_object_get(row, "y"), y, count);
		for (size_t j = 0; j < sizeof(rows) / sizeof(rows[0]); j++)
			if (strcmp(rows[j].name, name) == 0) {
				assert_string_equal(trend_text(trend_of(x, y, count).word),
						    trend_text(rows[j].word));
				checked++;
			}
	}
	assert_int_equal(checked, sizeof(rows) / sizeof(rows[0]));
}

/* Points at one moment have no slope, tiny drifts are none, and too many points are cut. */
static void test_odd_series(void **state)
{
	double x[2 * TREND_MOST] = {0}, y[2 * TREND_MOST];

	(void)state;
	for (size_t i = 0; i < 2 * TREND_MOST; i++)
		y[i] = 1e6 + (double)i * 0.01;
	assert_int_equal(trend_of(x, y, 20).word, TREND_TOO_FEW);
	for (size_t i = 0; i < 2 * TREND_MOST; i++)
		x[i] = (double)i;
	assert_int_equal(trend_of(x, y, 20).word, TREND_STABLE); /* p is tiny, and so is the rise */
	assert_true(trend_of(x, y, 20).p < 0.001);
	assert_int_equal(trend_of(x, y, 2 * TREND_MOST).count, TREND_MOST);
	assert_int_equal(trend_of(x, y, 0).word, TREND_TOO_FEW);
}

static double *read_sorted(const json_t *row, const char *key, size_t *count)
{
	const json_t *array = json_object_get(row, key);
	double *numbers;

	*count = json_array_size(array);
	numbers = malloc((*count + 1) * sizeof(*numbers));
	read_numbers(array, numbers, *count);
	values_sort(numbers, *count);
	return numbers;
}

/* The bounds of many values are approximate by two ways: apart by a hair of the samples' spread. */
static void check_bounds(const json_t *row, const struct mann_whitney *found, double spread)
{
	bool exact = json_is_true(json_object_get(row, "exact"));

	if (json_is_true(json_object_get(row, "ties")))
		return;
	assert_int_equal(found->bounded, !json_is_null(json_object_get(row, "low")));
	if (!found->bounded)
		return;
	if (fabs(found->low - number(row, "low")) > (exact ? 1e-9 : 0.02) * spread ||
	    fabs(found->high - number(row, "high")) > (exact ? 1e-9 : 0.02) * spread)
		fail_msg("%g..%g is not %g..%g", found->low, found->high, number(row, "low"),
			 number(row, "high"));
}

static void check_bootstrap(const json_t *row, const double *first, size_t n, const double *second,
			    size_t m, double spread)
{
	static const struct {
		const char *key;
		unsigned int ppm;
	} rows[] = {{"0.5", 500000}, {"0.95", 950000}};

	for (size_t i = 0; i < 2; i++) {
		const json_t *bounds = json_object_get(json_object_get(row, "boot"), rows[i].key);
		struct bootstrap found = bootstrap_percentile(first, n, second, m, rows[i].ppm);
		struct bootstrap again = bootstrap_percentile(first, n, second, m, rows[i].ppm);
		double low = json_number_value(json_array_get(bounds, 0));
		double high = json_number_value(json_array_get(bounds, 1));

		/* always the same chances */
		assert_true(found.low == again.low && found.high == again.high);
		assert_true(found.p == again.p && found.ratio.low == again.ratio.low);
		assert_true(found.ratio.known == (first[0] > 0 && second[0] >= 0));
		assert_true(found.ratio.low >= -1 && found.ratio.low <= found.ratio.high);
		assert_true(found.low <= found.high && found.p > 0 && found.p <= 1);
		if (json_is_array(bounds) &&
		    (fabs(found.low - low) > 0.1 * (high - low) + 1e-9 * spread ||
		     fabs(found.high - high) > 0.1 * (high - low) + 1e-9 * spread))
			fail_msg("%s: %g..%g is not %g..%g", rows[i].key, found.low, found.high,
				 low, high);
	}
}

static void test_pairs(void **state)
{
	const json_t *row;
	size_t i, checked = 0, n, m;

	(void)state;
	json_array_foreach(json_object_get(golden, "pairs"), i, row)
	{
		double *first = read_sorted(row, "first", &n), spread;
		double *second = read_sorted(row, "second", &m);
		struct mann_whitney found = mann_whitney_of(first, n, second, m);
		struct mann_whitney back = mann_whitney_of(second, m, first, n);

		spread = fmax(first[n - 1], second[m - 1]) - fmin(first[0], second[0]);
		assert_near(found.p, number(row, "p"), 1e-9);
		if (fabs(found.shift - number(row, "shift")) > 1e-4 * spread)
			fail_msg("%g is not %g", found.shift, number(row, "shift"));
		check_bounds(row, &found, spread);
		assert_near(back.p, found.p, 1e-9);
		assert_near(back.shift, -found.shift, 1e-9);
		assert_near(back.u + found.u, (double)(n * m), 1e-9);
		check_bootstrap(row, first, n, second, m, spread);
		free(first);
		free(second);
		checked++;
	}
	assert_true(checked >= 13);
	assert_true(mann_whitney_of(NULL, 0, NULL, 0).p == 1);
}

/* Of ratios that are known; a part of what was 0 is none. */
static void test_ratios(void **state)
{
	static const double ones[] = {1, 1, 1, 1}, threes[] = {3, 3, 3, 3}, some[] = {0, 0, 2, 3};
	static const double modes[] = {1, 1, 1, 1, 50, 50}, others[] = {1, 1, 1, 50, 50, 50};
	struct mann_whitney found = mann_whitney_of(ones, 4, threes, 4);
	struct bootstrap drawn = bootstrap_percentile(ones, 4, threes, 4, 500000);

	(void)state;
	assert_true(found.ratio.known && drawn.ratio.known);
	assert_near(found.ratio.low, 2, 1e-9);
	assert_near(found.ratio.high, 2, 1e-9);
	assert_true(drawn.ratio.low == 2 && drawn.ratio.high == 2);
	found = mann_whitney_of(ones, 4, some, 4);
	assert_true(found.ratio.known && found.ratio.low == -1);
	assert_near(found.ratio.high, 2, 1e-9);
	assert_false(mann_whitney_of(some, 4, ones, 4).ratio.known);
	assert_false(bootstrap_percentile(some, 4, ones, 4, 500000).ratio.known);
	found = mann_whitney_of(modes, 6, others, 6);
	assert_true(found.low == -49 && found.high == 49);
	assert_near(found.ratio.low, -0.98, 1e-9);
	assert_near(found.ratio.high, 49, 1e-9);
	assert_true(student_outlook(ones, 4, threes, 1).ratio.known);
	assert_false(student_outlook(some, 4, threes, 1).ratio.known);
}

static void test_student(void **state)
{
	const json_t *row;
	size_t i, checked = 0, n, m;

	(void)state;
	json_array_foreach(json_object_get(golden, "students"), i, row)
	{
		double p = student_chance(number(row, "t"), number(row, "freedom"));

		assert_near(p, number(row, "p"), 1e-9);
		if (number(row, "t") > 0 && p > 1e-12)
			assert_near(student_distance(p, number(row, "freedom")), number(row, "t"),
				    1e-7);
		checked++;
	}
	json_array_foreach(json_object_get(golden, "outlooks"), i, row)
	{
		double *first = read_sorted(row, "first", &n);
		double *others = read_sorted(row, "others", &m);
		struct outlook found = student_outlook(first, n, others, m);

		assert_near(found.p, number(row, "p"), 1e-8);
		assert_near(found.low, number(row, "low"), 1e-8);
		assert_near(found.high, number(row, "high"), 1e-8);
		free(first);
		free(others);
		checked++;
	}
	assert_true(checked >= 71);
	/* what never differed, and what does not differ from it */
	assert_true(student_outlook((double[]){5, 5, 5}, 3, (double[]){6}, 1).p == 0);
	assert_true(student_outlook((double[]){0, 0, 0}, 3, (double[]){0}, 1).p == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_percentiles), cmocka_unit_test(test_many_ranks),
		cmocka_unit_test(test_histogram),   cmocka_unit_test(test_outliers),
		cmocka_unit_test(test_trends),	    cmocka_unit_test(test_words),
		cmocka_unit_test(test_odd_series),  cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_student),	    cmocka_unit_test(test_ratios),
	};
	int failed;

	golden = json_load_file("tests/golden/statistics.json", 0, NULL);
	failed = !golden || cmocka_run_group_tests(tests, NULL, NULL);
	json_decref(golden);
	return failed;
}
