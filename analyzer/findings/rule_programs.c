/*
 * rule_programs.c - time that belongs to programs: starting up, before the first request is made;
 * and child processes by themselves.
 */
#include "findings/advice.h"
#include "base/sort.h"
#include "findings/rules.h"

#include <string.h>

/* Processes of one program, and the unclaimed time of theirs on the critical path. */
struct program_share {
	const char *program;
	uint32_t process; /* the one with the most */
	size_t count;
	int64_t ns, most_ns;
	int64_t cpu_ns; /* of ns; -1: not known */
};
struct program_shares {
	struct program_share *items;
	size_t count, room;
};

static int compare_names(const void *a, const void *b)
{
	const struct program_share *x = a, *y = b;
	int order = strcmp(x->program, y->program);

	return order ? order : (x->process > y->process) - (x->process < y->process);
}

static int compare_times(const void *a, const void *b)
{
	const struct program_share *x = a, *y = b;

	if (x->ns != y->ns)
		return x->ns > y->ns ? -1 : 1;
	return compare_names(a, b);
}

static int64_t add_cpu(int64_t a, int64_t b)
{
	return a < 0 ? b : b < 0 ? a : add_ns(a, b);
}

/* Shares of single processes become those of programs, the largest first. */
static void join(struct program_shares *shares)
{
	size_t kept = 0;

	if (shares->count)
		sort(shares->items, shares->count, sizeof(*shares->items), compare_names);
	for (size_t i = 0; i < shares->count; i++) {
		struct program_share *last = kept ? &shares->items[kept - 1] : NULL;
		const struct program_share *next = &shares->items[i];

		if (!last || strcmp(last->program, next->program) != 0) {
			shares->items[kept++] = *next;
			continue;
		}
		if (next->ns > last->most_ns) {
			last->most_ns = next->ns;
			last->process = next->process;
		}
		last->count++;
		last->ns = add_ns(last->ns, next->ns);
		last->cpu_ns = add_cpu(last->cpu_ns, next->cpu_ns);
	}
	shares->count = kept;
	if (kept)
		sort(shares->items, kept, sizeof(*shares->items), compare_times);
}

/* What of the path is wanted, by program. */
static void measure(struct inquiry *inquiry, wanted_function *wanted, struct program_shares *shares)
{
	const struct model *model = inquiry->model;
	int64_t *ns = memory_get((model->processes.count + 1) * sizeof(*ns));
	int64_t *cpu = memory_get((model->processes.count + 1) * sizeof(*cpu));

	for (size_t i = 0; i < model->processes.count; i++)
		cpu[i] = -1;
	for (size_t i = 0; i < model->critical.stretches.count; i++) {
		const struct stretch *stretch = &model->critical.stretches.items[i];
		int64_t here;

		if (stretch->process == NONE || !inquiry->left[i])
			continue;
		here = wanted(inquiry, stretch, NULL);
		here = here < inquiry->left[i] ? here : inquiry->left[i];
		ns[stretch->process] = add_ns(ns[stretch->process], here);
		if (stretch->cpu_known)
			cpu[stretch->process] =
				add_cpu(cpu[stretch->process],
					here < stretch->cpu_ns ? here : stretch->cpu_ns);
	}
	for (uint32_t i = 0; i < model->processes.count; i++)
		if (ns[i])
			*list_add(shares) = (struct program_share){
				model->processes.items[i].program, i, 1, ns[i], ns[i], cpu[i]};
	free(ns);
	free(cpu);
	join(shares);
}

/* Stretches of the processes of program *data as well. */
struct of_program {
	const char *program;
	wanted_function *wanted;
};

static int64_t want_program(const struct inquiry *inquiry, const struct stretch *stretch,
			    const void *data)
{
	const struct of_program *of = data;

	return stretch->process != NONE &&
			       strcmp(inquiry->model->processes.items[stretch->process].program,
				      of->program) == 0
		       ? of->wanted(inquiry, stretch, NULL)
		       : 0;
}

/* ---- start-up ---- */

/* inquiry->process: when each made its first request; 0: it made none. */
static int64_t want_startup(const struct inquiry *inquiry, const struct stretch *stretch,
			    const void *data)
{
	(void)data;
	return stretch->kind == STRETCH_OWN && inquiry->process[stretch->process] &&
			       is_covered(inquiry, stretch)
		       ? overlap(stretch, INT64_MIN, inquiry->process[stretch->process])
		       : 0;
}

static void find_first_requests(struct inquiry *inquiry)
{
	for (size_t i = 0; i < inquiry->model->operations.count; i++) {
		const struct operation *operation = &inquiry->model->operations.items[i];

		if (operation->kind <= OPERATION_CONNECT && !operation->server &&
		    !inquiry->process[operation->process])
			inquiry->process[operation->process] = operation->start_ns;
	}
}

void rule_startup(struct inquiry *inquiry)
{
	struct program_shares shares = {0};

	find_first_requests(inquiry);
	measure(inquiry, want_startup, &shares);
	for (size_t i = 0; i < shares.count; i++) {
		const struct program_share *share = &shares.items[i];
		struct of_program of = {share->program, want_startup};
		struct finding *finding;

		if (!above_share(inquiry, THRESHOLD_STARTUP_SHARE, share->ns) ||
		    share->ns < threshold(inquiry, THRESHOLD_QUIET))
			continue;
		path_claim(inquiry, want_program, &of);
		finding = finding_add(inquiry, "startup", share->ns,
				      "the time on the critical path before anything was asked");
		cite_process(inquiry, finding, share->process, share->count, share->most_ns);
		finding->description = sentence(
			inquiry,
			"%s starts up for %s (%.1f%% of the wall time) before its first request%s; "
			"%s.",
			share->program, text_ns(inquiry, share->ns), percent(inquiry, share->ns),
			share->count > 1 ? sentence(inquiry, ", in %zu processes", share->count)
					 : "",
			share->cpu_ns < 0
				? "how much of that it computes is not known"
				: sentence(inquiry,
					   "%s of that it computes, the rest it waits for files or "
					   "a CPU, or sleeps",
					   text_ns(inquiry, share->cpu_ns)));
		finding->recommendation = advice_on_startup(share->program);
		finding->command = advice_on_cpu(inquiry, share->program);
	}
	list_free(&shares);
}

/* ---- children ---- */

static int64_t want_child(const struct inquiry *inquiry, const struct stretch *stretch,
			  const void *data)
{
	(void)data;
	return stretch->kind == STRETCH_OWN &&
			       !model_is_client(inquiry->model, stretch->run, stretch->process)
		       ? stretch->end_ns - stretch->start_ns
		       : 0;
}

static void on_child(struct inquiry *inquiry, const struct program_share *share)
{
	const struct program_advice *advice = advice_on_program(share->program);
	struct of_program of = {share->program, want_child};
	const struct process *process = &inquiry->model->processes.items[share->process];
	struct finding *finding;

	path_claim(inquiry, want_program, &of);
	finding = finding_add(inquiry, "child_processes", share->ns,
			      "so long the run waited for what these processes did by themselves");
	cite_process(inquiry, finding, share->process, share->count, share->most_ns);
	finding->description =
		sentence(inquiry, "%s (%s%s) takes %s (%.1f%% of the wall time), %s.",
			 share->program, advice->what,
			 share->count > 1 ? sentence(inquiry, ", %zu times", share->count) : "",
			 text_ns(inquiry, share->ns), percent(inquiry, share->ns),
			 !process->profile   ? "unobserved"
			 : share->cpu_ns < 0 ? "how much of it computing is not known"
					     : sentence(inquiry, "%s of it computing",
							text_ns(inquiry, share->cpu_ns)));
	finding->recommendation = advice->recommendation;
	finding->command = program_command(inquiry, advice, share->program);
}

/* Those that alone are more than the threshold have a finding each; where only their sum is, the
 * largest has it. */
void rule_child_processes(struct inquiry *inquiry)
{
	int64_t sum = path_left(inquiry, want_child, NULL);
	struct program_shares shares = {0};

	if (above_share(inquiry, THRESHOLD_CHILD_SHARE, sum) &&
	    sum >= threshold(inquiry, THRESHOLD_BOUND))
		measure(inquiry, want_child, &shares);
	for (size_t i = 0; i < shares.count; i++)
		if (!i || (above_share(inquiry, THRESHOLD_CHILD_SHARE, shares.items[i].ns)))
			on_child(inquiry, &shares.items[i]);
	list_free(&shares);
}
