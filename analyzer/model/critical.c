/*
 * critical.c - the walk along the critical path, backwards. What it means stands in critical.h.
 */
#include "model/critical.h"

#include <string.h>

#define BLOCKED_NS	20000	 /* a wait this long was one */
#define EXIT_MOST_NS	10000000 /* from a program's last word to its end */
#define JUMPS_MOST	1000	 /* without a step back in time: a damaged file's ring */
#define UNOBSERVED_MOST 64	 /* children to look through */

struct walk {
	struct model *model;
	uint32_t run;
	struct kinship kinship;
	struct lanes **lanes;	 /* by process; NULL: not needed yet */
	uint32_t *operations;	 /* grouped by process */
	size_t *first;		 /* where the group of a process begins */
	int64_t at_ns, start_ns; /* all after `at_ns` is explained */
	uint32_t process, tid;	 /* where the chain is; process NONE: nowhere */
	unsigned int jumps;
	struct pieces pieces;
};

static const struct process *process_of(const struct walk *walk, uint32_t index)
{
	return &walk->model->processes.items[index];
}

static struct lanes *lanes_of(struct walk *walk, uint32_t process)
{
	if (!walk->lanes[process]) {
		walk->lanes[process] = memory_get(sizeof(struct lanes));
		lanes_build(walk->model, &walk->kinship, process,
			    walk->operations + walk->first[process],
			    walk->first[process + 1] - walk->first[process], walk->lanes[process]);
	}
	return walk->lanes[process];
}

static struct thread_lane *thread_of(struct walk *walk, uint32_t process, uint32_t tid)
{
	struct lanes *lanes = lanes_of(walk, process);
	uint32_t index = map_get(&lanes->by_tid, tid);

	return index == UINT32_MAX ? NULL : &lanes->threads.items[index];
}

/* ---- pieces ---- */

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

static void take(struct walk *walk, int64_t from, enum piece_kind kind, uint32_t index)
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

/* ---- from one process or thread to another ---- */

static void jump(struct walk *walk, uint32_t process, uint32_t tid)
{
	walk->process = process;
	walk->tid = tid;
	walk->jumps++;
}

static uint32_t maker_of(const struct process *process)
{
	return process->maker != NONE ? process->maker : process->parent;
}

/* When the image began: where the one before it ended, or where it was made. */
static int64_t begin_of(const struct walk *walk, uint32_t index)
{
	const struct process *process = process_of(walk, index);
	const struct run_facts *facts = &walk->model->runs.items[walk->run].run->facts;
	int64_t begin = process->start_ns;

	if (walk->kinship.earlier[index] != NONE)
		begin = process_of(walk, walk->kinship.earlier[index])->end_ns;
	else if (process->maker != NONE)
		begin = process->made_ns;
	else if (facts->present && process->pid == facts->child)
		begin = walk->start_ns;
	return begin < process->start_ns ? begin : process->start_ns;
}

static int64_t first_begin_of(const struct walk *walk, uint32_t index)
{
	for (size_t i = 0; i < walk->model->processes.count; i++) {
		if (walk->kinship.earlier[index] == NONE)
			break;
		index = walk->kinship.earlier[index];
	}
	return begin_of(walk, index);
}

/* The thread that was in a call of this kind at `ns`; else the main one. */
static uint32_t thread_within(struct walk *walk, uint32_t process, int64_t ns,
			      enum dndprof_category category)
{
	struct lanes *lanes = lanes_of(walk, process);

	for (size_t i = 0; i < lanes->threads.count; i++) {
		const struct span *call = span_before(&lanes->threads.items[i].calls, ns + 1);

		if (call && call->end_ns >= ns &&
		    process_of(walk, process)->events.items[call->index].call->category == category)
			return lanes->threads.items[i].tid;
	}
	return (uint32_t)process_of(walk, process)->pid;
}

/* Before its first process the run had others, or none. */
static void leave_root(struct walk *walk)
{
	uint32_t best = NONE;
	int64_t latest = walk->start_ns;

	for (uint32_t i = 0; i < walk->model->processes.count; i++) {
		const struct process *process = process_of(walk, i);
		int64_t end = process->end_ns < walk->at_ns ? process->end_ns : walk->at_ns;

		if (process->run == walk->run && maker_of(process) == NONE && process->profile &&
		    begin_of(walk, i) < end && end > latest) {
			latest = end;
			best = i;
		}
	}
	walk->process = NONE;
	take(walk, latest, PIECE_NOBODY, 0);
	if (best != NONE)
		jump(walk, best, (uint32_t)process_of(walk, best)->pid);
}

/* The image's begin is reached: on in the one before it, or in who made it. */
static void leave(struct walk *walk)
{
	const struct process *process = process_of(walk, walk->process);
	uint32_t earlier = walk->kinship.earlier[walk->process], maker = maker_of(process);

	if (earlier != NONE)
		jump(walk, earlier, walk->tid);
	else if (maker == NONE || process_of(walk, maker)->run != walk->run)
		leave_root(walk);
	else if (!process_of(walk, maker)->profile)
		jump(walk, maker, 0);
	else
		jump(walk, maker,
		     thread_within(walk, maker, walk->at_ns, DNDPROF_CATEGORY_PROCESS));
}

static bool enter_child(struct walk *walk, uint32_t child)
{
	if (first_begin_of(walk, child) >= walk->at_ns || walk->jumps >= JUMPS_MOST)
		return false;
	jump(walk, child, (uint32_t)process_of(walk, child)->pid);
	return true;
}

/* Is it known when the process ended, by itself? */
static bool says_its_end(const struct process *process)
{
	return process->profile && profile_header(process->profile)->end != DNDPROF_END_OPEN;
}

/* Did this call, which told of a child's end, wait for it? `before`: the thread's previous call;
 * NULL: none is known. */
static bool waited(const struct process *child, const struct event *event,
		   const struct event *before)
{
	if (says_its_end(child)) {
		if (child->end_ns > event->start_ns)
			return true;
		if (child->end_ns < event->start_ns - EXIT_MOST_NS)
			return before && event_waits(before) && !event_reaped(before) &&
			       child->end_ns > before->start_ns;
	}
	return event->end_ns - event->start_ns >= BLOCKED_NS ||
	       (before && event_waits(before) && !event_reaped(before));
}

/* A child that ended while its parent waited for descriptors; NONE. */
static uint32_t ended_within(const struct walk *walk, const struct span *call)
{
	const struct kinship *kinship = &walk->kinship;
	size_t first = kinship->first[walk->process], end = kinship->first[walk->process + 1];
	uint32_t found = NONE;

	for (size_t i = end; i-- > first && end - i <= UNOBSERVED_MOST;) {
		uint32_t index = kinship->children[i];
		const struct process *child = process_of(walk, index);
		bool within =
			says_its_end(child)
				? child->end_ns > call->start_ns && child->end_ns <= call->end_ns
				: child->reaped_ns >= call->end_ns &&
					  child->reaped_ns - call->end_ns < EXIT_MOST_NS;

		if (within && first_begin_of(walk, index) < walk->at_ns &&
		    (found == NONE || child->end_ns > process_of(walk, found)->end_ns))
			found = index;
	}
	return found;
}

/* ---- steps ---- */

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
			take(walk, until, kind, index);
			continue;
		}
		if (span->kind == SPAN_CHILD && enter_child(walk, span->index))
			return false;
		if (span->start_ns > until)
			until = span->start_ns;
		if (span->kind == SPAN_OPERATION)
			take_operation(walk, until, covered, span->index);
		else
			take(walk, until, kind, index);
	}
	return true;
}

/* Joined: on in the thread that ended in this call. */
static bool enter_thread(struct walk *walk, const struct span *call)
{
	struct lanes *lanes = lanes_of(walk, walk->process);
	const struct thread_lane *found = NULL;

	for (size_t i = 0; i < lanes->threads.count; i++) {
		const struct thread_lane *thread = &lanes->threads.items[i];

		if (thread->end_ns > call->start_ns && thread->end_ns <= call->end_ns &&
		    thread->tid != walk->tid && thread->start_ns < walk->at_ns &&
		    (!found || thread->end_ns > found->end_ns))
			found = thread;
	}
	if (!found || walk->jumps >= JUMPS_MOST)
		return false;
	jump(walk, walk->process, found->tid);
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
	const struct lanes *lanes = lanes_of(walk, walk->process);
	const struct spans *layers[] = {&thread->operations, &lanes->operations,
					&lanes->background};
	const struct span *own = span_before(&thread->operations, walk->at_ns);
	uint32_t child;

	if (!own || own->end_ns < walk->at_ns) {
		child = ended_within(walk, call);
		if (child != NONE && enter_child(walk, child))
			return;
	}
	fill(walk, layers, 3, from, PIECE_OPERATION, PIECE_CALL, call->index);
}

static void explain_call(struct walk *walk, const struct thread_lane *thread,
			 const struct span *call, int64_t from)
{
	const struct lanes *lanes = lanes_of(walk, walk->process);
	const struct process *process = process_of(walk, walk->process);
	const struct event *event = &process->events.items[call->index];
	const struct event *before =
		call > thread->calls.items ? &process->events.items[call[-1].index] : NULL;
	const struct spans *all[] = {&lanes->operations, &lanes->background};
	const struct spans *own[] = {&thread->operations};
	uint32_t child = kinship_reaped(walk->model, &walk->kinship, walk->process, event);

	if (child != NONE && waited(process_of(walk, child), event, before) &&
	    enter_child(walk, child))
		return;
	if (event->call->category == DNDPROF_CATEGORY_LOCK) {
		take(walk, from, PIECE_CALL, call->index);
		return;
	}
	switch (wait_of(event)) {
	case WAIT_JOIN:
		if (enter_thread(walk, call))
			break;
		// fall through
	case WAIT_THREADS:
		fill(walk, all, 2, from, PIECE_OPERATION, PIECE_CALL, call->index);
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
	const struct lanes *lanes = lanes_of(walk, walk->process);
	const struct spans *layers[] = {&thread->operations, &lanes->operations, &lanes->background,
					&thread->regions};

	fill(walk, layers, 4, from, PIECE_OWN, PIECE_OWN, NONE);
}

static void step_thread(struct walk *walk, int64_t begin)
{
	const struct thread_lane *thread = thread_of(walk, walk->process, walk->tid);
	bool is_main = (int)walk->tid == process_of(walk, walk->process)->pid;
	const struct span *call;

	if (!thread) {
		take(walk, begin, PIECE_OWN, NONE);
		return;
	}
	if (!is_main && thread->start_ns > begin)
		begin = thread->start_ns;
	if (walk->at_ns <= begin) { /* a thread's begin: on in who created it */
		uint32_t creator =
			thread_within(walk, walk->process, walk->at_ns, DNDPROF_CATEGORY_THREAD);

		jump(walk, walk->process,
		     creator == walk->tid ? (uint32_t)process_of(walk, walk->process)->pid
					  : creator);
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
		take(walk, walk->start_ns, PIECE_NOBODY, 0);
		return;
	}
	begin = begin_of(walk, walk->process);
	if (walk->at_ns <= begin) {
		leave(walk);
	} else if (!process_of(walk, walk->process)->profile) {
		take(walk, begin, PIECE_OWN, NONE);
	} else if (lanes_of(walk, walk->process)->go) {
		const struct lanes *lanes = lanes_of(walk, walk->process);
		const struct spans *layers[] = {&lanes->operations, &lanes->background};

		fill(walk, layers, 2, begin, PIECE_OPERATION, PIECE_OWN, NONE);
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
	list_free(&walk->pieces);
}

/* Operations by process. */
static void group_operations(struct walk *walk)
{
	const struct model *model = walk->model;
	size_t *next = memory_get((model->processes.count + 2) * sizeof(*next));

	walk->first = memory_get((model->processes.count + 2) * sizeof(*walk->first));
	walk->operations = memory_get((model->operations.count + 1) * sizeof(*walk->operations));
	for (size_t i = 0; i < model->operations.count; i++)
		walk->first[model->operations.items[i].process + 1]++;
	for (size_t i = 0; i < model->processes.count; i++)
		walk->first[i + 1] += walk->first[i];
	memcpy(next, walk->first, (model->processes.count + 1) * sizeof(*next));
	for (uint32_t i = 0; i < model->operations.count; i++)
		walk->operations[next[model->operations.items[i].process]++] = i;
	free(next);
}

void model_critical(struct model *model)
{
	struct walk walk = {.model = model};

	kinship_find(model, &walk.kinship);
	walk.lanes = memory_get((model->processes.count + 1) * sizeof(*walk.lanes));
	group_operations(&walk);
	for (uint32_t i = 0; i < model->runs.count; i++)
		walk_run(&walk, i);
	critical_sort(model);
	for (size_t i = 0; i < model->processes.count; i++)
		if (walk.lanes[i]) {
			lanes_free(walk.lanes[i]);
			free(walk.lanes[i]);
		}
	free(walk.lanes);
	free(walk.operations);
	free(walk.first);
	kinship_free(&walk.kinship);
}
