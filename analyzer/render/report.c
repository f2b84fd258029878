/*
 * report.c - the table of sections, and the formats.
 */
#include "render/report.h"

#include <stdio.h>
#include <string.h>

#define TABLES(...)                             \
	(const struct table *const[])           \
	{                                       \
		__VA_ARGS__ __VA_OPT__(, ) NULL \
	}

/* In text the critical path and the endpoints are sections of their own, or part of another, than
 * in JSON: where they were promised. */
const struct section report_sections[] = {
	{NULL, "run", text_runs, TABLES(&run_table, &other_runs_table), NULL},
	{"WHERE THE TIME WENT", NULL, text_critical, NULL, NULL},
	{"COVERAGE", "coverage", text_coverage, TABLES(&coverage_table), NULL},
	{"EXECUTIVE SUMMARY", "summary", text_summary, TABLES(&summary_table), NULL},
	{"TIMING ANALYSIS", "timing", text_timing,
	 TABLES(&timing_table, &percentiles_table, &outliers_table, &children_table,
		&critical_table, &locks_table, &symbols_table),
	 NULL},
	{NULL, "endpoints", NULL, TABLES(&endpoints_table), NULL},
	{"CHECK PERFORMANCE", "checks", text_checks, TABLES(&checks_table), NULL},
	{"WORKER PERFORMANCE", "workers", text_workers,
	 TABLES(&pools_table, &workers_table, &workers_total_table), NULL},
	{"CATEGORY BREAKDOWN", "categories", text_categories, TABLES(&categories_table), NULL},
	{"BOTTLENECK ANALYSIS", "bottlenecks", text_bottlenecks, TABLES(&bottlenecks_table), NULL},
	{"RESOURCE USAGE", "resources", text_resources, TABLES(&resources_table, &trends_table),
	 NULL},
	{"PROFILING OVERHEAD", "overhead", text_overhead,
	 TABLES(&overhead_table, &overhead_causes_table, &losses_table), NULL},
	{"RECOMMENDATIONS", "recommendations", text_recommendations, TABLES(&recommendations_table),
	 NULL},
	{"CALL SITES", "call_sites", text_sites, TABLES(&sites_table, &frames_table, &calls_table),
	 NULL},
};
const size_t report_section_count = sizeof(report_sections) / sizeof(report_sections[0]);

bool section_is_wanted(const struct section *section, const struct style *style)
{
	return section->text != text_sites || style->stacks;
}

bool section_is_table(const struct section *section)
{
	return section->tables && section->tables[0] &&
	       strcmp(section->tables[0]->key, section->key) == 0;
}

const char *table_name(const struct section *section, const struct table *table,
		       char name[TABLE_NAME])
{
	if (strcmp(section->key, table->key) == 0)
		return table->key;
	snprintf(name, TABLE_NAME, "%s.%s", section->key, table->key);
	return name;
}

const struct table *table_named(const char *name)
{
	char full[TABLE_NAME];

	FOR_TABLES(section, table)
	if (strcmp((*table)->key, name) == 0 ||
	    strcmp(table_name(section, *table, full), name) == 0)
		return *table;
	return NULL;
}

const struct format *format_of(const char *name)
{
	static const struct format formats[] = {
		{"text", render_text},	{"json", render_json},
		{"csv", render_csv},	{"markdown", render_markdown},
		{"html", render_html},	{"openmetrics", render_openmetrics},
		{"junit", render_junit}};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}
