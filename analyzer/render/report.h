/*
 * report.h - the report: nine sections and what stands before them, in one table that every format
 * is made from.
 */
#ifndef ANALYZER_REPORT_H
#define ANALYZER_REPORT_H

#include "render/table.h"

struct section {
	const char *title; /* of the text report */
	const char *key;   /* of JSON; NULL: part of another there */
	void (*text)(struct buffer *buffer, const struct style *style, const struct model *model);
	const struct table *const *tables;	    /* NULL after the last; of all other formats */
	json_t *(*json)(const struct model *model); /* NULL; else instead of the tables */
};

extern const struct section report_sections[];
extern const size_t report_section_count;
/* The sections' tables, in their order: `section` and `table` name the variables. */
#define FOR_TABLES(section, table)                                        \
	for (const struct section *section = report_sections;             \
	     section < report_sections + report_section_count; section++) \
		for (const struct table *const *table = section->tables; table && *table; table++)
/* By key, or by table_name. NULL: there is none. */
const struct table *table_named(const char *name);
/* "timing.locks"; of a section that is the table itself its key. */
#define TABLE_NAME 64
const char *table_name(const struct section *section, const struct table *table,
		       char name[TABLE_NAME]);
/* Is it to be there? The call sites are only where they are asked for (and in JSON). */
bool section_is_wanted(const struct section *section, const struct style *style);
/* Is the section its first table, and the further ones parts of it? Else it is an object of its
 * tables. */
bool section_is_table(const struct section *section);

/* The tables of the sections, each in its section's file. */
extern const struct table run_table, other_runs_table; /* run.c */
extern const struct table coverage_table;	       /* coverage.c */
extern const struct table summary_table;	       /* summary.c */
extern const struct table timing_table, percentiles_table, outliers_table;
extern const struct table children_table, endpoints_table;		       /* endpoints.c */
extern const struct table critical_table;				       /* critical.c */
extern const struct table symbols_table;				       /* calls.c */
extern const struct table locks_table;					       /* locks.c */
extern const struct table checks_table;					       /* checks.c */
extern const struct table categories_table;				       /* categories.c */
extern const struct table bottlenecks_table, recommendations_table;	       /* findings.c */
extern const struct table overhead_table, overhead_causes_table, losses_table; /* overhead.c */
extern const struct table resources_table, trends_table;		       /* resources.c */
extern const struct table sites_table, frames_table, calls_table;	       /* sites.c */
extern const struct table pools_table, workers_table, workers_total_table;     /* workers.c */

/* Renders a model. `now_ns`: the date of the report, ns since the epoch. */
typedef void render_function(struct buffer *buffer, const struct style *style,
			     const struct model *model, int64_t now_ns);
void render_text(struct buffer *buffer, const struct style *style, const struct model *model,
		 int64_t now_ns);
void render_json(struct buffer *buffer, const struct style *style, const struct model *model,
		 int64_t now_ns);

void render_csv(struct buffer *buffer, const struct style *style, const struct model *model,
		int64_t now_ns);
void render_markdown(struct buffer *buffer, const struct style *style, const struct model *model,
		     int64_t now_ns);
/* Other tables than a report's. `notes`: leads and sentences by turns, NULL after the last; so of
 * the tables. */
void markdown_tables(struct buffer *buffer, const struct style *style, const struct model *model,
		     const char *title, const char *const *notes,
		     const struct table *const *tables);
void render_html(struct buffer *buffer, const struct style *style, const struct model *model,
		 int64_t now_ns);
void render_openmetrics(struct buffer *buffer, const struct style *style, const struct model *model,
			int64_t now_ns);
void render_junit(struct buffer *buffer, const struct style *style, const struct model *model,
		  int64_t now_ns);
#define FORMAT_NAMES "text|json|csv|markdown|html|openmetrics|junit"

struct format {
	const char *name;
	render_function *render;
};
/* NULL: no such format. */
const struct format *format_of(const char *name);

/* Sections' texts. */
void text_runs(struct buffer *buffer, const struct style *style, const struct model *model);
void text_coverage(struct buffer *buffer, const struct style *style, const struct model *model);
void text_summary(struct buffer *buffer, const struct style *style, const struct model *model);
void text_timing(struct buffer *buffer, const struct style *style, const struct model *model);
void text_categories(struct buffer *buffer, const struct style *style, const struct model *model);
void text_critical(struct buffer *buffer, const struct style *style, const struct model *model);
void text_checks(struct buffer *buffer, const struct style *style, const struct model *model);
void text_workers(struct buffer *buffer, const struct style *style, const struct model *model);
void text_bottlenecks(struct buffer *buffer, const struct style *style, const struct model *model);
void text_resources(struct buffer *buffer, const struct style *style, const struct model *model);
void text_overhead(struct buffer *buffer, const struct style *style, const struct model *model);
void text_recommendations(struct buffer *buffer, const struct style *style,
			  const struct model *model);
void text_sites(struct buffer *buffer, const struct style *style, const struct model *model);
/* Parts of the timing analysis; each with an empty line after it, or nothing. */
void put_endpoints(struct buffer *buffer, const struct style *style, const struct model *model,
		   const char *title, bool stream, bool server);
void put_children(struct buffer *buffer, const struct style *style, const struct model *model);
void put_calls(struct buffer *buffer, const struct style *style, const struct model *model);
void put_locks(struct buffer *buffer, const struct style *style, const struct model *model);
/* The first finding and what to do about it, with an empty line after; nothing when there is none.
 */
void put_diagnosis(struct buffer *buffer, const struct style *style, const struct model *model);

enum color { COLOR_NONE, COLOR_TITLE, COLOR_GOOD, COLOR_MIDDLING, COLOR_BAD };
/* What follows is of this colour, where the style has colours. */
void put_color(struct buffer *buffer, const struct style *style, enum color color);
/* A text out of a profile, escaped. */
void put_escaped(struct buffer *buffer, const struct style *style, const char *text);
/* `text`, which is escaped, over as many lines as it needs. The first begins at `column`, the
 * others are indented. */
void put_folded(struct buffer *buffer, const char *text, size_t column, size_t indent);
/* The text escaped, indented, over as many lines as it needs. */
void put_wrapped(struct buffer *buffer, const struct style *style, const char *text);

#endif
