/*
 * resources.c - the RESOURCE USAGE section: what the run used, and how that moved.
 */
#include "render/report.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define SOME(number) ((number) < 0 ? value_none() : value_count(number))
COLUMN(user_ns, resources, value_some_ns(row->user_ns))
COLUMN(system_ns, resources, value_some_ns(row->system_ns))
COLUMN(cpu_share, resources, value_share(row->cpu_share))
COLUMN(rss_average, resources, value_bytes(row->rss_average))
COLUMN(rss_peak, resources, value_bytes(row->rss_peak))
COLUMN(threads, resources, SOME(row->threads))
COLUMN(goroutines, resources, SOME(row->goroutines))
COLUMN(jobs_completed, resources, SOME(row->jobs_completed))
COLUMN(jobs_active, resources, SOME(row->jobs_active))
COLUMN(error_rate, resources, value_share(row->error_rate))
COLUMN(voluntary, resources, SOME(row->voluntary_switches))
COLUMN(involuntary, resources, SOME(row->involuntary_switches))
COLUMN(minor_faults, resources, SOME(row->minor_faults))
COLUMN(major_faults, resources, SOME(row->major_faults))
COLUMN(minute_ns, resources, value_ns(row->minute_ns))
COLUMN(processes, resources, value_count((int64_t)row->processes))
COLUMN(without_data, resources, value_count((int64_t)row->without_data))

static const struct column resources_columns[] = {
	{"user_ns", "CPU, user", 0, user_ns},
	{"system_ns", "CPU, system", 0, system_ns},
	{"cpu_share", "CPU of wall", 0, cpu_share},
	{"rss_average_bytes", "RSS, average", 0, rss_average},
	{"rss_peak_bytes", "RSS, peak", 0, rss_peak},
	{"threads_peak", "Threads", 0, threads},
	{"goroutines_seen", "Goroutines seen", 0, goroutines},
	{"jobs_completed", "Jobs completed", 0, jobs_completed},
	{"jobs_active", "Jobs active", 0, jobs_active},
	{"error_rate", "Error rate", 0, error_rate},
	{"voluntary_switches", "Voluntary switches", 0, voluntary},
	{"involuntary_switches", "Involuntary switches", 0, involuntary},
	{"minor_faults", "Minor page faults", 0, minor_faults},
	{"major_faults", "Major page faults", 0, major_faults},
	{"last_minute_ns", "Last minute", 0, minute_ns},
	{"processes", "Processes", 0, processes},
	{"processes_without_data", "Processes without data", 0, without_data},
};
TABLE_SINGLE(resources_table, "resources", "Resources", resources_columns, resources);

/* ---- trends ---- */

static struct value in_unit(const struct resource_row *row, double number)
{
	if (!row->known || isnan(number))
		return value_none();
	switch (row->unit) {
	case UNIT_NS:
		return value_ns(llrint(fmax(-4e18, fmin(number, 4e18))));
	case UNIT_SHARE:
		return value_share(number);
	case UNIT_BYTES:
		return value_bytes(llrint(fmin(number, 4e18)));
	default:
		return value_real(number);
	}
}

/* Of a known trend; else nothing. */
static struct value of_trend(const struct resource_row *row, double number)
{
	return row->trend.word == TREND_TOO_FEW ? value_none() : value_real(number);
}

COLUMN(trend_key, resource_row, value_text(row->key))
COLUMN(trend_title, resource_row, value_sentence(row->title))
COLUMN(trend_average, resource_row, in_unit(row, row->average))
COLUMN(trend_minute, resource_row, in_unit(row, row->minute))
COLUMN(trend_peak, resource_row, in_unit(row, row->peak))
COLUMN(trend_word, resource_row, value_sentence(trend_text(row->trend.word)))
COLUMN(trend_slope, resource_row, of_trend(row, row->trend.slope))
COLUMN(trend_low, resource_row, of_trend(row, row->trend.low))
COLUMN(trend_high, resource_row, of_trend(row, row->trend.high))
COLUMN(trend_p, resource_row, of_trend(row, row->trend.p))
COLUMN(trend_windows, resource_row, value_count((int64_t)row->trend.count))

static const struct column trend_columns[] = {
	{"series", NULL, 0, trend_key},
	{NULL, "Over the run", -27, trend_title},
	{"average", "Average", 11, trend_average},
	{"last_minute", "Last minute", 13, trend_minute},
	{"peak", "Peak", 11, trend_peak},
	{"trend", "Trend", 10, trend_word},
	{"slope_a_second", "Slope a second", 0, trend_slope},
	{"slope_low", "95% from", 0, trend_low},
	{"slope_high", "to", 0, trend_high},
	{"p", "p", 0, trend_p},
	{"windows", "Windows", 0, trend_windows},
};
TABLE_ACCESS(trends_table, model->resources.rows.count, &model->resources.rows.items[index])
TABLE_OF(trends_table, "trends", "Trends", trend_columns, TABLE_MAP);

/* ---- text ---- */

/* A line of figures: each with what stands before and behind it, left out where there is no data.
 */
struct line {
	const char *name;
	struct {
		struct value (*get)(const struct model *model, const void *row);
		const char *before, *after;
	} parts[3];
};

static const struct line lines[] = {
	{"CPU:",
	 {{user_ns, "user ", ""}, {system_ns, "system ", ""}, {cpu_share, "", " of wall time"}}},
	{"Memory (RSS):", {{rss_average, "average ", ""}, {rss_peak, "peak ", ""}}},
	{"Threads:", {{threads, "", " at most at a time"}}},
	{"Goroutines:", {{goroutines, "", " seen making calls"}}},
	{"Jobs:", {{jobs_completed, "", " completed"}, {jobs_active, "", " active"}}},
	{"Error Rate:", {{error_rate, "", " of operations"}}},
	{"Context Switches:", {{voluntary, "", " voluntary"}, {involuntary, "", " involuntary"}}},
	{"Page Faults:", {{minor_faults, "", " minor"}, {major_faults, "", " major"}}},
};

static void put_line(struct buffer *buffer, const struct style *style, const struct model *model,
		     const struct line *line)
{
	const char *between = "";

	buffer_print(buffer, "%-22s", line->name);
	for (size_t i = 0; i < sizeof(line->parts) / sizeof(line->parts[0]); i++) {
		struct value value;

		if (!line->parts[i].get)
			break;
		value = line->parts[i].get(model, &model->resources);
		if (value.kind == VALUE_NONE)
			continue;
		buffer_print(buffer, "%s%s", between, line->parts[i].before);
		put_value(buffer, style, &value);
		buffer_print(buffer, "%s", line->parts[i].after);
		between = ", ";
	}
	buffer_print(buffer, "%s\n", *between ? "" : "no data");
}

/* What --trends adds: how steep, how sure. */
static const struct column detail_columns[] = {
	{NULL, "Trend", -27, trend_title}, {NULL, "Slope/s", 11, trend_slope},
	{NULL, "95% from", 11, trend_low}, {NULL, "to", 11, trend_high},
	{NULL, "p", 10, trend_p},	   {NULL, "Windows", 9, trend_windows},
};
#define DETAIL_COUNT (sizeof(detail_columns) / sizeof(detail_columns[0]))

static void put_trends(struct buffer *buffer, const struct style *style, const struct model *model)
{
	buffer_print(buffer, "\n");
	table_text(buffer, style, &trends_table, model);
	if (!style->trends)
		return;
	buffer_print(buffer, "\nIn seconds of the run; slopes by Theil-Sen, p by Mann-Kendall:\n");
	table_title(buffer, detail_columns, DETAIL_COUNT);
	for (size_t i = 0; i < trends_table.rows(model); i++)
		table_row(buffer, style, detail_columns, DETAIL_COUNT, model,
			  trends_table.row(model, i));
}

void text_resources(struct buffer *buffer, const struct style *style, const struct model *model)
{
	const struct resources *resources = &model->resources;
	bool any = false;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		put_line(buffer, style, model, &lines[i]);
	if (resources->without_data)
		buffer_print(buffer, "Nothing is known of %zu of %zu processes.\n",
			     resources->without_data, resources->processes);
	for (size_t i = 0; i < resources->rows.count; i++)
		any |= resources->rows.items[i].known;
	if (any)
		put_trends(buffer, style, model);
}
