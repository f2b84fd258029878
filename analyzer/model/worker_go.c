/*
 * worker_go.c - the threads of a Go program. Its runtime hands goroutines from thread to thread, so
 * these are no workers with jobs of their own: busy is a thread's time between two waits for
 * something to run, whatever it ran. Before its first wait, and after its last that ended, nothing
 * is known of it.
 */
#include "model/crew.h"

struct go_thread {
	uint32_t row;
	int64_t until_ns; /* its last wait's end */
};

static void add_wait(struct harvest *harvest, const struct crew *crew, struct go_thread *thread,
		     const struct event *event)
{
	struct worker_row *row = &harvest->model->workers.items[thread->row];
	int64_t idle = crew_recorded(crew, event->start_ns, event->end_ns);
	int64_t busy;

	if (event->start_ns < thread->until_ns) /* no thread waits twice at once: a damaged file */
		return;
	busy = crew_recorded(crew, thread->until_ns, event->start_ns);
	row->idle_ns = add_ns(row->idle_ns, idle);
	row->busy_ns = add_ns(row->busy_ns, busy);
	thread->until_ns = event->end_ns;
}

static bool wrapped(const struct profile *profile)
{
	size_t count;
	const struct profile_ring *rings = profile_rings(profile, &count);

	for (size_t i = 0; i < count; i++)
		if (rings[i].kind == DNDPROF_RING_PARK && rings[i].overwritten)
			return true;
	return false;
}

void harvest_go(struct harvest *harvest, const struct crew *crew)
{
	const struct process *process = &harvest->model->processes.items[crew->process];
	bool partial = wrapped(process->profile);
	LIST(struct go_thread) threads = {0};
	struct map by_tid = {0};
	uint32_t pool = NONE;

	for (size_t i = 0; i < process->events.count; i++) {
		const struct event *event = &process->events.items[i];
		uint32_t index = map_get(&by_tid, event->tid);

		if (!event_is(event, DNDPROF_CALL_futex) || event->pid)
			continue;
		if (pool == NONE)
			pool = harvest_pool(harvest, WORKER_GO, crew->process, "go");
		if (index == UINT32_MAX) {
			index = (uint32_t)threads.count;
			map_set(&by_tid, event->tid, index);
			*list_add(&threads) = (struct go_thread){
				(uint32_t)harvest->model->workers.count, event->start_ns};
			*harvest_row(harvest, WORKER_GO, crew->process, event->tid) =
				(struct worker_row){.kind = WORKER_GO,
						    .process = crew->process,
						    .tid = event->tid,
						    .pool = pool,
						    .threads = 1,
						    .cpu_ns = -1,
						    .partial = partial};
		}
		add_wait(harvest, crew, &threads.items[index], event);
	}
	list_free(&threads);
	map_free(&by_tid);
}
