/*
 * summary.c - the figures of the whole: durations and percentiles of operations, accuracy, rating.
 */
#include "model/internal.h"
#include "stats/percentile.h"

#include <dndprof/config.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

static bool counts(const struct operation *operation)
{
	return operation->kind <= OPERATION_REGION && !operation->server;
}

static void add_operation(struct summary *summary, const struct operation *operation)
{
	int64_t ns = operation->duration_ns;

	summary->operations++;
	summary->streams += operation->stream;
	summary->errors += operation->error;
	summary->broken += operation->broken;
	summary->unanswered += is_unanswered(operation);
	if (operation->stream || !has_duration(operation))
		return;
	if (!summary->latencies || ns < summary->min_ns)
		summary->min_ns = ns;
	if (!summary->latencies || ns > summary->max_ns)
		summary->max_ns = ns;
	summary->total_ns = add_ns(summary->total_ns, ns);
	summary->sorted[summary->latencies++] = ns;
}

static void add_percentiles(struct summary *summary)
{
#define PER_MILLE(id, per_mille, name) per_mille,
	static const unsigned int per_mille[] = {PERCENTILES(PER_MILLE)};
#undef PER_MILLE

	percentile_sort(summary->sorted, summary->latencies);
	for (unsigned int i = 0; i < PERCENTILE_COUNT; i++) {
		struct percentile found =
			percentile_of(summary->sorted, summary->latencies, per_mille[i]);

		summary->percentile[i].value_ns = found.value;
		summary->percentile[i].low_ns = found.low;
		summary->percentile[i].high_ns = found.high;
		/* the 99.9th of 100 would be the maximum by another name; below P99 any will do */
		summary->percentile[i].enough =
			summary->latencies &&
			(per_mille[i] < 990 ||
			 summary->latencies >= percentile_least(per_mille[i]));
	}
}

#define PROBES_LEAST \
	32 /* so few of them that their P99 is the worst, which errs to the safe side */

/* P99 of how far probes of the null interval lie from their median, plus how well the clock is
 * fixed; the worst process counts. */
static void add_accuracy(struct summary *summary, const struct process *process)
{
	for (unsigned int call = 0; call < DNDPROF_RING_CALLS; call++) {
		const struct profile_stats *stats = profile_stats(process->profile, call);
		double tick = clock_tick_ns(process->clock), error;

		if (!stats || profile_call(process->profile, call)->known != DNDPROF_CALL_null ||
		    stats->histogram.count < PROBES_LEAST || !clock_known(process->clock))
			continue;
		error = histogram_deviation(&stats->histogram,
					    histogram_quantile(&stats->histogram, 0.5), 0.99) *
				tick +
			clock_error_ns(process->clock);
		if (error < 1e18 && (int64_t)llrint(error) > summary->accuracy_ns)
			summary->accuracy_ns = (int64_t)llrint(error);
	}
}

static void add_process(struct summary *summary, const struct process *process)
{
	const char *precision;
	int64_t value;

	if (!process->profile)
		return;
	summary->total_calls += process->calls;
	summary->lost_slots += process->lost;
	summary->startup_ns = add_ns(summary->startup_ns, process->startup_ns);
	if (process->null_ns > summary->null_ns)
		summary->null_ns = process->null_ns;
	add_accuracy(summary, process);
	precision = profile_info(process->profile, "config.PRECISION");
	if (precision && dndprof_config_parse(DNDPROF_CONFIG_ID_PRECISION, precision, &value) == 0)
		summary->precision_ns = value;
}

/* Points lost, by rule; of the rows with the same `group` the first that holds. */
struct rule {
	int group, points;
	double over;
	const char *reason;
};

static const struct rule rules[] = {
	{0, 20, 100e6, "average over 100ms"},
	{0, 10, 50e6, "average over 50ms"},
	{1, 20, 500e6, "P95 over 500ms"},
	{1, 10, 200e6, "P95 over 200ms"},
	{2, 15, 5, "accuracy worse than 5x the target"},
	{3, 20, 0.10, "more than 10% errors"},
	{3, 10, 0.01, "more than 1% errors"},
};

static const struct {
	int least, stars;
	const char *name;
} ratings[] = {
	{90, 5, "Excellent"}, {75, 4, "Good"}, {60, 3, "Fair"}, {40, 2, "Poor"}, {0, 1, "Critical"},
};

static void rate(struct model *model)
{
	struct summary *summary = &model->summary;
	double values[] = {
		(double)summary->average_ns,
		(double)summary->percentile[PERCENTILE_P95].value_ns,
		summary->accuracy_ns < 0
			? 0
			: (double)summary->accuracy_ns / (double)summary->precision_ns,
		summary->operations ? (double)summary->errors / (double)summary->operations : 0,
	};
	int lost = -1;

	summary->score = -1;
	summary->rating = "no data";
	summary->rating_reasons = "";
	if (!summary->latencies)
		return;
	summary->score = 100;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (rules[i].group == lost || !(values[rules[i].group] > rules[i].over))
			continue;
		lost = rules[i].group;
		summary->score -= rules[i].points;
		summary->rating_reasons = arena_print(
			model->arena, "%s%s%s -%d", summary->rating_reasons,
			*summary->rating_reasons ? ", " : "", rules[i].reason, rules[i].points);
	}
	for (size_t i = 0; i < sizeof(ratings) / sizeof(ratings[0]); i++)
		if (summary->score >= ratings[i].least) {
			summary->stars = ratings[i].stars;
			summary->rating = ratings[i].name;
			break;
		}
}

void model_summary(struct model *model)
{
	struct summary *summary = &model->summary;

	summary->precision_ns = 1000000;
	summary->accuracy_ns = -1;
	summary->sorted = arena_get(model->arena, (model->operations.count + 1) * sizeof(int64_t));
	for (size_t i = 0; i < model->operations.count; i++) {
		struct operation *operation = &model->operations.items[i];

		if (counts(operation)) {
			model->processes.items[operation->process].operations++;
			add_operation(summary, operation);
		} else if (operation->server) {
			summary->server_operations++;
		}
	}
	for (size_t i = 0; i < model->processes.count; i++)
		add_process(summary, &model->processes.items[i]);
	for (size_t i = 0; i < model->runs.count; i++)
		summary->wall_ns = add_ns(summary->wall_ns, add_ns(model->runs.items[i].end_ns,
								   -model->runs.items[i].start_ns));
	if (summary->latencies)
		summary->average_ns = summary->total_ns / (int64_t)summary->latencies;
	add_percentiles(summary);
	rate(model);
}
