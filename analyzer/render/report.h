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
	/* NULL: not computed in this version; text leaves the section out, JSON says null. */
	void (*text)(struct buffer *buffer, const struct style *style, const struct model *model);
	json_t *(*json)(const struct model *model);
};

extern const struct section report_sections[];
extern const size_t report_section_count;

/* Renders a model. `now_ns`: the date of the report, ns since the epoch. */
typedef void render_function(struct buffer *buffer, const struct style *style,
			     const struct model *model, int64_t now_ns);
void render_text(struct buffer *buffer, const struct style *style, const struct model *model,
		 int64_t now_ns);
void render_json(struct buffer *buffer, const struct style *style, const struct model *model,
		 int64_t now_ns);

struct format {
	const char *name;
	render_function *render;
};
/* NULL: no such format. */
const struct format *format_of(const char *name);

/* Sections' texts (text.c, timing.c, critical.c). */
void text_runs(struct buffer *buffer, const struct style *style, const struct model *model);
void text_coverage(struct buffer *buffer, const struct style *style, const struct model *model);
void text_summary(struct buffer *buffer, const struct style *style, const struct model *model);
void text_timing(struct buffer *buffer, const struct style *style, const struct model *model);
void text_categories(struct buffer *buffer, const struct style *style, const struct model *model);
void text_critical(struct buffer *buffer, const struct style *style, const struct model *model);
/* Of checks.c, workers.c, findings.c, resources.c, overhead.c. */
void text_checks(struct buffer *buffer, const struct style *style, const struct model *model);
void text_workers(struct buffer *buffer, const struct style *style, const struct model *model);
void text_bottlenecks(struct buffer *buffer, const struct style *style, const struct model *model);
void text_resources(struct buffer *buffer, const struct style *style, const struct model *model);
void text_overhead(struct buffer *buffer, const struct style *style, const struct model *model);
void text_recommendations(struct buffer *buffer, const struct style *style,
			  const struct model *model);
json_t *json_checks(const struct model *model);
json_t *json_workers(const struct model *model);
json_t *json_bottlenecks(const struct model *model);
json_t *json_resources(const struct model *model);
json_t *json_overhead(const struct model *model);
json_t *json_recommendations(const struct model *model);
/* The contended locks, a table with an empty line after it; nothing when there are none. */
void put_locks(struct buffer *buffer, const struct style *style, const struct model *model);
json_t *json_critical(const struct model *model);
void put_duration(struct buffer *buffer, const struct style *style, int64_t ns);
/* Categories with anything in them, by total time; what is not covered and the programs' own last.
 * Returns their number. */
size_t sorted_categories(const struct model *model, const struct category_row *rows[CATEGORY_ROWS]);

#endif
