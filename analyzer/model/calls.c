/*
 * calls.c - see calls.h. Histograms are in ticks of each process's clock; processes of one clock
 * are joined as they are, those of another by the middle of each bucket.
 */
#include "model/internal.h"
#include "base/sort.h"
#include "stats/histogram.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct sum {
	struct histogram histogram; /* in ticks of `tick` ns */
	double tick, null_ns;	    /* the null interval: the largest of all processes */
};

static int64_t to_ns(double ns)
{
	return ns > 4e18 ? INT64_MAX / 2 : ns < -4e18 ? INT64_MIN / 2 : (int64_t)ns;
}

static uint64_t saturating(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static void join(struct sum *sum, const struct histogram *from, double tick)
{
	if (sum->tick <= 0)
		sum->tick = tick;
	if (sum->tick == tick) {
		histogram_merge(&sum->histogram, from);
		return;
	}
	histogram_add_zero(&sum->histogram, from->zero);
	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++)
		if (from->bucket[i]) {
			double middle = sqrt(histogram_bound(i) * histogram_bound(i + 1));
			double ticks = fmin(middle * tick / sum->tick, 1e18);

			histogram_add_bucket(&sum->histogram, histogram_index((uint64_t)ticks),
					     from->bucket[i]);
		}
}

/* Elsewhere a duration may be on its way to its bucket, but is not missing. */
static bool lacks_buckets(const struct profile *profile)
{
	return profile_loss(profile, DNDPROF_LOSS_NO_HISTOGRAM) || profile_cut_off(profile) ||
	       profile_damaged(profile);
}

static void add_stats(struct call_row *row, struct sum *sum, const struct process *process,
		      const struct profile_stats *stats, double null)
{
	double tick = clock_tick_ns(process->clock);
	int64_t min = to_ns((double)stats->min * tick - null);
	int64_t max = to_ns((double)stats->max * tick - null);

	if (stats->timed && (!row->timed || min < row->min_ns))
		row->min_ns = min;
	if (stats->timed && (!row->timed || max > row->max_ns))
		row->max_ns = max;
	row->count = saturating(row->count, stats->count);
	row->errors = saturating(row->errors, stats->errors);
	row->retries = saturating(row->retries, stats->retries);
	row->bytes = saturating(row->bytes, stats->bytes);
	row->timed = saturating(row->timed, stats->timed);
	if (stats->timed > stats->histogram.count && lacks_buckets(process->profile))
		row->missing = saturating(row->missing, stats->timed - stats->histogram.count);
	row->total_ns = add_ns(row->total_ns,
			       to_ns((double)stats->sum * tick - (double)stats->timed * null));
	if (sum->tick <= 0 || null > sum->null_ns)
		sum->null_ns = null;
	join(sum, &stats->histogram, tick);
}

/* Of `missing` durations it is not known where they would stand. Were all of them the shortest, or
 * all of them the longest: only where that makes no difference the quantile is known. */
static int64_t quantile(const struct sum *sum, uint64_t missing, double q)
{
	double all = (double)sum->histogram.count + (double)missing;
	double rank = fmax(ceil(q * all), 1), here = (double)sum->histogram.count;
	double low = (rank - (double)missing) / here, high = rank / here, value;

	if (!missing)
		value = histogram_quantile(&sum->histogram, q);
	else if (low <= 0 || high > 1)
		return CALL_UNKNOWN;
	else
		value = histogram_quantile(&sum->histogram, high);
	if (missing && histogram_quantile(&sum->histogram, low) != value)
		return CALL_UNKNOWN;
	return to_ns(value * sum->tick - sum->null_ns);
}

static int compare(const void *a, const void *b)
{
	const struct call_row *x = a, *y = b;

	if (x->total_ns != y->total_ns)
		return x->total_ns > y->total_ns ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* By call as this program knows it; of a newer one's, the last. */
#define UNKNOWN DNDPROF_CALL_COUNT
struct table {
	struct call_row rows[UNKNOWN + 1];
	struct sum *sums[UNKNOWN + 1];
};

static void add_process(struct table *table, const struct process *process)
{
	for (unsigned int id = 0; id < DNDPROF_RING_CALLS; id++) {
		const struct profile_stats *stats = profile_stats(process->profile, id);
		const struct profile_call *call = profile_call(process->profile, id);
		unsigned int at = call->known < 0 ? UNKNOWN : (unsigned int)call->known;

		if (!stats || !stats->count || dndprof_call_is_null(call->known))
			continue;
		table->rows[at].name = at == UNKNOWN ? "others" : call->name;
		table->rows[at].category = category_name(call->category);
		if (!table->sums[at])
			table->sums[at] = memory_get(sizeof(*table->sums[at]));
		add_stats(&table->rows[at], table->sums[at], process, stats,
			  null_of(process, call->known));
	}
}

void model_call_rows(struct model *model)
{
	struct table *table = memory_get(sizeof(*table));

	for (size_t i = 0; i < model->processes.count; i++)
		if (model->processes.items[i].profile)
			add_process(table, &model->processes.items[i]);
	for (unsigned int i = 0; i <= UNKNOWN; i++) {
		struct call_row *row = &table->rows[i];

		if (!table->sums[i])
			continue;
		row->p50_ns = quantile(table->sums[i], row->missing, 0.5);
		row->p95_ns = quantile(table->sums[i], row->missing, 0.95);
		row->p99_ns = quantile(table->sums[i], row->missing, 0.99);
		*list_add(&model->calls) = *row;
		free(table->sums[i]);
	}
	free(table);
	if (model->calls.count)
		sort(model->calls.items, model->calls.count, sizeof(*model->calls.items), compare);
}
