/*
 * workers.c - threads that do jobs, and their pools: process by process from the lives of their
 * threads (crew.h), then figures and names.
 */
#include "model/crew.h"

#include "base/sort.h"

#include <inttypes.h>
#include <string.h>

struct worker_row *harvest_row(struct harvest *harvest, enum worker_kind kind, uint32_t process,
			       uint32_t tid)
{
	struct worker_row *row = list_add(&harvest->model->workers);

	*row = (struct worker_row){
		.kind = kind, .process = process, .tid = tid, .threads = 1, .cpu_ns = -1};
	return row;
}

uint32_t harvest_pool(struct harvest *harvest, enum worker_kind kind, uint32_t process,
		      const char *name)
{
	uint32_t index = (uint32_t)harvest->model->workers.pools.count;
	struct worker_pool *pool = list_add(&harvest->model->workers.pools);

	pool->sum =
		(struct worker_row){.name = name, .kind = kind, .process = process, .pool = index};
	return index;
}

void harvest_job(struct harvest *harvest, uint32_t row, int64_t ns, uint64_t count)
{
	*list_add(&harvest->jobs) = (struct worker_sample){row, ns, count};
	harvest->model->workers.items[row].jobs += count;
}

/* ---- figures ---- */

static int compare_samples(const void *a, const void *b)
{
	const struct worker_sample *x = a, *y = b;

	if (x->row != y->row)
		return x->row < y->row ? -1 : 1;
	return (x->ns > y->ns) - (x->ns < y->ns);
}

static int64_t ranked(const struct worker_sample *samples, size_t count, uint64_t rank)
{
	uint64_t seen = 0;

	for (size_t i = 0; i < count; i++) {
		seen += samples[i].count;
		if (seen >= rank)
			return samples[i].ns;
	}
	return count ? samples[count - 1].ns : 0;
}

/* Nearest rank, as everywhere. */
static uint64_t rank_of(uint64_t count, unsigned int percent)
{
	uint64_t rank = count / 100 * percent + (count % 100 * percent + 99) / 100;

	return rank ? rank : 1;
}

static struct worker_figures figures_of(const struct worker_sample *samples, size_t count)
{
	struct worker_figures figures = {0};

	for (size_t i = 0; i < count; i++) {
		int64_t ns;

		if (__builtin_mul_overflow(samples[i].ns, (int64_t)samples[i].count, &ns))
			ns = INT64_MAX / 2;
		figures.count += samples[i].count;
		figures.total_ns = add_ns(figures.total_ns, ns);
	}
	figures.p50_ns = ranked(samples, count, rank_of(figures.count, 50));
	figures.p95_ns = ranked(samples, count, rank_of(figures.count, 95));
	figures.max_ns = count ? samples[count - 1].ns : 0;
	return figures;
}

enum figure { FIGURE_JOB, FIGURE_DELAY };

static void set_figures(struct worker_row *row, enum figure which, struct worker_figures figures)
{
	if (which == FIGURE_JOB)
		row->job = figures;
	else
		row->delay = figures;
}

/* Of each row, of each pool, of all; the samples are renamed as it goes on. */
static void find_figures(struct workers *workers, struct worker_samples *samples, enum figure which)
{
	for (int level = 0; level < 3 && samples->count; level++) {
		for (size_t i = 0; level && i < samples->count; i++)
			samples->items[i].row =
				level == 1 ? workers->items[samples->items[i].row].pool : 0;
		sort(samples->items, samples->count, sizeof(*samples->items), compare_samples);
		for (size_t first = 0, i = 1; first < samples->count; i++) {
			uint32_t row = samples->items[first].row;

			if (i < samples->count && samples->items[i].row == row)
				continue;
			set_figures(level == 0	 ? &workers->items[row]
				    : level == 1 ? &workers->pools.items[row].sum
						 : &workers->total,
				    which, figures_of(samples->items + first, i - first));
			first = i;
		}
	}
}

/* ---- sums ---- */

static double utilization(const struct worker_row *row)
{
	double busy = (double)row->busy_ns, idle = (double)row->idle_ns;

	return busy + idle > 0 ? busy / (busy + idle) : -1;
}

static void add_to(struct worker_row *sum, const struct worker_row *row)
{
	sum->cpu_ns = !sum->threads			   ? row->cpu_ns
		      : sum->cpu_ns < 0 || row->cpu_ns < 0 ? -1
							   : add_ns(sum->cpu_ns, row->cpu_ns);
	if (!sum->threads) {
		sum->tid = row->tid;
		sum->kind = row->kind;
	} else if (sum->kind != row->kind) {
		sum->kind = WORKER_THREAD;
	}
	sum->threads += row->threads;
	sum->jobs += row->jobs;
	sum->active += row->active;
	sum->busy_ns = add_ns(sum->busy_ns, row->busy_ns);
	sum->idle_ns = add_ns(sum->idle_ns, row->idle_ns);
	sum->blocked_ns = add_ns(sum->blocked_ns, row->blocked_ns);
	sum->partial |= row->partial;
	sum->utilization = utilization(sum);
}

static void sum_up(struct workers *workers)
{
	workers->total.name = "TOTAL";
	for (size_t i = 0; i < workers->pools.count; i++)
		workers->pools.items[i].lowest = workers->pools.items[i].highest = -1;
	for (size_t i = 0; i < workers->count; i++) {
		struct worker_row *row = &workers->items[i];
		struct worker_pool *pool = &workers->pools.items[row->pool];

		row->utilization = utilization(row);
		add_to(&pool->sum, row);
		add_to(&workers->total, row);
		if (row->utilization < 0)
			continue;
		if (pool->lowest < 0 || row->utilization < pool->lowest)
			pool->lowest = row->utilization;
		if (row->utilization > pool->highest)
			pool->highest = row->utilization;
	}
}

/* ---- names ---- */

static int compare_names(const void *a, const void *b)
{
	const struct worker_pool *x = *(struct worker_pool *const *)a;
	const struct worker_pool *y = *(struct worker_pool *const *)b;
	int order = strcmp(x->sum.name, y->sum.name);

	return order ? order : (x->sum.pool > y->sum.pool) - (x->sum.pool < y->sum.pool);
}

/* Pools that are called the same get numbers: "python3", "python3#2". */
static void name_pools(struct model *model)
{
	size_t count = model->workers.pools.count, same = 1;
	struct worker_pool **pools = memory_get((count + 1) * sizeof(*pools));
	const char *name = NULL;

	for (size_t i = 0; i < count; i++)
		pools[i] = &model->workers.pools.items[i];
	if (count)
		sort(pools, count, sizeof(*pools), compare_names);
	for (size_t i = 0; i < count; i++) {
		same = name && strcmp(name, pools[i]->sum.name) == 0 ? same + 1 : 1;
		name = pools[i]->sum.name;
		if (same > 1)
			pools[i]->sum.name = arena_print(model->arena, "%s#%zu", name, same);
	}
	free(pools);
}

static void name_rows(struct model *model)
{
	size_t *numbers = memory_get((model->workers.pools.count + 1) * sizeof(*numbers));

	for (size_t i = 0; i < model->workers.count; i++) {
		struct worker_row *row = &model->workers.items[i];

		if (!row->name)
			row->name = arena_print(model->arena, "%s-%zu",
						model->workers.pools.items[row->pool].sum.name,
						++numbers[row->pool]);
	}
	free(numbers);
}

/* ---- all ---- */

static int compare_rows(const void *a, const void *b)
{
	const struct worker_row *x = a, *y = b;

	if (x->utilization != y->utilization)
		return x->utilization > y->utilization ? -1 : 1;
	if (x->busy_ns != y->busy_ns)
		return x->busy_ns > y->busy_ns ? -1 : 1;
	if (x->pool != y->pool)
		return x->pool < y->pool ? -1 : 1;
	return (x->tid > y->tid) - (x->tid < y->tid);
}

/* Marked jobs by process: one pass over the operations. */
struct jobs {
	const struct operation **items;
	size_t *first; /* by process; one more at the end */
};

static bool is_job(const struct operation *operation)
{
	return operation->kind == OPERATION_REGION && operation->region == REGION_JOB;
}

static void sort_jobs(const struct model *model, struct jobs *jobs)
{
	size_t processes = model->processes.count, sum = 0, count;

	jobs->first = memory_get((processes + 1) * sizeof(*jobs->first));
	for (size_t i = 0; i < model->operations.count; i++)
		jobs->first[model->operations.items[i].process] +=
			is_job(&model->operations.items[i]);
	for (size_t i = 0; i <= processes; i++) {
		count = i < processes ? jobs->first[i] : 0;
		jobs->first[i] = sum;
		sum += count;
	}
	jobs->items = memory_get((sum + 1) * sizeof(*jobs->items));
	for (size_t i = 0; i < model->operations.count; i++)
		if (is_job(&model->operations.items[i]))
			jobs->items[jobs->first[model->operations.items[i].process]++] =
				&model->operations.items[i];
	for (size_t i = processes; i > 0; i--)
		jobs->first[i] = jobs->first[i - 1];
	jobs->first[0] = 0;
}

static void read_process(struct harvest *harvest, uint32_t index, const struct jobs *jobs)
{
	const struct process *process = &harvest->model->processes.items[index];
	struct crew crew = {0};

	if (!process->profile || !process->events.count)
		return;
	crew_build(&crew, harvest->model, index);
	harvest_marked(harvest, &crew, jobs->items + jobs->first[index],
		       jobs->first[index + 1] - jobs->first[index]);
	if (profile_header(process->profile)->gates & DNDPROF_GATE_GO) {
		harvest_go(harvest, &crew);
	} else {
		crew_wakes(&crew);
		harvest_pools(harvest, &crew);
	}
	crew_free(&crew);
}

static const char *why_none(const struct model *model)
{
	bool observed = false, records = false;

	for (size_t i = 0; i < model->processes.count; i++) {
		const struct process *process = &model->processes.items[i];

		observed |= strcmp(process->gate, "unobserved") != 0;
		records |= process->events.count > 0;
	}
	if (!observed)
		return "no data: no process was observed";
	if (!records)
		return "no data: no records were kept";
	return "no worker threads: every process that was observed did its work on one thread";
}

void model_workers(struct model *model)
{
	struct workers *workers = &model->workers;
	struct harvest harvest = {.model = model};
	struct jobs jobs;

	sort_jobs(model, &jobs);
	for (uint32_t i = 0; i < model->processes.count; i++)
		read_process(&harvest, i, &jobs);
	name_pools(model);
	name_rows(model);
	find_figures(workers, &harvest.jobs, FIGURE_JOB);
	find_figures(workers, &harvest.delays, FIGURE_DELAY);
	sum_up(workers);
	if (workers->count)
		sort(workers->items, workers->count, sizeof(*workers->items), compare_rows);
	else
		workers->none = why_none(model);
	list_free(&harvest.jobs);
	list_free(&harvest.delays);
	free(jobs.items);
	free(jobs.first);
}
