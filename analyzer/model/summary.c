/*
 * summary.c - the figures of the whole: durations of operations, accuracy.
 */
#include "model/internal.h"
#include "stats/histogram.h"

#include <dndprof/config.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

static void add_operation(struct summary *summary, const struct operation *operation, int64_t *sum)
{
	int64_t ns = operation->duration_ns;

	summary->operations++;
	summary->streams += operation->stream;
	summary->errors += operation->error;
	summary->broken += operation->broken;
	summary->unanswered += is_unanswered(operation);
	if (!operation_is_latency(operation))
		return;
	if (!summary->latencies || ns < summary->min_ns)
		summary->min_ns = ns;
	if (!summary->latencies || ns > summary->max_ns)
		summary->max_ns = ns;
	*sum = add_ns(*sum, ns);
	summary->total_ns = add_ns(summary->total_ns, operation->self_ns);
	summary->sorted[summary->latencies++] = ns;
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

		if (!stats || !dndprof_call_is_null(profile_call(process->profile, call)->known) ||
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

void model_summary(struct model *model)
{
	struct summary *summary = &model->summary;
	int64_t sum = 0;

	summary->precision_ns = 1000000;
	summary->accuracy_ns = -1;
	summary->sorted = arena_get(model->arena, (model->operations.count + 1) * sizeof(int64_t));
	for (size_t i = 0; i < model->operations.count; i++) {
		struct operation *operation = &model->operations.items[i];

		if (operation_counts(operation)) {
			model->processes.items[operation->process].operations++;
			add_operation(summary, operation, &sum);
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
		summary->average_ns = sum / (int64_t)summary->latencies;
}
