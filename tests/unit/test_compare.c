/* Comparisons: of runs that are noise hardly any is called changed, changes are; conditions are
 * read and judged as they are written. Runs are made of numbers here. */
#include "compare/gate.h"
#include "render/comparison.h"
#include "stats/random.h"
#include "support/cmocka.h"

#include <math.h>
#include <string.h>

#define NAMES 10

static double noise(struct random *random)
{
	double length = sqrt(-2 * log(random_share(random)));

	return length * cos(6.283185307179586 * random_share(random));
}

/* A run with a P50 of 10 ms for each of NAMES endpoints, the first `factor` times that, all varied
 * by 5 %, and by another 5 % together. */
static struct figures *run_of(struct random *random, double factor)
{
	struct figures *figures = figures_new();
	double together = exp(0.05 * noise(random));

	for (int i = 0; i < NAMES; i++) {
		const char *name = arena_print(figures->arena, "GET /%d", i);
		double value = 1e7 * together * exp(0.05 * noise(random)) * (i ? 1 : factor);

		figures_add(figures, SUBJECT_ENDPOINT, name, METRIC_P50, rint(value));
		figures_add(figures, SUBJECT_ENDPOINT, name, METRIC_NUMBER, 30);
	}
	figures_add(figures, SUBJECT_RUN, "", METRIC_WALL, 1e9 * together);
	figures_add(figures, SUBJECT_RUN, "", METRIC_ERRORS, 0.02);
	figures_sort(figures);
	return figures;
}

static void fill(struct side *side, size_t count, struct random *random, double factor)
{
	side->runs = memory_get(count * sizeof(struct figures *));
	for (side->count = 0; side->count < count; side->count++)
		side->runs[side->count] = run_of(random, factor);
}

static const struct change *find(const struct comparison *comparison, const char *name,
				 enum metric metric)
{
	for (size_t i = 0; i < comparison->changes.count; i++)
		if (comparison->changes.items[i].metric == metric &&
		    strcmp(comparison->changes.items[i].name, name) == 0)
			return &comparison->changes.items[i];
	return NULL;
}

struct outcome {
	size_t alarms, found, wrong; /* comparisons with any change; with the first; with another */
};

static struct outcome compare_often(size_t base_runs, size_t fresh_runs, double factor)
{
	struct outcome outcome = {0};

	for (uint64_t seed = 1; seed <= 200; seed++) {
		struct random random = {seed};
		struct side base, fresh;
		struct comparison *comparison;
		size_t others = 0;

		fill(&base, base_runs, &random, 1);
		fill(&fresh, fresh_runs, &random, factor);
		comparison = compare_sides(&base, &fresh, COMPARE_CHANGE);
		for (size_t i = 0; i < comparison->changes.count; i++)
			others += verdict_rows[comparison->changes.items[i].verdict].change &&
				  strcmp(comparison->changes.items[i].name, "GET /0") != 0;
		outcome.wrong += others > 0;
		outcome.found += find(comparison, "GET /0", METRIC_P50)->verdict == VERDICT_ROSE;
		outcome.alarms +=
			others || find(comparison, "GET /0", METRIC_P50)->verdict == VERDICT_ROSE;
		assert_int_equal(find(comparison, "GET /3", METRIC_NUMBER)->verdict, VERDICT_SAME);
		comparison_free(comparison);
		side_free(&base);
		side_free(&fresh);
	}
	return outcome;
}

/* All rows vary together, too, as a busier machine has it: that is the worst there is. 5 % of the
 * comparisons may have an alarm. */
static void test_noise(void **state)
{
	(void)state;
	assert_true(compare_often(6, 6, 1).alarms <= 20);
	assert_true(compare_often(4, 4, 1).alarms <= 20);
	assert_true(compare_often(10, 1, 1).alarms <= 20);
	assert_int_equal(compare_often(3, 3, 1).alarms, 0); /* nothing can be told */
}

static void test_changes(void **state)
{
	struct outcome outcome = compare_often(8, 8, 1.5);

	(void)state;
	assert_true(outcome.found >= 190);
	assert_true(outcome.wrong <= 30);
	assert_true(compare_often(12, 1, 2).found >= 190);
	assert_int_equal(compare_often(3, 3, 2).found, 0);
}

/* What nobody had, what nobody has any more; rows of one side alone. */
static void test_sides(void **state)
{
	struct random random = {5};
	struct comparison *comparison;
	struct side base, fresh;

	(void)state;
	fill(&base, 5, &random, 1);
	fill(&fresh, 5, &random, 1);
	figures_add(fresh.runs[0], SUBJECT_FINDING, "tail", METRIC_TIME, 5e6);
	figures_add(base.runs[0], SUBJECT_FINDING, "dns", METRIC_NUMBER, 1);
	for (size_t i = 0; i < 5; i++) { /* of which a run without it has none */
		figures_add(base.runs[i], SUBJECT_CATEGORY, "io", METRIC_TIME, 1e6 + (double)i);
		if (i > 2)
			figures_add(fresh.runs[i], SUBJECT_CATEGORY, "io", METRIC_TIME, 5e6);
	}
	comparison = compare_sides(&base, &fresh, COMPARE_CHANGE);
	assert_int_equal(find(comparison, "tail", METRIC_TIME)->verdict, VERDICT_APPEARED);
	assert_int_equal(find(comparison, "dns", METRIC_NUMBER)->verdict, VERDICT_VANISHED);
	assert_true(find(comparison, "io", METRIC_TIME)->fresh.value == 0);
	assert_int_equal(find(comparison, "io", METRIC_TIME)->fresh.runs, 2);
	comparison_free(comparison);
	side_free(&base);
	side_free(&fresh);
}

static void add_sample(struct figures *run, const double *sorted, size_t count)
{
	double *values = memory_get(count * sizeof(*values));

	memcpy(values, sorted, count * sizeof(*values));
	*list_add(&run->samples) = (struct sample){SUBJECT_ENDPOINT, "GET /two", values, count};
}

/* What is now quick, now slow, as with a cache: the middle of the base is quick, so that the slow
 * ones less the quick are many times that; yet nothing falls by more than all of it. */
static void test_two_modes(void **state)
{
	static const size_t sizes[][2] = {{6, 6}, {7, 1}, {30, 30}, {1, 1}};
	struct random random = {9};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		double latencies[2][8] = {{1e6, 1e6, 1e6, 1e6, 1e6, 5e7, 5e7, 5e7},
					  {5e5, 1e6, 1e6, 1e6, 1e6, 1e6, 5e7, 5e7}};
		struct comparison *comparison;
		const struct change *change;
		struct side sides[2];
		struct buffer text = {0};
		const struct style style = {0};
		const char *at;

		for (size_t side = 0; side < 2; side++) {
			fill(&sides[side], sizes[i][side], &random, 1);
			for (size_t j = 0; j < sizes[i][side]; j++) {
				struct figures *run = sides[side].runs[j];
				double value = (j % 5 < 3 ? 1e6 : 5e7) + (double)(j + side);

				figures_add(run, SUBJECT_ENDPOINT, "GET /two", METRIC_P50, value);
				figures_add(run, SUBJECT_CATEGORY, "two", METRIC_NUMBER,
					    j % 2 ? 0 : 50 + (double)j);
				if (sizes[i][0] == 1)
					add_sample(run, latencies[side], 8);
				figures_sort(run);
			}
		}
		comparison = compare_sides(&sides[0], &sides[1], COMPARE_CHANGE);
		change = find(comparison, "GET /two", METRIC_P50);
		assert_true(change->tested && change->bounded && change->relative.known);
		assert_true(change->low < 0 && change->relative.low < 0);
		assert_true(change->relative.low >= -1);
		assert_true(change->relative.high >= change->relative.low);
		assert_true((change->low > 0) == (change->relative.low > 0));
		assert_true((change->high < 0) == (change->relative.high < 0));
		/* of what was 0 now and then no ratio is known: what is printed is the difference
		 */
		change = find(comparison, "two", METRIC_NUMBER);
		assert_false(change->relative.known);
		comparison_choose(comparison, true);
		comparison_text(&text, &style, comparison);
		for (at = buffer_text(&text); (at = strchr(at, '%')); at++) {
			const char *first = at;

			while (first > buffer_text(&text) && strchr("0123456789.", first[-1]))
				first--;
			if (first > buffer_text(&text) && first[-1] == '-' && atof(first) > 100)
				fail_msg("fell by more than all: %s", buffer_text(&text));
		}
		buffer_free(&text);
		comparison_free(comparison);
		side_free(&sides[0]);
		side_free(&sides[1]);
	}
}

static const struct wanted {
	const char *text;
	enum subject subject;
	const char *glob;
	enum metric metric;
	bool below, equal, change, ratio, optional;
	double value;
} conditions[] = {
	{"wall < 2s", SUBJECT_RUN, NULL, METRIC_WALL, true, false, false, false, false, 2e9},
	{"p95>+20%", SUBJECT_RUN, NULL, METRIC_P95, false, false, true, true, false, 0.2},
	{"p95 GET /containers/{id}/json <= 1.5ms", SUBJECT_ENDPOINT, "GET /containers/{id}/json",
	 METRIC_P95, true, true, false, false, false, 1.5e6},
	{" errors  <1% optional ", SUBJECT_RUN, NULL, METRIC_ERRORS, true, false, false, false,
	 true, 0.01},
	{"errors > +0.5%", SUBJECT_RUN, NULL, METRIC_ERRORS, false, false, true, false, false,
	 0.005},
	{"time category:dns < -10%", SUBJECT_CATEGORY, "dns", METRIC_TIME, true, false, true, true,
	 false, -0.1},
	{"wall>+500ms", SUBJECT_RUN, NULL, METRIC_WALL, false, false, true, false, false, 5e8},
	{"count finding:* < 1", SUBJECT_FINDING, "*", METRIC_NUMBER, true, false, false, false,
	 false, 1},
	{"p50 GET http://x:80/y < 1s", SUBJECT_ENDPOINT, "GET http://x:80/y", METRIC_P50, true,
	 false, false, false, false, 1e9},
	{"score run: >= 90", SUBJECT_RUN, NULL, METRIC_SCORE, false, true, false, false, false, 90},
};

static void test_conditions(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++) {
		const struct wanted *wanted = &conditions[i];
		struct gates gates = {0};
		const char *wrong = gate_add(&gates, wanted->text, true);
		const struct gate *gate = gates.items;

		if (wrong)
			fail_msg("%s: %s", wanted->text, wrong);
		assert_int_equal(gate->subject, wanted->subject);
		assert_true(!gate->glob == !wanted->glob);
		if (gate->glob)
			assert_string_equal(gate->glob, wanted->glob);
		assert_int_equal(gate->metric, wanted->metric);
		assert_int_equal(gate->below, wanted->below);
		assert_int_equal(gate->equal, wanted->equal);
		assert_int_equal(gate->change, wanted->change);
		assert_int_equal(gate->ratio, wanted->ratio);
		assert_int_equal(gate->optional, wanted->optional);
		assert_true(fabs(gate->value - wanted->value) <= 1e-9 * fabs(wanted->value));
		assert_int_equal(gates_need_base(&gates), wanted->change);
		gates_free(&gates);
	}
}

static void test_bad_conditions(void **state)
{
	static const char *const texts[] = {
		"",
		"p95",
		"<",
		"p95 <",
		"p95 < ",
		"p95 < 5",
		"p95 < 5%",
		"p95 < ms",
		"p95 < 5msx",
		"errors < 1",
		"errors<+1ms",
		"count < 1.5",
		"count < 5%",
		"speed < 1ms",
		"p95 < --5ms",
		"p95 = 5ms",
		"p95 < optional",
	};
	struct gates gates = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!gate_add(&gates, texts[i], true))
			fail_msg("%s was taken", texts[i]);
	assert_int_equal(gates.count, 0);
	gates_free(&gates);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_noise),	       cmocka_unit_test(test_changes),
		cmocka_unit_test(test_sides),	       cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_bad_conditions), cmocka_unit_test(test_two_modes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
