/*
 * empty.c - what recording leaves in durations: intervals in which nothing happened, as they were
 * recorded, and how far from the truth they are once the null interval is taken off. Never clamped:
 * too much taken off shows as a negative residual.
 *
 * The truth of a call is what a batch of them took, through the gate, by a clock that was read
 * around all of it, less what the gate itself takes. That is the same code for all classes: the
 * middle of what it adds to them, in one half of the batches. The residuals are of the other half.
 * What a call takes past the gate is shown as well, but is not the truth of this one: the kernel's
 * own way may be longer when it is come to from other code, and then that is what was rightly
 * recorded.
 */
#include "validate/validate.h"

#include "model/internal.h"
#include "stats/percentile.h"

#include <math.h>
#include <string.h>

#define TENTHS 10 /* of a ns: durations are sorted as integers */

const struct empty_class validate_empty[] = {
#define CLASS(delay, name)                        \
	{                                         \
		delay, DNDPROF_CALL_##name, #name \
	}
	CLASS(EMPTY_READ, read),   CLASS(EMPTY_WRITE, write),	CLASS(EMPTY_SEND, send),
	CLASS(EMPTY_RECV, recv),   CLASS(EMPTY_POLL, poll),	CLASS(EMPTY_SENDTO, sendto),
	CLASS(EMPTY_READV, readv), CLASS(EMPTY_WRITEV, writev), {0, 0, NULL},
#undef CLASS
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

		if (!stats || !stats->timed || !dndprof_call_is_null(known) || of_go)
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

/* Of a class, by batch, in tenths of a ns a call: sorted by when they were made. */
struct batches {
	struct tenths recorded; /* single durations */
	struct tenths means, through, past;
};

/* Means of batches, as the references are: a clock that ticks coarsely is fine in the mean. */
static void put_means(struct batches *batches)
{
	const struct tenths *recorded = &batches->recorded;

	for (size_t i = 0; i + EMPTY_BATCH <= recorded->list.count; i += EMPTY_BATCH) {
		int64_t sum = 0;

		for (size_t j = 0; j < EMPTY_BATCH; j++)
			sum += recorded->list.items[i + j];
		*list_add(&batches->means.list) = sum / EMPTY_BATCH;
	}
}

static void put_references(struct tenths *batches, const struct references *truth, int delay)
{
	for (size_t i = 0; i < truth->empty.count; i++)
		if (truth->empty.items[i].delay_ns == delay)
			*list_add(&batches->list) =
				truth->empty.items[i].duration_ns * TENTHS / EMPTY_BATCH;
}

/* The middle of a - b over each second batch, from `first` on: batches that were made together. */
static double middle(const struct tenths *a, const struct tenths *b, size_t first)
{
	struct tenths differences = {0};
	double found = 0;

	for (size_t i = first; i < a->list.count; i += 2)
		*list_add(&differences.list) = a->list.items[i] - b->list.items[i];
	if (differences.list.count) {
		percentile_sort(differences.list.items, differences.list.count);
		found = rank(&differences, 500);
	}
	list_free(&differences.list);
	return found;
}

enum { CALIBRATING, CHECKING }; /* which half of the batches */

static bool is_whole(const struct batches *batches)
{
	return batches->means.list.count > CHECKING &&
	       batches->means.list.count == batches->through.list.count &&
	       batches->means.list.count == batches->past.list.count;
}

/* What the gate itself takes: what it adds to a class, in the middle of the classes. */
static double gate_takes(const struct batches *classes)
{
	struct tenths added = {0};
	double found = 0;

	for (size_t i = 0; validate_empty[i].name; i++)
		if (is_whole(&classes[i]))
			*list_add(&added.list) =
				llrint(TENTHS *
				       middle(&classes[i].through, &classes[i].past, CALIBRATING));
	if (added.list.count) {
		size_t half = added.list.count / 2;

		percentile_sort(added.list.items, added.list.count);
		found = (double)(added.list.items[half] +
				 added.list.items[(added.list.count - 1) / 2]) /
			2 / TENTHS;
	}
	list_free(&added.list);
	return found;
}

static void add_calls(struct outcome *outcome, const struct process *process,
		      const struct references *truth)
{
	struct batches classes[EMPTY_MOST] = {0};
	double gate;

	for (size_t i = 0; validate_empty[i].name; i++) {
		const struct empty_class *class = &validate_empty[i];

		collect(process, class->call, class->delay == EMPTY_POLL ? -1 : truth->fd,
			&classes[i].recorded);
		put_means(&classes[i]);
		put_references(&classes[i].through, truth, class->delay + EMPTY_THROUGH);
		put_references(&classes[i].past, truth, class->delay);
	}
	gate = gate_takes(classes);
	for (size_t i = 0; validate_empty[i].name; i++) {
		struct batches *batches = &classes[i];

		if (is_whole(batches)) {
			struct empty_row *row =
				add_row(outcome, validate_empty[i].name, &batches->recorded);

			row->residual_known = row->past_known = true;
			row->residual_ns = middle(&batches->means, &batches->through, CHECKING) +
					   gate - process->call_null_ns;
			row->past_ns = middle(&batches->means, &batches->past, CHECKING) -
				       process->call_null_ns;
		}
		list_free(&batches->recorded.list);
		list_free(&batches->means.list);
		list_free(&batches->through.list);
		list_free(&batches->past.list);
	}
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
	outcome->null_ns = process->null_ns;
	outcome->call_null_ns = process->call_null_ns;
	add_calibrated(outcome, process);
	if (outcome->trial.kind == TRIAL_REGION)
		add_regions(outcome, process, truth);
	add_calls(outcome, process, truth);
}
