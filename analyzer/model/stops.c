/*
 * stops.c - times of which a program had nothing recorded (dndprof_stop). Each is told in the
 * coverage, with what the recordings between them hold; the critical path calls them by their name.
 */
#include "base/duration.h"
#include "model/internal.h"

#include <inttypes.h>

#define TOLD_MOST 8 /* stops and recordings with a note of their own */

/* Records are by start: the one with BEGIN, then the whole, which is there once it was over. */
static void read_stops(struct process *process)
{
	for (size_t i = 0; i < process->events.count; i++) {
		const struct event *event = &process->events.items[i];
		struct stop *last = process->stops.count
					    ? &process->stops.items[process->stops.count - 1]
					    : NULL;

		if (!event_is(event, DNDPROF_CALL_stopped) || event->pid)
			continue;
		if (!last || last->start_ns != event->start_ns) {
			last = list_add(&process->stops);
			last->start_ns = last->end_ns = event->start_ns;
			last->open = true;
		}
		if (!(event->record->raw.flags & DNDPROF_RECORD_BEGIN)) {
			last->end_ns = event->end_ns;
			last->open = false;
		}
	}
	for (size_t i = 0; i < process->stops.count; i++) {
		struct stop *stop = &process->stops.items[i];

		if (stop->open) /* for good; or the other record is lost */
			stop->end_ns =
				i + 1 < process->stops.count ? stop[1].start_ns : process->gone_ns;
		if (stop->end_ns < stop->start_ns)
			stop->end_ns = stop->start_ns;
	}
}

static void note(struct model *model, struct process *process, const struct stop *stop)
{
	char from[DURATION_TEXT], to[DURATION_TEXT];
	int64_t start = model->runs.items[process->run].start_ns;

	duration_text(stop->start_ns - start, from);
	duration_text(stop->end_ns - start, to);
	*list_add(&process->notes) =
		stop->open ? arena_print(model->arena,
					 "profiling was stopped by the program from %s on", from)
			   : arena_print(model->arena,
					 "profiling was stopped by the program from %s to %s", from,
					 to);
}

/* The basic detail keeps no records, and rings lose theirs: counts and sums remain. */
static void note_sum(struct model *model, struct process *process)
{
	char text[DURATION_TEXT];

	for (unsigned int call = 0; call < DNDPROF_RING_CALLS; call++) {
		const struct profile_stats *stats = profile_stats(process->profile, call);
		double ns = stats ? (double)stats->sum * clock_tick_ns(process->clock) : 0;

		if (!stats || profile_call(process->profile, call)->known != DNDPROF_CALL_stopped ||
		    stats->count <= process->stops.count)
			continue;
		duration_text(ns < 4e18 ? (int64_t)ns : INT64_MAX / 2, text);
		*list_add(&process->notes) = arena_print(
			model->arena,
			"profiling was stopped by the program %" PRIu64 " time%s, %s in all",
			stats->count, stats->count == 1 ? "" : "s", text);
	}
}

/* Operations that began in each recording, by one pass over those of all processes. */
static void count_operations(struct model *model, size_t *const *counts)
{
	for (size_t i = 0; i < model->operations.count; i++) {
		const struct operation *operation = &model->operations.items[i];
		const struct process *process = &model->processes.items[operation->process];
		size_t low = 0, high = process->stops.count;

		if (!counts[operation->process] || !operation_counts(operation))
			continue;
		while (low < high) {
			size_t middle = low + (high - low) / 2;

			if (process->stops.items[middle].start_ns <= operation->start_ns)
				low = middle + 1;
			else
				high = middle;
		}
		counts[operation->process][low]++;
	}
}

static void note_recording(struct model *model, struct process *process, size_t number,
			   size_t count)
{
	char from[DURATION_TEXT], to[DURATION_TEXT];
	int64_t start = model->runs.items[process->run].start_ns;
	int64_t begin = number ? process->stops.items[number - 1].end_ns : process->start_ns;
	int64_t end = number < process->stops.count ? process->stops.items[number].start_ns
						    : process->gone_ns;

	if (number && process->stops.items[number - 1].open)
		return;
	*list_add(&process->notes) =
		arena_print(model->arena, "recording %zu, from %s to %s: %zu operation%s",
			    number + 1, duration_text(begin - start, from),
			    duration_text(end - start, to), count, count == 1 ? "" : "s");
}

void model_stops(struct model *model)
{
	size_t **counts = memory_get((model->processes.count + 1) * sizeof(*counts));

	for (size_t i = 0; i < model->processes.count; i++) {
		struct process *process = &model->processes.items[i];

		if (!process->profile)
			continue;
		read_stops(process);
		if (process->stops.count)
			counts[i] = memory_get((process->stops.count + 1) * sizeof(**counts));
	}
	count_operations(model, counts);
	for (size_t i = 0; i < model->processes.count; i++) {
		struct process *process = &model->processes.items[i];

		if (!process->profile)
			continue;
		for (size_t j = 0; j < process->stops.count && j < TOLD_MOST; j++)
			note(model, process, &process->stops.items[j]);
		for (size_t j = 0; counts[i] && j <= process->stops.count && j < TOLD_MOST; j++)
			note_recording(model, process, j, counts[i][j]);
		if (process->stops.count > TOLD_MOST)
			*list_add(&process->notes) = arena_print(model->arena, "and %zu more stops",
								 process->stops.count - TOLD_MOST);
		note_sum(model, process);
		free(counts[i]);
	}
	free(counts);
}
