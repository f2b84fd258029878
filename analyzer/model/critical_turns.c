/*
 * critical_turns.c - the critical path from one process or thread to another: into what was waited
 * for, and out of it where it was made.
 */
#include "model/critical_walk.h"

#define BLOCKED_NS	20000 /* a wait this long was one */
#define UNOBSERVED_MOST 64    /* children to look through */

static void jump(struct walk *walk, uint32_t process, uint32_t tid)
{
	walk->process = process;
	walk->tid = tid;
	walk->jumps++;
}

int64_t walk_begin(const struct walk *walk, uint32_t index)
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
	return walk_begin(walk, walk->kinship.original[index]);
}

/* The thread that was in a call of this kind at `ns`; else the main one. */
static uint32_t thread_within(struct walk *walk, uint32_t process, int64_t ns,
			      enum dndprof_category category)
{
	struct lanes *lanes = walk_lanes(walk, process);

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
		    walk_begin(walk, i) < end && end > latest) {
			latest = end;
			best = i;
		}
	}
	walk->process = NONE;
	walk_take(walk, latest, PIECE_NOBODY, 0);
	if (best != NONE)
		jump(walk, best, (uint32_t)process_of(walk, best)->pid);
}

void walk_leave(struct walk *walk)
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

bool walk_enter(struct walk *walk, uint32_t child)
{
	if (first_begin_of(walk, child) >= walk->at_ns || walk->jumps >= JUMPS_MOST)
		return false;
	jump(walk, child, (uint32_t)process_of(walk, child)->pid);
	return true;
}

bool walk_enter_writer(struct walk *walk, int64_t from)
{
	const struct process *process = process_of(walk, walk->process), *writer;
	uint32_t index = walk->kinship.writer[walk->process];
	int64_t begin, cpu;

	if (index == NONE)
		return false;
	writer = process_of(walk, index);
	if (writer->end_ns <= from || writer->end_ns > walk->at_ns)
		return false;
	begin = walk_begin(walk, walk->process);
	if (begin < first_begin_of(walk, index))
		begin = first_begin_of(walk, index);
	cpu = cpu_between(process, begin, writer->end_ns);
	if (cpu < 0 || cpu > (writer->end_ns - begin) / SLEPT)
		return false;
	walk_take(walk, writer->end_ns, PIECE_OWN, NONE);
	return walk_enter(walk, index);
}

bool walk_waited(const struct process *child, const struct event *event, const struct event *before)
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

uint32_t walk_ended_within(const struct walk *walk, const struct span *call)
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

/* Joined: on in the thread that ended in this call. */
bool walk_enter_thread(struct walk *walk, const struct span *call)
{
	struct lanes *lanes = walk_lanes(walk, walk->process);
	struct thread_lane *found = NULL;

	for (size_t i = 0; i < lanes->threads.count; i++) {
		struct thread_lane *thread = &lanes->threads.items[i];

		if (thread->end_ns > call->start_ns && thread->end_ns <= call->end_ns &&
		    thread->tid != walk->tid && thread->start_ns < walk->at_ns &&
		    (!found || thread->end_ns > found->end_ns))
			found = thread;
	}
	if (!found || walk->jumps >= JUMPS_MOST)
		return false;
	found->joiner = walk->tid;
	found->joined_ns = call->start_ns;
	jump(walk, walk->process, found->tid);
	return true;
}

bool walk_leave_idle(struct walk *walk, const struct thread_lane *thread, int64_t *from)
{
	if (!thread->joiner)
		return false;
	if (walk->at_ns <= thread->joined_ns) {
		jump(walk, walk->process, thread->joiner);
		return true;
	}
	if (*from < thread->joined_ns)
		*from = thread->joined_ns;
	return false;
}

/* The main thread's wait is the run's; another's is its own, until somebody gave it work. */
bool walk_enter_waker(struct walk *walk, const struct span *call)
{
	const struct process *process = process_of(walk, walk->process);
	const struct event *event = &process->events.items[call->index];
	const struct wake *wake;

	if ((int)walk->tid == process->pid || event->record->raw.error)
		return false;
	wake = wake_within(walk_lanes(walk, walk->process), event->record->raw.arg, walk->tid,
			   call->start_ns, walk->at_ns - 1);
	if (!wake || wake->ns < walk_begin(walk, walk->process))
		return false;
	walk_take(walk, wake->ns, PIECE_CALL, call->index);
	jump(walk, walk->process, wake->tid);
	return true;
}

void walk_leave_thread(struct walk *walk)
{
	uint32_t creator = thread_within(walk, walk->process, walk->at_ns, DNDPROF_CATEGORY_THREAD);
	uint32_t main = (uint32_t)process_of(walk, walk->process)->pid;

	jump(walk, walk->process, creator == walk->tid ? main : creator);
}
