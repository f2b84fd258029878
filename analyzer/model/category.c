/*
 * category.c - where the time went. Two figures a category: what its operations took, each for
 * itself; and its self time, for which every moment of the wall time belongs to exactly one
 * category, so that self times add up to the wall time.
 *
 * A moment belongs to the operation under way, by the order of `ranks`; without one, to the program
 * when any observed process is at work; and only when all of them wait in a call, to that call. A
 * process waits when its main thread does: what its other threads wait for is not what holds it up.
 *
 * Of a process whose records were overwritten nothing but its surviving operations is known before
 * its window: the rest of that time is nobody's, and no program's own work.
 */
#include "base/duration.h"
#include "model/internal.h"

#include <string.h>

/* Who gets a moment that several could claim: the first. */
static const unsigned int ranks[] = {
	DNDPROF_CATEGORY_DNS,	   DNDPROF_CATEGORY_CONNECT, DNDPROF_CATEGORY_DOCKER_API,
	DNDPROF_CATEGORY_REGISTRY, DNDPROF_CATEGORY_HTTP,    DNDPROF_CATEGORY_USER,
	CATEGORY_UNCOVERED,	   CATEGORY_PROGRAM,	     DNDPROF_CATEGORY_LOCK,
	DNDPROF_CATEGORY_PROCESS,  DNDPROF_CATEGORY_THREAD,  DNDPROF_CATEGORY_IO,
};

#define WAITS_FROM CATEGORY_ROWS /* states: categories of operations, then of waits */
#define STATES	   (WAITS_FROM + CATEGORY_PROGRAM)
#define NOTHING	   2000 /* a share of 1/2000 prints as 0.0 % */

struct edge {
	int64_t ns;
	int state, change;
};

struct sweep {
	LIST(struct edge) edges;
	int64_t start_ns, end_ns;
};

const char *category_name(unsigned int category)
{
#define NAME(id, name, meaning) name,
	static const char *const names[] = {DNDPROF_CATEGORIES(NAME) "program", "not covered"};
#undef NAME

	return category < CATEGORY_ROWS ? names[category] : "?";
}

static void add_span(struct sweep *sweep, int64_t start, int64_t end, int state)
{
	start = start < sweep->start_ns ? sweep->start_ns : start;
	end = end > sweep->end_ns ? sweep->end_ns : end;
	if (end <= start)
		return;
	*list_add(&sweep->edges) = (struct edge){start, state, 1};
	*list_add(&sweep->edges) = (struct edge){end, state, -1};
}

static bool is_waiting(const struct event *event)
{
	enum dndprof_category category = event->call->category;

	/* A thread that Go's runtime parks says nothing of the program: another one may be at work.
	 */
	return category == DNDPROF_CATEGORY_LOCK || category == DNDPROF_CATEGORY_PROCESS ||
	       category == DNDPROF_CATEGORY_IO ||
	       (category == DNDPROF_CATEGORY_THREAD && !event_is(event, DNDPROF_CALL_thread) &&
		!event_is(event, DNDPROF_CALL_futex));
}

static void add_process(struct sweep *sweep, const struct process *process)
{
	int64_t until = process->start_ns;

	if (!process->profile)
		return;
	add_span(sweep, process->start_ns, process->end_ns, CATEGORY_PROGRAM);
	add_span(sweep, process->start_ns, process->window_ns, CATEGORY_UNCOVERED);
	for (size_t i = 0; i < process->events.count; i++) {
		const struct event *event = &process->events.items[i];
		int64_t start = event->start_ns > until ? event->start_ns : until;

		/* `until`: one thread is in one call at a time, whatever nests in it */
		if ((int)event->tid != process->pid || event->pid || !is_waiting(event) ||
		    event->end_ns <= start)
			continue;
		add_span(sweep, start, event->end_ns, WAITS_FROM + (int)event->call->category);
		until = event->end_ns;
	}
}

static int compare(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	return (x->ns > y->ns) - (x->ns < y->ns);
}

static unsigned int owner_of(const long state[STATES])
{
	long waiting = 0;

	for (int i = WAITS_FROM; i < STATES; i++)
		waiting += state[i];
	for (size_t i = 0; i < sizeof(ranks) / sizeof(ranks[0]); i++) {
		unsigned int rank = ranks[i];
		bool works = state[CATEGORY_PROGRAM] > waiting;

		if (rank == CATEGORY_PROGRAM	    ? works
		    : rank == DNDPROF_CATEGORY_USER ? state[rank] && (works || !waiting)
		    : (rank == DNDPROF_CATEGORY_LOCK || rank == DNDPROF_CATEGORY_PROCESS ||
		       rank == DNDPROF_CATEGORY_THREAD || rank == DNDPROF_CATEGORY_IO)
			    ? state[WAITS_FROM + rank] > 0
			    : state[rank] > 0)
			return rank;
	}
	return CATEGORY_PROGRAM;
}

static void sweep_run(struct model *model, uint32_t run)
{
	struct sweep sweep = {.start_ns = model->runs.items[run].start_ns,
			      .end_ns = model->runs.items[run].end_ns};
	long state[STATES] = {0};
	int64_t at = sweep.start_ns;

	for (size_t i = 0; i < model->operations.count; i++) {
		const struct operation *operation = &model->operations.items[i];

		if (operation->kind <= OPERATION_REGION && !operation->server &&
		    model->processes.items[operation->process].run == run)
			add_span(&sweep, operation->start_ns, operation->end_ns,
				 (int)operation->category);
	}
	for (size_t i = 0; i < model->processes.count; i++)
		if (model->processes.items[i].run == run)
			add_process(&sweep, &model->processes.items[i]);
	if (sweep.edges.count)
		qsort(sweep.edges.items, sweep.edges.count, sizeof(*sweep.edges.items), compare);
	for (size_t i = 0; i < sweep.edges.count; i++) {
		const struct edge *edge = &sweep.edges.items[i];

		model->categories[owner_of(state)].self_ns += edge->ns - at;
		at = edge->ns;
		state[edge->state] += edge->change;
	}
	model->categories[CATEGORY_PROGRAM].self_ns += sweep.end_ns - at;
	list_free(&sweep.edges);
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
}

static int64_t to_ns(double ns)
{
	return ns > 4e18 ? INT64_MAX / 2 : ns < -4e18 ? INT64_MIN / 2 : (int64_t)ns;
}

/* Locks and threads: exact figures of the calls, which outlive the rings. Of a process without
 * records (DNDPROF_DETAIL=basic) there is nothing else of any category. */
static void add_exact(struct model *model, const struct process *process)
{
	double tick = clock_tick_ns(process->clock), null = process->null_ns;

	for (unsigned int id = 0; id < DNDPROF_RING_CALLS; id++) {
		const struct profile_stats *stats = profile_stats(process->profile, id);
		const struct profile_call *call = profile_call(process->profile, id);
		enum dndprof_category category = call->category;

		if (!stats || !stats->timed || call->known == DNDPROF_CALL_thread ||
		    call->known == DNDPROF_CALL_null || call->known == DNDPROF_CALL_futex ||
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
			int64_t ns = event->end_ns - event->start_ns - to_ns(process->null_ns);

			if (!explained[i][j] && event->call->category == DNDPROF_CATEGORY_IO &&
			    event->record->raw.kind == DNDPROF_KIND_CALL && !event->pid)
				add_figures(&model->categories[DNDPROF_CATEGORY_IO], 1, ns, ns, ns);
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
	model->categories[CATEGORY_UNCOVERED].remark = "records overwritten";
	for (size_t i = 0; i < model->processes.count; i++)
		if (model->processes.items[i].window_ns > window)
			window = model->processes.items[i].window_ns;
	if (model->runs.count == 1)
		model->categories[CATEGORY_UNCOVERED].remark =
			arena_print(model->arena, "records overwritten; complete from %s to %s",
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

void model_categories(struct model *model)
{
	for (unsigned int i = 0; i < CATEGORY_ROWS; i++)
		model->categories[i].name = category_name(i);
	for (size_t i = 0; i < model->operations.count; i++) {
		const struct operation *operation = &model->operations.items[i];
		int64_t ns = operation->duration_ns;

		if (!operation->server && operation->kind != OPERATION_LOCK)
			add_figures(&model->categories[operation->category], 1, ns, ns, ns);
	}
	for (size_t i = 0; i < model->processes.count; i++)
		if (model->processes.items[i].profile)
			add_exact(model, &model->processes.items[i]);
	add_stray_io(model);
	for (uint32_t i = 0; i < model->runs.count; i++)
		sweep_run(model, i);
	drop_nothings(model);
	remark(model);
}
