/*
 * compare.c - see compare.h. All figures of both sides are sorted by what they are of; each group
 * becomes a row. The chances of the rows are adjusted as Benjamini and Hochberg do, so that of many
 * rows that are noise none is likely to be called a change.
 */
#include "compare/compare.h"
#include "base/sort.h"
#include "compare/gate.h"
#include "stats/bootstrap.h"
#include "stats/mann_whitney.h"
#include "stats/student.h"

#include <math.h>
#include <string.h>

#define ROW(id, key, of_time, of_number, change) {key, of_time, of_number, change},
const struct verdict_row verdict_rows[VERDICT_COUNT] = {VERDICTS(ROW)};
#undef ROW

#define OPERATIONS_LEAST 4     /* a side, for a test by operations */
#define POOL_MOST	 20000 /* values of a side; of more, evenly spaced ones */

/* A figure with where it is from. */
struct reference {
	const struct figure *figure;
	const struct figures *run;
	bool fresh;
};

static int compare_references(const void *a, const void *b)
{
	return figure_compare(((const struct reference *)a)->figure,
			      ((const struct reference *)b)->figure);
}

struct values {
	double *items;
	size_t count;
};

/* Counts and times that a run does not have it has none of; latencies it has not at all. */
static bool is_sum(const struct change *change)
{
	return change->subject != SUBJECT_RUN &&
	       (change->metric == METRIC_NUMBER || change->metric == METRIC_TIME);
}

static struct values runs_values(const struct change *change, const struct reference *group,
				 size_t size, bool fresh, const struct side *side)
{
	struct values values = {memory_get((size + side->count + 1) * sizeof(double)), 0};

	for (size_t i = 0; i < size; i++)
		if (group[i].fresh == fresh)
			values.items[values.count++] = group[i].figure->value;
	while (is_sum(change) && values.count < side->count)
		values.items[values.count++] = 0;
	values_sort(values.items, values.count);
	return values;
}

static const struct sample *sample_of(const struct figures *run, const struct change *change)
{
	return figures_sample(run, change->subject, change->name);
}

/* The latencies of all runs of a side. */
static struct values pooled_values(const struct change *change, const struct side *side)
{
	struct values values = {0};
	size_t all = 0, step, at = 0;

	for (size_t i = 0; i < side->count; i++) {
		const struct sample *sample = sample_of(side->runs[i], change);

		all += sample ? sample->count : 0;
	}
	step = all / POOL_MOST + 1;
	values.items = memory_get((all / step + 2) * sizeof(double));
	for (size_t i = 0; i < side->count; i++) {
		const struct sample *sample = sample_of(side->runs[i], change);

		for (size_t j = 0; sample && j < sample->count; j++)
			if (at++ % step == step / 2)
				values.items[values.count++] = sample->values[j];
	}
	values_sort(values.items, values.count);
	return values;
}

/* Where no latencies were kept, as in the history, their count still is. */
static size_t operations_of(const struct change *change, const struct side *side, bool *kept)
{
	size_t count = 0;

	*kept = false;
	if (!metric_rows[change->metric].ppm)
		return 0;
	for (size_t i = 0; i < side->count; i++) {
		const struct sample *sample = sample_of(side->runs[i], change);
		double number = 0;

		*kept |= sample != NULL;
		if (sample)
			count += sample->count;
		else if (figures_value(side->runs[i], change->subject, change->name, METRIC_NUMBER,
				       &number))
			count += number > 0 && number < 1e15 ? (size_t)number : 0;
	}
	return count;
}

static void test_runs(struct change *change, const struct values *base, const struct values *fresh)
{
	struct mann_whitney found =
		mann_whitney_of(base->items, base->count, fresh->items, fresh->count);

	change->tested = TESTED_RUNS;
	change->bounded = found.bounded;
	change->low = found.low;
	change->high = found.high;
	change->relative = found.ratio;
	change->p = found.p;
}

static void test_operations(struct change *change, const struct values *base,
			    const struct values *fresh)
{
	unsigned int ppm = metric_rows[change->metric].ppm;
	struct bootstrap found =
		bootstrap_percentile(base->items, base->count, fresh->items, fresh->count, ppm);

	change->tested = TESTED_OPERATIONS;
	change->bounded = true;
	change->low = found.low;
	change->high = found.high;
	change->relative = found.ratio;
	change->p =
		ppm == 500000
			? mann_whitney_of(base->items, base->count, fresh->items, fresh->count).p
			: found.p;
}

/* A run or a few are held against how much the base's runs differ from each other. */
static void test_spread(struct change *change, const struct values *base,
			const struct values *fresh)
{
	struct outlook found =
		student_outlook(base->items, base->count, fresh->items, fresh->count);

	change->tested = TESTED_SPREAD;
	change->bounded = true;
	change->low = found.low;
	change->high = found.high;
	change->relative = found.ratio;
	change->p = found.p;
}

static bool all_equal(const struct values *base, const struct values *fresh)
{
	return base->count && fresh->count && base->items[0] == fresh->items[0] &&
	       base->items[0] == base->items[base->count - 1] &&
	       fresh->items[0] == fresh->items[fresh->count - 1];
}

/* By the operations of all runs together, where there are any; else the runs' values stay. */
static void pool(struct change *change, const struct comparison *comparison, struct values *base,
		 struct values *fresh)
{
	unsigned int ppm = metric_rows[change->metric].ppm; /* not 0: it is of operations */
	struct values *sides[] = {base, fresh};

	for (size_t i = 0; i < 2; i++) {
		free(sides[i]->items);
		*sides[i] = pooled_values(change, i ? &comparison->fresh : &comparison->base);
	}
	change->base.value = values_percentile(base->items, base->count, ppm);
	change->fresh.value = values_percentile(fresh->items, fresh->count, ppm);
	change->difference = change->fresh.value - change->base.value;
	if (!change->few && base->count >= OPERATIONS_LEAST && fresh->count >= OPERATIONS_LEAST)
		test_operations(change, base, fresh);
}

/* How many operations tell this percentile from the maximum. */
static bool is_few(const struct change *change)
{
	unsigned int ppm = metric_rows[change->metric].ppm;
	size_t least = ppm ? 1000000 / (1000000 - ppm) : 0;

	return ppm > 500000 && ((change->base.present && change->base.operations < least) ||
				(change->fresh.present && change->fresh.operations < least));
}

/* By what there is: runs of both sides, runs of the base, or operations. */
static void test(struct change *change, const struct comparison *comparison, struct values *base,
		 struct values *fresh, bool kept)
{
	bool both = change->base.present && change->fresh.present;

	if (both && all_equal(base, fresh))
		change->verdict = VERDICT_SAME;
	else if (both && base->count >= COMPARE_RUNS_LEAST && fresh->count >= COMPARE_RUNS_LEAST)
		test_runs(change, base, fresh);
	else if (both && base->count >= COMPARE_SPREAD_LEAST)
		test_spread(change, base, fresh);
	else if (kept)
		pool(change, comparison, base, fresh);
}

static void measure(struct change *change, const struct comparison *comparison,
		    const struct reference *group, size_t size)
{
	struct values base = runs_values(change, group, size, false, &comparison->base);
	struct values fresh = runs_values(change, group, size, true, &comparison->fresh);
	bool of_base, of_fresh;

	change->base.operations = operations_of(change, &comparison->base, &of_base);
	change->fresh.operations = operations_of(change, &comparison->fresh, &of_fresh);
	change->few = is_few(change);
	change->base.value = values_median(base.items, base.count);
	change->fresh.value = values_median(fresh.items, fresh.count);
	change->difference = change->fresh.value - change->base.value;
	change->p = change->adjusted = 1;
	test(change, comparison, &base, &fresh,
	     metric_rows[change->metric].ppm && (of_base || !change->base.present) &&
		     (of_fresh || !change->fresh.present));
	change->ratio = change->difference == 0	 ? 0
			: change->base.value > 0 ? change->difference / change->base.value
						 : INFINITY * change->difference;
	free(base.items);
	free(fresh.items);
}

static void make_change(struct comparison *comparison, const struct reference *group, size_t size)
{
	struct change *change = list_add(&comparison->changes);

	change->subject = group->figure->subject;
	change->name = group->figure->name;
	change->metric = group->figure->metric;
	change->verdict = VERDICT_TOO_FEW;
	for (size_t i = 0; i < size; i++) {
		struct change_side *side = group[i].fresh ? &change->fresh : &change->base;

		side->present = true;
		side->runs++;
	}
	measure(change, comparison, group, size);
	if (!change->base.present && comparison->base.count)
		change->verdict = VERDICT_APPEARED;
	if (!change->fresh.present)
		change->verdict = VERDICT_VANISHED;
	comparison->tested += change->tested != TESTED_NOT;
}

static int compare_chances(const void *a, const void *b)
{
	double x = (*(struct change *const *)a)->p, y = (*(struct change *const *)b)->p;

	return (x > y) - (x < y);
}

static void judge(const struct comparison *comparison, struct change *change)
{
	double least = comparison->least * (change->tested == TESTED_RUNS ? 1 : 2);
	double part = metric_rows[change->metric].unit == FIGURE_SHARE ? fabs(change->difference)
								       : fabs(change->ratio);
	bool sure = change->adjusted <= COMPARE_RISK && change->bounded &&
		    (change->low > 0 || change->high < 0);

	change->verdict = !sure || part < least ? VERDICT_NOISE
			  : change->low > 0	? VERDICT_ROSE
						: VERDICT_FELL;
}

/* Benjamini and Hochberg: the k-th smallest of n chances times n / k, never more than a later
 * one's. */
static void judge_all(struct comparison *comparison)
{
	struct change **tested = memory_get((comparison->tested + 1) * sizeof(*tested));
	double least = 1;
	size_t count = 0;

	for (size_t i = 0; i < comparison->changes.count; i++)
		if (comparison->changes.items[i].tested)
			tested[count++] = &comparison->changes.items[i];
	sort(tested, count, sizeof(*tested), compare_chances);
	for (size_t i = count; i-- > 0;) {
		least = fmin(least, tested[i]->p * (double)count / (double)(i + 1));
		tested[i]->adjusted = least;
		judge(comparison, tested[i]);
	}
	free(tested);
}

static size_t add_references(struct reference *references, const struct side *side, bool fresh)
{
	size_t count = 0;

	for (size_t i = 0; i < side->count; i++)
		for (size_t j = 0; j < side->runs[i]->items.count; j++, count++)
			if (references)
				references[count] = (struct reference){
					&side->runs[i]->items.items[j], side->runs[i], fresh};
	return count;
}

struct comparison *compare_sides(const struct side *base, const struct side *fresh, double least)
{
	struct comparison *comparison = memory_get(sizeof(*comparison));
	size_t of_base = add_references(NULL, base, false), count;
	struct reference *references;

	count = of_base + add_references(NULL, fresh, true);
	references = memory_get((count + 1) * sizeof(*references));
	comparison->model.arena = arena_new();
	comparison->base = *base;
	comparison->fresh = *fresh;
	comparison->base_name = comparison->fresh_name = "";
	comparison->alone = !base->count;
	comparison->least = least;
	add_references(references, base, false);
	add_references(references + of_base, fresh, true);
	sort(references, count, sizeof(*references), compare_references);
	for (size_t first = 0, i = 1; first < count && i <= count; i++)
		if (i == count || compare_references(&references[first], &references[i])) {
			make_change(comparison, references + first, i - first);
			first = i;
		}
	free(references);
	judge_all(comparison);
	return comparison;
}

void comparison_choose(struct comparison *comparison, bool all)
{
	comparison->rows.count = 0;
	for (size_t i = 0; i < comparison->changes.count; i++) {
		const struct change *change = &comparison->changes.items[i];
		bool usual = change->subject == SUBJECT_RUN && change->metric <= METRIC_ERRORS;

		if (!change->few && (all || usual || verdict_rows[change->verdict].change))
			*list_add(&comparison->rows) = change;
	}
}

void comparison_free(struct comparison *comparison)
{
	if (!comparison)
		return;
	list_free(&comparison->changes);
	list_free(&comparison->rows);
	list_free(&comparison->gates);
	arena_free(comparison->model.arena);
	free(comparison);
}
