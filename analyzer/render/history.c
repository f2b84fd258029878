/*
 * history.c - see history.h. Text, JSON and markdown from three tables; the points of a series are
 * JSON's only.
 */
#include "render/history.h"
#include "base/duration.h"
#include "render/comparison.h"

#include <math.h>
#include <string.h>

static const struct history_page *page_of(const struct model *model)
{
	return (const struct history_page *)model;
}

/* ---- runs ---- */

#define SOME_NS(number)	   ((number) >= 0 ? value_ns((int64_t)fmin(number, 9e18)) : value_none())
#define SOME_COUNT(number) ((number) >= 0 ? value_count((int64_t)fmin(number, 9e18)) : value_none())

static struct value run_command(const struct model *model, const void *data)
{
	const struct stored_run *row = data;

	return value_text(arena_print(model->arena, "%s%s%s", row->program,
				      *row->subcommand ? " " : "", row->subcommand));
}

static struct value run_start(const struct model *model, const void *data)
{
	const struct stored_run *row = data;
	char date[DATE_TEXT];

	return value_text(
		row->start_realtime_ns
			? arena_print(model->arena, "%s", date_text(row->start_realtime_ns, date))
			: NULL);
}

static struct value run_ci(const struct model *model, const void *data)
{
	const struct stored_run *row = data;

	return value_some_text(arena_print(model->arena, "%s%s%s", row->where.ci,
					   *row->where.build ? " " : "", row->where.build));
}

COLUMN(run_id, stored_run, value_count(row->id))
COLUMN(run_start_ns, stored_run,
       row->start_realtime_ns ? value_count(row->start_realtime_ns) : value_none())
COLUMN(run_added_ns, stored_run, value_count(row->added_ns))
COLUMN(run_program, stored_run, value_text(row->program))
COLUMN(run_subcommand, stored_run, value_text(row->subcommand))
COLUMN(run_host, stored_run, value_text(row->host))
COLUMN(run_path, stored_run, value_text(row->path))
COLUMN(run_branch, stored_run, value_some_text(row->where.branch))
COLUMN(run_revision, stored_run, value_some_text(row->where.revision))
COLUMN(run_provider, stored_run, value_some_text(row->where.ci))
COLUMN(run_build, stored_run, value_some_text(row->where.build))
COLUMN(run_job, stored_run, value_some_text(row->where.job))
COLUMN(run_wall, stored_run, SOME_NS(row->wall_ns))
COLUMN(run_p95, stored_run, SOME_NS(row->p95_ns))
COLUMN(run_operations, stored_run, SOME_COUNT(row->operations))
COLUMN(run_errors, stored_run, value_share(row->errors))
COLUMN(run_baselines, stored_run, value_some_text(row->baselines))

static const struct column run_columns[] = {
	{NULL, "Command", -20, run_command},
	{"id", "Run", 6, run_id},
	{NULL, "Started (UTC)", 21, run_start},
	{"start_realtime_ns", NULL, 0, run_start_ns},
	{"added_realtime_ns", NULL, 0, run_added_ns},
	{"program", NULL, 0, run_program},
	{"subcommand", NULL, 0, run_subcommand},
	{"host", "Host", 0, run_host},
	{"branch", "Branch", 13, run_branch},
	{"revision", NULL, 0, run_revision},
	{NULL, "CI", 0, run_ci},
	{"ci", NULL, 0, run_provider},
	{"build", NULL, 0, run_build},
	{"job", "Job", 0, run_job},
	{"wall_ns", "Wall", 10, run_wall},
	{"p95_ns", "P95", 10, run_p95},
	{"operations", "Operations", 0, run_operations},
	{"errors", "Errors", 0, run_errors},
	{"baselines", "Baselines", 0, run_baselines},
	{"path", NULL, 0, run_path},
};
TABLE_ACCESS(history_table, page_of(model)->runs->list.count,
	     &page_of(model)->runs->list.items[index])
TABLE_OF(history_table, "runs", "Runs", run_columns, TABLE_ROWS);

/* ---- baselines ---- */

static struct value baseline_saved(const struct model *model, const void *data)
{
	const struct stored_baseline *row = data;
	char date[DATE_TEXT];

	return value_text(arena_print(model->arena, "%s", date_text(row->saved_ns, date)));
}

COLUMN(baseline_name, stored_baseline, value_text(row->name))
COLUMN(baseline_runs, stored_baseline, value_count(row->runs))
COLUMN(baseline_saved_ns, stored_baseline, value_count(row->saved_ns))

static const struct column baseline_columns[] = {
	{"name", "Baseline", -30, baseline_name},
	{"runs", "Runs", 6, baseline_runs},
	{NULL, "Saved (UTC)", 21, baseline_saved},
	{"saved_realtime_ns", NULL, 0, baseline_saved_ns},
};
TABLE_ACCESS(baselines_table, page_of(model)->baselines->list.count,
	     &page_of(model)->baselines->list.items[index])
TABLE_OF(baselines_table, "baselines", "Baselines", baseline_columns, TABLE_ROWS);

/* ---- series ---- */

const char *sparkline(struct arena *arena, const struct style *style, const double *values,
		      size_t count, size_t width)
{
	static const char *const blocks[] = {"\xe2\x96\x81", "\xe2\x96\x82", "\xe2\x96\x83",
					     "\xe2\x96\x84", "\xe2\x96\x85", "\xe2\x96\x86",
					     "\xe2\x96\x87", "\xe2\x96\x88"};
	static const char *const plain[] = {"_", ".", ",", "-", "~", "=", "+", "#"};
	size_t first = count > width ? count - width : 0;
	double low = INFINITY, high = -INFINITY;
	struct buffer buffer = {0};
	const char *text;

	for (size_t i = first; i < count; i++) {
		low = fmin(low, values[i]);
		high = fmax(high, values[i]);
	}
	for (size_t i = first; i < count; i++) {
		double part = high > low ? (values[i] - low) / (high - low) : 0;
		size_t step = part < 1 ? (size_t)(part * 8) : 7;

		buffer_print(&buffer, "%s", (style->ascii ? plain : blocks)[step]);
	}
	text = arena_copy(arena, buffer_text(&buffer), buffer.length);
	buffer_free(&buffer);
	return text;
}

/* As a change from one level to another is printed. */
static const char *step_text(struct arena *arena, const struct series *series,
			     const struct change_point *point)
{
	const struct change change = {.metric = series->metric, .base = {.value = point->before}};

	return change_text(arena, &change, point->after - point->before);
}

static const char *when_text(struct arena *arena, const struct history_page *page,
			     const struct series *series, size_t index)
{
	const struct figures *run = page->side->runs[series->runs[index]];
	const struct stored_run *stored = NULL;
	char date[DATE_TEXT];

	for (size_t i = 0; page->runs && i < page->runs->list.count; i++)
		if (page->runs->list.count - 1 - i == series->runs[index])
			stored = &page->runs->list.items[i];
	return arena_print(arena, "run %lld, %s UTC", stored ? (long long)stored->id : 0LL,
			   date_text(run->start_realtime_ns, date));
}

static struct value series_steps(const struct model *model, const void *data)
{
	const struct series *row = data;

	if (!row->point_count)
		return value_text(row->trend.word == TREND_RISING    ? "rising"
				  : row->trend.word == TREND_FALLING ? "falling"
								     : NULL);
	return value_text(
		arena_print(model->arena, "%s%s",
			    step_text(model->arena, row, &row->points[row->point_count - 1]),
			    row->point_count > 1 ? ", ..." : ""));
}

static struct value series_spark(const struct model *model, const void *data)
{
	static const struct style utf8;
	const struct series *row = data;

	return value_text(sparkline(model->arena, &utf8, row->values, row->count, SPARK_WIDTH));
}

COLUMN(series_subject, series, value_text(subject_key(row->subject)))
COLUMN(series_name, series, value_text(row->name))
COLUMN(series_title, series, value_text(metric_rows[row->metric].title))
COLUMN(series_last, series, figure_value(row->metric, row->values[row->count - 1]))
COLUMN(series_median, series, figure_value(row->metric, row->median))
COLUMN(series_count, series, value_count((int64_t)row->count))

static const struct column series_columns[] = {
	{NULL, "Of", 0, series_subject},	 {NULL, "Name", 0, series_name},
	{NULL, "Figure", -11, series_title},	 {NULL, "Runs", 5, series_count},
	{NULL, "Median", 11, series_median},	 {NULL, "Newest", 11, series_last},
	{NULL, "Steps, drift", 0, series_steps}, {NULL, "Course", 0, series_spark},
};
TABLE_ACCESS(series_table, page_of(model)->series.count, page_of(model)->series.items[index])
TABLE_OF(series_table, "series", "Figures over runs", series_columns, TABLE_ROWS);

/* The row, its course in the same line, and a line for each step. */
static void put_series(struct buffer *buffer, const struct style *style,
		       const struct history_page *page, const struct series *series)
{
	struct arena *arena = page->model.arena;

	table_row(buffer, style, series_columns, series_table.column_count, &page->model, series);
	buffer->length--; /* the line's end */
	buffer_print(buffer, "  %s%s%s\n",
		     sparkline(arena, style, series->values, series->count, SPARK_WIDTH),
		     series_moves(series) && !series->point_count ? " " : "",
		     series->point_count		   ? ""
		     : series->trend.word == TREND_RISING  ? "rising"
		     : series->trend.word == TREND_FALLING ? "falling"
							   : "");
	for (size_t i = 0; i < series->point_count; i++) {
		const struct change_point *point = &series->points[i];
		struct value before = figure_value(series->metric, point->before);
		struct value after = figure_value(series->metric, point->after);

		buffer_print(buffer, "%13sstep %s: ", "", step_text(arena, series, point));
		put_value(buffer, style, &before);
		buffer_print(buffer, " to ");
		put_value(buffer, style, &after);
		buffer_print(buffer, " since %s\n", when_text(arena, page, series, point->index));
	}
}

/* "18 runs since 2026-11-25 14:22:23 UTC; the newest: docker ps on vm, branch main" */
static void put_head(struct buffer *buffer, const struct style *style,
		     const struct history_page *page)
{
	const struct stored_runs *runs = page->runs;
	const struct stored_run *newest = &runs->list.items[0];
	struct buffer text = {0}, escaped = {0};
	char date[DATE_TEXT];

	buffer_print(&text, "%zu run%s since %s UTC; the newest: %s%s%s on %s%s%s",
		     runs->list.count, runs->list.count == 1 ? "" : "s",
		     date_text(runs->list.items[runs->list.count - 1].start_realtime_ns, date),
		     newest->program, *newest->subcommand ? " " : "", newest->subcommand,
		     newest->host, *newest->where.branch ? ", branch " : "", newest->where.branch);
	put_escaped(&escaped, style, buffer_text(&text));
	put_folded(buffer, buffer_text(&escaped), 0, 0);
	buffer_print(buffer, "\n\n");
	buffer_free(&text);
	buffer_free(&escaped);
}

static void trend_text_page(struct buffer *buffer, const struct style *style,
			    const struct history_page *page)
{
	const struct series *const *rows = page->series.items;

	put_head(buffer, style, page);
	for (size_t i = 0; i < page->series.count; i++) {
		bool first = !i || rows[i]->subject != rows[i - 1]->subject;

		if (first) {
			buffer_print(buffer, "%s%s:\n", i ? "\n" : "",
				     subject_title(rows[i]->subject));
			table_title(buffer, series_columns, series_table.column_count);
		}
		if (*rows[i]->name && (first || strcmp(rows[i]->name, rows[i - 1]->name) != 0)) {
			put_escaped(buffer, style, rows[i]->name);
			buffer_print(buffer, "\n");
		}
		put_series(buffer, style, page, rows[i]);
	}
	if (page->quiet)
		buffer_print(buffer,
			     "\n%zu other figures neither stepped nor drift (--all shows "
			     "them).\n",
			     page->quiet);
}

static json_t *series_json(const struct history_page *page, const struct series *series)
{
	json_t *json = json_object(), *values = json_array(), *runs = json_array();
	json_t *points = json_array();

	for (size_t i = 0; i < series->count; i++) {
		size_t from_newest = page->runs->list.count - 1 - series->runs[i];

		json_array_append_new(values, json_real(series->values[i]));
		json_array_append_new(runs, json_integer(page->runs->list.items[from_newest].id));
	}
	for (size_t i = 0; i < series->point_count; i++) {
		const struct change_point *point = &series->points[i];
		json_t *step = json_object();

		json_object_set(step, "run", json_array_get(runs, point->index));
		json_object_set_new(step, "before", json_real(point->before));
		json_object_set_new(step, "after", json_real(point->after));
		json_object_set_new(step, "p", json_real(point->p));
		json_array_append_new(points, step);
	}
	json_object_set_new(json, "subject", json_text(subject_key(series->subject)));
	json_object_set_new(json, "name", json_text(series->name));
	json_object_set_new(json, "metric", json_text(metric_rows[series->metric].key));
	json_object_set_new(json, "runs", runs);
	json_object_set_new(json, "values", values);
	json_object_set_new(json, "steps", points);
	json_object_set_new(json, "trend", json_text(trend_text(series->trend.word)));
	json_object_set_new(json, "slope_per_run", json_real(series->trend.slope));
	json_object_set_new(json, "trend_p", json_real(series->trend.p));
	return json;
}

/* ---- formats ---- */

static void table_as_text(struct buffer *buffer, const struct style *style,
			  const struct history_page *page, const struct table *table)
{
	table_text(buffer, style, table, &page->model);
}

static void table_as_json(struct buffer *buffer, const struct style *style,
			  const struct history_page *page, const struct table *table)
{
	json_t *root = json_object();

	json_object_set_new(root, table->key, table_json(table, style, &page->model));
	json_put(buffer, style, root, JSON_INDENT(2));
}

static void table_as_markdown(struct buffer *buffer, const struct style *style,
			      const struct history_page *page, const struct table *table)
{
	const struct table *tables[] = {table, NULL};
	const char *notes[] = {NULL};

	markdown_tables(buffer, style, &page->model, "history", notes, tables);
}

#define FORMAT_OF(format, what, table)                                       \
	static void format(struct buffer *buffer, const struct style *style, \
			   const struct history_page *page)                  \
	{                                                                    \
		what(buffer, style, page, &table);                           \
	}
FORMAT_OF(runs_text, table_as_text, history_table)
FORMAT_OF(baselines_text, table_as_text, baselines_table)
FORMAT_OF(runs_json, table_as_json, history_table)
FORMAT_OF(baselines_json, table_as_json, baselines_table)
FORMAT_OF(runs_markdown, table_as_markdown, history_table)
FORMAT_OF(baselines_markdown, table_as_markdown, baselines_table)
FORMAT_OF(trend_markdown, table_as_markdown, series_table)

static void trend_json(struct buffer *buffer, const struct style *style,
		       const struct history_page *page)
{
	json_t *root = json_object(), *series = json_array();

	for (size_t i = 0; i < page->series.count; i++)
		json_array_append_new(series, series_json(page, page->series.items[i]));
	json_object_set_new(root, "runs", table_json(&history_table, style, &page->model));
	json_object_set_new(root, "series", series);
	json_put(buffer, style, root, JSON_INDENT(2));
}

const struct history_format *history_format(const char *name)
{
	static const struct history_format formats[] = {
		{"text", runs_text, baselines_text, trend_text_page},
		{"json", runs_json, baselines_json, trend_json},
		{"markdown", runs_markdown, baselines_markdown, trend_markdown},
	};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}
