/*
 * children_reasons.c - why a program left no profile: what the shim said when it was started, what
 * its file is, what the run was told to leave out.
 */
#include "base/path.h"
#include "model/children.h"
#include "model/program.h"

#include <dndprof/route.h>

#include <string.h>
#include <unistd.h>

#define STARTING_MOST_NS 500000000 /* from exec to our constructor, on a machine that is busy */
#define ANCESTORS_MOST	 64

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

const char *children_reason(struct model *model, const struct process *process, int64_t exec_ns,
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

bool children_here(const char *host)
{
	char own[256] = "";

	gethostname(own, sizeof(own) - 1);
	return host && strcmp(host, own) == 0;
}
