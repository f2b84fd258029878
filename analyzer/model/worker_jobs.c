/*
 * worker_jobs.c - how many jobs a worker did between two waits for work.
 *
 * A worker that finds more work when it is done does not wait: such jobs are told apart by how
 * often it took its queue's lock, or the semaphore, in between (record.generation). Python's queues
 * leave no such trace: there they count as one, and the pool says so.
 */
#include "model/pool.h"

#define TAKES_MOST	4	/* of its queue's lock for one job */
#define ALIKE_LEAST	2	/* segments a thread of Python's that are compared */
#define IN_VAIN_MOST_NS 200000	/* from a wake to the next wait, with nothing in between */
#define BUSY_LEAST_NS	2000000 /* that a thread of Python worked, where no job is known whole */

static bool same_place(const struct wait *before, const struct wait *after)
{
	return before && after && before->object == after->object && before->object;
}

/* Takes of the queue's lock within a segment between two waits at one condition; of Python's
 * queues, of any lock. 0: not known, or none. */
static uint64_t takes_of(const struct pool *pool, const struct segment *segment)
{
	const struct wait *before = wait_at(pool, segment->before);
	const struct wait *after = wait_at(pool, segment->after);

	if (!before || !after || !before->woken)
		return 0;
	if (pool->python)
		return before->held && after->held && after->tried > WAKE_TAKES &&
				       after->tried < DNDPROF_TAKEN_TRIED
			       ? after->tried - WAKE_TAKES
			       : 0;
	return same_place(before, after) && after->kind == WAIT_CONDITION && after->taken > 1
		       ? after->taken - 1
		       : 0;
}

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* As many jobs as signals were sent: takes for each, if they come out even. 0: they do not. */
static uint64_t takes_by_signals(const struct pool *pool, uint64_t takes, uint64_t divisor)
{
	uint64_t signals = pool_calls(pool, DNDPROF_CALL_pthread_cond_signal);
	uint64_t each = signals && signals < UINT32_MAX ? (takes + signals / 2) / signals : 0;
	uint64_t all = each * signals, off = all > takes ? all - takes : takes - all;

	return each && each <= TAKES_MOST && divisor % each == 0 && off <= takes / 10 ? each : 0;
}

/* The same of one that ends with its thread. */
static uint64_t last_takes_of(const struct pool *pool, const struct segment *segment)
{
	const struct life *life = &pool->crew->lives.items[segment->life];
	const struct wait *before = wait_at(pool, segment->before);
	uint32_t taken = life->taken & DNDPROF_TAKEN_MOST;

	if (!before || segment->after != NONE || before->kind != WAIT_CONDITION || !before->woken ||
	    !life->ended || taken < 2)
		return 0;
	return taken - 1;
}

/* Takes of all segments, of which `with_least` have the fewest. */
struct takes {
	uint64_t least, with_least, divisor, sum, segments;
};

static void add_takes(struct takes *all, uint64_t takes)
{
	if (!takes)
		return;
	if (!all->segments++ || takes < all->least) {
		all->least = takes;
		all->with_least = 0;
	}
	all->with_least += takes == all->least;
	all->divisor = common_divisor(all->divisor, takes);
	all->sum += takes;
}

/*
 * How often a job takes its queue's lock: mostly once; twice where the worker says that it is done.
 * Where most segments have the same few takes, they hold one job each; else there is a signal for
 * each job; else it is what divides them all.
 */
static void find_takes(struct pool *pool)
{
	struct takes all = {0};
	uint64_t each;

	for (size_t i = 0; i < pool->segments.count; i++)
		add_takes(&all, takes_of(pool, &pool->segments.items[i]));
	if (!all.segments) /* they were never done before they ended */
		for (size_t i = 0; i < pool->segments.count; i++)
			add_takes(&all, last_takes_of(pool, &pool->segments.items[i]));
	pool->takes = 1;
	pool->merged = pool->python;
	if (!all.segments)
		return;
	each = takes_by_signals(pool, all.sum, all.divisor);
	if (pool->python) {
		/* its jobs take locks of their own: only where all are alike, and that is no
		 * chance */
		pool->merged = all.segments < ALIKE_LEAST * pool->count ||
			       all.with_least < all.segments - all.segments / 4;
		pool->takes = pool->merged ? UINT64_MAX : all.least;
	} else if (all.least <= TAKES_MOST && all.with_least >= (all.segments + 1) / 2) {
		pool->takes = all.least;
	} else if (each) {
		pool->takes = each;
	} else if (all.divisor <= TAKES_MOST) {
		pool->takes = all.divisor;
	}
}

/*
 * Python's threading.Condition: who was woken takes the condition's lock, sees that another was
 * faster, makes a new lock to wait at, and lets go. One who had work came by its queue's lock once
 * more. Its SimpleQueue: one waits to be woken, the others behind it for their turn to do so.
 */
static bool looked_in_vain(const struct wait *before, const struct wait *after)
{
	if (!after->held || after->start_ns - before->end_ns > IN_VAIN_MOST_NS)
		return false;
	if (before->held)
		return after->tried == WAKE_TAKES ||
		       (after->tried == 0 && same_place(before, after));
	return after->tried == 1 && before->kind == WAIT_SEMAPHORE && same_place(before, after);
}

/* Between two waits. */
static void judge_inner(struct pool *pool, struct segment *segment)
{
	const struct wait *before = wait_at(pool, segment->before);
	const struct wait *after = wait_at(pool, segment->after);
	int64_t ns = segment->end_ns - segment->start_ns;

	segment->idle =
		(same_place(before, after) && after->kind == WAIT_CONDITION && after->taken == 1) ||
		looked_in_vain(before, after);
	if (segment->idle)
		return;
	if (!before->woken)
		return;
	segment->jobs = 1;
	if (takes_of(pool, segment))
		segment->jobs = takes_of(pool, segment) / pool->takes;
	else if (!pool->python && same_place(before, after) && after->kind == WAIT_SEMAPHORE &&
		 after->taken)
		segment->jobs = after->taken;
	if (!segment->jobs)
		segment->jobs = 1;
	ns /= (int64_t)segment->jobs;
	if (ns < pool->shortest_ns)
		pool->shortest_ns = ns;
}

/* Is the segment long enough to hold so many jobs? Beginning and ending take time as well. */
static bool may_hold(const struct pool *pool, const struct segment *segment, uint64_t jobs)
{
	int64_t ns = segment->end_ns - segment->start_ns;

	return pool->shortest_ns == INT64_MAX || ns / (int64_t)jobs >= pool->shortest_ns / 2;
}

/* Python leaves no trace of jobs taken without waiting: at the ends of a thread's life its length
 * tells whether there were any. */
static uint64_t any_job(const struct pool *pool, const struct segment *segment)
{
	int64_t least = pool->shortest_ns == INT64_MAX ? BUSY_LEAST_NS : pool->shortest_ns;

	return segment->end_ns - segment->start_ns >= least;
}

/* Jobs before the first wait, when work was there already. */
static uint64_t jobs_before(const struct pool *pool, const struct segment *segment)
{
	const struct wait *after = wait_at(pool, segment->after);
	uint64_t jobs = 0;

	if (after->kind == WAIT_CONDITION && after->taken > 1) /* the last take was to wait */
		jobs = (after->taken - 2) / pool->takes;
	else if (after->kind == WAIT_SEMAPHORE && after->taken > 1)
		jobs = after->taken - 1;
	else if (pool->python)
		return any_job(pool, segment);
	else if (after->kind == WAIT_BARRIER) /* no trace: by its length */
		return segment->end_ns - segment->start_ns >= pool->shortest_ns;
	return jobs && may_hold(pool, segment, jobs) ? jobs : 0;
}

/* Jobs after the last wait. What woke the thread last, or what it took, told it to end. */
static uint64_t jobs_after(const struct pool *pool, const struct segment *segment)
{
	const struct wait *before = wait_at(pool, segment->before);
	const struct life *life = &pool->crew->lives.items[segment->life];
	uint32_t taken = life->taken & DNDPROF_TAKEN_MOST;
	uint64_t jobs = taken ? taken - 1 : 0;

	if (!before->woken || !life->ended || before->kind > WAIT_SEMAPHORE)
		return 0;
	if (pool->python && pool->shortest_ns == INT64_MAX)
		return any_job(pool, segment);
	if (before->kind == WAIT_CONDITION)
		jobs /= pool->takes;
	return jobs && may_hold(pool, segment, jobs) ? jobs : 0;
}

void pool_judge(struct pool *pool)
{
	find_takes(pool);
	for (size_t i = 0; i < pool->segments.count; i++) {
		struct segment *segment = &pool->segments.items[i];

		if (segment->before != NONE && segment->after != NONE)
			judge_inner(pool, segment);
	}
	for (size_t i = 0; i < pool->segments.count; i++) {
		struct segment *segment = &pool->segments.items[i];
		const struct life *life = &pool->crew->lives.items[segment->life];

		if (segment->before == NONE && segment->after == NONE)
			segment->jobs = life->ended && !life->partial; /* its life was one job */
		else if (segment->before == NONE && life->begun && !life->partial)
			segment->jobs = jobs_before(pool, segment);
		else if (segment->after == NONE)
			segment->jobs = jobs_after(pool, segment);
	}
}
