/*
 * children_seen.c - a process's children, from its own records: forks, spawns, execs, waits.
 */
#include "model/children.h"

#include <signal.h>

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

struct named exec_names(struct model *model, const struct event *event)
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
	struct named named = exec_names(model, event);

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

const struct event *own_exec(const struct process *process)
{
	const struct event *last = NULL;

	for (size_t i = 0; i < process->events.count; i++)
		if (is_exec(&process->events.items[i]) && !process->events.items[i].pid)
			last = &process->events.items[i];
	return last;
}

void family_find(struct family *family)
{
	const struct process *parent = &family->model->processes.items[family->parent];

	for (size_t i = 0; i < parent->events.count; i++)
		on_event(family, &parent->events.items[i]);
}
