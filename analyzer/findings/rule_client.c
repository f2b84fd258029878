/*
 * rule_client.c - time of the client itself that no request, child or lock explains: it computes,
 * or it does nothing.
 */
#include "findings/advice.h"
#include "findings/rules.h"

#include <string.h>

#define SWITCHES_LEAST 20 /* context switches that tell anything */

/* Why a process did nothing, as far as its context switches tell: who sleeps gives the CPU away,
 * who is put aside has it taken. */
enum inaction { INACTION_UNKNOWN, INACTION_ASLEEP, INACTION_NO_CPU };

static enum inaction inaction_of(const struct inquiry *inquiry, uint32_t index)
{
	const struct profile *profile =
		index == NONE ? NULL : inquiry->model->processes.items[index].profile;
	const struct dndprof_sample *samples, *first, *last;
	uint64_t given, taken;
	size_t count = 0;

	samples = profile ? profile_samples(profile, &count) : NULL;
	if (count < 2)
		return INACTION_UNKNOWN;
	first = &samples[0];
	last = &samples[count - 1];
	given = last->voluntary_switches - first->voluntary_switches;
	taken = last->involuntary_switches - first->involuntary_switches;
	if (given > INT64_MAX / 2 || taken > INT64_MAX / 2 || given + taken < SWITCHES_LEAST)
		return INACTION_UNKNOWN;
	return taken / 2 > given   ? INACTION_NO_CPU
	       : given / 2 > taken ? INACTION_ASLEEP
				   : INACTION_UNKNOWN;
}

/* The part of `ns` of a stretch that is not claimed, if what was claimed was of all it holds. */
static int64_t remaining(const struct inquiry *inquiry, const struct stretch *stretch, int64_t ns)
{
	size_t index = (size_t)(stretch - inquiry->model->critical.stretches.items);

	return (int64_t)((double)ns * (double)inquiry->left[index] /
			 (double)(stretch->end_ns - stretch->start_ns));
}

static int64_t want_cpu(const struct inquiry *inquiry, const struct stretch *stretch,
			const void *data)
{
	(void)data;
	return stretch->kind == STRETCH_OWN &&
			       model_is_client(inquiry->model, stretch->run, stretch->process)
		       ? remaining(inquiry, stretch, stretch->cpu_ns)
		       : 0;
}

static int64_t want_idle(const struct inquiry *inquiry, const struct stretch *stretch,
			 const void *data)
{
	(void)data;
	return stretch->kind == STRETCH_OWN && is_covered(inquiry, stretch) &&
			       model_is_client(inquiry->model, stretch->run, stretch->process)
		       ? remaining(inquiry, stretch, idle_ns(stretch))
		       : 0;
}

/* The part of that of which is known that it was no computing. */
static int64_t want_known_idle(const struct inquiry *inquiry, const struct stretch *stretch,
			       const void *data)
{
	return stretch->cpu_known ? want_idle(inquiry, stretch, data) : 0;
}

/* The process that the most of it is of. */
static uint32_t main_process(const struct inquiry *inquiry, wanted_function *wanted)
{
	const struct critical *critical = &inquiry->model->critical;
	uint32_t most = NONE;

	for (size_t i = 0; i < critical->stretches.count; i++) {
		const struct stretch *stretch = &critical->stretches.items[i];

		if (stretch->process != NONE)
			inquiry->process[stretch->process] += wanted(inquiry, stretch, NULL);
	}
	for (uint32_t i = 0; i < inquiry->model->processes.count; i++)
		if (inquiry->process[i] &&
		    (most == NONE || inquiry->process[i] > inquiry->process[most]))
			most = i;
	return most;
}

/* Computing, and waiting for a CPU to compute on. */
static int64_t want_to_compute(const struct inquiry *inquiry, const struct stretch *stretch,
			       const void *data)
{
	int64_t ns = want_cpu(inquiry, stretch, data);

	return ns && inaction_of(inquiry, stretch->process) == INACTION_NO_CPU
		       ? ns + want_idle(inquiry, stretch, data)
		       : ns;
}

void rule_client_bound(struct inquiry *inquiry)
{
	int64_t ns = path_left(inquiry, want_to_compute, NULL);
	int64_t cpu_ns = path_left(inquiry, want_cpu, NULL);
	struct finding *finding;
	const char *program;
	uint32_t process;

	if (!above_share(inquiry, THRESHOLD_CPU_SHARE, ns) ||
	    ns < threshold(inquiry, THRESHOLD_BOUND))
		return;
	process = main_process(inquiry, want_to_compute);
	path_claim(inquiry, want_to_compute, NULL);
	finding = finding_add(inquiry, "client_bound", ns,
			      "this part of the critical path, were the computing not needed");
	cite_process(inquiry, finding, process, 1, ns);
	program = process == NONE ? "?" : inquiry->model->processes.items[process].program;
	finding->description = sentence(
		inquiry, "%s itself computes for %s%s (%.1f%% of the wall time).", program,
		text_ns(inquiry, cpu_ns),
		ns > cpu_ns ? sentence(inquiry,
				       " and waits %s for a CPU that others use, as far as "
				       "its context switches tell",
				       text_ns(inquiry, ns - cpu_ns))
			    : "",
		percent(inquiry, ns));
	finding->recommendation =
		"Neither the engine nor the network is the limit: see what the program computes.";
	finding->command = advice_on_cpu(inquiry, program);
}

static const struct {
	const char *what, *recommendation, *command;
} inactions[] = {
	[INACTION_UNKNOWN] = {"sleeps, or gets no CPU,",
			      "Look for sleeps and polling intervals in it, and whether other "
			      "programs take the CPUs.",
			      "top; strace -f -r -e trace=clock_nanosleep,futex COMMAND"},
	[INACTION_ASLEEP] = {"sleeps", "Look for sleeps and polling intervals in it.",
			     "strace -f -r -e trace=clock_nanosleep,futex COMMAND"},
	[INACTION_NO_CPU] = {"waits for a CPU that others use, as far as its context "
			     "switches tell,",
			     "The machine is busy: run less at once, or give the program more CPU "
			     "(its cgroup's quota, nice).",
			     "top; cat /proc/pressure/cpu"},
};

void rule_idle(struct inquiry *inquiry)
{
	int64_t ns = path_left(inquiry, want_idle, NULL);
	bool known = path_left(inquiry, want_known_idle, NULL) > ns / 2;
	struct finding *finding;
	enum inaction inaction;
	const char *program;
	uint32_t process;

	if (!above_share(inquiry, THRESHOLD_IDLE_SHARE, ns) ||
	    ns < threshold(inquiry, THRESHOLD_QUIET))
		return;
	process = main_process(inquiry, want_idle);
	inaction = inaction_of(inquiry, process);
	path_claim(inquiry, want_idle, NULL);
	finding = finding_add(inquiry, "idle", ns,
			      "it neither computed nor waited for anything seen");
	cite_process(inquiry, finding, process, 1, ns);
	program = process == NONE ? "?" : inquiry->model->processes.items[process].program;
	finding->description = sentence(
		inquiry,
		"%s %s for %s (%.1f%% of the wall time); nothing it asked for was "
		"under way.",
		program, known ? inactions[inaction].what : "sleeps, computes or waits unseen",
		text_ns(inquiry, ns), percent(inquiry, ns));
	finding->recommendation = inactions[inaction].recommendation;
	finding->command = inactions[inaction].command;
}
