/*
 * outputs.c - see outputs.h: what is printed. The rules are in outputs_rules.c.
 */
#include "support/outputs.h"

#include "ci/annotations.h"
#include "render/anonymize.h"
#include "render/comparison.h"
#include "render/dump.h"
#include "render/history.h"
#include "render/report.h"
#include "top/top.h"

#include <stdio.h>
#include <string.h>

static const struct style plain, ascii = {.ascii = true};

/* Once with everything that can be asked for, where a format has it. */
static const struct style full = {.trends = true, .stacks = true, .top_asked = true};

static void put_text(struct buffer *buffer, const struct model *model)
{
	render_text(buffer, &plain, model, 0);
	render_text(buffer, &full, model, 0);
}

static void put_text_ascii(struct buffer *buffer, const struct model *model)
{
	render_text(buffer, &ascii, model, 0);
	dump_text(buffer, &ascii, model);
}

static void put_json(struct buffer *buffer, const struct model *model)
{
	render_json(buffer, &full, model, 0);
}

static void put_csv(struct buffer *buffer, const struct model *model)
{
	render_csv(buffer, &full, model, 0);
}

static void put_markdown(struct buffer *buffer, const struct model *model)
{
	render_markdown(buffer, &plain, model, 0);
}

static void put_html(struct buffer *buffer, const struct model *model)
{
	render_html(buffer, &plain, model, 0);
}

static void put_metrics(struct buffer *buffer, const struct model *model)
{
	render_openmetrics(buffer, &plain, model, 0);
}

static void put_junit(struct buffer *buffer, const struct model *model)
{
	render_junit(buffer, &plain, model, 0);
}

static void put_dump(struct buffer *buffer, const struct model *model)
{
	dump_text(buffer, &plain, model);
}

static void put_dump_lines(struct buffer *buffer, const struct model *model)
{
	dump_jsonl(buffer, &plain, model);
}

/* The labels' secret is what it happens to be: the same in every run of a test. */
static const struct labels labels = {{1, 2, 3, 4}};
static const struct style anonymous = {.labels = &labels};

static void put_anonymous(struct buffer *buffer, const struct model *model)
{
	dump_text(buffer, &anonymous, model);
}

static void put_anonymous_lines(struct buffer *buffer, const struct model *model)
{
	dump_jsonl(buffer, &anonymous, model);
}

static void put_annotations(struct buffer *buffer, const struct model *model)
{
	annotations_put(buffer, model);
}

/* ---- the run beside itself ---- */

struct beside {
	struct figures *runs[2];
	struct side base, fresh;
	struct gates gates;
	struct comparison *comparison;
};

static void compare(struct beside *beside, const struct model *model)
{
	static const char *const conditions[] = {"p95 < 1ms", "errors < 1%", "time *:* < +10%",
						 "count endpoint:* < 2", "p50 process:* > 1s"};

	*beside = (struct beside){.runs = {figures_of(model), figures_of(model)}};
	beside->base = (struct side){.runs = &beside->runs[0], .count = 1};
	beside->fresh = (struct side){.runs = &beside->runs[1], .count = 1};
	for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++)
		gate_add(&beside->gates, conditions[i], true);
	beside->comparison = compare_sides(&beside->base, &beside->fresh, 0);
	beside->comparison->base_name = beside->runs[0]->path;
	beside->comparison->fresh_name = beside->runs[1]->path;
	comparison_choose(beside->comparison, true);
	gates_judge(beside->comparison, &beside->gates);
}

static void compare_end(struct beside *beside)
{
	comparison_free(beside->comparison);
	gates_free(&beside->gates);
	figures_free(beside->runs[0]);
	figures_free(beside->runs[1]);
}

#define COMPARED(name, call)                                               \
	static void name(struct buffer *buffer, const struct model *model) \
	{                                                                  \
		struct beside beside;                                      \
                                                                           \
		compare(&beside, model);                                   \
		call;                                                      \
		compare_end(&beside);                                      \
	}
COMPARED(put_diff, comparison_text(buffer, &plain, beside.comparison))
COMPARED(put_diff_json, comparison_json(buffer, &plain, beside.comparison))
COMPARED(put_diff_markdown, comparison_markdown(buffer, &plain, beside.comparison))
COMPARED(put_diff_junit, comparison_junit(buffer, beside.comparison))

/* ---- kept in a history ---- */

/* Every text a profile has a hand in stands there; which: of the format's functions. */
static void put_history(struct buffer *buffer, const struct model *model, const char *format)
{
	const struct history_format *of = history_format(format);
	struct figures *figures = figures_of(model), *all[] = {figures, figures};
	struct side side = {.runs = all, .count = 2};
	struct stored_runs runs = {.arena = arena_new()};
	struct stored_baselines baselines = {.arena = runs.arena};
	struct history_page page = {.runs = &runs, .baselines = &baselines, .side = &side};
	struct series_list list;

	page.model.arena = runs.arena;
	for (int64_t id = 1; id <= 2; id++)
		*list_add(&runs.list) = (struct stored_run){
			.id = id,
			.program = figures->program,
			.subcommand = figures->subcommand,
			.host = figures->host,
			.path = figures->path,
			.where = {figures->program, figures->host, figures->path, figures->program,
				  figures->host},
			.baselines = figures->program,
		};
	*list_add(&baselines.list) = (struct stored_baseline){figures->program, 1, 1};
	series_of(&list, &side);
	for (size_t i = 0; i < list.count; i++)
		*list_add(&page.series) = &list.items[i];
	of->runs(buffer, &plain, &page);
	of->baselines(buffer, &plain, &page);
	of->trend(buffer, &plain, &page);
	list_free(&page.series);
	series_free(&list);
	list_free(&runs.list);
	list_free(&baselines.list);
	arena_free(runs.arena);
	figures_free(figures);
}

static void put_history_text(struct buffer *buffer, const struct model *model)
{
	put_history(buffer, model, "text");
}

static void put_history_json(struct buffer *buffer, const struct model *model)
{
	put_history(buffer, model, "json");
}

static void put_history_markdown(struct buffer *buffer, const struct model *model)
{
	put_history(buffer, model, "markdown");
}

/* Of a run that goes on: what is in flight and the threads are to be seen, too. */
static void put_top(struct buffer *buffer, const struct model *model)
{
	const struct choice_of_frame choices[] = {{.order = ORDER_P95},
						  {.order = ORDER_COUNT, .ascii = true}};
	struct process *processes = model->processes.items;
	bool alive[256] = {false};
	size_t count = model->processes.count < 256 ? model->processes.count : 256;

	for (size_t i = 0; i < count; i++) {
		alive[i] = processes[i].alive;
		processes[i].alive = true;
	}
	for (size_t c = 0; c < sizeof(choices) / sizeof(choices[0]); c++) {
		struct look look = {.model = (struct model *)model};
		struct frame frame = {0};

		frame_make(&frame, &look, NULL, &choices[c]);
		for (size_t i = 0; i < frame.lines.count; i++)
			buffer_print(buffer, "%s\n", frame_line(&frame, i));
		frame_free(&frame);
		list_free(&look.counts);
	}
	for (size_t i = 0; i < count; i++)
		processes[i].alive = alive[i];
}

const struct output outputs[] = {
	{"text", put_text, problem_terminal},
	{"ascii", put_text_ascii, problem_ascii},
	{"json", put_json, problem_json},
	{"csv", put_csv, problem_csv},
	{"markdown", put_markdown, problem_markdown},
	{"html", put_html, problem_page},
	{"openmetrics", put_metrics, problem_metrics},
	{"junit", put_junit, problem_xml},
	{"dump", put_dump, problem_terminal},
	{"dump jsonl", put_dump_lines, problem_json_lines},
	{"anonymous dump", put_anonymous, problem_terminal},
	{"anonymous dump jsonl", put_anonymous_lines, problem_json_lines},
	{"annotations", put_annotations, problem_annotations},
	{"diff", put_diff, problem_terminal},
	{"diff json", put_diff_json, problem_json},
	{"diff markdown", put_diff_markdown, problem_markdown},
	{"diff junit", put_diff_junit, problem_xml},
	{"top", put_top, problem_terminal},
	{"history", put_history_text, problem_terminal},
	{"history json", put_history_json, problem_json_lines},
	{"history markdown", put_history_markdown, problem_markdown},
};
const size_t output_count = sizeof(outputs) / sizeof(outputs[0]);
