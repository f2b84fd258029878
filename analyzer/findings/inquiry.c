/*
 * inquiry.c - see inquiry.h.
 */
#include "findings/inquiry.h"
#include "base/duration.h"
#include "base/sort.h"

#include <inttypes.h>
#include <string.h>

static int64_t length(const struct stretch *stretch)
{
	return stretch->end_ns - stretch->start_ns;
}

int64_t idle_ns(const struct stretch *stretch)
{
	return stretch->kind == STRETCH_OWN ? length(stretch) - stretch->cpu_ns : 0;
}

int64_t overlap(const struct stretch *stretch, int64_t start_ns, int64_t end_ns)
{
	int64_t start = stretch->start_ns > start_ns ? stretch->start_ns : start_ns;
	int64_t end = stretch->end_ns < end_ns ? stretch->end_ns : end_ns;

	return end > start ? end - start : 0;
}

bool is_covered(const struct inquiry *inquiry, const struct stretch *stretch)
{
	const struct process *process;

	if (stretch->process == NONE)
		return false;
	process = &inquiry->model->processes.items[stretch->process];
	return process->profile && strcmp(process->gate, "unobserved") != 0 &&
	       (process->window_ns <= process->start_ns || stretch->start_ns >= process->window_ns);
}

static int64_t take(const struct inquiry *inquiry, wanted_function *wanted, const void *data,
		    bool claim, int64_t most_ns)
{
	const struct critical *critical = &inquiry->model->critical;
	int64_t sum = 0;

	for (size_t i = 0; i < critical->stretches.count && sum < most_ns; i++) {
		int64_t ns = inquiry->left[i];

		if (!ns)
			continue;
		ns = wanted(inquiry, &critical->stretches.items[i], data);
		ns = ns > inquiry->left[i] ? inquiry->left[i] : ns;
		ns = ns > most_ns - sum ? most_ns - sum : ns;
		sum = add_ns(sum, ns);
		if (claim)
			inquiry->left[i] -= ns;
	}
	return sum;
}

int64_t path_left(const struct inquiry *inquiry, wanted_function *wanted, const void *data)
{
	return take(inquiry, wanted, data, false, INT64_MAX);
}

int64_t path_claim(struct inquiry *inquiry, wanted_function *wanted, const void *data)
{
	return take(inquiry, wanted, data, true, INT64_MAX);
}

int64_t path_claim_most(struct inquiry *inquiry, wanted_function *wanted, const void *data,
			int64_t most_ns)
{
	return take(inquiry, wanted, data, true, most_ns);
}

int64_t *operations_left(const struct inquiry *inquiry)
{
	const struct critical *critical = &inquiry->model->critical;
	int64_t *left = memory_get((inquiry->model->operations.count + 1) * sizeof(*left));

	for (size_t i = 0; i < critical->stretches.count; i++)
		if (critical->stretches.items[i].kind == STRETCH_OPERATION)
			left[critical->stretches.items[i].index] += inquiry->left[i];
	return left;
}

void interval_add(struct intervals *intervals, uint32_t run, int64_t start_ns, int64_t end_ns)
{
	if (end_ns > start_ns)
		*list_add(intervals) = (struct interval){start_ns, end_ns, run};
}

static int compare_intervals(const void *a, const void *b)
{
	const struct interval *x = a, *y = b;

	if (x->run != y->run)
		return x->run < y->run ? -1 : 1;
	return (x->start_ns > y->start_ns) - (x->start_ns < y->start_ns);
}

void intervals_settle(struct intervals *intervals)
{
	size_t kept = 0;

	if (intervals->count)
		sort(intervals->items, intervals->count, sizeof(*intervals->items),
		     compare_intervals);
	for (size_t i = 0; i < intervals->count; i++) {
		struct interval *last = kept ? &intervals->items[kept - 1] : NULL;
		const struct interval *next = &intervals->items[i];

		if (!last || last->run != next->run || next->start_ns > last->end_ns)
			intervals->items[kept++] = *next;
		else if (next->end_ns > last->end_ns)
			last->end_ns = next->end_ns;
	}
	intervals->count = kept;
}

/* The first interval that ends after `ns`. */
static size_t interval_after(const struct intervals *intervals, uint32_t run, int64_t ns)
{
	size_t low = 0, high = intervals->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct interval *at = &intervals->items[middle];

		if (at->run < run || (at->run == run && at->end_ns <= ns))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int64_t want_marked(const struct inquiry *inquiry, const struct stretch *stretch, const void *data)
{
	const uint32_t *mark = data;
	int64_t within = 0;

	if (stretch->kind == STRETCH_OPERATION)
		return inquiry->marks[stretch->index] == *mark ? length(stretch) : 0;
	if (stretch->kind != STRETCH_OWN)
		return 0;
	for (size_t i = interval_after(&inquiry->intervals, stretch->run, stretch->start_ns);
	     i < inquiry->intervals.count; i++) {
		const struct interval *at = &inquiry->intervals.items[i];

		if (at->run != stretch->run || at->start_ns >= stretch->end_ns)
			break;
		within += overlap(stretch, at->start_ns, at->end_ns);
	}
	/* when it computed is not known that precisely */
	return (int64_t)((double)within * (double)idle_ns(stretch) / (double)length(stretch));
}

int64_t threshold(const struct inquiry *inquiry, enum threshold id)
{
	return inquiry->thresholds->value[id];
}

bool above_share(const struct inquiry *inquiry, enum threshold id, int64_t ns)
{
	return (double)ns * (double)SHARE_WHOLE >
	       (double)threshold(inquiry, id) * (double)inquiry->model->summary.wall_ns;
}

double percent(const struct inquiry *inquiry, int64_t ns)
{
	int64_t wall = inquiry->model->summary.wall_ns;

	return wall > 0 ? 100.0 * (double)ns / (double)wall : 0;
}

const char *text_ns(const struct inquiry *inquiry, int64_t ns)
{
	char text[DURATION_TEXT];

	duration_text(ns, text);
	return arena_copy(inquiry->model->arena, text, strlen(text));
}

const char *text_times(const struct inquiry *inquiry, uint64_t count)
{
	return count == 1 ? "once" : sentence(inquiry, "%" PRIu64 " times", count);
}

const char *operation_name(const struct inquiry *inquiry, const struct operation *operation)
{
	if (operation->kind != OPERATION_HTTP)
		return operation->endpoint;
	return sentence(inquiry, "%s %s", operation->method, operation->endpoint);
}

struct finding *finding_add(struct inquiry *inquiry, const char *rule, int64_t impact_ns,
			    const char *how)
{
	struct finding *finding = list_add(&inquiry->model->findings);

	finding->rule = rule;
	finding->impact_ns = impact_ns;
	finding->process = finding->cited.operation = NONE;
	finding->description = finding->recommendation = finding->cited.what = "";
	finding->impact =
		impact_ns < 0
			? sentence(inquiry, "cannot be told: %s", how)
			: sentence(inquiry, "up to %s saved (%.1f%% of the wall time): %s",
				   text_ns(inquiry, impact_ns), percent(inquiry, impact_ns), how);
	return finding;
}

void cite(const struct inquiry *inquiry, struct finding *finding, uint32_t index)
{
	const struct operation *operation = &inquiry->model->operations.items[index];
	struct citation *cited = &finding->cited;
	int64_t ns = operation->end_ns - operation->start_ns;

	if (cited->count++ && ns <= cited->slowest_ns)
		return;
	cited->operation = index;
	cited->slowest_ns = ns;
}

/* Names the slowest of those cited. */
static void conclude(const struct inquiry *inquiry, struct finding *finding)
{
	struct citation *cited = &finding->cited;
	const struct operation *operation;
	uint32_t run;

	if (cited->operation == NONE)
		return;
	operation = &inquiry->model->operations.items[cited->operation];
	run = inquiry->model->processes.items[operation->process].run;
	cited->what = operation_name(inquiry, operation);
	cited->site = operation->site;
	cited->offset_ns = operation->start_ns - inquiry->model->runs.items[run].start_ns;
	if (finding->process == NONE)
		finding->process = operation->process;
}

void cite_marked(const struct inquiry *inquiry, struct finding *finding, uint32_t mark)
{
	for (size_t i = 0; i < inquiry->model->operations.count; i++)
		if (inquiry->marks[i] == mark)
			cite(inquiry, finding, (uint32_t)i);
	conclude(inquiry, finding);
}

void cite_process(const struct inquiry *inquiry, struct finding *finding, uint32_t index,
		  size_t count, int64_t ns)
{
	const struct process *process;

	if (index == NONE)
		return;
	process = &inquiry->model->processes.items[index];
	finding->process = index;
	finding->cited = (struct citation){
		.count = count,
		.what = process->program,
		.slowest_ns = ns,
		.offset_ns = process->start_ns - inquiry->model->runs.items[process->run].start_ns,
		.operation = NONE};
}

bool run_failed(const struct model *model, uint32_t run)
{
	const struct run_facts *facts = &model->runs.items[run].run->facts;

	return facts->exit_status > 0 || facts->signal > 0;
}
