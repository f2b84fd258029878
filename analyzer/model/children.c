/*
 * children.c - who started whom. A child that left no profile gets a line that says why: no process
 * of a run goes unmentioned.
 */
#include "base/path.h"
#include "model/internal.h"
#include "model/program.h"

#include <dndprof/route.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define STARTING_MOST_NS 500000000 /* from exec to our constructor, on a machine that is busy */
#define ANCESTORS_MOST	 64

/* A child as its parent saw it. */
struct child {
	int pid;			  /* 0: unknown (a spawn that did not say) */
	const char *program, *subcommand; /* NULL: no exec was seen */
	const char *check;		  /* its label; NULL: none */
	int64_t start_ns, end_ns;	  /* end 0: nobody waited */
	int64_t exec_ns;		  /* its last exec */
	int wait_status;		  /* -1 likewise */
	uint32_t route;			  /* enum dndprof_route, of its last exec */
	uint32_t made_by;		  /* the thread that made it; 0: not seen */
	bool made; /* its making was seen; else only that it was waited for */
};

struct family {
	struct model *model;
	uint32_t parent;
	LIST(struct child) children;
};

static bool is_exec(const struct event *event)
{
	static const enum dndprof_call calls[] = {
		DNDPROF_CALL_execve,  DNDPROF_CALL_execv,    DNDPROF_CALL_execvp,
		DNDPROF_CALL_execvpe, DNDPROF_CALL_execl,    DNDPROF_CALL_execlp,
		DNDPROF_CALL_execle,  DNDPROF_CALL_execveat, DNDPROF_CALL_fexecve,
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (event_is(event, calls[i]))
			return true;
	return false;
}

static bool is_wait(const struct event *event)
{
	return event_is(event, DNDPROF_CALL_wait) || event_is(event, DNDPROF_CALL_waitpid) ||
	       event_is(event, DNDPROF_CALL_wait3) || event_is(event, DNDPROF_CALL_wait4);
}

/* waitid's answer as wait4 would have given it: arg is the process id, si_status and si_code. */
static bool read_waitid(const struct event *event, int *pid, uint32_t *status)
{
	uint64_t arg = event->record->raw.arg;
	uint32_t value = arg >> 32 & 0xff;

	*pid = (int)(arg & INT32_MAX);
	switch (arg >> 48) {
	case CLD_EXITED:
		*status = value << 8;
		return *pid != 0;
	case CLD_KILLED:
		*status = value;
		return *pid != 0;
	case CLD_DUMPED:
		*status = value | 0x80;
		return *pid != 0;
	default: /* stopped, continued, nobody */
		return false;
	}
}

bool event_waits(const struct event *event)
{
	return event->record->raw.kind == DNDPROF_KIND_CALL &&
	       (is_wait(event) || event_is(event, DNDPROF_CALL_waitid));
}

int event_reaped(const struct event *event)
{
	const struct dndprof_record *raw = &event->record->raw;
	uint32_t status;
	int pid;

	if (!event_waits(event) || raw->error)
		return 0;
	if (event_is(event, DNDPROF_CALL_waitid))
		return read_waitid(event, &pid, &status) ? pid : 0;
	return raw->result > 0 && raw->result <= INT32_MAX ? (int)raw->result : 0;
}

/* The child of that pid that was there at `ns`, else a new one. Its maker may have begun to wait
 * for it before it did its exec. */
static struct child *child_of(struct family *family, int pid, int64_t ns)
{
	struct child *child;

	for (size_t i = family->children.count; i-- > 0;)
		if (family->children.items[i].pid == pid && pid &&
		    (!family->children.items[i].end_ns || family->children.items[i].end_ns > ns))
			return &family->children.items[i];
	child = list_add(&family->children);
	child->pid = pid;
	child->start_ns = child->exec_ns = ns;
	child->wait_status = -1;
	return child;
}

/* What an exec or spawn names. */
struct named {
	const char *program, *subcommand; /* NULL: it names none */
	const char *check;		  /* NULL: none */
};

static struct named read_program(struct model *model, const struct event *event)
{
	struct named named = {NULL, NULL, NULL};

	if (event->record->raw.payload != DNDPROF_PAYLOAD_PROGRAM)
		return named;
	named.program = event_part(model, event, 0);
	named.subcommand = event_part(model, event, 1);
	named.check = event_part(model, event, 2);
	if (!*named.check)
		named.check = NULL;
	return named;
}

static void name_child(struct model *model, struct child *child, const struct event *event)
{
	struct named named = read_program(model, event);

	child->route = (uint32_t)event->record->raw.result;
	if (!named.program)
		return;
	child->program = named.program;
	child->subcommand = named.subcommand;
	child->check = named.check;
}

/* The child that made the call, in its parent's memory; 0: the process itself. */
static int exec_pid(const struct family *family, const struct event *event)
{
	const struct dndprof_record *raw = &event->record->raw;

	if (event->pid || !raw->error || raw->arg > INT32_MAX ||
	    (int)raw->arg == family->model->processes.items[family->parent].pid)
		return (int)event->pid;
	return (int)raw->arg; /* the Go gate's word on one that came back */
}

static void on_event(struct family *family, const struct event *event)
{
	const struct dndprof_record *raw = &event->record->raw;
	struct child *child;
	uint32_t ended;
	int pid;

	if (raw->kind != DNDPROF_KIND_CALL)
		return;
	if ((event_is(event, DNDPROF_CALL_fork) || event_is(event, DNDPROF_CALL_vfork)) &&
	    raw->result > 0 && raw->result <= INT32_MAX && !event->pid) {
		child = child_of(family, (int)raw->result, event->start_ns);
		child->start_ns = event->start_ns;
		child->made = true;
		child->made_by = event->tid;
	} else if ((event_is(event, DNDPROF_CALL_posix_spawn) ||
		    event_is(event, DNDPROF_CALL_posix_spawnp)) &&
		   !raw->error) {
		child = child_of(family, raw->arg <= INT32_MAX ? (int)raw->arg : 0,
				 event->start_ns);
		child->made = true;
		child->made_by = event->tid;
		name_child(family->model, child, event);
	} else if (is_exec(event) && exec_pid(family, event)) {
		child = child_of(family, exec_pid(family, event), event->start_ns);
		child->made = true;
		child->exec_ns = event->start_ns;
		if (raw->flags & DNDPROF_RECORD_BEGIN) {
			name_child(family->model, child, event);
		} else if (raw->error) { /* it came back: there was no such program */
			child->program = NULL;
		}
	} else if (is_wait(event) && raw->result > 0 && raw->result <= INT32_MAX) {
		uint32_t status = (uint32_t)raw->arg;

		if ((status & 0xff) == 0x7f || status == 0xffff) /* stopped, continued */
			return;
		child = child_of(family, (int)raw->result, event->start_ns);
		child->end_ns = event->end_ns;
		child->wait_status = (int)(status & 0xffff);
	} else if (event_is(event, DNDPROF_CALL_waitid) && !raw->error &&
		   read_waitid(event, &pid, &ended)) {
		child = child_of(family, pid, event->start_ns);
		child->end_ns = event->end_ns;
		child->wait_status = (int)ended;
	}
}

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

/* The end of the run as far as it is known by now. */
static int64_t run_end(const struct model *model, uint32_t run)
{
	int64_t end = model->runs.items[run].run->facts.end_ns, last = 0;

	for (size_t i = 0; i < model->processes.count; i++)
		if (model->processes.items[i].run == run && model->processes.items[i].profile &&
		    model->processes.items[i].end_ns > last)
			last = model->processes.items[i].end_ns;
	return end > 0 ? end : last;
}

/* What a process without a profile can be but one whose environment lacked ours: a program of
 * `dndprof run` itself, which keeps its own records; or one that nobody saw end and that began so
 * late that the run may have ended before it was ready to record. */
static const char *circumstance(const struct model *model, const struct process *process,
				int64_t exec_ns)
{
	uint32_t at = process->parent;

	/* counted: a damaged file may make a ring of parents */
	for (size_t i = 0; i < ANCESTORS_MOST && at != NONE;
	     i++, at = model->processes.items[at].parent)
		if (strcmp(model->processes.items[at].program, "dndprof") == 0)
			return "recorded in another run (started under a dndprof run of its own)";
	if (process->parent != NONE &&
	    model_left_out(model->processes.items[process->parent].profile, process->program))
		return "not to be recorded (DNDPROF_SKIP, DNDPROF_ONLY)";
	if (process->running && run_end(model, process->run) - exec_ns < STARTING_MOST_NS)
		return "still starting when the run ended";
	return "left no profile (environment not passed, or it could not be written)";
}

/* What the shim said when it was started; NULL: nothing. */
static const char *route_reason(uint32_t route)
{
#define SENTENCE(id, word, sentence) sentence,
	static const char *const sentences[] = {DNDPROF_ROUTES(SENTENCE)};
#undef SENTENCE

	return route < DNDPROF_ROUTE_COUNT && *sentences[route] ? sentences[route] : NULL;
}

/* Why a program of this machine left no profile. */
static const char *reason_of(struct model *model, const struct process *process, int64_t exec_ns,
			     uint32_t route, bool here)
{
	const char *program = process->exe;
	struct program facts;
	const char *reason = route_reason(route);

	if (reason)
		return reason;
	reason = model_unrecorded(model, process, exec_ns);
	if (reason)
		return reason;
	if (!here || !*program)
		return circumstance(model, process, exec_ns);
	program_inspect(program, &facts);
	reason = program_reason(&facts);
	if (reason && facts.script)
		return arena_print(model->arena, "script, run by %s: %s",
				   path_base(facts.interpreter), reason);
	return reason ? reason : circumstance(model, process, exec_ns);
}

static bool on_this_host(const char *host)
{
	char own[256] = "";

	gethostname(own, sizeof(own) - 1);
	return host && strcmp(host, own) == 0;
}

static void add_child(struct model *model, uint32_t parent, const struct child *child)
{
	const struct process *from = &model->processes.items[parent];
	bool here = on_this_host(profile_info(from->profile, "host"));
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
		process->reason = reason_of(model, process, child->exec_ns, child->route, here);
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
	struct named named = {NULL, NULL, NULL};
	int pid = process->pid, ppid = process->ppid;
	uint32_t run = process->run, parent = process->parent, route = 0;
	bool here = on_this_host(profile_info(process->profile, "host"));
	int64_t end = process->end_ns;
	int wait_status = process->wait_status;

	if (profile_header(process->profile)->end != DNDPROF_END_EXEC)
		return;
	for (size_t i = 0; i < model->processes.count; i++)
		if (model->processes.items[i].run == run && model->processes.items[i].pid == pid &&
		    i != index && model->processes.items[i].start_ns >= process->start_ns)
			return;
	for (size_t i = 0; i < process->events.count; i++)
		if (is_exec(&process->events.items[i]) && !process->events.items[i].pid) {
			route = (uint32_t)process->events.items[i].record->raw.result;
			named = read_program(model, &process->events.items[i]);
		}
	next = model_unobserved(model, run, pid, ppid, named.program);
	next->parent = parent;
	next->subcommand = named.subcommand ? named.subcommand : "";
	next->check = named.check;
	next->start_ns = next->end_ns = end;
	next->wait_status = wait_status;
	next->running = wait_status < 0;
	next->reason = reason_of(model, next, end, route, here);
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

	for (size_t i = 0; i < model->processes.items[parent].events.count; i++)
		on_event(&family, &model->processes.items[parent].events.items[i]);
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
	process->reason = reason_of(model, process, facts->start_ns, DNDPROF_ROUTE_PLAIN,
				    on_this_host(facts->host));
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
