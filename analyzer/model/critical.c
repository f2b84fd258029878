/*
 * critical.c - the walk along the critical path, backwards. What it means stands in critical.h.
 */
#include "model/critical_walk.h"

#include <string.h>

struct lanes *walk_lanes(struct walk *walk, uint32_t process)
{
	if (!walk->lanes[process]) {
		walk->lanes[process] = memory_get(sizeof(struct lanes));
		lanes_build(walk->model, &walk->kinship, &walk->operations, &walk->flows, process,
			    walk->lanes[process]);
	}
	return walk->lanes[process];
}

struct thread_lane *walk_thread(struct walk *walk, uint32_t process, uint32_t tid)
{
	struct lanes *lanes = walk_lanes(walk, process);
	uint32_t index = map_get(&lanes->by_tid, tid);

	return index == UINT32_MAX ? NULL : &lanes->threads.items[index];
}

static void take_piece(struct walk *walk, int64_t from, struct piece piece)
{
	from = from < walk->start_ns ? walk->start_ns : from;
	if (from >= walk->at_ns)
		return;
	piece.start_ns = from;
	piece.end_ns = walk->at_ns;
	piece.process = walk->process;
	*list_add(&walk->pieces) = piece;
	walk->at_ns = from;
	walk->jumps = 0;
}

void walk_take(struct walk *walk, int64_t from, enum piece_kind kind, uint32_t index)
{
	take_piece(walk, from, (struct piece){.kind = kind, .index = index});
}

/* An operation's phases, the last first. `kind`: its own, or the process's own time within. */
static void take_operation(struct walk *walk, int64_t from, enum piece_kind kind, uint32_t index)
{
	const struct operation *operation = &walk->model->operations.items[index];
	struct piece piece = {.kind = kind, .index = index};
	int64_t asked = operation->start_ns + (operation->send_ns > 0 ? operation->send_ns : 0);

	if (operation->kind == OPERATION_HTTP && !operation->stream) {
		if (operation->wait_ns >= 0) {
			int64_t first = asked + operation->wait_ns;

			piece.phase = PHASE_RECEIVE;
			take_piece(walk, first > from ? first : from, piece);
		}
		piece.phase = PHASE_WAIT;
		take_piece(walk, asked > from ? asked : from, piece);
		piece.phase = PHASE_SEND;
	}
	take_piece(walk, from, piece);
}

/* Explains the time down to `from` by the first of `layers` that has something there, as `covered`;
 * the rest by `kind` and `index`. False: the chain left the process. */
static bool fill(struct walk *walk, const struct spans *const *layers, size_t count, int64_t from,
		 enum piece_kind covered, enum piece_kind kind, uint32_t index)
{
	while (walk->at_ns > from && walk->at_ns > walk->start_ns) {
		const struct span *span = NULL;
		int64_t until = from;

		for (size_t i = 0; i < count; i++) {
			span = span_before(layers[i], walk->at_ns);
			if (span && span->end_ns >= walk->at_ns)
				break;
			if (span && span->end_ns > until)
				until = span->end_ns;
			span = NULL;
		}
		if (!span) {
			if (kind == PIECE_OWN && walk_enter_writer(walk, until))
				return false;
			walk_take(walk, until, kind, index);
			continue;
		}
		if (span->kind == SPAN_CHILD && walk_enter(walk, span->index))
			return false;
		if (span->start_ns > until)
			until = span->start_ns;
		if (span->kind == SPAN_STOP)
			walk_take(walk, until, PIECE_STOPPED, NONE);
		else if (span->kind == SPAN_OPERATION)
			take_operation(walk, until, covered, span->index);
		else if (span->kind == SPAN_FLOW)
			walk_take(walk, until, PIECE_FLOW, span->index);
		else
			walk_take(walk, until, kind, index);
	}
	return true;
}

/* What a call waits for, where its category does not say. */
static const struct {
	enum dndprof_call call;
	enum wait { WAIT_NONE, WAIT_JOIN, WAIT_THREADS, WAIT_IO } wait;
} waits[] = {
	{DNDPROF_CALL_pthread_join, WAIT_JOIN},
	{DNDPROF_CALL_pthread_timedjoin_np, WAIT_JOIN},
	{DNDPROF_CALL_pthread_clockjoin_np, WAIT_JOIN},
	{DNDPROF_CALL_pthread_cond_wait, WAIT_THREADS},
	{DNDPROF_CALL_pthread_cond_timedwait, WAIT_THREADS},
	{DNDPROF_CALL_pthread_cond_clockwait, WAIT_THREADS},
	{DNDPROF_CALL_pthread_barrier_wait, WAIT_THREADS},
	{DNDPROF_CALL_sem_wait, WAIT_THREADS},
	{DNDPROF_CALL_sem_timedwait, WAIT_THREADS},
	{DNDPROF_CALL_sem_clockwait, WAIT_THREADS},
	{DNDPROF_CALL_accept, WAIT_IO},
	{DNDPROF_CALL_accept4, WAIT_IO},
};

static enum wait wait_of(const struct event *event)
{
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++)
		if (event_is(event, waits[i].call))
			return waits[i].wait;
	return event->call->category == DNDPROF_CATEGORY_IO ? WAIT_IO : WAIT_NONE;
}

static void explain_io(struct walk *walk, const struct thread_lane *thread, const struct span *call,
		       int64_t from)
{
	const struct lanes *lanes = walk_lanes(walk, walk->process);
	const struct spans *layers[] = {&thread->operations, &lanes->operations, &lanes->exchanges,
					&lanes->background};
	const struct span *own = span_before(&thread->operations, walk->at_ns);
	uint32_t child;

	if (!own || own->end_ns < walk->at_ns) {
		child = walk_ended_within(walk, call);
		if ((child != NONE && walk_enter(walk, child)) ||
		    walk_leave_idle(walk, thread, &from))
			return;
	} else if (from < own->start_ns) {
		from = own->start_ns;
	}
	fill(walk, layers, 4, from, PIECE_OPERATION, PIECE_CALL, call->index);
}

static void explain_call(struct walk *walk, const struct thread_lane *thread,
			 const struct span *call, int64_t from)
{
	const struct lanes *lanes = walk_lanes(walk, walk->process);
	const struct process *process = process_of(walk, walk->process);
	const struct event *event = &process->events.items[call->index];
	const struct event *before =
		call > thread->calls.items ? &process->events.items[call[-1].index] : NULL;
	const struct spans *all[] = {&lanes->operations, &lanes->exchanges, &lanes->background};
	const struct spans *own[] = {&thread->operations};
	uint32_t child = kinship_reaped(walk->model, &walk->kinship, walk->process, event);

	if (child != NONE && walk_waited(process_of(walk, child), event, before) &&
	    walk_enter(walk, child))
		return;
	if (event->call->category == DNDPROF_CATEGORY_LOCK) {
		walk_take(walk, from, PIECE_CALL, call->index);
		return;
	}
	switch (wait_of(event)) {
	case WAIT_JOIN:
		if (walk_enter_thread(walk, call))
			break;
		// fall through
	case WAIT_THREADS:
		if (walk_enter_waker(walk, call) || walk_leave_idle(walk, thread, &from))
			break;
		fill(walk, all, 3, from, PIECE_OPERATION, PIECE_CALL, call->index);
		break;
	case WAIT_IO:
		explain_io(walk, thread, call, from);
		break;
	case WAIT_NONE:
		fill(walk, own, 1, from, PIECE_OPERATION, PIECE_OWN, NONE);
	}
}

/* Between a thread's calls. */
static void own_time(struct walk *walk, const struct thread_lane *thread, int64_t from)
{
	const struct lanes *lanes = walk_lanes(walk, walk->process);
	const struct spans *layers[] = {&lanes->stops, &thread->operations, &lanes->operations,
					&lanes->background, &thread->regions};

	fill(walk, layers, 5, from, PIECE_OWN, PIECE_OWN, NONE);
}

static void step_thread(struct walk *walk, int64_t begin)
{
	const struct thread_lane *thread = walk_thread(walk, walk->process, walk->tid);
	bool is_main = (int)walk->tid == process_of(walk, walk->process)->pid;
	const struct span *call;

	if (!thread) {
		if (!walk_enter_writer(walk, begin))
			walk_take(walk, begin, PIECE_OWN, NONE);
		return;
	}
	if (!is_main && thread->start_ns > begin)
		begin = thread->start_ns;
	if (walk->at_ns <= begin) {
		walk_leave_thread(walk);
		return;
	}
	call = span_before(&thread->calls, walk->at_ns);
	if (!call || call->end_ns <= begin)
		own_time(walk, thread, begin);
	else if (call->end_ns < walk->at_ns)
		own_time(walk, thread, call->end_ns);
	else
		explain_call(walk, thread, call, call->start_ns > begin ? call->start_ns : begin);
}

static void step(struct walk *walk)
{
	int64_t begin;

	if (walk->process == NONE || walk->jumps > JUMPS_MOST) {
		walk->process = NONE;
		walk_take(walk, walk->start_ns, PIECE_NOBODY, 0);
		return;
	}
	begin = walk_begin(walk, walk->process);
	if (walk->at_ns <= begin) {
		walk_leave(walk);
	} else if (!process_of(walk, walk->process)->profile) {
		walk_take(walk, begin, PIECE_OWN, NONE);
	} else if (walk_lanes(walk, walk->process)->go) {
		const struct lanes *lanes = walk_lanes(walk, walk->process);
		const struct spans *layers[] = {&lanes->stops, &lanes->operations,
						&lanes->exchanges, &lanes->background};

		fill(walk, layers, 4, begin, PIECE_OPERATION, PIECE_OWN, NONE);
	} else {
		step_thread(walk, begin);
	}
}

/* Where the run ended: in the program it was made for; of a preload alone, in what ended last. */
static uint32_t last_of(const struct walk *walk)
{
	const struct run_facts *facts = &walk->model->runs.items[walk->run].run->facts;
	uint32_t found = NONE;

	for (uint32_t i = 0; i < walk->model->processes.count; i++) {
		const struct process *process = process_of(walk, i);

		if (process->run != walk->run || walk->kinship.later[i] != NONE)
			continue;
		if (facts->present && facts->child > 0
			    ? process->pid == facts->child
			    : maker_of(process) == NONE &&
				      (found == NONE ||
				       process->end_ns > process_of(walk, found)->end_ns))
			found = i;
	}
	return found;
}

static void walk_run(struct walk *walk, uint32_t run)
{
	walk->run = run;
	walk->start_ns = walk->model->runs.items[run].start_ns;
	walk->at_ns = walk->model->runs.items[run].end_ns;
	walk->process = last_of(walk);
	walk->tid = walk->process == NONE ? 0 : (uint32_t)process_of(walk, walk->process)->pid;
	walk->jumps = 0;
	while (walk->at_ns > walk->start_ns)
		step(walk);
	critical_cpu(walk->model, run, &walk->pieces);
	critical_rows(walk->model, run, &walk->pieces);
	critical_stretches(walk->model, run, &walk->pieces);
	list_free(&walk->pieces);
}

/* Sorts indices by process: a counting sort. `process_at` gives an item's process. */
static void group(const struct model *model, size_t count,
		  uint32_t (*process_at)(const struct model *model, size_t i),
		  struct groups *groups)
{
	size_t *next = memory_get((model->processes.count + 2) * sizeof(*next));

	groups->first = memory_get((model->processes.count + 2) * sizeof(*groups->first));
	groups->items = memory_get((count + 1) * sizeof(*groups->items));
	for (size_t i = 0; i < count; i++)
		groups->first[process_at(model, i) + 1]++;
	for (size_t i = 0; i < model->processes.count; i++)
		groups->first[i + 1] += groups->first[i];
	memcpy(next, groups->first, (model->processes.count + 1) * sizeof(*next));
	for (size_t i = 0; i < count; i++)
		groups->items[next[process_at(model, i)]++] = (uint32_t)i;
	free(next);
}

static uint32_t operation_process(const struct model *model, size_t i)
{
	return model->operations.items[i].process;
}

static uint32_t flow_process(const struct model *model, size_t i)
{
	return model->flows.items[i].process;
}

static void groups_free(struct groups *groups)
{
	free(groups->items);
	free(groups->first);
}

void model_critical(struct model *model)
{
	struct walk walk = {.model = model};

	kinship_find(model, &walk.kinship);
	walk.lanes = memory_get((model->processes.count + 1) * sizeof(*walk.lanes));
	group(model, model->operations.count, operation_process, &walk.operations);
	group(model, model->flows.count, flow_process, &walk.flows);
	for (uint32_t i = 0; i < model->runs.count; i++)
		walk_run(&walk, i);
	critical_sort(model);
	for (size_t i = 0; i < model->processes.count; i++)
		if (walk.lanes[i]) {
			lanes_free(walk.lanes[i]);
			free(walk.lanes[i]);
		}
	free(walk.lanes);
	groups_free(&walk.operations);
	groups_free(&walk.flows);
	kinship_free(&walk.kinship);
}
