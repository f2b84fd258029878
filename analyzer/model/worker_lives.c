/*
 * worker_lives.c - the lives of a process's threads: from the records of their begin and end, from
 * what their ring says of its owner, from who joined them.
 */
#include "model/crew.h"

#include "base/sort.h"

#include <string.h>

static uint32_t new_life(struct crew *crew, uint32_t tid, int64_t start_ns)
{
	const struct process *process = &crew->model->processes.items[crew->process];
	uint32_t index = (uint32_t)crew->lives.count;
	struct life *life = list_add(&crew->lives);

	*life = (struct life){.tid = tid,
			      .name = "",
			      .kind = "",
			      .start_ns = start_ns,
			      .end_ns = start_ns,
			      .cpu_ns = -1,
			      .read_fd = -1,
			      .main = tid == (uint32_t)process->pid,
			      .marked = NONE};
	map_set(&crew->by_tid, tid, index);
	return index;
}

static const char *name_of(struct model *model, const char *name)
{
	return arena_copy(model->arena, name, strnlen(name, 16));
}

static void read_payload(struct crew *crew, struct life *life, const struct event *event)
{
	const uint8_t *payload = event->record->payload;

	if (event->record->raw.payload != DNDPROF_PAYLOAD_THREAD ||
	    event->record->payload_size < 24)
		return;
	life->name = name_of(crew->model, (const char *)payload);
	memcpy(&life->start_routine, payload + 16, 8);
	if (event->record->payload_size >= 32)
		memcpy(&life->handle, payload + 24, 8);
}

static int64_t cpu_of(uint64_t ns)
{
	return ns && ns < INT64_MAX ? (int64_t)ns : -1;
}

/* A thread's begin, or its end, whose start is its begin. */
static uint32_t read_thread(struct crew *crew, const struct event *event)
{
	bool begins = event->record->raw.flags & DNDPROF_RECORD_BEGIN;
	uint32_t index = map_get(&crew->by_tid, event->tid);
	struct life *life;

	if (begins || index == NONE || !crew->lives.items[index].begun ||
	    crew->lives.items[index].start_ns != event->start_ns)
		index = new_life(crew, event->tid, event->start_ns);
	life = &crew->lives.items[index];
	life->begun = true;
	life->first |= begins;
	life->ring = event->record->ring;
	read_payload(crew, life, event);
	if (begins)
		return index;
	life->ended = true;
	life->end_ns = event->end_ns;
	life->cpu_ns = cpu_of(event->record->raw.arg);
	life->taken = event->record->raw.generation;
	return index;
}

static bool is_of_thread(const struct event *event)
{
	return !event->pid && event->tid && event->record->raw.kind == DNDPROF_KIND_CALL;
}

static void add_event(struct life *life, const struct event *event)
{
	if (!life->events++)
		life->earliest_ns = event->start_ns;
	life->ring = event->record->ring;
	if (!life->ended && event->end_ns > life->end_ns)
		life->end_ns = event->end_ns;
}

/* Of each event its life; NONE: of none. */
static uint32_t *read_lives(struct crew *crew)
{
	const struct process *process = &crew->model->processes.items[crew->process];
	uint32_t *owner = memory_get((process->events.count + 1) * sizeof(*owner));
	size_t ring_count;
	const struct profile_ring *rings = profile_rings(process->profile, &ring_count);

	for (size_t i = 0; i < process->events.count; i++) {
		const struct event *event = &process->events.items[i];
		uint32_t kind = rings[event->record->ring].kind;

		owner[i] = NONE;
		if (!is_of_thread(event) || kind == DNDPROF_RING_GO || kind == DNDPROF_RING_PARK)
			continue;
		if (event_is(event, DNDPROF_CALL_thread)) {
			read_thread(crew, event);
			continue;
		}
		owner[i] = map_get(&crew->by_tid, event->tid);
		if (owner[i] == NONE)
			owner[i] = new_life(crew, event->tid, event->start_ns);
		add_event(&crew->lives.items[owner[i]], event);
	}
	return owner;
}

/* What a ring says of the thread that has it, or had it last. */
static void read_owner(struct crew *crew, const struct profile_ring *ring)
{
	const struct process *process = &crew->model->processes.items[crew->process];
	const struct dndprof_thread *thread = &ring->thread;
	uint32_t index = map_get(&crew->by_tid, ring->owner);
	int64_t begun = clock_ns(process->clock, thread->begun);
	struct life *life;

	if (ring->kind != DNDPROF_RING_THREAD || !ring->owner)
		return;
	if (index == NONE && (thread->tid != ring->owner || !thread->begun))
		return;
	if (index == NONE)
		index = new_life(crew, ring->owner, begun);
	life = &crew->lives.items[index];
	if (ring->in_call_since && !life->ended) {
		life->call_ns = clock_ns(process->clock, ring->in_call_since);
		life->call = profile_call(process->profile, ring->in_call)->known;
	}
	if (thread->tid != ring->owner || (life->begun && life->start_ns != begun))
		return;
	if (!life->ended)
		life->name = name_of(crew->model, thread->name);
	life->start_routine = thread->start_routine;
	life->handle = thread->handle;
	life->gone = thread->state == DNDPROF_THREAD_GONE;
	if (life->cpu_ns < 0)
		life->cpu_ns = cpu_of(thread->cpu_ns);
	if (!life->begun && begun <= life->start_ns) {
		life->start_ns = begun;
		life->begun = true;
	}
}

/* ---- ends ---- */

struct handle {
	uint64_t handle;
	int64_t start_ns;
	uint32_t life;
};

static int compare_handles(const void *a, const void *b)
{
	const struct handle *x = a, *y = b;

	if (x->handle != y->handle)
		return x->handle < y->handle ? -1 : 1;
	return (x->start_ns > y->start_ns) - (x->start_ns < y->start_ns);
}

/* The joined thread: of those that had the handle the last that had begun. */
static struct life *joined(struct crew *crew, const struct handle *handles, size_t count,
			   const struct event *event)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct handle key = {event->record->raw.arg, event->end_ns, 0};

		if (compare_handles(&handles[middle], &key) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low && handles[low - 1].handle == event->record->raw.arg
		       ? &crew->lives.items[handles[low - 1].life]
		       : NULL;
}

/* Who was joined had ended by then: of cancelled threads there is no other word. */
static void find_joins(struct crew *crew)
{
	const struct process *process = &crew->model->processes.items[crew->process];
	struct handle *handles = memory_get((crew->lives.count + 1) * sizeof(*handles));
	size_t count = 0;

	for (uint32_t i = 0; i < crew->lives.count; i++)
		if (crew->lives.items[i].handle)
			handles[count++] = (struct handle){crew->lives.items[i].handle,
							   crew->lives.items[i].start_ns, i};
	if (count)
		sort(handles, count, sizeof(*handles), compare_handles);
	for (size_t i = 0; count && i < process->events.count; i++) {
		const struct event *event = &process->events.items[i];
		struct life *life;

		if ((!event_is(event, DNDPROF_CALL_pthread_join) &&
		     !event_is(event, DNDPROF_CALL_pthread_tryjoin_np) &&
		     !event_is(event, DNDPROF_CALL_pthread_timedjoin_np) &&
		     !event_is(event, DNDPROF_CALL_pthread_clockjoin_np)) ||
		    event_failed(event) || event->pid)
			continue;
		life = joined(crew, handles, count, event);
		if (!life || life->ended)
			continue;
		life->ended = true;
		if (event->end_ns > life->end_ns)
			life->end_ns = event->end_ns;
	}
	free(handles);
}

static void find_ends(struct crew *crew)
{
	const struct process *process = &crew->model->processes.items[crew->process];

	for (uint32_t i = 0; i < crew->lives.count; i++) {
		struct life *life = &crew->lives.items[i];

		/* Its id, or its ring, went to another: it was gone before. */
		if (!life->ended && map_get(&crew->by_tid, life->tid) != i)
			life->gone = true;
		if (life->gone && !life->ended)
			life->call_ns = 0;
		else if (!life->ended && process->gone_ns > life->end_ns)
			life->end_ns = process->gone_ns;
		if (life->end_ns < life->start_ns)
			life->end_ns = life->start_ns;
	}
}

/* Of a ring that wrapped, or is not read whole: what is left of a life whose begin is not begins
 * with its first call. */
static void find_partial(struct crew *crew, const struct profile_ring *rings)
{
	for (size_t i = 0; i < crew->lives.count; i++) {
		struct life *life = &crew->lives.items[i];

		life->partial = (rings[life->ring].overwritten || rings[life->ring].left_out) &&
				!life->first && life->events;
		if (life->partial && life->earliest_ns > life->start_ns)
			life->start_ns = life->earliest_ns;
	}
}

/* Rings whose owner is another by now; of a thread without a ring of its own nothing is known. */
static void find_lost(struct crew *crew, const struct profile_ring *rings, size_t count)
{
	struct map owners = {0};

	for (uint32_t i = 0; i < count; i++)
		if (rings[i].owner)
			map_set(&owners, rings[i].owner, i);
	for (size_t i = 0; i < crew->lives.count; i++) {
		struct life *life = &crew->lives.items[i];

		if (!life->ended && map_get(&owners, life->tid) == UINT32_MAX)
			life->gone = true;
	}
	map_free(&owners);
}

static int compare_keys(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Lives are made in the order of their begin: by tid a stable counting would do, a sort does. */
static void sort_lives(struct crew *crew)
{
	uint32_t count = (uint32_t)crew->lives.count;
	uint64_t *keys = memory_get((count + 1) * sizeof(*keys));

	crew->by_thread = memory_get((count + 1) * sizeof(*crew->by_thread));
	for (uint32_t i = 0; i < count; i++)
		keys[i] = (uint64_t)crew->lives.items[i].tid << 32 | i;
	if (count)
		sort(keys, count, sizeof(*keys), compare_keys);
	for (uint32_t i = 0; i < count; i++)
		crew->by_thread[i] = (uint32_t)keys[i];
	free(keys);
}

uint32_t crew_life_at(const struct crew *crew, uint32_t tid, int64_t ns)
{
	size_t low = 0, high = crew->lives.count;

	while (low < high) { /* the first of a later thread, or begun later */
		size_t middle = low + (high - low) / 2;
		const struct life *life = &crew->lives.items[crew->by_thread[middle]];

		if (life->tid < tid || (life->tid == tid && life->start_ns <= ns))
			low = middle + 1;
		else
			high = middle;
	}
	if (low && crew->lives.items[crew->by_thread[low - 1]].tid == tid)
		return crew->by_thread[low - 1];
	return map_get(&crew->by_tid, tid); /* a mark older than what is left of the thread */
}

void crew_build(struct crew *crew, struct model *model, uint32_t process)
{
	size_t count;
	const struct profile_ring *rings =
		profile_rings(model->processes.items[process].profile, &count);
	uint32_t *owner;

	crew->model = model;
	crew->process = process;
	owner = read_lives(crew);
	for (size_t i = 0; i < count; i++)
		read_owner(crew, &rings[i]);
	find_lost(crew, rings, count);
	find_joins(crew);
	find_partial(crew, rings);
	find_ends(crew);
	crew_waits(crew, owner);
	sort_lives(crew);
	free(owner);
}

void crew_free(struct crew *crew)
{
	list_free(&crew->lives);
	list_free(&crew->waits);
	map_free(&crew->by_tid);
	list_free(&crew->calls);
	free(crew->by_thread);
	memset(crew, 0, sizeof(*crew));
}
