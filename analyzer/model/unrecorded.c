/*
 * unrecorded.c - processes without a profile: a line for each, and why, where the shim said so
 * (dndprof/budget.h). A file of theirs is never trusted: names are printed by the renderers' rules.
 */
#include "base/path.h"
#include "model/internal.h"

#include <dndprof/budget.h>

#include <inttypes.h>
#include <string.h>

#define CLOCK_SLACK_NS 100000000 /* between the parent's clock and ours, as it was converted */

struct process *model_unobserved(struct model *model, uint32_t run, int pid, int ppid,
				 const char *program)
{
	struct process *process = list_add(&model->processes);

	process->run = run;
	process->parent = process->maker = NONE;
	process->pid = pid;
	process->ppid = ppid;
	process->exe = program ? program : "";
	process->program = program ? path_base(program) : "?";
	process->subcommand = "";
	process->gate = "unobserved";
	process->wait_status = -1;
	return process;
}

static const char *sentence(struct model *model, const struct run_unrecorded *entry)
{
	if (entry->error == EFBIG && entry->limit < DNDPROF_FILE_LEAST)
		return arena_print(model->arena,
				   "its file size limit (RLIMIT_FSIZE) is %" PRIu64
				   " bytes, a profile takes %d KiB at least",
				   entry->limit, DNDPROF_FILE_LEAST / 1024);
	if (entry->error == EDQUOT)
		return "no room for a profile: a disk quota, or the run's own limit";
	return arena_print(model->arena, "its profile could not be made: %s",
			   strerror(entry->error));
}

const char *model_unrecorded(struct model *model, const struct process *process, int64_t exec_ns)
{
	const struct run *run = model->runs.items[process->run].run;

	for (size_t i = 0; i < run->unrecorded.count; i++) {
		const struct run_unrecorded *entry = &run->unrecorded.items[i];

		if (entry->pid == process->pid && entry->ns >= exec_ns - CLOCK_SLACK_NS)
			return sentence(model, entry);
	}
	return NULL;
}

/* Is there a line of that process? */
static bool mentioned(const struct model *model, uint32_t run, const struct run_unrecorded *entry)
{
	for (size_t i = 0; i < model->processes.count; i++)
		if (model->processes.items[i].run == run &&
		    model->processes.items[i].pid == entry->pid &&
		    !model->processes.items[i].profile)
			return true;
	return false;
}

void model_unrecorded_rest(struct model *model, uint32_t run)
{
	const struct run *from = model->runs.items[run].run;

	for (size_t i = 0; i < from->unrecorded.count; i++) {
		const struct run_unrecorded *entry = &from->unrecorded.items[i];
		struct process *process;

		if (mentioned(model, run, entry))
			continue;
		process = model_unobserved(
			model, run, entry->pid, -1,
			arena_copy(model->arena, entry->program, strlen(entry->program)));
		process->exe = "";
		process->start_ns = process->end_ns = entry->ns;
		process->reason = sentence(model, entry);
	}
}
