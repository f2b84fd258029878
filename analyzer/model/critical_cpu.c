/*
 * critical_cpu.c - how much of what processes did by themselves was computing. Samples tell the CPU
 * time a process (all its threads) used between two moments: as much of the pieces in between can
 * have been computing, each in proportion. What no sample follows is unknown, but for the process
 * `dndprof run` started: of that the whole is known in the end.
 */
#include "model/critical.h"

#include <string.h>

/* CPU time so far, at a moment. */
struct mark {
	int64_t ns, cpu_ns;
};
struct marks {
	struct mark *items;
	size_t count, room;
};

static void add_mark(struct marks *marks, int64_t ns, int64_t cpu_ns)
{
	const struct mark *last = marks->count ? &marks->items[marks->count - 1] : NULL;

	if (!last || (ns > last->ns && cpu_ns >= last->cpu_ns))
		*list_add(marks) = (struct mark){ns, cpu_ns};
}

static int64_t sample_cpu(const struct dndprof_sample *sample)
{
	uint64_t most = INT64_MAX / 4000;
	uint64_t user = sample->user_us < most ? sample->user_us : most;
	uint64_t system = sample->system_us < most ? sample->system_us : most;

	return (int64_t)(user + system) * 1000;
}

static int64_t last_cpu(const struct process *process)
{
	size_t count;
	const struct dndprof_sample *samples = profile_samples(process->profile, &count);

	return count ? sample_cpu(&samples[count - 1]) : -1;
}

int64_t cpu_between(const struct process *process, int64_t from, int64_t to)
{
	size_t count;
	const struct dndprof_sample *samples = profile_samples(process->profile, &count);
	int64_t sum = 0;

	if (count < 2)
		return -1;
	for (size_t i = 1; i < count; i++) {
		int64_t start = clock_ns(process->clock, samples[i - 1].ticks);
		int64_t end = clock_ns(process->clock, samples[i].ticks);
		int64_t cpu = sample_cpu(&samples[i]) - sample_cpu(&samples[i - 1]);
		int64_t first = start > from ? start : from, last = end < to ? end : to;

		if (last > first && cpu > 0)
			sum = add_ns(sum, (int64_t)((double)cpu * (double)(last - first) /
						    (double)(end - start)));
	}
	return sum;
}

/* What the kernel said when the run's process ended counts its children, too: theirs is taken off
 * where it is known. -1: it is not. */
static int64_t final_cpu(const struct model *model, uint32_t run, uint32_t index)
{
	const struct run_facts *facts = &model->runs.items[run].run->facts;
	int64_t cpu = facts->cpu_ns;

	if (!facts->present || model->processes.items[index].pid != facts->child || cpu <= 0)
		return -1;
	for (uint32_t i = 0; i < model->processes.count; i++) {
		const struct process *process = &model->processes.items[i];

		if (process->run != run || process->pid == facts->child)
			continue;
		if (!process->profile || process->running || last_cpu(process) < 0)
			return -1;
		cpu = add_ns(cpu, -last_cpu(process));
	}
	return cpu;
}

static void read_marks(const struct model *model, uint32_t run, uint32_t index, struct marks *marks)
{
	const struct process *process = &model->processes.items[index];
	size_t count;
	const struct dndprof_sample *samples = profile_samples(process->profile, &count);
	int64_t final;

	/* A process starts with none; an image after exec, with its earlier ones'. */
	add_mark(marks,
		 model->runs.items[run].start_ns < process->start_ns
			 ? model->runs.items[run].start_ns
			 : process->start_ns - 1,
		 0);
	for (size_t i = 0; i < count; i++)
		add_mark(marks, clock_ns(process->clock, samples[i].ticks),
			 sample_cpu(&samples[i]));
	final = final_cpu(model, run, index);
	if (final >= 0)
		add_mark(marks, model->runs.items[run].end_ns, final);
}

/* 0: no candidate; the process's own time comes before its waiting for its other threads. */
static int rank_of(const struct model *model, const struct piece *piece)
{
	const struct event *event;

	if (piece->kind == PIECE_OWN)
		return 1;
	if (piece->kind != PIECE_CALL)
		return 0;
	event = &model->processes.items[piece->process].events.items[piece->index];
	return event->call->category == DNDPROF_CATEGORY_THREAD ? 2 : 0;
}

/* `list`: pieces of one process, descending. */
struct share {
	struct piece **list;
	size_t count;
	const struct model *model;
};

static int64_t overlap(const struct piece *piece, int64_t from, int64_t to)
{
	int64_t start = piece->start_ns > from ? piece->start_ns : from;
	int64_t end = piece->end_ns < to ? piece->end_ns : to;

	return end > start ? end - start : 0;
}

/* Gives pieces [first, end) of a rank their part of `cpu` within two moments; returns what is left.
 */
static int64_t share_out(const struct share *share, size_t first, size_t end, int rank,
			 const struct mark *from, const struct mark *to, int64_t cpu)
{
	int64_t sum = 0;
	double part;

	for (size_t i = first; i < end; i++)
		if (rank_of(share->model, share->list[i]) == rank)
			sum += overlap(share->list[i], from->ns, to->ns);
	part = sum > cpu ? (double)cpu / (double)sum : 1;
	for (size_t i = first; i < end; i++) {
		struct piece *piece = share->list[i];

		if (rank_of(share->model, piece) != rank)
			continue;
		piece->cpu_ns = (piece->cpu_ns < 0 ? 0 : piece->cpu_ns) +
				(int64_t)(part * (double)overlap(piece, from->ns, to->ns));
	}
	return sum < cpu ? cpu - sum : 0;
}

static void share_process(const struct share *share, const struct marks *marks)
{
	size_t end = share->count;

	for (size_t i = 1; i < marks->count && end; i++) {
		const struct mark *from = &marks->items[i - 1], *to = &marks->items[i];
		int64_t cpu = to->cpu_ns - from->cpu_ns;
		size_t first = end;

		while (end && share->list[end - 1]->end_ns <= from->ns)
			first = --end;
		while (first && share->list[first - 1]->start_ns < to->ns)
			first--;
		cpu = share_out(share, first, end, 1, from, to, cpu);
		share_out(share, first, end, 2, from, to, cpu);
	}
}

void critical_cpu(const struct model *model, uint32_t run, struct pieces *pieces)
{
	struct piece **sorted = memory_get((pieces->count + 1) * sizeof(struct piece *));
	size_t *first = memory_get((model->processes.count + 2) * sizeof(*first));
	size_t *next = memory_get((model->processes.count + 2) * sizeof(*next));

	for (size_t i = 0; i < pieces->count; i++) {
		pieces->items[i].cpu_ns = -1;
		if (rank_of(model, &pieces->items[i]))
			first[pieces->items[i].process + 1]++;
	}
	for (size_t i = 0; i < model->processes.count; i++)
		first[i + 1] += first[i];
	memcpy(next, first, (model->processes.count + 1) * sizeof(*next));
	for (size_t i = 0; i < pieces->count; i++)
		if (rank_of(model, &pieces->items[i]))
			sorted[next[pieces->items[i].process]++] = &pieces->items[i];
	for (uint32_t i = 0; i < model->processes.count; i++) {
		struct share share = {sorted + first[i], first[i + 1] - first[i], model};
		struct marks marks = {0};

		if (!share.count || !model->processes.items[i].profile)
			continue;
		read_marks(model, run, i, &marks);
		share_process(&share, &marks);
		list_free(&marks);
	}
	free(sorted);
	free(first);
	free(next);
}
