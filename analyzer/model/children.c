/*
 * children.c - who started whom. A child that left no profile gets a line that says why: no process
 * of a run goes unmentioned.
 */
#include "model/children.h"

#include <dndprof/route.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The observed process of this run with that pid, alive at `ns`; its latest image. */
static uint32_t observed(const struct model *model, uint32_t run, int pid, int64_t ns)
{
	uint32_t found = NONE;

	for (size_t i = 0; i < model->processes.count; i++) {
		const struct process *process = &model->processes.items[i];

		if (process->run == run && process->pid == pid && process->profile && pid &&
		    process->end_ns >= ns &&
		    (found == NONE || process->start_ns >= model->processes.items[found].start_ns))
			found = (uint32_t)i;
	}
	return found;
}

/* The same of a child of which only the end is known: its last image that began before. */
static uint32_t observed_before(const struct model *model, uint32_t run, int pid, int64_t end)
{
	uint32_t found = NONE;

	for (size_t i = 0; i < model->processes.count; i++) {
		const struct process *process = &model->processes.items[i];

		if (process->run == run && process->pid == pid && process->profile && pid &&
		    process->start_ns <= end &&
		    (found == NONE || process->start_ns >= model->processes.items[found].start_ns))
			found = (uint32_t)i;
	}
	return found;
}

static void add_child(struct model *model, uint32_t parent, const struct child *child)
{
	const struct process *from = &model->processes.items[parent];
	bool here = children_here(profile_info(from->profile, "host"));
	/* The Go gate sees each exec of a child, but not its making. Where none is among its
	 * records there was none, unless it was overwritten. */
	bool go = profile_header(from->profile)->gates & DNDPROF_GATE_GO;
	bool made = child->made || (go && from->window_ns <= from->start_ns);
	const char *program = child->program || !made ? child->program : from->program;
	const char *gate = from->gate;
	struct process *process =
		model_unobserved(model, from->run, child->pid, from->pid, program);

	process->parent = parent;
	process->subcommand = child->subcommand ? child->subcommand : "";
	process->check = child->check;
	process->start_ns = child->start_ns;
	process->end_ns = child->end_ns;
	process->wait_status = child->wait_status;
	process->running = !child->end_ns;
	if (!made) {
		process->reason = "seen only when it was waited for: it left no profile";
	} else if (child->program) {
		process->reason =
			children_reason(model, process, child->exec_ns, child->route, here);
	} else { /* a fork that recorded nothing makes no file */
		process->gate = gate;
		process->forked = true;
		process->reason = "forked, did nothing that is recorded";
	}
}

/* An image that ended in exec, and no later one of its pid: what it became is not observed. */
static void follow_exec(struct model *model, uint32_t index)
{
	struct process *process = &model->processes.items[index], *next;
	const struct event *last;
	struct named named = {NULL, NULL, NULL};
	int pid = process->pid, ppid = process->ppid;
	uint32_t run = process->run, parent = process->parent, route = 0;
	bool here = children_here(profile_info(process->profile, "host"));
	int64_t end = process->end_ns;
	int wait_status = process->wait_status;

	if (profile_header(process->profile)->end != DNDPROF_END_EXEC)
		return;
	for (size_t i = 0; i < model->processes.count; i++)
		if (model->processes.items[i].run == run && model->processes.items[i].pid == pid &&
		    i != index && model->processes.items[i].start_ns >= process->start_ns)
			return;
	last = own_exec(process);
	if (last) {
		route = (uint32_t)last->record->raw.result;
		named = exec_names(model, last);
	}
	next = model_unobserved(model, run, pid, ppid, named.program);
	next->parent = parent;
	next->subcommand = named.subcommand ? named.subcommand : "";
	next->check = named.check;
	next->start_ns = next->end_ns = end;
	next->wait_status = wait_status;
	next->running = wait_status < 0;
	next->reason = children_reason(model, next, end, route, here);
}

static void emit(struct model *model, uint32_t parent, const struct child *child, uint32_t index)
{
	const struct process *process = &model->processes.items[index];
	int64_t end = child->end_ns ? child->end_ns : process->end_ns;
	struct operation *operation;

	if (end <= child->start_ns)
		return;
	operation = model_operation(model, OPERATION_CHILD, parent, child->start_ns, end);
	operation->category = DNDPROF_CATEGORY_PROCESS;
	operation->endpoint = model->processes.items[index].program;
	operation->status = child->wait_status;
	operation->error = child->wait_status > 0;
}

/* Forked children without a profile did nothing, but for those of which the file they share with
 * their parent says that they could not open one: of these what they did is not seen. */
static void tell_failed_forks(struct model *model, uint32_t parent, size_t first)
{
	uint64_t failed =
		profile_loss(model->processes.items[parent].profile, DNDPROF_LOSS_FORKED_CHILD);
	size_t silent = 0;

	for (size_t i = first; i < model->processes.count; i++)
		silent += model->processes.items[i].forked;
	for (size_t i = first; i < model->processes.count && failed; i++) {
		if (!model->processes.items[i].forked)
			continue;
		model->processes.items[i].gate = "unobserved";
		model->processes.items[i].reason =
			failed >= silent ? "forked, could not open a profile (no right, no room, "
					   "or no descriptor)"
					 : "forked, did nothing, or could not open a profile";
	}
}

static void link_children(struct model *model, uint32_t parent)
{
	struct family family = {.model = model, .parent = parent};
	uint32_t run = model->processes.items[parent].run;
	size_t first = model->processes.count;

	family_find(&family);
	for (size_t i = 0; i < family.children.count; i++) {
		struct child *child = &family.children.items[i];
		uint32_t index = child->made
					 ? observed(model, run, child->pid, child->start_ns)
					 : observed_before(model, run, child->pid, child->end_ns);

		if (index != NONE && !child->made &&
		    model->processes.items[index].start_ns < child->start_ns)
			child->start_ns = model->processes.items[index].start_ns;
		if (index == NONE) {
			index = (uint32_t)model->processes.count;
			add_child(model, parent, child);
		} else if (child->wait_status >= 0) {
			model->processes.items[index].wait_status = child->wait_status;
			model->processes.items[index].running = false;
			model->processes.items[index].gone_ns = child->end_ns;
		}
		model->processes.items[index].maker = parent;
		model->processes.items[index].made_by = child->made_by;
		model->processes.items[index].made_ns = child->start_ns;
		model->processes.items[index].reaped_ns = child->end_ns;
		emit(model, parent, child, index);
	}
	tell_failed_forks(model, parent, first);
	list_free(&family.children);
}

/* As `dndprof run` saw its child end; -1: it did not. */
static int target_status(const struct run_facts *facts)
{
	if (facts->exit_status >= 0)
		return (facts->exit_status & 0xff) << 8;
	return facts->signal > 0 ? facts->signal & 0x7f : -1;
}

/* The direct child of `dndprof run`, when it left nothing. */
static void add_target(struct model *model, uint32_t run)
{
	const struct run_facts *facts = &model->runs.items[run].run->facts;
	struct process *process;

	if (!facts->present || facts->child <= 0)
		return;
	for (size_t i = 0; i < model->processes.count; i++)
		if (model->processes.items[i].run == run &&
		    model->processes.items[i].pid == facts->child)
			return;
	process = model_unobserved(model, run, facts->child, -1,
				   facts->exe[0] ? facts->exe : facts->program);
	process->subcommand = facts->subcommand;
	process->start_ns = facts->start_ns;
	process->end_ns = facts->end_ns;
	process->wait_status = target_status(facts);
	process->reason = children_reason(model, process, facts->start_ns, DNDPROF_ROUTE_PLAIN,
					  children_here(facts->host));
}

static void finish_target(struct model *model, uint32_t run)
{
	const struct run_facts *facts = &model->runs.items[run].run->facts;
	uint32_t index = observed(model, run, facts->child, facts->start_ns);

	if (!facts->present || facts->child <= 0 || index == NONE)
		return;
	if (target_status(facts) >= 0) {
		model->processes.items[index].wait_status = target_status(facts);
		model->processes.items[index].running = false;
		model->processes.items[index].gone_ns = facts->end_ns;
	}
}

void model_children(struct model *model, uint32_t run)
{
	size_t count = model->processes.count;

	for (uint32_t i = 0; i < count; i++) {
		struct process *process = &model->processes.items[i];

		if (process->run == run)
			process->parent = observed(model, run, process->ppid, process->start_ns);
	}
	for (uint32_t i = 0; i < count; i++)
		if (model->processes.items[i].run == run && model->processes.items[i].profile)
			link_children(model, i);
	finish_target(model, run);
	for (uint32_t i = 0; i < count; i++)
		if (model->processes.items[i].run == run && model->processes.items[i].profile)
			follow_exec(model, i);
	add_target(model, run);
	model_unrecorded_rest(model, run);
}
