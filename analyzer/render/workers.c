/*
 * workers.c - the WORKER PERFORMANCE section.
 */
#include "render/report.h"

#include <stdio.h>
#include <string.h>

#define ID_COLUMNS 10 /* of a worker's id in text */

/* A name cut so that its number stays: "consume_jobs-12" is "consume.-12" with an ellipsis. */
static const char *short_id(const struct model *model, const struct worker_row *row)
{
	const char *number = strrchr(row->name, '-');
	size_t length = strlen(row->name), tail = number ? strlen(number) : 0;

	if (length <= ID_COLUMNS || row->kind == WORKER_MARKED || !number ||
	    tail + 3 > ID_COLUMNS || (size_t)(number - row->name) + tail != length)
		return row->name;
	return arena_print(model->arena, "%.*s..%s", (int)(ID_COLUMNS - tail - 2), row->name,
			   number);
}

static const char *kind_of(const struct worker_row *row)
{
	static const char *const kinds[] = {"thread", "marked", "go"};

	return kinds[row->kind];
}

static const char *pool_of(const struct model *model, const struct worker_row *row)
{
	return model->workers.pools.items[row->pool].sum.name;
}

/* Goroutines pass from thread to thread: none of these has jobs. Of the sum of all, others may. */
static bool has_jobs(const struct worker_row *row)
{
	return row->kind != WORKER_GO;
}

#define OF_JOBS(expression)  (row->job.count ? value_ns(expression) : value_none())
#define OF_DELAY(expression) (row->delay.count ? value_ns(expression) : value_none())
#define AVERAGE(figures)     ((figures).total_ns / (int64_t)(figures).count)

/* Busy, and neither on a CPU nor in a call we know; below 0: no data. */
static int64_t other_ns(const struct worker_row *row)
{
	int64_t other = row->busy_ns - row->blocked_ns - row->cpu_ns;

	return row->cpu_ns < 0 ? -1 : other < 0 ? 0 : other;
}

COLUMN(worker_name, worker_row, value_text(row->name))
COLUMN(worker_short, worker_row, value_text(short_id(model, row)))
COLUMN(worker_kind, worker_row, value_text(kind_of(row)))
COLUMN(worker_pool_name, worker_row, value_text(pool_of(model, row)))
COLUMN(worker_program, worker_row, value_text(model->processes.items[row->process].program))
COLUMN(worker_pid, worker_row, value_count(model->processes.items[row->process].pid))
COLUMN(worker_tid, worker_row, value_count(row->tid))
COLUMN(worker_threads, worker_row, value_count((int64_t)row->threads))
COLUMN(worker_jobs, worker_row, has_jobs(row) ? value_count((int64_t)row->jobs) : value_none())
COLUMN(worker_active, worker_row, has_jobs(row) ? value_count((int64_t)row->active) : value_none())
COLUMN(worker_busy, worker_row, value_ns(row->busy_ns))
COLUMN(worker_idle, worker_row, value_ns(row->idle_ns))
COLUMN(worker_average, worker_row, OF_JOBS(AVERAGE(row->job)))
COLUMN(worker_utilization, worker_row, value_share(row->utilization))
COLUMN(worker_blocked, worker_row, value_ns(row->blocked_ns))
COLUMN(worker_cpu, worker_row, value_some_ns(row->cpu_ns))
COLUMN(worker_other, worker_row, value_some_ns(other_ns(row)))
COLUMN(worker_p50, worker_row, OF_JOBS(row->job.p50_ns))
COLUMN(worker_p95, worker_row, OF_JOBS(row->job.p95_ns))
COLUMN(worker_max, worker_row, OF_JOBS(row->job.max_ns))
COLUMN(worker_wakes, worker_row, value_count((int64_t)row->delay.count))
COLUMN(worker_delay, worker_row, OF_DELAY(AVERAGE(row->delay)))
COLUMN(worker_delay_p50, worker_row, OF_DELAY(row->delay.p50_ns))
COLUMN(worker_delay_p95, worker_row, OF_DELAY(row->delay.p95_ns))
COLUMN(worker_delay_max, worker_row, OF_DELAY(row->delay.max_ns))
COLUMN(worker_partial, worker_row, value_bool(row->partial))

#define FIGURE_COLUMNS                                                                         \
	{"jobs", "Jobs", 13, worker_jobs}, {"busy_ns", "Busy Time", 13, worker_busy},          \
		{"idle_ns", "Idle Time", 13, worker_idle},                                     \
		{"average_job_ns", "Avg Job", 13, worker_average},                             \
		{"utilization", "Utilization", 13, worker_utilization},                        \
		{"active", "Active Jobs", 0, worker_active}, {"cpu_ns", "CPU", 0, worker_cpu}, \
		{"blocked_ns", "Blocked", 0, worker_blocked},                                  \
		{"other_ns", "Asleep, or no CPU free", 0, worker_other},                       \
		{"p50_job_ns", "Job P50", 0, worker_p50},                                      \
		{"p95_job_ns", "Job P95", 0, worker_p95},                                      \
		{"max_job_ns", "Job Max", 0, worker_max}, {"wakes", "Wakes", 0, worker_wakes}, \
		{"average_delay_ns", "Queue Delay", 0, worker_delay},                          \
		{"p50_delay_ns", "Queue Delay P50", 0, worker_delay_p50},                      \
		{"p95_delay_ns", "Queue Delay P95", 0, worker_delay_p95},                      \
		{"max_delay_ns", "Queue Delay Max", 0, worker_delay_max},                      \
	{                                                                                      \
		"partial", NULL, 0, worker_partial                                             \
	}

static const struct column worker_columns[] = {
	{NULL, "Worker ID", -ID_COLUMNS, worker_short},
	{"worker", NULL, 0, worker_name},
	FIGURE_COLUMNS,
	{"kind", NULL, 0, worker_kind},
	{"pool", "Pool", 0, worker_pool_name},
	{"program", "Program", 0, worker_program},
	{"pid", "PID", 0, worker_pid},
	{"tid", "Thread", 0, worker_tid},
	{"threads", NULL, 0, worker_threads},
};

TABLE(workers_table, "workers", "Workers", worker_columns, workers);

#define OF_SUM(name, get)                                                     \
	static struct value name(const struct model *model, const void *data) \
	{                                                                     \
		return get(model, &((const struct worker_pool *)data)->sum);  \
	}
OF_SUM(pool_name, worker_name)
OF_SUM(pool_kind, worker_kind)
OF_SUM(pool_program, worker_program)
OF_SUM(pool_pid, worker_pid)
OF_SUM(pool_threads, worker_threads)
OF_SUM(pool_jobs, worker_jobs)
OF_SUM(pool_active, worker_active)
OF_SUM(pool_busy, worker_busy)
OF_SUM(pool_idle, worker_idle)
OF_SUM(pool_average, worker_average)
OF_SUM(pool_utilization, worker_utilization)
OF_SUM(pool_cpu, worker_cpu)
OF_SUM(pool_blocked, worker_blocked)
OF_SUM(pool_other, worker_other)
OF_SUM(pool_p50, worker_p50)
OF_SUM(pool_p95, worker_p95)
OF_SUM(pool_max, worker_max)
OF_SUM(pool_wakes, worker_wakes)
OF_SUM(pool_delay, worker_delay)
OF_SUM(pool_delay_p50, worker_delay_p50)
OF_SUM(pool_delay_p95, worker_delay_p95)
OF_SUM(pool_delay_max, worker_delay_max)
OF_SUM(pool_partial, worker_partial)
COLUMN(pool_lowest, worker_pool, value_share(row->lowest))
COLUMN(pool_highest, worker_pool, value_share(row->highest))
COLUMN(pool_merged, worker_pool, value_bool(row->merged))
COLUMN(pool_routine, worker_pool,
       row->start_routine ? value_text(arena_print(model->arena, "0x%llx",
						   (unsigned long long)row->start_routine))
			  : value_none())

static const struct column pool_columns[] = {
	{"pool", "Pool", 0, pool_name},
	{"kind", NULL, 0, pool_kind},
	{"program", "Program", 0, pool_program},
	{"pid", "PID", 0, pool_pid},
	{"start_routine", NULL, 0, pool_routine},
	{"threads", "Threads", 0, pool_threads},
	{"jobs", "Jobs", 0, pool_jobs},
	{"active", "Active Jobs", 0, pool_active},
	{"busy_ns", "Busy Time", 0, pool_busy},
	{"idle_ns", "Idle Time", 0, pool_idle},
	{"average_job_ns", "Avg Job", 0, pool_average},
	{"utilization", "Utilization", 0, pool_utilization},
	{"lowest_utilization", "Lowest", 0, pool_lowest},
	{"highest_utilization", "Highest", 0, pool_highest},
	{"cpu_ns", "CPU", 0, pool_cpu},
	{"blocked_ns", "Blocked", 0, pool_blocked},
	{"other_ns", "Asleep, or no CPU free", 0, pool_other},
	{"p50_job_ns", "Job P50", 0, pool_p50},
	{"p95_job_ns", "Job P95", 0, pool_p95},
	{"max_job_ns", "Job Max", 0, pool_max},
	{"wakes", "Wakes", 0, pool_wakes},
	{"average_delay_ns", "Queue Delay", 0, pool_delay},
	{"p50_delay_ns", "Queue Delay P50", 0, pool_delay_p50},
	{"p95_delay_ns", "Queue Delay P95", 0, pool_delay_p95},
	{"max_delay_ns", "Queue Delay Max", 0, pool_delay_max},
	{"merged", NULL, 0, pool_merged},
	{"partial", NULL, 0, pool_partial},
};

TABLE(pools_table, "pools", "Worker pools", pool_columns, workers.pools);

COLUMN(total_none, worker_row, value_sentence(model->workers.none))

static const struct column total_columns[] = {
	{"none", "No workers", 0, total_none},
	FIGURE_COLUMNS,
	{"threads", "Threads", 0, worker_threads},
};

TABLE_SINGLE(workers_total_table, "total", "All workers", total_columns, workers.total);

/* ---- text ---- */

static void add_ns_text(struct buffer *text, const struct style *style, const char *before,
			int64_t ns)
{
	buffer_print(text, "%s", before);
	put_duration(text, style, ns);
}

static void put_figures(struct buffer *text, const struct style *style,
			const struct worker_figures *figures)
{
	add_ns_text(text, style, "P50 ", figures->p50_ns);
	add_ns_text(text, style, ", P95 ", figures->p95_ns);
	add_ns_text(text, style, ", longest ", figures->max_ns);
}

static void put_busy(struct buffer *text, const struct style *style, const struct worker_row *sum)
{
	add_ns_text(text, style, "busy ", sum->busy_ns);
	if (sum->kind == WORKER_GO)
		return;
	add_ns_text(text, style, ": blocked in calls ", sum->blocked_ns);
	if (sum->cpu_ns < 0) {
		buffer_print(text, ", CPU unknown");
		return;
	}
	add_ns_text(text, style, ", CPU ", sum->cpu_ns);
	add_ns_text(text, style, ", asleep or no CPU free ", other_ns(sum));
}

static void put_pool(struct buffer *buffer, const struct style *style, const struct model *model,
		     const struct worker_pool *pool)
{
	const struct worker_row *sum = &pool->sum;
	struct buffer text = {0};
	size_t column;

	put_escaped(&text, style, sum->name);
	buffer_print(&text, " (");
	put_escaped(&text, style, model->processes.items[sum->process].program);
	buffer_print(&text, " %d): %zu thread%s", model->processes.items[sum->process].pid,
		     sum->threads, sum->threads == 1 ? "" : "s");
	if (sum->kind == WORKER_GO)
		buffer_print(&text, " of Go's runtime, between which goroutines move; from each "
				    "one's first wait to its last");
	if (pool->lowest >= 0 && sum->threads > 1)
		buffer_print(&text, "; utilization %.1f%% to %.1f%%", 100 * pool->lowest,
			     100 * pool->highest);
	buffer_print(&text, "; ");
	put_busy(&text, style, sum);
	if (sum->job.count) {
		buffer_print(&text, "; jobs ");
		put_figures(&text, style, &sum->job);
	}
	if (sum->delay.count) {
		buffer_print(&text, "; queue delay of %llu wake%s ",
			     (unsigned long long)sum->delay.count,
			     sum->delay.count == 1 ? "" : "s");
		put_figures(&text, style, &sum->delay);
	}
	if (sum->active)
		buffer_print(&text, "; %llu job%s under way at the end",
			     (unsigned long long)sum->active, sum->active == 1 ? "" : "s");
	if (pool->merged)
		buffer_print(&text,
			     "; jobs taken without waiting count as one with the job before");
	if (sum->partial)
		buffer_print(&text, "; older records are not there: of what is left");
	column = 0;
	put_folded(buffer, buffer_text(&text), column, 2);
	buffer_print(buffer, "\n");
	buffer_free(&text);
}

void text_workers(struct buffer *buffer, const struct style *style, const struct model *model)
{
	size_t pools = model->workers.pools.count, shown;

	if (!model->workers.count) {
		buffer_print(buffer, "%s\n", model->workers.none ? model->workers.none : "no data");
		return;
	}
	table_text(buffer, style, &workers_table, model);
	table_row(buffer, style, worker_columns, workers_table.column_count, model,
		  &model->workers.total);
	buffer_print(buffer, "\n");
	shown = rows_shown(&pools_table, style, pools, ROWS_USUAL / 2);
	for (size_t i = 0; i < shown; i++)
		put_pool(buffer, style, model, &model->workers.pools.items[i]);
	put_more(buffer, pools, shown);
}
