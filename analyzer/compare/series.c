/*
 * series.c - see series.h. A drift is asked for only within the level that a series has now: a step
 * would be called one.
 */
#include "compare/series.h"
#include "base/sort.h"
#include "stats/mann_whitney.h"

#include <string.h>

struct placed {
	const struct figure *figure;
	size_t run;
};

static int compare_placed(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;
	int order = figure_compare(x->figure, y->figure);

	return order ? order : (x->run > y->run) - (x->run < y->run);
}

static void find_trend(struct series *series)
{
	size_t first = series->point_count ? series->points[series->point_count - 1].index : 0;
	size_t count;
	double *x;

	if (series->count - first > TREND_MOST)
		first = series->count - TREND_MOST;
	count = series->count - first;
	x = memory_get((count + 1) * sizeof(*x));
	for (size_t i = 0; i < count; i++)
		x[i] = (double)i;
	series->trend = trend_of(x, series->values + first, count);
	free(x);
}

/* Of a run in the middle, as to how many operations it had. */
static bool is_few(const struct series *series, const struct figures *run)
{
	unsigned int ppm = metric_rows[series->metric].ppm;
	double number = 0;

	return ppm > 500000 &&
	       figures_value(run, series->subject, series->name, METRIC_NUMBER, &number) &&
	       number * (1000000 - ppm) < 1000000;
}

static void add_series(struct series_list *list, const struct side *side,
		       const struct placed *group, size_t count)
{
	struct series *series = list_add(list);
	double *sorted = memory_get(count * sizeof(*sorted));
	size_t *runs = arena_get(list->arena, count * sizeof(*runs));

	series->subject = group->figure->subject;
	series->name = group->figure->name;
	series->metric = group->figure->metric;
	series->count = count;
	series->values = arena_get(list->arena, count * sizeof(*series->values));
	for (size_t i = 0; i < count; i++) {
		series->values[i] = sorted[i] = group[i].figure->value;
		runs[i] = group[i].run;
	}
	series->runs = runs;
	values_sort(sorted, count);
	series->median = values_median(sorted, count);
	free(sorted);
	series->point_count = change_points(series->values, count, series->points);
	find_trend(series);
	series->few = is_few(series, side->runs[runs[count / 2]]);
}

void series_of(struct series_list *list, const struct side *side)
{
	struct placed *placed;
	size_t count = 0;

	*list = (struct series_list){.arena = arena_new()};
	for (size_t i = 0; i < side->count; i++)
		count += side->runs[i]->items.count;
	placed = memory_get((count + 1) * sizeof(*placed));
	count = 0;
	for (size_t i = 0; i < side->count; i++)
		for (size_t j = 0; j < side->runs[i]->items.count; j++)
			placed[count++] = (struct placed){&side->runs[i]->items.items[j], i};
	sort(placed, count, sizeof(*placed), compare_placed);
	for (size_t first = 0, i = 1; first < count && i <= count; i++)
		if (i == count || figure_compare(placed[first].figure, placed[i].figure)) {
			add_series(list, side, placed + first, i - first);
			first = i;
		}
	free(placed);
}

void series_free(struct series_list *list)
{
	list_free(list);
	arena_free(list->arena);
	list->arena = NULL;
}

bool series_moves(const struct series *series)
{
	return series->point_count || series->trend.word == TREND_RISING ||
	       series->trend.word == TREND_FALLING;
}
