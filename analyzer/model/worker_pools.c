/*
 * worker_pools.c - threads that began in the same routine are a pool; where most of them wait is
 * where they wait for work; what they do in between are jobs.
 *
 * A worker that finds more work when it is done does not wait: such jobs are told apart by how
 * often it took its queue's lock, or the semaphore, in between (record.generation). Python's queues
 * leave no such trace: there they count as one, and the pool says so.
 */
#include "model/crew.h"

#include "base/sort.h"

#include <inttypes.h>
#include <string.h>

#define TAKES_MOST	4	/* of its queue's lock for one job */
#define WAKE_TAKES	2	/* of Python's locks, by a thread that is woken in vain */
#define IN_VAIN_MOST_NS 200000	/* from a wake to the next wait, with nothing in between */
#define BUSY_LEAST_NS	2000000 /* that a thread of Python worked, where no job is known whole */

/* Between two waits at home, or from a thread's begin, or to its end. */
struct segment {
	uint32_t life;
	int64_t start_ns, end_ns;
	uint32_t before, after; /* waits; NONE */
	uint64_t jobs;
	bool idle; /* woken for nothing */
};

struct pool {
	struct harvest *harvest;
	struct crew *crew;
	const uint32_t *lives;
	size_t count;
	uint32_t index;
	LIST(struct wait *) waits; /* of its threads */
	LIST(struct segment) segments;
	uint64_t takes;	     /* of its queue's lock for one job */
	int64_t shortest_ns; /* job between two waits; INT64_MAX: none */
	unsigned int kinds;  /* bits of enum wait_kind that are home */
	bool merged;	     /* it cannot tell how many jobs are between two waits */
	bool python;	     /* they wait at semaphores that they hold, as its locks do */
};

static const struct wait *wait_at(const struct pool *pool, uint32_t index)
{
	return index == NONE ? NULL : &pool->crew->waits.items[index];
}

/* Exact, of all threads; ids are the file's own. */
static uint64_t call_count(const struct pool *pool, enum dndprof_call call)
{
	const struct profile *profile =
		pool->crew->model->processes.items[pool->crew->process].profile;
	uint64_t count = 0;

	for (unsigned int id = 0; id < DNDPROF_RING_CALLS; id++) {
		const struct profile_stats *stats = profile_stats(profile, id);

		if (stats && profile_call(profile, id)->known == (int)call)
			count = stats->count;
	}
	return count;
}

/* ---- where the pool waits for work ---- */

struct place {
	uint64_t object;
	uint32_t life;
};
struct places {
	struct place *items;
	size_t count, room;
};

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->object != y->object)
		return x->object < y->object ? -1 : 1;
	return (x->life > y->life) - (x->life < y->life);
}

static bool may_be_home(const struct wait *wait)
{
	return !wait->lock && wait->object && wait->kind <= WAIT_BARRIER;
}

/* Semaphores that a thread holds as it waits come and go: they are one place. */
#define PLACE_HELD 1

static uint64_t place_of(const struct wait *wait, const struct map *held)
{
	bool is_held = wait->kind == WAIT_SEMAPHORE && map_get(held, wait->object) != UINT32_MAX;

	return is_held ? PLACE_HELD : wait->object;
}

/* Keeps the places where at least `least` threads waited; returns whether there is any. */
static bool common_places(struct places *places, size_t least, struct map *homes)
{
	bool any = false;

	for (size_t i = 0, lives = 0; i < places->count; i++) {
		bool same = i && places->items[i].object == places->items[i - 1].object;

		if (!same)
			lives = 0;
		lives += !same || places->items[i].life != places->items[i - 1].life;
		if (lives != least)
			continue;
		map_set(homes, places->items[i].object, 1);
		any = true;
	}
	return any;
}

static size_t waiting_lives(const struct pool *pool)
{
	size_t waiting = 0;

	for (size_t i = 0; i < pool->count; i++) {
		const struct life *life = &pool->crew->lives.items[pool->lives[i]];
		bool waits = false;

		for (size_t j = life->first_wait; j < life->first_wait + life->waits; j++)
			waits |= may_be_home(&pool->crew->waits.items[j]);
		waiting += waits;
	}
	return waiting;
}

static void find_places(const struct pool *pool, struct map *held, struct places *places)
{
	for (size_t i = 0; i < pool->waits.count; i++)
		if (may_be_home(pool->waits.items[i]) && pool->waits.items[i]->held)
			map_set(held, pool->waits.items[i]->object, 1);
	for (size_t i = 0; i < pool->waits.count; i++)
		if (may_be_home(pool->waits.items[i]))
			*list_add(places) = (struct place){place_of(pool->waits.items[i], held),
							   pool->waits.items[i]->life};
	if (places->count)
		sort(places->items, places->count, sizeof(*places->items), compare_places);
}

/* Where half of its threads wait, two at least; else wherever they wait. */
static void find_homes(struct pool *pool)
{
	size_t waiting = waiting_lives(pool), least = (waiting + 1) / 2;
	bool tries = call_count(pool, DNDPROF_CALL_sem_trywait) > 0, common;
	struct map held = {0}, homes = {0};
	struct places places = {0};

	find_places(pool, &held, &places);
	common = common_places(&places, least < 2 ? 2 : least, &homes);
	for (size_t i = 0; i < pool->waits.count; i++) {
		struct wait *wait = pool->waits.items[i];

		if (!may_be_home(wait) ||
		    (common && map_get(&homes, place_of(wait, &held)) == UINT32_MAX))
			continue;
		wait->home = true;
		pool->kinds |= 1u << wait->kind;
		pool->python |= wait->kind == WAIT_SEMAPHORE && wait->held && tries;
	}
	list_free(&places);
	map_free(&homes);
	map_free(&held);
}

/* A thread that waits for many descriptors, and nowhere else, runs a loop of events. */
static void find_loop(struct pool *pool, const struct life *life)
{
	size_t many = 0, end = life->first_wait + life->waits;

	for (size_t i = life->first_wait; i < end; i++) {
		const struct wait *wait = &pool->crew->waits.items[i];

		if (wait->home)
			return;
		many += wait->kind == WAIT_READY && wait->many;
	}
	if (many < 2)
		return;
	for (size_t i = life->first_wait; i < end; i++) {
		struct wait *wait = &pool->crew->waits.items[i];

		wait->home = wait->kind == WAIT_READY && (wait->many || wait->open);
	}
	pool->kinds |= 1u << WAIT_READY;
}

/* The last wait, which did not return: at home if others of its kind are. */
static void find_open(struct pool *pool)
{
	for (size_t i = 0; i < pool->waits.count; i++) {
		struct wait *wait = pool->waits.items[i];

		if (wait->open && wait->kind != WAIT_READY)
			wait->home = pool->kinds ? pool->kinds & 1u << wait->kind : !wait->timed;
	}
}

static void find_waits(struct pool *pool)
{
	for (size_t i = 0; i < pool->count; i++) {
		const struct life *life = &pool->crew->lives.items[pool->lives[i]];

		for (size_t j = life->first_wait; j < life->first_wait + life->waits; j++)
			*list_add(&pool->waits) = &pool->crew->waits.items[j];
	}
}

/* ---- what lies between ---- */

static void add_segments(struct pool *pool, uint32_t index)
{
	const struct life *life = &pool->crew->lives.items[index];
	struct segment segment = {
		.life = index, .start_ns = life->start_ns, .before = NONE, .after = NONE};

	for (size_t i = life->first_wait; i < life->first_wait + life->waits; i++) {
		const struct wait *wait = &pool->crew->waits.items[i];

		if (!wait->home)
			continue;
		segment.after = (uint32_t)i;
		segment.end_ns =
			wait->start_ns > segment.start_ns ? wait->start_ns : segment.start_ns;
		*list_add(&pool->segments) = segment;
		segment.before = (uint32_t)i;
		segment.start_ns = wait->end_ns;
	}
	segment.after = NONE;
	segment.end_ns = life->end_ns > segment.start_ns ? life->end_ns : segment.start_ns;
	*list_add(&pool->segments) = segment;
}

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
	uint64_t signals = call_count(pool, DNDPROF_CALL_pthread_cond_signal);
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
		/* its jobs take locks of their own: only where all are alike */
		pool->merged = all.with_least < all.segments - all.segments / 4;
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

static void judge(struct pool *pool)
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

/* ---- rows ---- */

static bool interrupted(const struct pool *pool, const struct segment *segment)
{
	return crew_recorded(pool->crew, segment->start_ns, segment->end_ns) !=
	       segment->end_ns - segment->start_ns;
}

static void add_segment(const struct pool *pool, struct worker_row *row, uint32_t index,
			const struct segment *segment)
{
	const struct crew *crew = pool->crew;
	const struct life *life = &crew->lives.items[segment->life];
	int64_t ns = crew_recorded(crew, segment->start_ns, segment->end_ns);
	const struct wait *before = wait_at(pool, segment->before);
	uint64_t most = ns > 0 ? (uint64_t)ns : 1, jobs = segment->jobs;

	if (segment->idle) {
		row->idle_ns = add_ns(row->idle_ns, ns);
		return;
	}
	row->busy_ns = add_ns(row->busy_ns, ns);
	row->blocked_ns = add_ns(row->blocked_ns,
				 crew_blocked(crew, life, segment->start_ns, segment->end_ns));
	if (segment->after == NONE && !life->ended && !life->gone && (!before || before->woken))
		row->active = 1;
	if (jobs > most) /* no job takes less than 1 ns: a damaged file */
		jobs = most;
	if (jobs && !interrupted(pool, segment))
		harvest_job(pool->harvest, index, ns / (int64_t)jobs, jobs);
	if (before && before->delay_ns >= 0 && (jobs || segment->after != NONE))
		*list_add(&pool->harvest->delays) =
			(struct worker_sample){index, before->delay_ns, 1};
}

/* The segments of a life follow each other. */
static size_t add_row(struct pool *pool, size_t first)
{
	struct crew *crew = pool->crew;
	uint32_t life = pool->segments.items[first].life;
	uint32_t index = (uint32_t)crew->model->workers.count;
	struct worker_row *row = harvest_row(pool->harvest, WORKER_THREAD, crew->process,
					     crew->lives.items[life].tid);
	size_t i = first;

	row->pool = pool->index;
	row->cpu_ns = crew->lives.items[life].cpu_ns;
	row->partial = crew->lives.items[life].partial;
	for (; i < pool->segments.count && pool->segments.items[i].life == life; i++) {
		const struct wait *wait = wait_at(pool, pool->segments.items[i].after);

		add_segment(pool, row, index, &pool->segments.items[i]);
		if (wait)
			row->idle_ns = add_ns(row->idle_ns,
					      crew_recorded(crew, wait->start_ns, wait->end_ns));
	}
	return i;
}

/* Its routine's symbol, when the program itself has it; a library's says less than a name that the
 * program gave its threads. */
static const char *pool_name(struct crew *crew, const struct life *life)
{
	struct model *model = crew->model;
	const struct process *process = &model->processes.items[crew->process];
	bool named = *life->name && strncmp(life->name, process->program, 15) != 0;
	const struct symbol *symbol;

	if (!life->start_routine)
		return *life->name ? life->name : process->program;
	if (!model->symbols)
		model->symbols = symbols_new();
	symbol = symbol_at(model->symbols, process->profile, life->start_routine);
	if (symbol->function && (!named || (symbol->path && !strcmp(symbol->path, process->exe))))
		return symbol->function;
	if (*life->name)
		return life->name;
	return arena_print(model->arena, "%s+0x%" PRIx64,
			   symbol->module ? symbol->module : process->program, symbol->offset);
}

static void build_pool(struct harvest *harvest, struct crew *crew, const uint32_t *lives,
		       size_t count)
{
	const struct life *first = &crew->lives.items[lives[0]];
	struct pool pool = {.harvest = harvest,
			    .crew = crew,
			    .lives = lives,
			    .count = count,
			    .shortest_ns = INT64_MAX};
	struct worker_pool *told;

	pool.index = harvest_pool(harvest, WORKER_THREAD, crew->process, pool_name(crew, first));
	find_waits(&pool);
	find_homes(&pool);
	for (size_t i = 0; i < count; i++)
		find_loop(&pool, &crew->lives.items[lives[i]]);
	find_open(&pool);
	for (size_t i = 0; i < count; i++)
		add_segments(&pool, lives[i]);
	judge(&pool);
	for (size_t i = 0; i < pool.segments.count;)
		i = add_row(&pool, i);
	told = &crew->model->workers.pools.items[pool.index];
	told->start_routine = first->start_routine;
	told->merged = pool.merged;
	list_free(&pool.waits);
	list_free(&pool.segments);
}

/* ---- pools ---- */

struct member {
	const struct life *life;
	uint32_t index;
};

static int compare_pools(const struct life *x, const struct life *y)
{
	if (x->start_routine != y->start_routine)
		return x->start_routine < y->start_routine ? -1 : 1;
	return x->start_routine ? 0 : strcmp(x->name, y->name);
}

static int compare_members(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	int order = compare_pools(x->life, y->life);

	return order ? order : (x->index > y->index) - (x->index < y->index);
}

void harvest_pools(struct harvest *harvest, struct crew *crew)
{
	struct member *members = memory_get((crew->lives.count + 1) * sizeof(*members));
	uint32_t *lives = memory_get((crew->lives.count + 1) * sizeof(*lives));
	size_t count = 0;

	for (uint32_t i = 0; i < crew->lives.count; i++) {
		const struct life *life = &crew->lives.items[i];

		if (!life->main && life->marked == NONE && life->end_ns > life->start_ns)
			members[count++] = (struct member){life, i};
	}
	if (count)
		sort(members, count, sizeof(*members), compare_members);
	for (size_t i = 0; i < count; i++)
		lives[i] = members[i].index;
	for (size_t first = 0, i = 1; first < count; i++) {
		if (i < count && compare_pools(members[i].life, members[first].life) == 0)
			continue;
		build_pool(harvest, crew, lives + first, i - first);
		first = i;
	}
	free(members);
	free(lives);
}
