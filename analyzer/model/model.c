/*
 * model.c - builds the model, step by step.
 */
#include "base/progress.h"
#include "base/sort.h"
#include "findings/findings.h"
#include "model/filter.h"
#include "model/internal.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

void model_warn(struct model *model, const char *sentence)
{
	*list_add(&model->warnings) = sentence;
}

struct operation *model_operation(struct model *model, enum operation_kind kind, uint32_t process,
				  int64_t start_ns, int64_t end_ns)
{
	struct operation *operation = list_add(&model->operations);
	const struct process *of = &model->processes.items[process];
	double null = kind == OPERATION_REGION ? of->null_ns : of->call_null_ns;

	operation->kind = kind;
	operation->process = process;
	operation->flow = NONE;
	operation->start_ns = start_ns;
	operation->end_ns = end_ns;
	operation->duration_ns = end_ns - start_ns - (int64_t)llrint(fmin(null, 1e9));
	operation->method = operation->endpoint = operation->path = operation->worker = "";
	operation->send_ns = operation->wait_ns = operation->receive_ns = -1;
	return operation;
}

static void find_window(struct model *model, uint32_t index)
{
	struct model_run *run = &model->runs.items[index];
	const struct run_facts *facts = &run->run->facts;
	bool any = false;

	for (size_t i = 0; i < model->processes.count; i++) {
		const struct process *process = &model->processes.items[i];

		if (process->run != index || !process->profile)
			continue;
		if (!any || process->start_ns < run->start_ns)
			run->start_ns = process->start_ns;
		if (!any || process->end_ns > run->end_ns)
			run->end_ns = process->end_ns;
		any = true;
	}
	/* The front end saw the whole; its times are taken when they are about the same moments. */
	if (facts->present && facts->start_ns &&
	    (!any || (facts->start_ns <= run->end_ns &&
		      (!facts->end_ns || facts->end_ns >= run->start_ns)))) {
		run->start_ns = facts->start_ns;
		if (facts->end_ns >= facts->start_ns)
			run->end_ns = facts->end_ns;
	}
	if (run->end_ns < run->start_ns) /* a damaged file */
		run->end_ns = run->start_ns;
}

/* Until when each process lived: as it or its parent said, else as long as the run. */
static void find_ends(struct model *model, uint32_t index)
{
	const struct model_run *run = &model->runs.items[index];

	for (size_t i = 0; i < model->processes.count; i++) {
		struct process *process = &model->processes.items[i];
		bool open = process->profile &&
			    profile_header(process->profile)->end == DNDPROF_END_OPEN;

		if (process->run != index)
			continue;
		if (!open)
			process->gone_ns = process->end_ns;
		else if (!process->gone_ns) /* nobody waited for it */
			process->gone_ns = run->end_ns;
		if (process->gone_ns < process->end_ns)
			process->gone_ns = process->end_ns;
	}
}

/* The process a person would call the run: the first whose parent is not one of them. */
static const struct process *root_of(const struct model *model, uint32_t run)
{
	const struct process *root = NULL;

	for (size_t i = 0; i < model->processes.count; i++) {
		const struct process *process = &model->processes.items[i];

		if (process->run == run && process->parent == NONE &&
		    (!root || process->start_ns < root->start_ns))
			root = process;
	}
	return root;
}

static const char *first_text(const char *a, const char *b)
{
	return a && *a ? a : b ? b : "";
}

static void describe_run(struct model *model, uint32_t index)
{
	struct model_run *run = &model->runs.items[index];
	const struct run_facts *facts = &run->run->facts;
	const struct process *root = root_of(model, index);
	const struct profile *profile =
		run->run->profiles.count ? run->run->profiles.items[0] : NULL;

	run->program = first_text(facts->program, root ? root->program : "?");
	run->subcommand = *facts->program ? facts->subcommand : root ? root->subcommand : "";
	run->host = first_text(facts->host, profile ? profile_info(profile, "host") : NULL);
	run->version =
		first_text(facts->version, profile ? profile_info(profile, "version") : NULL);
	run->start_realtime_ns = facts->start_realtime_ns;
	if (!run->start_realtime_ns && run->clocks.count)
		run->start_realtime_ns = clock_realtime(run->clocks.items[0], run->start_ns);
}

static void warn_of_files(struct model *model, const struct run *run)
{
	if (run->failures.count)
		model_warn(model,
			   arena_print(model->arena,
				       "%zu file%s of the run could not be read; the first: %s.",
				       run->failures.count, run->failures.count > 1 ? "s" : "",
				       run->failures.items[0].path));
}

static int compare_operations(const void *a, const void *b)
{
	const struct operation *x = a, *y = b;

	if (x->start_ns != y->start_ns)
		return x->start_ns < y->start_ns ? -1 : 1;
	if (x->process != y->process)
		return x->process < y->process ? -1 : 1;
	if (x->flow != y->flow)
		return x->flow < y->flow ? -1 : 1;
	return (int)x->kind - (int)y->kind;
}

/* How far reading is of the whole, and making operations of what was read. */
#define READING	   0.4
#define OPERATIONS 0.8

static void build_operations(struct model *model)
{
	for (uint32_t i = 0; i < model->processes.count; i++) {
		if (!model->processes.items[i].profile)
			continue;
		progress_at(i, model->processes.count);
		model_flows(model, i);
		model_calls(model, i);
	}
	for (uint32_t i = 0; i < model->flows.count; i++) {
		if (model->flows.items[i].dns)
			model_dns_flow(model, i);
		else
			model_http(model, i);
		model_connects(model, i);
	}
	model_engine_peers(model);
	if (model->operations.count)
		sort(model->operations.items, model->operations.count,
		     sizeof(*model->operations.items), compare_operations);
}

/* What was left out on purpose is weighed or kept elsewhere; slots have their own sentence. */
static void warn_of_losses(struct model *model)
{
	static const char *const harmless[] = {"SAMPLED",     "SHARED_RING", "STACK",
					       "OVERWRITTEN", "MISSING",     "NO_HISTOGRAM"};

	for (size_t i = 0; i < model->overhead.losses.count; i++) {
		const struct loss_row *loss = &model->overhead.losses.items[i];
		bool counts = loss->count > 0;

		for (size_t j = 0; j < sizeof(harmless) / sizeof(harmless[0]); j++)
			counts &= strcmp(loss->key, harmless[j]) != 0;
		if (counts)
			model_warn(model, arena_print(model->arena,
						      "Lost: %" PRIu64 " %s. Operations may be "
						      "missing.",
						      loss->count, loss->reason));
	}
}

/* What is not in histograms moves nothing else. */
static void warn_of_histograms(struct model *model)
{
	const char *names = "";
	uint64_t missing = 0, timed = 0;

	for (size_t i = 0; i < model->calls.count; i++) {
		const struct call_row *row = &model->calls.items[i];

		if (!row->missing)
			continue;
		names = arena_print(model->arena, "%s%s%s %" PRIu64, names, *names ? ", " : "",
				    row->name, row->missing);
		missing = missing > UINT64_MAX - row->missing ? UINT64_MAX : missing + row->missing;
		timed = timed > UINT64_MAX - row->timed ? UINT64_MAX : timed + row->timed;
	}
	if (missing)
		model_warn(
			model,
			arena_print(model->arena,
				    "In no histogram, for want of room or because a file is not "
				    "whole: %" PRIu64 " of %" PRIu64 " durations (%s). Percentiles "
				    "of calls that they could move are not told; counts and sums "
				    "are exact.",
				    missing, timed, names));
}

static void warn_of_gaps(struct model *model)
{
	size_t unobserved = 0, basic = 0;
	const char *failures;

	for (size_t i = 0; i < model->processes.count; i++) {
		const struct profile *profile = model->processes.items[i].profile;
		const char *detail = profile ? profile_info(profile, "config.DETAIL") : NULL;

		basic += detail && strcmp(detail, "basic") == 0;
		unobserved += model_is_unseen(&model->processes.items[i]);
	}
	if (basic)
		model_warn(model,
			   "DNDPROF_DETAIL=basic keeps counts of calls only: operations need "
			   "normal.");
	if (unobserved)
		model_warn(model, arena_print(model->arena,
					      "%zu of %zu processes %s not observed: see COVERAGE.",
					      unobserved, model->processes.count,
					      unobserved == 1 ? "was" : "were"));
	model_window_warn(model);
	if (model->summary.lost_slots)
		model_warn(model,
			   arena_print(model->arena,
				       "%" PRIu64 " record slots are lost: operations cover what "
				       "survived, counts of calls are exact.",
				       model->summary.lost_slots));
	warn_of_losses(model);
	warn_of_histograms(model);
	if (model->summary.orphans)
		model_warn(model, arena_print(model->arena,
					      "%" PRIu64 " response%s came whose request was not "
					      "recorded: those transactions are missing.",
					      model->summary.orphans,
					      model->summary.orphans == 1 ? "" : "s"));
	failures = model->symbols ? symbols_failures(model->symbols) : NULL;
	if (failures)
		model_warn(model, failures);
	if (!model->summary.operations && model->left_out)
		model_warn(model, "No operation is left by the filter.");
	else if (!model->summary.operations)
		model_warn(model, "No operation was observed: that is no data, not a good result.");
}

static void describe_runs(struct model *model, struct run *const *runs, size_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct model_run *run = list_add(&model->runs);

		progress_span(READING * i / (double)count, READING * (i + 1) / (double)count);
		run->run = runs[i];
		warn_of_files(model, runs[i]);
		model_clocks(model, run);
		model_window(model, run);
		model_processes(model, i);
		model_children(model, i);
		model_alive(model, i);
		find_window(model, i);
		find_ends(model, i);
		describe_run(model, i);
	}
}

struct model *model_build_of(struct run *const *runs, size_t count,
			     const struct model_choice *choice)
{
	struct model *model = memory_get(sizeof(*model));

	model->arena = arena_new();
	model->choice = choice;
	model->filter = choice->filter;
	describe_runs(model, runs, count);
	progress_span(READING, OPERATIONS);
	build_operations(model);
	model_region_costs(model);
	progress_span(OPERATIONS, 1);
	model_sites(model);
	model_locks(model);
	model_stops(model);
	model_checks(model);
	model_workers(model);
	if (model->filter)
		filter_workers(model->filter, model);
	progress_at(1, 3);
	model_critical(model);
	progress_at(2, 3);
	if (model->filter) /* from here on there is nothing but what was asked for */
		filter_apply(model->filter, model);
	model_endpoints(model);
	model_regions(model);
	model_summary(model);
	model_latencies(model);
	model_call_rows(model);
	model_categories(model);
	model_resources(model);
	model_overhead(model);
	model_rate(model);
	warn_of_gaps(model);
	findings_find(model, thresholds_chosen());
	return model;
}

struct model *model_build(struct run *const *runs, size_t count)
{
	static const struct model_choice everything;

	return model_build_of(runs, count, &everything);
}

void model_free(struct model *model)
{
	if (!model)
		return;
	for (size_t i = 0; i < model->runs.count; i++) {
		for (size_t j = 0; j < model->runs.items[i].clocks.count; j++)
			clock_free(model->runs.items[i].clocks.items[j]);
		list_free(&model->runs.items[i].clocks);
		list_free(&model->runs.items[i].owners);
	}
	for (size_t i = 0; i < model->processes.count; i++) {
		list_free(&model->processes.items[i].events);
		list_free(&model->processes.items[i].stacks);
		list_free(&model->processes.items[i].notes);
		list_free(&model->processes.items[i].stops);
	}
	for (size_t i = 0; i < model->flows.count; i++)
		list_free(&model->flows.items[i].events);
	list_free(&model->runs);
	list_free(&model->processes);
	list_free(&model->flows);
	list_free(&model->operations);
	list_free(&model->endpoints);
	list_free(&model->children);
	list_free(&model->locks);
	list_free(&model->sites.list);
	list_free(&model->sites.rows);
	list_free(&model->sites.frames);
	symbols_free(model->symbols);
	map_free(&model->lock_index);
	list_free(&model->user_categories);
	list_free(&model->category_rows);
	list_free(&model->critical.rows);
	list_free(&model->critical.stretches);
	list_free(&model->checks);
	list_free(&model->checks.parts);
	list_free(&model->workers.pools);
	list_free(&model->workers);
	list_free(&model->calls);
	list_free(&model->overhead.rows);
	list_free(&model->overhead.losses);
	list_free(&model->findings);
	list_free(&model->warnings);
	arena_free(model->arena);
	free(model);
}
