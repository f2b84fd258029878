/*
 * worker_pools.c - of a pool of threads (worker_members.c): where most of them wait is where they
 * wait for work; what they do in between are jobs (worker_jobs.c).
 */
#include "model/pool.h"

#include "base/sort.h"

#include <inttypes.h>
#include <string.h>

/* Ids of calls are the file's own. */
uint64_t pool_calls(const struct pool *pool, enum dndprof_call call)
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
	bool tries = pool_calls(pool, DNDPROF_CALL_sem_trywait) > 0, common;
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
		/* It took others, or had this one. */
		pool->python |= wait->kind == WAIT_SEMAPHORE && tries &&
				(wait->held || wait->tried > WAKE_TAKES);
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

/* The only other wait of that life, which the open one outlasted, was for its creator, as a
 * machine's threads begin. */
static bool was_first(const struct pool *pool, const struct wait *open)
{
	const struct life *life = &pool->crew->lives.items[open->life];
	const struct wait *first = &pool->crew->waits.items[life->first_wait];

	return life->waits == 2 && open->end_ns - open->start_ns > first->end_ns - first->start_ns;
}

/* The last wait, which did not return: at home if others of its kind are. */
static void find_open(struct pool *pool)
{
	for (size_t i = 0; i < pool->waits.count; i++) {
		struct wait *wait = pool->waits.items[i];

		if (!wait->open || wait->kind == WAIT_READY)
			continue;
		wait->home = pool->kinds ? pool->kinds & 1u << wait->kind : !wait->timed;
		wait->home |= !wait->timed && was_first(pool, wait);
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
	if (*crew->lives.items[life].kind)
		row->name = crew->lives.items[life].name;
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
	bool named = life_named(process, life);
	const struct symbol *symbol;

	if (*life->kind)
		return life->kind;
	if (!life->start_routine)
		return *life->name ? life->name : process->program;
	if (!model->symbols)
		model->symbols = symbols_new();
	symbol = symbol_at(model->symbols, process->profile, life->start_routine);
	symbols_look_up(model->symbols);
	if (symbol->function && (!named || (symbol->path && !strcmp(symbol->path, process->exe))))
		return symbol->function;
	if (*life->name)
		return life->name;
	return arena_print(model->arena, "%s+0x%" PRIx64,
			   symbol->module ? symbol->module : process->program, symbol->offset);
}

void pool_build(struct harvest *harvest, struct crew *crew, const uint32_t *lives, size_t count)
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
	pool_judge(&pool);
	for (size_t i = 0; i < pool.segments.count;)
		i = add_row(&pool, i);
	told = &crew->model->workers.pools.items[pool.index];
	told->start_routine = first->start_routine;
	told->merged = pool.merged;
	list_free(&pool.waits);
	list_free(&pool.segments);
}
