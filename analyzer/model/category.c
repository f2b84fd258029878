/*
 * category.c - what was done, by category. Two figures each: what its operations took, each for
 * itself; and its self time, its part of the critical path (critical.h), where every moment of the
 * wall time belongs to exactly one category.
 */
#include "base/duration.h"
#include "base/sort.h"
#include "model/internal.h"

#include <string.h>

#define NOTHING 2000 /* a share of 1/2000 prints as 0.0 % */

const char *category_name(unsigned int category)
{
#define NAME(id, name, meaning) name,
	static const char *const names[] = {DNDPROF_CATEGORIES(NAME) "program", "not covered",
					    "left out"};
#undef NAME

	return category < CATEGORY_ROWS ? names[category] : "?";
}

static void add_figures(struct category_row *row, uint64_t count, int64_t total, int64_t min,
			int64_t max)
{
	if (!count)
		return;
	if (!row->count || min < row->min_ns)
		row->min_ns = min;
	if (!row->count || max > row->max_ns)
		row->max_ns = max;
	row->count += count;
	row->total_ns = add_ns(row->total_ns, total);
	row->sum_ns = row->total_ns;
}

static int64_t to_ns(double ns)
{
	return ns > 4e18 ? INT64_MAX / 2 : ns < -4e18 ? INT64_MIN / 2 : (int64_t)ns;
}

/* Locks and threads: exact figures of the calls, which outlive the rings. Of a process without
 * records (DNDPROF_DETAIL=basic) there is nothing else of any category. */
static void add_exact(struct model *model, const struct process *process)
{
	double tick = clock_tick_ns(process->clock);

	for (unsigned int id = 0; id < DNDPROF_RING_CALLS; id++) {
		const struct profile_stats *stats = profile_stats(process->profile, id);
		const struct profile_call *call = profile_call(process->profile, id);
		enum dndprof_category category = call->category;
		double null = null_of(process, call->known);

		if (!stats || !stats->timed || call->known == DNDPROF_CALL_thread ||
		    dndprof_call_is_null(call->known) || call->known == DNDPROF_CALL_futex ||
		    call->known == DNDPROF_CALL_stopped ||
		    (category != DNDPROF_CATEGORY_LOCK && category != DNDPROF_CATEGORY_THREAD &&
		     process->events.count))
			continue;
		add_figures(&model->categories[category], stats->timed,
			    to_ns((double)stats->sum * tick - (double)stats->timed * null),
			    to_ns((double)stats->min * tick - null),
			    to_ns((double)stats->max * tick - null));
	}
}

/* Waiting for descriptors (poll names none) within an operation of the same process is its waiting.
 * Both lists are by start, so one pass will do. */
static void explain_covered(const struct model *model, uint32_t index, uint8_t *explained)
{
	const struct process *process = &model->processes.items[index];
	int64_t covered = INT64_MIN;
	size_t next = 0;

	for (size_t j = 0; j < process->events.count; j++) {
		const struct event *event = &process->events.items[j];

		for (; next < model->operations.count &&
		       model->operations.items[next].start_ns <= event->start_ns;
		     next++) {
			const struct operation *operation = &model->operations.items[next];

			if (operation->process == index && operation->kind < OPERATION_REGION &&
			    operation->end_ns > covered)
				covered = operation->end_ns;
		}
		if (event->end_ns <= covered)
			explained[j] = 1;
	}
}

/* Reading and writing that no operation explains. */
static void add_stray_io(struct model *model)
{
	uint8_t **explained = memory_get((model->processes.count + 1) * sizeof(*explained));

	for (uint32_t i = 0; i < model->processes.count; i++)
		explained[i] = memory_get(model->processes.items[i].events.count);
	for (size_t i = 0; i < model->operations.count; i++) {
		const struct operation *operation = &model->operations.items[i];
		const struct flow *flow;

		if (operation->flow == NONE || operation->kind == OPERATION_CONNECT)
			continue;
		flow = &model->flows.items[operation->flow];
		if (flow->events.count && !(explained[flow->process][flow->events.items[0]] & 2)) {
			explained[flow->process][flow->events.items[0]] |= 2; /* flow done */
			for (size_t j = 0; j < flow->events.count; j++)
				explained[flow->process][flow->events.items[j]] |= 1;
		}
	}
	for (uint32_t i = 0; i < model->processes.count; i++) {
		const struct process *process = &model->processes.items[i];

		explain_covered(model, i, explained[i]);
		for (size_t j = 0; j < process->events.count; j++) {
			const struct event *event = &process->events.items[j];
			int64_t ns = event->end_ns - event->start_ns - to_ns(process->call_null_ns);

			if (!explained[i][j] && event->call->category == DNDPROF_CATEGORY_IO &&
			    event->record->raw.kind == DNDPROF_KIND_CALL && !event->pid)
				add_figures(&model->categories[DNDPROF_CATEGORY_IO],
					    event_weight(event), times_ns(event_weight(event), ns),
					    ns, ns);
		}
		free(explained[i]);
	}
	free(explained);
}

static void remark(struct model *model)
{
	const struct model_run *run = &model->runs.items[0];
	int64_t window = run->start_ns;
	char from[DURATION_TEXT], to[DURATION_TEXT];

	model->categories[CATEGORY_PROGRAM].remark = "the programs themselves";
	model->categories[CATEGORY_LEFT_OUT].remark = "by --filter";
	if (!model->critical.cause_ns[CAUSE_UNCOVERED]) {
		model->categories[CATEGORY_UNCOVERED].remark = cause_title(CAUSE_STOPPED);
		return;
	}
	model->categories[CATEGORY_UNCOVERED].remark = "records overwritten or left out";
	for (size_t i = 0; i < model->processes.count; i++)
		if (model->processes.items[i].window_ns > window)
			window = model->processes.items[i].window_ns;
	if (model->runs.count == 1)
		model->categories[CATEGORY_UNCOVERED].remark = arena_print(
			model->arena, "records overwritten or left out; complete from %s to %s",
			duration_text(window - run->start_ns, from),
			duration_text(run->end_ns - run->start_ns, to));
}

/* Moments between the calls of operations that have none to themselves: too few to be a row. */
static void drop_nothings(struct model *model)
{
	for (unsigned int i = 0; i < CATEGORY_PROGRAM; i++) {
		struct category_row *row = &model->categories[i];

		if (row->count || row->self_ns >= model->summary.wall_ns / NOTHING)
			continue;
		model->categories[CATEGORY_PROGRAM].self_ns += row->self_ns;
		row->self_ns = 0;
	}
}

/* Of the critical path, what was spent in regions, by their categories. */
static void add_user_self(struct model *model)
{
	for (size_t i = 0; i < model->critical.rows.count; i++) {
		const struct cause_row *cause = &model->critical.rows.items[i];
		struct category_row *row = cause->category == DNDPROF_CATEGORY_USER
						   ? model_user_category(model, cause->method)
						   : NULL;

		if (row)
			row->self_ns = add_ns(row->self_ns, cause->total_ns);
	}
}

static int compare_rows(const void *a, const void *b)
{
	const struct category_row *x = *(const struct category_row *const *)a;
	const struct category_row *y = *(const struct category_row *const *)b;

	if (x->total_ns != y->total_ns)
		return x->total_ns > y->total_ns ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void list_row(struct model *model, struct category_row *row)
{
	if (row->count)
		row->average_ns = row->sum_ns / (int64_t)row->count;
	*list_add(&model->category_rows) = row;
}

/* Categories with anything in them, by total time; what is not covered and the programs' own last.
 * The program's own categories stand in place of "user", which they make up. */
static void list_rows(struct model *model)
{
	for (unsigned int i = 0; i < CATEGORY_PROGRAM; i++) {
		struct category_row *row = &model->categories[i];

		if ((row->count || row->self_ns) &&
		    !(i == DNDPROF_CATEGORY_USER && model->user_categories.count))
			list_row(model, row);
	}
	for (size_t i = 0; i < model->user_categories.count; i++)
		list_row(model, &model->user_categories.items[i]);
	if (model->category_rows.count)
		sort(model->category_rows.items, model->category_rows.count,
		     sizeof(*model->category_rows.items), compare_rows);
	if (model->categories[CATEGORY_UNCOVERED].self_ns)
		list_row(model, &model->categories[CATEGORY_UNCOVERED]);
	if (model->categories[CATEGORY_LEFT_OUT].self_ns)
		list_row(model, &model->categories[CATEGORY_LEFT_OUT]);
	list_row(model, &model->categories[CATEGORY_PROGRAM]);
}

void model_categories(struct model *model)
{
	for (unsigned int i = 0; i < CATEGORY_ROWS; i++)
		model->categories[i].name = category_name(i);
	for (size_t i = 0; i < model->operations.count; i++) {
		const struct operation *operation = &model->operations.items[i];
		int64_t ns = operation->duration_ns;

		/* exact figures of locks are of all of them */
		if (!operation->server && (operation->kind != OPERATION_LOCK || model->filter))
			add_figures(&model->categories[operation->category], 1, ns, ns, ns);
	}
	for (size_t i = 0; i < model->processes.count && !model->filter; i++)
		if (model->processes.items[i].profile)
			add_exact(model, &model->processes.items[i]);
	if (!model->filter)
		add_stray_io(model);
	for (size_t i = 0; i < model->critical.rows.count; i++) {
		struct category_row *row =
			&model->categories[model->critical.rows.items[i].category];

		row->self_ns = add_ns(row->self_ns, model->critical.rows.items[i].total_ns);
	}
	add_user_self(model);
	drop_nothings(model);
	remark(model);
	list_rows(model);
}
