/*
 * latencies.c - how fast operations were: percentiles of their durations, and those far off. Up to
 * a million they are sorted and exact, beyond from a histogram.
 */
#include "model/internal.h"
#include "stats/histogram.h"
#include "stats/mad.h"
#include "stats/percentile.h"

static void find_exact(struct summary *summary)
{
	struct mad mad;

	percentile_sort(summary->sorted, summary->latencies);
	for (unsigned int i = 0; i < PERCENTILE_COUNT; i++) {
		struct percentile_row *row = &summary->percentile[i];
		struct percentile found =
			percentile_of(summary->sorted, summary->latencies, row->per_mille);

		row->value_ns = found.value;
		row->low_ns = found.low;
		row->high_ns = found.high;
		row->low_known = found.low_known;
		row->high_known = found.high_known;
	}
	mad = mad_of(summary->sorted, summary->latencies);
	summary->outliers.known = mad.known;
	summary->outliers.limit_ns = (int64_t)mad.limit;
}

/* Of so many that sorting them would take longer than all the rest. */
static void find_in_histogram(struct summary *summary)
{
	struct histogram *histogram = memory_get(sizeof(*histogram));
	double count = (double)summary->latencies, median, deviation;
	size_t low, high;

	for (size_t i = 0; i < summary->latencies; i++)
		histogram_add(histogram, summary->sorted[i] > 0 ? (uint64_t)summary->sorted[i] : 0);
	for (unsigned int i = 0; i < PERCENTILE_COUNT; i++) {
		struct percentile_row *row = &summary->percentile[i];
		double p = row->per_mille / 1000.0;

		percentile_ranks(summary->latencies, p, &low, &high);
		row->value_ns = (int64_t)histogram_quantile(histogram, p);
		row->low_ns = (int64_t)histogram_quantile(histogram, (double)low / count);
		row->high_ns = (int64_t)histogram_quantile(histogram, (double)high / count);
		row->low_known = row->high_known = true;
	}
	median = histogram_quantile(histogram, 0.5);
	deviation = MAD_OF_MEDIAN * histogram_deviation(histogram, median, 0.5);
	summary->approximate = true;
	summary->outliers.known = deviation > 0;
	summary->outliers.limit_ns = (int64_t)(median + MAD_LIMIT * deviation);
	free(histogram);
}

static void find_percentiles(struct summary *summary)
{
#define ROW(id, rank, text, title) {.key = text, .name = title, .per_mille = rank},
	static const struct percentile_row rows[] = {PERCENTILES(ROW)};
#undef ROW

	for (unsigned int i = 0; i < PERCENTILE_COUNT; i++) {
		summary->percentile[i] = rows[i];
		/* the 99.9th of 100 would be the maximum by another name; below P99 any will do */
		summary->percentile[i].enough =
			summary->latencies &&
			(rows[i].per_mille < 990 ||
			 summary->latencies >= percentile_least(rows[i].per_mille));
	}
	if (summary->latencies > PERCENTILE_EXACT_MOST)
		find_in_histogram(summary);
	else
		find_exact(summary);
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
	find_percentiles(&model->summary);
	find_outliers(model);
}
