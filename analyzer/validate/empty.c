/*
 * empty.c - what recording leaves in durations: intervals in which nothing happened, as they were
 * recorded, and how far from the truth they are once the null interval is taken off. Never clamped:
 * too much taken off shows as a negative residual.
 */
#include "validate/validate.h"

#include "model/internal.h"
#include "stats/percentile.h"

#include <math.h>
#include <string.h>

#define TENTHS 10 /* of a ns: durations are sorted as integers */

const struct empty_class validate_empty[] = {
	{EMPTY_READ, DNDPROF_CALL_read, "read"}, {EMPTY_WRITE, DNDPROF_CALL_write, "write"},
	{EMPTY_SEND, DNDPROF_CALL_send, "send"}, {EMPTY_RECV, DNDPROF_CALL_recv, "recv"},
	{EMPTY_POLL, DNDPROF_CALL_poll, "poll"}, {0, 0, NULL},
};

struct tenths {
	LIST(int64_t) list;
};

static double rank(const struct tenths *tenths, unsigned int permille)
{
	return (double)percentile_rank(tenths->list.items, tenths->list.count, permille) / TENTHS;
}

/* Beyond P99 it is the machine that speaks: interrupts, other programs. */
static double mean_to_p99(const struct tenths *tenths)
{
	size_t count = tenths->list.count - tenths->list.count / 100;
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += (double)tenths->list.items[i];
	return count ? sum / (double)count / TENTHS : 0;
}

/* Sorts. */
static struct empty_row *add_row(struct outcome *outcome, const char *name, struct tenths *recorded)
{
	struct empty_row *row = &outcome->empty[outcome->empty_count++];
	size_t count = recorded->list.count;

	percentile_sort(recorded->list.items, count);
	*row = (struct empty_row){.name = name, .count = count};
	row->min_ns = (double)recorded->list.items[0] / TENTHS;
	row->p50_ns = rank(recorded, 500);
	row->p99_ns = rank(recorded, 990);
	row->max_ns = (double)recorded->list.items[count - 1] / TENTHS;
	return row;
}

/* The null interval itself, of which the middle is taken off everywhere in this process: the Go
 * gate's own, where there is one. */
static void add_calibrated(struct outcome *outcome, const struct process *process)
{
	double tick = clock_tick_ns(process->clock);
	const struct profile_stats *found = NULL;
	bool of_go = false;

	for (unsigned int call = 0; call < DNDPROF_RING_CALLS; call++) {
		const struct profile_stats *stats = profile_stats(process->profile, call);
		int known = profile_call(process->profile, call)->known;

		if (!stats || !stats->timed || !call_is_null(known) || of_go)
			continue;
		found = stats;
		of_go = known == DNDPROF_CALL_null_go;
	}
	if (!found)
		return;
	outcome->empty[outcome->empty_count++] = (struct empty_row){
		.name = "calibrated",
		.count = found->timed,
		.min_ns = (double)found->min * tick,
		.p50_ns = process->null_ns,
		.p99_ns = histogram_quantile(&found->histogram, 0.99) * tick,
		.max_ns = (double)found->max * tick,
	};
}

static void collect(const struct process *process, unsigned int call, int fd,
		    struct tenths *recorded)
{
	double tick = clock_tick_ns(process->clock);

	for (size_t i = 0; i < process->events.count; i++) {
		const struct event *event = &process->events.items[i];
		const struct dndprof_record *raw = &event->record->raw;

		if (event_is(event, call) && !event->pid && raw->kind == DNDPROF_KIND_CALL &&
		    raw->fd == fd && raw->result <= 0)
			*list_add(&recorded->list) =
				llrint(fmin((double)raw->duration * tick, 1e12) * TENTHS);
	}
}

/* Means of batches, as the references are: a clock that ticks coarsely is fine in the mean, and
 * what disturbs single calls disturbs both alike. */
static void put_batches(const struct tenths *recorded, struct tenths *means)
{
	for (size_t i = 0; i + EMPTY_BATCH <= recorded->list.count; i += EMPTY_BATCH) {
		int64_t sum = 0;

		for (size_t j = 0; j < EMPTY_BATCH; j++)
			sum += recorded->list.items[i + j];
		*list_add(&means->list) = sum / EMPTY_BATCH;
	}
}

static void add_class(struct outcome *outcome, const struct process *process,
		      const struct references *truth, const struct empty_class *class)
{
	struct tenths recorded = {0}, through = {0}, direct = {0};

	for (size_t i = 0; i < truth->empty.count; i++)
		if (truth->empty.items[i].delay_ns == class->delay)
			*list_add(&direct.list) =
				truth->empty.items[i].duration_ns * TENTHS / EMPTY_BATCH;
	collect(process, class->call, class->delay == EMPTY_POLL ? -1 : truth->fd, &recorded);
	put_batches(&recorded, &through);
	if (direct.list.count && direct.list.count == through.list.count) {
		struct empty_row *row = add_row(outcome, class->name, &recorded);

		percentile_sort(direct.list.items, direct.list.count);
		percentile_sort(through.list.items, through.list.count);
		row->residual_known = true;
		row->residual_ns = rank(&through, 500) - process->null_ns - rank(&direct, 500);
	}
	list_free(&through.list);
	list_free(&recorded.list);
	list_free(&direct.list);
}

/* Regions around nothing are the first of all, as many as there are references of no delay. */
static void add_regions(struct outcome *outcome, const struct process *process,
			const struct references *truth)
{
	struct tenths recorded = {0};
	double tick = clock_tick_ns(process->clock);
	size_t wanted = 0;

	for (size_t i = 0; i < truth->list.count; i++)
		wanted += truth->list.items[i].delay_ns == 0;
	for (size_t i = 0; i < process->events.count && recorded.list.count < wanted; i++)
		if (event_is(&process->events.items[i], DNDPROF_CALL_region))
			*list_add(&recorded.list) =
				llrint((double)process->events.items[i].record->raw.duration *
				       tick * TENTHS);
	if (recorded.list.count) {
		struct empty_row *row = add_row(outcome, "region", &recorded);

		row->residual_known = true;
		row->residual_ns = mean_to_p99(&recorded) - process->null_ns;
	}
	list_free(&recorded.list);
}

void outcome_empty(struct outcome *outcome, const struct model *model,
		   const struct references *truth)
{
	const struct process *process = NULL;

	/* The one that did it: with the most records. */
	for (size_t i = 0; i < model->processes.count; i++)
		if (!process || model->processes.items[i].events.count > process->events.count)
			process = &model->processes.items[i];
	if (!process)
		return;
	add_calibrated(outcome, process);
	if (outcome->trial.kind == TRIAL_REGION)
		add_regions(outcome, process, truth);
	for (const struct empty_class *class = validate_empty; class->name; class ++)
		add_class(outcome, process, truth, class);
}
