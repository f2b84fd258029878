/*
 * worker_marked.c - workers that the program named: jobs it marked (dndprof.h) are theirs, and the
 * threads that ran them are in no pool. A mark that names nobody is its thread's.
 *
 * A worker lives as long as the threads that did nothing but its jobs; on a thread that others'
 * jobs ran on, too, from its first to its last.
 */
#include "model/crew.h"

#include "base/sort.h"

#include <string.h>

struct mark {
	const struct operation *operation;
	uint32_t life;
};
struct marks {
	struct mark *items;
	size_t count, room;
};

static int compare_workers(const struct mark *x, const struct mark *y)
{
	int order = strcmp(x->operation->worker, y->operation->worker);

	if (order || *x->operation->worker)
		return order;
	return (x->operation->tid > y->operation->tid) - (x->operation->tid < y->operation->tid);
}

static int compare_marks(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;
	int order = compare_workers(x, y);

	if (order)
		return order;
	if (x->life != y->life)
		return x->life < y->life ? -1 : 1;
	return (x->operation->start_ns > y->operation->start_ns) -
	       (x->operation->start_ns < y->operation->start_ns);
}

/* A worker's jobs on one life: those within or beside each other once. */
static void add_life(struct worker_row *row, const struct crew *crew, const struct mark *marks,
		     size_t count)
{
	const struct life *life = &crew->lives.items[marks[0].life];
	int64_t first = marks[0].operation->start_ns, from = first, to = first, busy = 0, span;

	for (size_t i = 0; i <= count; i++) {
		const struct operation *job = i < count ? marks[i].operation : NULL;

		if (job && job->start_ns <= to) {
			to = job->end_ns > to ? job->end_ns : to;
			continue;
		}
		busy = add_ns(busy, crew_recorded(crew, from, to));
		row->blocked_ns = add_ns(row->blocked_ns, crew_blocked(crew, life, from, to));
		if (job) {
			from = job->start_ns;
			to = job->end_ns;
		}
	}
	span = crew_recorded(crew, first, to);
	if (life->marked != MARKED_MANY && !life->main) {
		span = crew_recorded(crew, life->start_ns, life->end_ns);
		row->cpu_ns = row->threads == 1 ? life->cpu_ns
			      : row->cpu_ns < 0 || life->cpu_ns < 0
				      ? -1
				      : add_ns(row->cpu_ns, life->cpu_ns);
	} else {
		row->cpu_ns = -1;
	}
	row->partial |= life->partial;
	row->busy_ns = add_ns(row->busy_ns, busy);
	if (span > busy)
		row->idle_ns = add_ns(row->idle_ns, span - busy);
}

static void add_worker(struct harvest *harvest, struct crew *crew, const struct mark *marks,
		       size_t count, uint32_t pool)
{
	uint32_t index = (uint32_t)crew->model->workers.count;
	struct worker_row *row = harvest_row(harvest, WORKER_MARKED, crew->process,
					     crew->lives.items[marks[0].life].tid);

	row->pool = pool;
	row->threads = 0;
	row->name = *marks[0].operation->worker ? marks[0].operation->worker
						: arena_print(crew->model->arena, "%s %u",
							      crew->lives.items[marks[0].life].name,
							      marks[0].operation->tid);
	for (size_t first = 0, i = 1; first < count; i++) {
		if (i < count && marks[i].life == marks[first].life)
			continue;
		row->threads++;
		add_life(row, crew, marks + first, i - first);
		first = i;
	}
	for (size_t i = 0; i < count; i++)
		harvest_job(harvest, index, marks[i].operation->duration_ns, 1);
}

static void collect(struct crew *crew, struct marks *marks, const struct operation *const *jobs,
		    size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct mark mark = {jobs[i], crew_life_at(crew, jobs[i]->tid, jobs[i]->start_ns)};

		if (mark.life != NONE)
			*list_add(marks) = mark;
	}
	if (marks->count)
		sort(marks->items, marks->count, sizeof(*marks->items), compare_marks);
}

/* Of each life: whose jobs it ran. */
static void note_lives(struct crew *crew, const struct marks *marks)
{
	uint32_t worker = 0;

	for (size_t i = 0; i < marks->count; i++) {
		struct life *life = &crew->lives.items[marks->items[i].life];

		worker += i && compare_workers(&marks->items[i - 1], &marks->items[i]) != 0;
		if (life->marked == NONE)
			life->marked = worker;
		else if (life->marked != worker)
			life->marked = MARKED_MANY;
	}
}

void harvest_marked(struct harvest *harvest, struct crew *crew, const struct operation *const *jobs,
		    size_t count)
{
	struct marks marks = {0};
	uint32_t pool;

	if (!count)
		return;
	collect(crew, &marks, jobs, count);
	note_lives(crew, &marks);
	pool = marks.count ? harvest_pool(harvest, WORKER_MARKED, crew->process,
					  "marked by the program")
			   : 0;
	for (size_t first = 0, i = 1; first < marks.count; i++) {
		if (i < marks.count && compare_workers(&marks.items[i], &marks.items[first]) == 0)
			continue;
		add_worker(harvest, crew, marks.items + first, i - first, pool);
		first = i;
	}
	list_free(&marks);
}
