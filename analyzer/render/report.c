/*
 * report.c - the table of sections and the frames of the formats.
 */
#include "render/report.h"
#include "base/duration.h"
#include "render/columns.h"

#include <string.h>

static json_t *rows_json(const struct model *model, const struct column *columns, size_t count,
			 const void *rows, size_t row_count, size_t row_size)
{
	json_t *array = json_array();

	for (size_t i = 0; i < row_count; i++)
		json_array_append_new(array, table_json(columns, count, model,
							(const char *)rows + i * row_size));
	return array;
}

/* The run; further ones of the same report stand in its `others`. */
static json_t *json_runs(const struct model *model)
{
	json_t *first = table_json(run_columns, run_column_count, model, &model->runs.items[0]);

	if (model->runs.count > 1)
		json_object_set_new(first, "others",
				    rows_json(model, run_columns, run_column_count,
					      model->runs.items + 1, model->runs.count - 1,
					      sizeof(model->runs.items[0])));
	return first;
}

static json_t *json_coverage(const struct model *model)
{
	return rows_json(model, coverage_columns, coverage_column_count, model->processes.items,
			 model->processes.count, sizeof(struct process));
}

static json_t *json_summary(const struct model *model)
{
	return table_json(summary_columns, summary_column_count, model, &model->summary);
}

static json_t *json_children(const struct model *model)
{
	return rows_json(model, child_columns, child_column_count, model->children.items,
			 model->children.count, sizeof(struct endpoint_row));
}

static json_t *json_timing(const struct model *model)
{
#define KEY(id, per_mille, name) #id,
	static const char *const keys[] = {PERCENTILES(KEY)};
#undef KEY
	const struct summary *summary = &model->summary;
	json_t *percentiles = json_object();

	for (unsigned int i = 0; i < PERCENTILE_COUNT; i++) {
		char key[16];

		for (size_t j = 0; j < sizeof(key) && (key[j] = keys[i][j]) != 0; j++)
			key[j] = key[j] == 'P' ? 'p' : key[j];
		json_object_set_new(
			percentiles, key,
			!summary->percentile[i].enough
				? json_null()
				: json_pack("{sIsIsI}", "value_ns",
					    (json_int_t)summary->percentile[i].value_ns, "low_ns",
					    (json_int_t)summary->percentile[i].low_ns, "high_ns",
					    (json_int_t)summary->percentile[i].high_ns));
	}
	if (!summary->latencies)
		return json_pack("{sIsnsnsnsoso}", "count", (json_int_t)0, "min_ns", "max_ns",
				 "average_ns", "percentiles", percentiles, "children",
				 json_children(model));
	return json_pack("{sIsIsIsIsoso}", "count", (json_int_t)summary->latencies, "min_ns",
			 (json_int_t)summary->min_ns, "max_ns", (json_int_t)summary->max_ns,
			 "average_ns", (json_int_t)summary->average_ns, "percentiles", percentiles,
			 "children", json_children(model));
}

static json_t *json_timing_and_path(const struct model *model)
{
	json_t *timing = json_timing(model);

	json_object_set_new(timing, "critical_path", json_critical(model));
	json_object_set_new(timing, "locks",
			    rows_json(model, lock_columns, lock_column_count, model->locks.items,
				      model->locks.count, sizeof(struct lock_row)));
	return timing;
}

static json_t *json_endpoints(const struct model *model)
{
	return rows_json(model, endpoint_columns, endpoint_column_count, model->endpoints.items,
			 model->endpoints.count, sizeof(struct endpoint_row));
}

static json_t *json_categories(const struct model *model)
{
	const struct category_row *rows[CATEGORY_ROWS];
	size_t count = sorted_categories(model, rows);
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(
			array, table_json(category_columns, category_column_count, model, rows[i]));
	return array;
}

const struct section report_sections[] = {
	{NULL, "run", text_runs, json_runs},
	{"WHERE THE TIME WENT", NULL, text_critical, NULL}, /* in JSON a part of the timing */
	{"COVERAGE", "coverage", text_coverage, json_coverage},
	{"EXECUTIVE SUMMARY", "summary", text_summary, json_summary},
	{"TIMING ANALYSIS", "timing", text_timing, json_timing_and_path},
	{NULL, "endpoints", NULL, json_endpoints}, /* in text a part of the timing analysis */
	{"CHECK PERFORMANCE", "checks", text_checks, json_checks},
	{"WORKER PERFORMANCE", "workers", text_workers, json_workers},
	{"CATEGORY BREAKDOWN", "categories", text_categories, json_categories},
	{"BOTTLENECK ANALYSIS", "bottlenecks", text_bottlenecks, json_bottlenecks},
	{"RESOURCE USAGE", "resources", text_resources, json_resources},
	{"PROFILING OVERHEAD", "overhead", text_overhead, json_overhead},
	{"RECOMMENDATIONS", "recommendations", text_recommendations, json_recommendations},
};
const size_t report_section_count = sizeof(report_sections) / sizeof(report_sections[0]);

static void put_line(struct buffer *buffer, char c, int width)
{
	for (int i = 0; i < width; i++)
		buffer_add(buffer, &c, 1);
	buffer_add(buffer, "\n", 1);
}

void render_text(struct buffer *buffer, const struct style *style, const struct model *model,
		 int64_t now_ns)
{
	char date[DATE_TEXT], generated[64];

	snprintf(generated, sizeof(generated), "Generated: %s ", date_text(now_ns, date));
	put_line(buffer, '=', 80);
	buffer_print(buffer, "%-40s%40s\n", " PERFORMANCE PROFILING REPORT", generated);
	put_line(buffer, '=', 80);
	buffer_print(buffer, "\n");
	for (size_t i = 0; i < report_section_count; i++) {
		const struct section *section = &report_sections[i];

		if (!section->text)
			continue;
		if (section->title) {
			buffer_print(buffer, "%s\n", section->title);
			put_line(buffer, '-', 79);
		}
		section->text(buffer, style, model);
		buffer_print(buffer, "\n");
	}
}

void render_json(struct buffer *buffer, const struct style *style, const struct model *model,
		 int64_t now_ns)
{
	json_t *root = json_object();
	char *text;

	(void)now_ns;
	for (size_t i = 0; i < report_section_count; i++)
		if (report_sections[i].key)
			json_object_set_new(root, report_sections[i].key,
					    report_sections[i].json ? report_sections[i].json(model)
								    : json_null());
	text = json_dumps(root, JSON_INDENT(2) | (style->ascii ? JSON_ENSURE_ASCII : 0));
	buffer_print(buffer, "%s\n", text ? text : "null");
	free(text);
	json_decref(root);
}

const struct format *format_of(const char *name)
{
	static const struct format formats[] = {{"text", render_text}, {"json", render_json}};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}
