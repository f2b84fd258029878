/*
 * compare.c - what a program recorded, against what it knew.
 */
#include "validate/validate.h"

#include "model/internal.h"
#include "stats/percentile.h"
#include "stats/trend.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define DRIFT_LEAST_NS 500000000 /* over less than this no drift can be told */

struct interval {
	int64_t start_ns, duration_ns;
};

struct intervals {
	struct interval *items;
	size_t count, room;
};

bool references_read(const char *path, struct references *references)
{
	FILE *file = fopen(path, "re");
	char line[128];
	bool good = file && fgets(line, sizeof(line), file) &&
		    sscanf(line, "fd %d", &references->fd) == 1;

	while (good && fgets(line, sizeof(line), file)) {
		long long delay, start, duration;

		good = sscanf(line, "%lld %lld %lld", &delay, &start, &duration) == 3;
		if (good && delay < 0)
			*list_add(&references->empty) = (struct reference){delay, start, duration};
		else if (good)
			*list_add(&references->list) = (struct reference){delay, start, duration};
	}
	if (file)
		fclose(file);
	return good && references->list.count;
}

static void add_events(const struct process *process, enum trial_kind kind, int fd,
		       struct intervals *found)
{
	int64_t null_ns = (int64_t)llrint(fmin(process->null_ns, 1e9));

	for (size_t i = 0; i < process->events.count; i++) {
		const struct event *event = &process->events.items[i];
		const struct dndprof_record *raw = &event->record->raw;
		bool wanted = kind == TRIAL_REGION
				      ? event_is(event, DNDPROF_CALL_region)
				      : raw->fd == fd && raw->flags & DNDPROF_RECORD_RECEIVED &&
						raw->result > 0 && raw->kind == DNDPROF_KIND_CALL;

		if (wanted && !event->pid)
			*list_add(found) = (struct interval){
				event->start_ns, event->end_ns - event->start_ns - null_ns};
	}
}

static void add_operations(const struct model *model, enum trial_kind kind, struct intervals *found)
{
	for (size_t i = 0; i < model->operations.count; i++) {
		const struct operation *operation = &model->operations.items[i];

		if (operation->kind == OPERATION_HTTP && !operation->server &&
		    operation->wait_ns >= 0 &&
		    (kind == TRIAL_REQUEST || strcmp(operation->endpoint, "/version") == 0))
			*list_add(found) = (struct interval){
				operation->start_ns, operation->send_ns + operation->wait_ns};
	}
}

static struct error_row row_of(const struct intervals *found, const struct references *truth,
			       int64_t delay_ns)
{
	int64_t *signs = memory_get((truth->list.count + 1) * sizeof(*signs));
	int64_t *sizes = memory_get((truth->list.count + 1) * sizeof(*sizes));
	struct error_row row = {.delay_ns = delay_ns};

	for (size_t i = 0; i < truth->list.count; i++) {
		int64_t error = found->items[i].duration_ns - truth->list.items[i].duration_ns;

		if (delay_ns >= 0 && truth->list.items[i].delay_ns != delay_ns)
			continue;
		signs[row.count] = error;
		sizes[row.count++] = error < 0 ? -error : error;
	}
	percentile_sort(signs, row.count);
	percentile_sort(sizes, row.count);
	row.bias_ns = percentile_rank(signs, row.count, 500);
	row.p50_ns = percentile_rank(sizes, row.count, 500);
	row.p99_ns = percentile_rank(sizes, row.count, 990);
	row.max_ns = row.count ? sizes[row.count - 1] : 0;
	free(signs);
	free(sizes);
	return row;
}

static void compare_rows(struct outcome *outcome, const struct intervals *found,
			 const struct references *truth)
{
	for (size_t i = 0; i < truth->list.count && outcome->row_count < DELAYS_MOST; i++) {
		int64_t delay = truth->list.items[i].delay_ns;
		size_t j = 0;

		while (j < outcome->row_count && outcome->rows[j].delay_ns != delay)
			j++;
		if (j == outcome->row_count)
			outcome->rows[outcome->row_count++] = row_of(found, truth, delay);
	}
}

/* How fast recorded begins run away from the references': ns a second are thousandths of ppm. */
static void find_drift(struct outcome *outcome, const struct intervals *found,
		       const struct references *truth)
{
	double x[TREND_MOST], y[TREND_MOST];
	size_t count = 0, step = truth->list.count / TREND_MOST + 1;
	int64_t first = truth->list.items[0].start_ns;

	if (truth->list.items[truth->list.count - 1].start_ns - first < DRIFT_LEAST_NS)
		return;
	for (size_t i = 0; i < truth->list.count; i += step, count++) {
		x[count] = (double)(truth->list.items[i].start_ns - first) / 1e9;
		y[count] = (double)(found->items[i].start_ns - truth->list.items[i].start_ns);
	}
	outcome->drift_ppm = trend_of(x, y, count).slope / 1000;
	outcome->drift_known = true;
}

/* The gate of the process whose records were compared: the one with the most of them. */
static const char *gate_of(const struct model *model)
{
	const struct process *most = NULL;

	for (size_t i = 0; i < model->processes.count; i++)
		if (!most || model->processes.items[i].events.count > most->events.count)
			most = &model->processes.items[i];
	if (!most)
		return "none";
	return strcmp(most->gate, "libc+go") == 0 ? "libc+go"
	       : strcmp(most->gate, "go") == 0	  ? "go"
	       : strcmp(most->gate, "libc") == 0  ? "libc"
						  : "unobserved";
}

static void compare(struct outcome *outcome, const struct model *model,
		    const struct references *truth, int64_t precision_ns)
{
	struct intervals found = {0};

	outcome->gate_found = gate_of(model);
	for (size_t i = 0; i < model->processes.count && outcome->trial.kind <= TRIAL_RECEIVE; i++)
		add_events(&model->processes.items[i], outcome->trial.kind, truth->fd, &found);
	if (outcome->trial.kind > TRIAL_RECEIVE)
		add_operations(model, outcome->trial.kind, &found);
	if (found.count != truth->list.count) {
		outcome->failure = found.count < truth->list.count
					   ? "not everything that was done was recorded"
					   : "more was recorded than was done";
	} else {
		struct error_row all = row_of(&found, truth, -1);

		compare_rows(outcome, &found, truth);
		outcome->count = all.count;
		outcome->p99_ns = all.p99_ns;
		if (outcome->trial.kind <= TRIAL_RECEIVE)
			find_drift(outcome, &found, truth);
		if (outcome->trial.kind <= TRIAL_RECEIVE)
			outcome_empty(outcome, model, truth);
		outcome->passed = all.p99_ns <= precision_ns;
	}
	list_free(&found);
}

void outcome_compare(struct outcome *outcome, const char *directory,
		     const struct references *references, int64_t precision_ns)
{
	struct model *model;
	struct run *run;

	if (run_open(directory, &run)) {
		outcome->failure = "it left no profile";
		return;
	}
	model = model_build(&run, 1);
	compare(outcome, model, references, precision_ns);
	model_free(model);
	run_close(run);
}
