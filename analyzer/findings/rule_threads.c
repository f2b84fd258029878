/*
 * rule_threads.c - threads in each other's way: locks they wait for, and pools whose work is
 * uneven.
 */
#include "findings/rules.h"

#include "base/sort.h"

#include <string.h>

#define LOCKS_MOST 16 /* findings come from the locks waited for longest */

/* A thread's waits for one lock. */
struct waiter {
	uint32_t lock, tid;
	size_t waits;
	int64_t ns;
};
struct waiters {
	struct waiter *items;
	size_t count, room;
	struct map index;
};

static uint64_t key_of(uint32_t lock, uint32_t tid)
{
	return (uint64_t)lock << 32 | tid;
}

static void find_waiters(const struct inquiry *inquiry, struct waiters *waiters)
{
	const struct model *model = inquiry->model;

	for (size_t i = 0; i < model->operations.count; i++) {
		const struct operation *operation = &model->operations.items[i];
		const struct lock_row *lock;
		uint32_t row, at;

		if (operation->kind != OPERATION_LOCK ||
		    !(lock = model_lock_of(model, operation->process, operation->lock)))
			continue;
		row = (uint32_t)(lock - model->locks.items);
		if (row >= LOCKS_MOST)
			continue;
		inquiry->marks[i] = row + 1;
		at = map_get(&waiters->index, key_of(row, operation->tid));
		if (at == UINT32_MAX) {
			at = (uint32_t)waiters->count;
			map_set(&waiters->index, key_of(row, operation->tid), at);
			*list_add(waiters) = (struct waiter){.lock = row, .tid = operation->tid};
		}
		waiters->items[at].waits++;
		waiters->items[at].ns = add_ns(waiters->items[at].ns, operation->duration_ns);
	}
}

/* How long a thread lived; the process, where its own life was not seen. */
static int64_t life_of(const struct process *process, uint32_t tid)
{
	for (size_t i = 0; i < process->events.count; i++) {
		const struct event *event = &process->events.items[i];

		if (event->tid == tid && event_is(event, DNDPROF_CALL_thread) &&
		    event->end_ns > event->start_ns)
			return event->end_ns - event->start_ns;
	}
	return process->gone_ns - process->start_ns;
}

/* The thread that waited for the lock longest, of its life's part in it; 0: none did. */
static double worst_waiter(const struct inquiry *inquiry, const struct waiters *waiters,
			   uint32_t row, struct waiter *worst)
{
	const struct lock_row *lock = &inquiry->model->locks.items[row];
	const struct waiter *most = NULL;
	int64_t life;

	for (size_t i = 0; i < waiters->count; i++)
		if (waiters->items[i].lock == row && (!most || waiters->items[i].ns > most->ns))
			most = &waiters->items[i];
	if (!most)
		return 0;
	*worst = *most;
	life = life_of(&inquiry->model->processes.items[lock->process], most->tid);
	return life > 0 ? (double)most->ns / (double)life : 0;
}

static int64_t want_lock(const struct inquiry *inquiry, const struct stretch *stretch,
			 const void *data)
{
	const uint32_t *row = data;

	(void)inquiry;
	return stretch->kind == STRETCH_LOCK && stretch->index == *row
		       ? stretch->end_ns - stretch->start_ns
		       : 0;
}

static const char *holder_text(const struct inquiry *inquiry, const struct lock_row *lock)
{
	if (!lock->holder)
		return "";
	if (!*lock->holder_name)
		return sentence(inquiry, "; thread %u held it most, %s", lock->holder,
				text_ns(inquiry, lock->holder_ns));
	return sentence(inquiry, "; %s (%u) held it most, %s", lock->holder_name, lock->holder,
			text_ns(inquiry, lock->holder_ns));
}

static void on_lock(struct inquiry *inquiry, uint32_t row, const struct waiter *worst, double share)
{
	const struct lock_row *lock = &inquiry->model->locks.items[row];
	int64_t ns = path_claim(inquiry, want_lock, &row);
	struct finding *finding =
		finding_add(inquiry, "lock_contention", ns,
			    ns ? "what of the critical path was spent waiting for the lock"
			       : "others worked meanwhile: the waits are not on the critical path");

	cite_marked(inquiry, finding, row + 1);
	finding->process = lock->process;
	finding->cited.what = lock->what;
	finding->description = sentence(
		inquiry,
		"%zu thread%s of %s waited %s for %s, %s in all; thread %u spent %.1f%% of its "
		"life so%s%s%s.",
		lock->threads, lock->threads == 1 ? "" : "s",
		inquiry->model->processes.items[lock->process].program,
		text_times(inquiry, lock->waits), lock->what, text_ns(inquiry, lock->total_ns),
		worst->tid, 100 * share, holder_text(inquiry, lock),
		lock->site ? "; it was waited for longest at " : "", lock->site ? lock->site : "");
	finding->recommendation = "Hold the lock for shorter: no request, no sleep and no output "
				  "within; or split it.";
	/* with what is missing to it: where it is waited for, and from where that was called */
	finding->command =
		lock->site ? "dndprof report --stacks" : "dndprof run --set DETAIL=detailed -- ...";
}

void rule_lock_contention(struct inquiry *inquiry)
{
	struct waiters waiters = {0};

	if (!inquiry->model->locks.count)
		return;
	find_waiters(inquiry, &waiters);
	for (uint32_t row = 0; row < inquiry->model->locks.count && row < LOCKS_MOST; row++) {
		struct waiter worst = {0};
		double share = worst_waiter(inquiry, &waiters, row, &worst);

		if (share * (double)SHARE_WHOLE >
			    (double)threshold(inquiry, THRESHOLD_LOCK_SHARE) &&
		    worst.ns >= threshold(inquiry, THRESHOLD_IMPACT))
			on_lock(inquiry, row, &worst, share);
	}
	list_free(&waiters);
	map_free(&waiters.index);
}

/* ---- pools ---- */

/* Workers of one pool. */
struct pool {
	const struct worker_row *busiest, *idlest;
	size_t workers;
	int64_t busy_ns;
};

static bool same_pool(const struct worker_row *x, const struct worker_row *y)
{
	return x->pool == y->pool;
}

static int compare_workers(const void *a, const void *b)
{
	const struct worker_row *x = *(const struct worker_row *const *)a;
	const struct worker_row *y = *(const struct worker_row *const *)b;

	if (x->pool != y->pool)
		return x->pool < y->pool ? -1 : 1;
	return strcmp(x->name, y->name);
}

static double utilization(const struct worker_row *worker)
{
	double life = (double)worker->busy_ns + (double)worker->idle_ns;

	return life > 0 ? (double)worker->busy_ns / life : 0;
}

/* What is on the critical path while the busiest worker works. */
static int64_t want_worker(const struct inquiry *inquiry, const struct stretch *stretch,
			   const void *data)
{
	const struct worker_row *worker = data;

	if (stretch->process != worker->process)
		return 0;
	if (stretch->kind == STRETCH_OPERATION &&
	    inquiry->model->operations.items[stretch->index].tid != worker->tid)
		return 0;
	return stretch->kind == STRETCH_OWN || stretch->kind == STRETCH_OPERATION
		       ? stretch->end_ns - stretch->start_ns
		       : 0;
}

static void on_pool(struct inquiry *inquiry, const struct pool *pool)
{
	const struct worker_row *busiest = pool->busiest, *idlest = pool->idlest;
	double spread = utilization(busiest) - utilization(idlest);
	int64_t mean = pool->busy_ns / (int64_t)pool->workers, ns;
	struct finding *finding;

	if (!(spread * (double)SHARE_WHOLE > (double)threshold(inquiry, THRESHOLD_WORKER_SPREAD)) ||
	    busiest->busy_ns - mean < threshold(inquiry, THRESHOLD_IMPACT))
		return;
	ns = path_claim_most(inquiry, want_worker, busiest, busiest->busy_ns - mean);
	finding = finding_add(inquiry, "worker_imbalance", ns,
			      "what the busiest worker does beyond the average, as far as the run "
			      "waited for it");
	cite_process(inquiry, finding, busiest->process, pool->workers, busiest->busy_ns);
	finding->description = sentence(
		inquiry,
		"The %zu workers of %s share their work unevenly: %s was busy for %.0f%% of its "
		"life (%llu jobs), %s for %.0f%% (%llu jobs).",
		pool->workers, inquiry->model->processes.items[busiest->process].program,
		busiest->name, 100 * utilization(busiest), (unsigned long long)busiest->jobs,
		idlest->name, 100 * utilization(idlest), (unsigned long long)idlest->jobs);
	finding->recommendation =
		"Let all workers take jobs from one queue, cut large jobs up, or start with the "
		"longest.";
}

void rule_worker_imbalance(struct inquiry *inquiry)
{
	const struct workers *workers = &inquiry->model->workers;
	const struct worker_row **sorted = memory_get((workers->count + 1) * sizeof(*sorted));
	struct pool pool = {0};
	size_t count = 0;

	for (size_t i = 0; i < workers->count; i++)
		if (workers->items[i].kind != WORKER_GO) /* nobody gives those their work */
			sorted[count++] = &workers->items[i];
	if (count)
		sort(sorted, count, sizeof(*sorted), compare_workers);
	for (size_t i = 0; i < count; i++) {
		if (!pool.workers++)
			pool.busiest = pool.idlest = sorted[i];
		if (utilization(sorted[i]) > utilization(pool.busiest))
			pool.busiest = sorted[i];
		if (utilization(sorted[i]) < utilization(pool.idlest))
			pool.idlest = sorted[i];
		pool.busy_ns = add_ns(pool.busy_ns, sorted[i]->busy_ns);
		if (i + 1 < count && same_pool(sorted[i], sorted[i + 1]))
			continue;
		on_pool(inquiry, &pool);
		pool = (struct pool){0};
	}
	free(sorted);
}
