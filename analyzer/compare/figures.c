/*
 * figures.c - see figures.h. Takes them out of a model; nothing is measured here.
 */
#include "compare/figures.h"
#include "base/sort.h"
#include "model/internal.h"
#include "stats/bootstrap.h"
#include "stats/mann_whitney.h"

#include <math.h>
#include <string.h>

#define ROW(id, key, unit, title, ppm) {key, title, FIGURE_##unit, ppm},
const struct metric_row metric_rows[METRIC_COUNT] = {METRICS(ROW)};
#undef ROW

#define ROW(id, key, title) {key, title},
static const struct {
	const char *key, *title;
} subject_rows[] = {SUBJECTS(ROW)};
#undef ROW

const char *subject_key(enum subject subject)
{
	return subject_rows[subject].key;
}

const char *subject_title(enum subject subject)
{
	return subject_rows[subject].title;
}

static bool is_key(const char *key, const char *text, size_t length)
{
	return strlen(key) == length && strncmp(key, text, length) == 0;
}

enum subject subject_of(const char *key, size_t length)
{
	enum subject subject = 0;

	while (subject < SUBJECT_COUNT && !is_key(subject_rows[subject].key, key, length))
		subject++;
	return subject;
}

enum metric metric_of(const char *key, size_t length)
{
	enum metric metric = 0;

	while (metric < METRIC_COUNT && !is_key(metric_rows[metric].key, key, length))
		metric++;
	return metric;
}

struct figures *figures_new(void)
{
	struct figures *figures = memory_get(sizeof(*figures));

	figures->arena = arena_new();
	figures->program = figures->subcommand = figures->host = figures->path = "";
	return figures;
}

void figures_free(struct figures *figures)
{
	if (!figures)
		return;
	for (size_t i = 0; i < figures->samples.count; i++)
		free(figures->samples.items[i].values);
	list_free(&figures->samples);
	list_free(&figures->items);
	arena_free(figures->arena);
	free(figures);
}

static int compare_samples(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;

	return x->subject == y->subject ? strcmp(x->name, y->name)
					: (int)x->subject - (int)y->subject;
}

const struct sample *figures_sample(const struct figures *figures, enum subject subject,
				    const char *name)
{
	const struct sample wanted = {.subject = subject, .name = name};

	return figures->samples.count
		       ? bsearch(&wanted, figures->samples.items, figures->samples.count,
				 sizeof(wanted), compare_samples)
		       : NULL;
}

int figure_compare(const struct figure *x, const struct figure *y)
{
	int order = (int)x->subject - (int)y->subject;

	order = order ? order : strcmp(x->name, y->name);
	return order ? order : (int)x->metric - (int)y->metric;
}

static int compare_figures(const void *a, const void *b)
{
	return figure_compare(a, b);
}

void figures_sort(struct figures *figures)
{
	if (figures->items.count)
		sort(figures->items.items, figures->items.count, sizeof(struct figure),
		     compare_figures);
	if (figures->samples.count)
		sort(figures->samples.items, figures->samples.count, sizeof(struct sample),
		     compare_samples);
}

bool figures_value(const struct figures *figures, enum subject subject, const char *name,
		   enum metric metric, double *value)
{
	const struct figure wanted = {subject, name, metric, 0}, *found = NULL;

	if (figures->items.count)
		found = bsearch(&wanted, figures->items.items, figures->items.count, sizeof(wanted),
				compare_figures);
	if (found)
		*value = found->value;
	return found;
}

static const char *kept(struct figures *figures, const char *text)
{
	return arena_copy(figures->arena, text, strlen(text));
}

void figures_add(struct figures *figures, enum subject subject, const char *name,
		 enum metric metric, double value)
{
	if (isfinite(value))
		*list_add(&figures->items) = (struct figure){subject, name, metric, value};
}

/* Of the latencies of `operations`, which are all of one name. */
static void add_latencies(struct figures *figures, enum subject subject, const char *name,
			  struct operation *const *operations, size_t count)
{
	double *values = memory_get((count + 1) * sizeof(*values));
	size_t timed = 0, errors = 0;

	for (size_t i = 0; i < count; i++) {
		errors += operations[i]->error;
		if (operation_is_latency(operations[i]))
			values[timed++] = (double)operations[i]->duration_ns;
	}
	values_sort(values, timed);
	figures_add(figures, subject, name, METRIC_NUMBER, (double)count);
	if (count)
		figures_add(figures, subject, name, METRIC_ERRORS, (double)errors / (double)count);
	for (enum metric metric = 0; timed && metric < METRIC_COUNT; metric++)
		if (metric_rows[metric].ppm)
			figures_add(figures, subject, name, metric,
				    values_percentile(values, timed, metric_rows[metric].ppm));
	if (timed)
		*list_add(&figures->samples) = (struct sample){subject, name, values, timed};
	else
		free(values);
}

static int compare_endpoints(const void *a, const void *b)
{
	const struct operation *x = *(const struct operation *const *)a;
	const struct operation *y = *(const struct operation *const *)b;
	int order = strcmp(x->endpoint, y->endpoint);

	order = order ? order : strcmp(x->method, y->method);
	return order ? order : (int)x->stream - (int)y->stream;
}

/* The run's operations, and its transactions by endpoint. */
static void add_operations(struct figures *figures, const struct model *model)
{
	size_t all = model->operations.count, counted = 0, http = 0;
	struct operation **chosen = memory_get((all + 1) * sizeof(*chosen));

	for (size_t i = 0; i < all; i++)
		if (operation_counts(&model->operations.items[i]))
			chosen[counted++] = &model->operations.items[i];
	add_latencies(figures, SUBJECT_RUN, "", chosen, counted);
	for (size_t i = 0; i < counted; i++)
		if (chosen[i]->kind == OPERATION_HTTP)
			chosen[http++] = chosen[i];
	sort(chosen, http, sizeof(*chosen), compare_endpoints);
	for (size_t first = 0, i = 1; first < http && i <= http; i++) {
		const struct operation *one = chosen[first];

		if (i < http && compare_endpoints(&chosen[first], &chosen[i]) == 0)
			continue;
		add_latencies(figures, SUBJECT_ENDPOINT,
			      arena_print(figures->arena, "%s %s%s", one->method, one->endpoint,
					  one->stream ? " (stream)" : ""),
			      chosen + first, i - first);
		first = i;
	}
	free(chosen);
}

static void add_run(struct figures *figures, const struct model *model)
{
	const struct run_facts *facts = &model->runs.items[0].run->facts;
	size_t unobserved = 0;

	for (size_t i = 0; i < model->processes.count; i++)
		unobserved += model_is_unseen(&model->processes.items[i]);
	figures_add(figures, SUBJECT_RUN, "", METRIC_WALL, (double)model->summary.wall_ns);
	if (facts->present && facts->cpu_ns > 0)
		figures_add(figures, SUBJECT_RUN, "", METRIC_CPU, (double)facts->cpu_ns);
	if (model->overhead.share >= 0)
		figures_add(figures, SUBJECT_RUN, "", METRIC_OVERHEAD, model->overhead.share);
	if (model->summary.score >= 0)
		figures_add(figures, SUBJECT_RUN, "", METRIC_SCORE, model->summary.score);
	figures_add(figures, SUBJECT_RUN, "", METRIC_UNOBSERVED, (double)unobserved);
	figures_add(figures, SUBJECT_RUN, "", METRIC_LOST, (double)model->summary.lost_slots);
	if (facts->signal > 0)
		figures_add(figures, SUBJECT_RUN, "", METRIC_EXIT, 128 + facts->signal);
	else if (facts->exit_status >= 0)
		figures_add(figures, SUBJECT_RUN, "", METRIC_EXIT, facts->exit_status);
}

static void add_categories(struct figures *figures, const struct model *model)
{
	for (size_t i = 0; i < model->category_rows.count; i++) {
		const struct category_row *row = model->category_rows.items[i];
		const char *name = kept(figures, row->name);

		figures_add(figures, SUBJECT_CATEGORY, name, METRIC_TIME, (double)row->self_ns);
		if (!row->count)
			continue;
		figures_add(figures, SUBJECT_CATEGORY, name, METRIC_NUMBER, (double)row->count);
		figures_add(figures, SUBJECT_CATEGORY, name, METRIC_AVERAGE,
			    (double)row->average_ns);
	}
}

/* What several processes or findings have together, in the order of their first. */
struct sum {
	const char *name;
	double time, count, operations;
};

static struct sum *sum_named(struct sum *sums, size_t *count, const char *name)
{
	for (size_t i = 0; i < *count; i++)
		if (strcmp(sums[i].name, name) == 0)
			return &sums[i];
	sums[*count] = (struct sum){.name = name};
	return &sums[(*count)++];
}

static void add_sums(struct figures *figures, enum subject subject, const struct sum *sums,
		     size_t count)
{
	for (size_t i = 0; i < count; i++) {
		figures_add(figures, subject, sums[i].name, METRIC_TIME, sums[i].time);
		figures_add(figures, subject, sums[i].name, METRIC_NUMBER, sums[i].count);
	}
}

#define NAMES_MOST 1000 /* programs of a run that are told apart; of more, nobody could read */

static void add_processes(struct figures *figures, const struct model *model)
{
	struct sum *sums = memory_get((NAMES_MOST + 1) * sizeof(*sums));
	size_t count = 0;

	for (size_t i = 0; i < model->processes.count; i++) {
		const struct process *process = &model->processes.items[i];
		const char *words = process->subcommand ? process->subcommand : "";
		const char *name = arena_print(figures->arena, "%s%s%s", process->program,
					       *words ? " " : "", words);
		struct sum *sum;

		if (process->forked) /* the same program once more: it is in its parent's time */
			continue;
		sum = sum_named(sums, &count, count < NAMES_MOST ? name : "(others)");
		sum->time += (double)add_ns(process->gone_ns, -process->start_ns);
		sum->count++;
	}
	add_sums(figures, SUBJECT_PROCESS, sums, count);
	free(sums);
}

static void add_findings(struct figures *figures, const struct model *model)
{
	struct sum *sums = memory_get((model->findings.count + 1) * sizeof(*sums));
	size_t count = 0;

	for (size_t i = 0; i < model->findings.count; i++) {
		const struct finding *finding = &model->findings.items[i];
		struct sum *sum = sum_named(sums, &count, kept(figures, finding->rule));

		sum->time += finding->impact_ns > 0 ? (double)finding->impact_ns : 0;
		sum->count++;
	}
	add_sums(figures, SUBJECT_FINDING, sums, count);
	free(sums);
}

static void add_checks(struct figures *figures, const struct model *model)
{
	for (size_t i = 0; i < model->checks.count; i++) {
		const struct check_row *row = &model->checks.items[i];
		const char *name = kept(figures, row->name);
		double ended = (double)row->succeeded + (double)row->failed;

		figures_add(figures, SUBJECT_CHECK, name, METRIC_NUMBER, (double)row->count);
		if (row->timed)
			figures_add(figures, SUBJECT_CHECK, name, METRIC_AVERAGE,
				    (double)row->average_ns);
		if (ended > 0)
			figures_add(figures, SUBJECT_CHECK, name, METRIC_ERRORS,
				    (double)row->failed / ended);
	}
}

struct figures *figures_of(const struct model *model)
{
	const struct model_run *run = &model->runs.items[0];
	struct figures *figures = figures_new();

	figures->program = kept(figures, run->program);
	figures->subcommand = kept(figures, run->subcommand);
	figures->host = kept(figures, run->host);
	figures->path = kept(figures, run->run->path);
	figures->start_realtime_ns = run->start_realtime_ns;
	add_run(figures, model);
	add_operations(figures, model);
	add_categories(figures, model);
	add_processes(figures, model);
	add_checks(figures, model);
	add_findings(figures, model);
	figures_sort(figures);
	return figures;
}
