/*
 * latencies.c - how fast operations were: percentiles of their durations, and those far off. Up to
 * a million they are sorted and exact, beyond from a histogram.
 */
#include "base/duration.h"
#include "model/internal.h"
#include "stats/histogram.h"
#include "stats/mad.h"
#include "stats/percentile.h"

#include <math.h>
#include <string.h>

static void find_exact(const struct summary *summary, struct percentile_row *row)
{
	struct percentile found = percentile_of_ppm(summary->sorted, summary->latencies, row->ppm);

	row->value_ns = found.value;
	row->low_ns = found.low;
	row->high_ns = found.high;
	row->low_known = found.low_known;
	row->high_known = found.high_known;
}

static void find_in_histogram(const struct histogram *histogram, struct percentile_row *row)
{
	double p = row->ppm / 1e6, count = (double)histogram->count;
	size_t low, high;

	percentile_ranks(histogram->count, p, &low, &high);
	row->low_known = low >= 1;
	row->high_known = high <= histogram->count;
	row->value_ns = (int64_t)histogram_quantile(histogram, p);
	row->low_ns = (int64_t)histogram_quantile(histogram, low ? (double)low / count : p);
	row->high_ns = (int64_t)histogram_quantile(histogram, fmin((double)high / count, 1));
}

static struct percentile_row new_row(struct model *model, unsigned int ppm)
{
	const struct summary *summary = &model->summary;
	struct percentile_row row = {.ppm = ppm};
	char *key = arena_print(model->arena, "p%g", ppm / 1e4);

	row.name = ppm == 500000 ? "P50 (Median)" : arena_print(model->arena, "P%g", ppm / 1e4);
	row.key = key;
	if (strchr(key, '.'))
		*strchr(key, '.') = '_';
	/* the 99.9th of 100 would be the maximum by another name; below P99 any will do */
	row.enough = summary->latencies &&
		     (ppm < 990000 || summary->latencies >= percentile_least_ppm(ppm));
	return row;
}

static void make_rows(struct model *model)
{
#define PPM(id, ppm) ppm,
	static const unsigned int usual[] = {PERCENTILES(PPM)};
#undef PPM
	const struct model_choice *choice = model->choice;
	struct summary *summary = &model->summary;

	for (unsigned int i = 0; i < PERCENTILE_COUNT; i++)
		summary->percentile[i] = new_row(model, usual[i]);
	summary->asked = summary->percentile;
	summary->asked_count = PERCENTILE_COUNT;
	if (!choice->percentiles)
		return;
	summary->asked =
		arena_get(model->arena, choice->percentile_count * sizeof(*summary->asked));
	summary->asked_count = choice->percentile_count;
	for (size_t i = 0; i < choice->percentile_count; i++)
		summary->asked[i] = new_row(model, choice->percentiles[i]);
}

/* Of so many that sorting them would take longer than all the rest; else NULL. */
static struct histogram *histogram_of(const struct summary *summary)
{
	struct histogram *histogram;

	if (summary->latencies <= PERCENTILE_EXACT_MOST)
		return NULL;
	histogram = memory_get(sizeof(*histogram));
	for (size_t i = 0; i < summary->latencies; i++)
		histogram_add(histogram, summary->sorted[i] > 0 ? (uint64_t)summary->sorted[i] : 0);
	return histogram;
}

static void find_limit(struct summary *summary, const struct histogram *histogram)
{
	double median, deviation;
	struct mad mad;

	if (!histogram) {
		mad = mad_of(summary->sorted, summary->latencies);
		summary->outliers.known = mad.known;
		summary->outliers.limit_ns = duration_of(mad.limit);
		return;
	}
	median = histogram_quantile(histogram, 0.5);
	deviation = MAD_OF_MEDIAN * histogram_deviation(histogram, median, 0.5);
	summary->approximate = true;
	summary->outliers.known = deviation > 0;
	summary->outliers.limit_ns = duration_of(median + MAD_LIMIT * deviation);
}

static void find_percentiles(struct model *model)
{
	struct summary *summary = &model->summary;
	struct histogram *histogram = histogram_of(summary);
	size_t asked = summary->asked == summary->percentile ? 0 : summary->asked_count;

	if (!histogram)
		percentile_sort(summary->sorted, summary->latencies);
	for (size_t i = 0; i < PERCENTILE_COUNT + asked; i++) {
		struct percentile_row *row = i < PERCENTILE_COUNT
						     ? &summary->percentile[i]
						     : &summary->asked[i - PERCENTILE_COUNT];

		if (histogram)
			find_in_histogram(histogram, row);
		else
			find_exact(summary, row);
	}
	find_limit(summary, histogram);
	free(histogram);
}

/* Keeps the longest, in their order. */
static void add_outlier(struct model *model, uint32_t index)
{
	const struct operation *operations = model->operations.items;
	uint32_t *worst = model->summary.outliers.worst;
	size_t at = model->summary.outliers.shown;

	while (at && operations[worst[at - 1]].duration_ns < operations[index].duration_ns)
		at--;
	if (at == OUTLIERS_SHOWN)
		return;
	if (model->summary.outliers.shown < OUTLIERS_SHOWN)
		model->summary.outliers.shown++;
	for (size_t i = model->summary.outliers.shown - 1; i > at; i--)
		worst[i] = worst[i - 1];
	worst[at] = index;
}

static void find_outliers(struct model *model)
{
	struct summary *summary = &model->summary;

	for (uint32_t i = 0; summary->outliers.known && i < model->operations.count; i++) {
		const struct operation *operation = &model->operations.items[i];

		if (!operation_counts(operation) || !operation_is_latency(operation) ||
		    operation->duration_ns <= summary->outliers.limit_ns)
			continue;
		summary->outliers.count++;
		add_outlier(model, i);
	}
}

void model_latencies(struct model *model)
{
	make_rows(model);
	find_percentiles(model);
	find_outliers(model);
}
