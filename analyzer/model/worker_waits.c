/*
 * worker_waits.c - what the threads of a process did and waited for in order: outermost calls,
 * waits, and how much of a time they took.
 */
#include "model/crew.h"

static bool wait_of(const struct event *event, struct wait *wait)
{
	switch (event->call->known) {
	case DNDPROF_CALL_pthread_cond_timedwait:
	case DNDPROF_CALL_pthread_cond_clockwait:
		wait->timed = true;
		wait->kind = WAIT_CONDITION;
		return true;
	case DNDPROF_CALL_pthread_cond_wait:
		wait->kind = WAIT_CONDITION;
		return true;
	case DNDPROF_CALL_sem_timedwait:
	case DNDPROF_CALL_sem_clockwait:
		wait->timed = true;
		wait->kind = WAIT_SEMAPHORE;
		return true;
	case DNDPROF_CALL_sem_wait:
		wait->kind = WAIT_SEMAPHORE;
		return true;
	case DNDPROF_CALL_pthread_barrier_wait:
		wait->kind = WAIT_BARRIER;
		return true;
	case DNDPROF_CALL_poll:
	case DNDPROF_CALL___poll_chk:
	case DNDPROF_CALL_ppoll:
	case DNDPROF_CALL___ppoll_chk:
	case DNDPROF_CALL_select:
	case DNDPROF_CALL_pselect:
	case DNDPROF_CALL_epoll_wait:
	case DNDPROF_CALL_epoll_pwait:
	case DNDPROF_CALL_epoll_pwait2:
		wait->kind = WAIT_READY;
		return true;
	default:
		return false;
	}
}

/* Signals and posts are moments, marks are no calls. */
static bool takes_time(const struct event *event)
{
	int known = event->call->known;

	return !dndprof_call_is_mark(known) && !(event->record->raw.flags & DNDPROF_RECORD_BEGIN) &&
	       known != DNDPROF_CALL_pthread_cond_signal &&
	       known != DNDPROF_CALL_pthread_cond_broadcast && known != DNDPROF_CALL_sem_post &&
	       known != DNDPROF_CALL_sem_trywait;
}

/* poll of one descriptor waits for an answer; select does not tell its number. */
static bool of_many(const struct event *event)
{
	switch (event->call->known) {
	case DNDPROF_CALL_poll:
	case DNDPROF_CALL___poll_chk:
	case DNDPROF_CALL_ppoll:
	case DNDPROF_CALL___ppoll_chk:
		return event->record->raw.arg > 1;
	default:
		return true;
	}
}

static bool is_select(const struct event *event)
{
	return event_is(event, DNDPROF_CALL_select) || event_is(event, DNDPROF_CALL_pselect);
}

static void note_reading(struct life *life, const struct event *event)
{
	const struct dndprof_record *raw = &event->record->raw;

	if (raw->fd < 0 || raw->result < 0 ||
	    !(raw->flags & DNDPROF_RECORD_RECEIVED || event_is(event, DNDPROF_CALL_accept) ||
	      event_is(event, DNDPROF_CALL_accept4)))
		return;
	if (life->read_fd < 0)
		life->read_fd = raw->fd;
	life->several |= life->read_fd != raw->fd;
}

static void add_wait(struct crew *crew, uint32_t index, const struct event *event)
{
	const struct dndprof_record *raw = &event->record->raw;
	struct wait wait = {.start_ns = event->start_ns,
			    .end_ns = event->end_ns,
			    .delay_ns = -1,
			    .life = index};

	if (!wait_of(event, &wait))
		return;
	if (wait.kind == WAIT_READY) {
		wait.woken = raw->result > 0;
		wait.many = of_many(event);
	} else {
		wait.object = raw->arg;
		wait.woken = !raw->error;
	}
	if (wait.kind == WAIT_CONDITION || wait.kind == WAIT_SEMAPHORE) {
		wait.taken = raw->generation & DNDPROF_TAKEN_MOST;
		wait.held = raw->generation & DNDPROF_TAKEN_HELD;
		wait.tried = raw->generation >> DNDPROF_TAKEN_SHIFT & DNDPROF_TAKEN_TRIED;
	}
	*list_add(&crew->waits) = wait;
	crew->lives.items[index].waits++;
}

/* The call a thread was last seen in, if it is a wait. */
static void add_open(struct crew *crew, uint32_t index)
{
	struct life *life = &crew->lives.items[index];
	struct profile_call call = {.known = life->call};
	struct event event = {.call = &call};
	struct wait wait = {.start_ns = life->call_ns,
			    .end_ns = life->end_ns,
			    .delay_ns = -1,
			    .life = index,
			    .open = true};

	if (!life->call_ns || life->call_ns > life->end_ns || life->call_ns < life->start_ns ||
	    !wait_of(&event, &wait))
		return;
	*list_add(&crew->waits) = wait;
	life->waits++;
}

static void add_call(struct crew *crew, struct life *life, const struct event *event)
{
	const struct call *before = life->calls ? &crew->calls.items[crew->calls.count - 1] : NULL;
	int64_t spent = before ? add_ns(before->before_ns, before->end_ns - before->start_ns) : 0;

	*list_add(&crew->calls) = (struct call){event->start_ns, event->end_ns, spent};
	life->calls++;
}

/* Outermost calls of a life, whose events come in `order`: what begins within the one before
 * belongs to it. */
static void read_life(struct crew *crew, uint32_t index, const uint32_t *order, size_t count)
{
	const struct process *process = &crew->model->processes.items[crew->process];
	struct life *life = &crew->lives.items[index];
	int64_t until = INT64_MIN;
	bool selects = false;

	life->first_wait = crew->waits.count;
	life->first_call = crew->calls.count;
	for (size_t i = 0; i < count; i++) {
		const struct event *event = &process->events.items[order[i]];

		if (!takes_time(event) || event->start_ns < until)
			continue;
		until = event->end_ns;
		add_call(crew, life, event);
		add_wait(crew, index, event);
		note_reading(life, event);
		selects |= is_select(event);
	}
	/* one select is for an answer, several descriptors are a loop */
	for (size_t i = life->first_wait; selects && !life->several && i < crew->waits.count; i++)
		crew->waits.items[i].many = false;
	add_open(crew, index);
}

/* By a counting sort of the events by life. */
void crew_waits(struct crew *crew, const uint32_t *owner)
{
	const struct process *process = &crew->model->processes.items[crew->process];
	uint32_t *order = memory_get((process->events.count + 1) * sizeof(*order));
	size_t *next = memory_get((crew->lives.count + 1) * sizeof(*next));
	size_t first = 0;

	for (size_t i = 0; i < crew->lives.count; i++) {
		next[i] = first;
		first += crew->lives.items[i].events;
	}
	for (uint32_t i = 0; i < process->events.count; i++)
		if (owner[i] != NONE)
			order[next[owner[i]]++] = i;
	for (uint32_t i = 0; i < crew->lives.count; i++)
		read_life(crew, i, order + next[i] - crew->lives.items[i].events,
			  crew->lives.items[i].events);
	free(next);
	free(order);
}

static int64_t spent_before(const struct crew *crew, const struct life *life, int64_t ns)
{
	size_t low = life->first_call, high = life->first_call + life->calls;
	const struct call *call;

	while (low < high) { /* the first that begins at `ns` or later */
		size_t middle = low + (high - low) / 2;

		if (crew->calls.items[middle].start_ns < ns)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == life->first_call)
		return 0;
	call = &crew->calls.items[low - 1];
	return add_ns(call->before_ns, (call->end_ns < ns ? call->end_ns : ns) - call->start_ns);
}

int64_t crew_blocked(const struct crew *crew, const struct life *life, int64_t start, int64_t end)
{
	int64_t ns = spent_before(crew, life, end) - spent_before(crew, life, start);

	return ns < 0 ? 0 : ns > end - start ? end - start : ns;
}

int64_t crew_recorded(const struct crew *crew, int64_t start, int64_t end)
{
	const struct process *process = &crew->model->processes.items[crew->process];
	int64_t ns = end - start;
	size_t low = 0, high = process->stops.count;

	while (low < high) { /* the first that ends after `start` */
		size_t middle = low + (high - low) / 2;

		if (process->stops.items[middle].end_ns <= start)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < process->stops.count && process->stops.items[low].start_ns < end; low++) {
		const struct stop *stop = &process->stops.items[low];
		int64_t from = stop->start_ns > start ? stop->start_ns : start;

		ns -= (stop->end_ns < end ? stop->end_ns : end) - from;
	}
	return ns < 0 ? 0 : ns;
}
