/*
 * openmetrics.c - the report as OpenMetrics text, which GitLab shows as metrics of a merge request
 * and Prometheus reads. Times in seconds; what there is no data of is left out.
 */
#include "render/report.h"

#include <inttypes.h>
#include <string.h>

#define ROWS_MOST  500 /* of a family */
#define LABEL_MOST 256 /* bytes */

static double seconds(int64_t ns)
{
	return (double)ns / 1e9;
}

static void put_family(struct buffer *buffer, const char *name, const char *type, const char *help)
{
	size_t length = strlen(name);

	buffer_print(buffer, "# TYPE dndprof_%s %s\n", name, type);
	if (length > 8 && strcmp(name + length - 8, "_seconds") == 0)
		buffer_print(buffer, "# UNIT dndprof_%s seconds\n", name);
	buffer_print(buffer, "# HELP dndprof_%s %s\n", name, help);
}

static void put_label(struct buffer *buffer, const char *name, const char *value)
{
	struct buffer clean = {0};

	buffer_replace(&clean, value, strnlen(value, LABEL_MOST));
	buffer_print(buffer, "%s=\"", name);
	for (const char *at = buffer_text(&clean); *at; at++)
		if (*at == '#') /* where GitLab's reader takes a comment to begin */
			buffer_print(buffer, "%%23");
		else
			buffer_print(buffer, "%s%c", *at == '"' || *at == '\\' ? "\\" : "", *at);
	buffer_print(buffer, "\"");
	buffer_free(&clean);
}

static void put_single(struct buffer *buffer, const char *name, const char *help, double value)
{
	put_family(buffer, name, "gauge", help);
	buffer_print(buffer, "dndprof_%s %.9g\n", name, value);
}

static void put_summary(struct buffer *buffer, const struct summary *summary)
{
	put_single(buffer, "wall_seconds", "From begin to end.", seconds(summary->wall_ns));
	put_single(buffer, "operations", "Requests, look-ups, connects, regions.",
		   (double)summary->operations);
	put_single(buffer, "errors", "Of the operations, those that failed.",
		   (double)summary->errors);
	if (summary->score >= 0)
		put_single(buffer, "score", "Rating, of 100.", summary->score);
	if (!summary->latencies)
		return;
	put_family(buffer, "operation_seconds", "summary", "Durations of operations.");
	for (size_t i = 0; i < summary->asked_count; i++)
		if (summary->asked[i].enough)
			buffer_print(buffer, "dndprof_operation_seconds{quantile=\"%g\"} %.9g\n",
				     (double)summary->asked[i].ppm / 1e6,
				     seconds(summary->asked[i].value_ns));
	buffer_print(buffer, "dndprof_operation_seconds_sum %.9g\n", seconds(summary->total_ns));
	buffer_print(buffer, "dndprof_operation_seconds_count %zu\n", summary->latencies);
}

static void put_causes(struct buffer *buffer, const struct model *model)
{
	put_family(buffer, "cause_seconds", "gauge", "Parts of the wall time, by cause.");
	for (unsigned int i = 0; i < CAUSE_COUNT; i++)
		if (model->critical.cause_ns[i])
			buffer_print(buffer, "dndprof_cause_seconds{cause=\"%s\"} %.9g\n",
				     cause_key((enum cause)i),
				     seconds(model->critical.cause_ns[i]));
}

static void put_endpoint(struct buffer *buffer, const char *what, const struct endpoint_row *row,
			 const char *quantile)
{
	buffer_print(buffer, "dndprof_endpoint_%s{", what);
	put_label(buffer, "method", row->method);
	buffer_print(buffer, ",");
	put_label(buffer, "endpoint", row->endpoint);
	buffer_print(buffer, ",role=\"%s\"%s%s%s} ", row->server ? "server" : "client",
		     quantile ? ",quantile=\"" : "", quantile ? quantile : "",
		     quantile ? "\"" : "");
}

static void put_requests(struct buffer *buffer, const struct model *model)
{
	const struct endpoint_rows *rows = &model->endpoints;
	size_t count = rows->count < ROWS_MOST ? rows->count : ROWS_MOST;

	put_family(buffer, "endpoint_seconds", "summary", "Durations by endpoint; no streams.");
	for (size_t i = 0; i < count; i++) {
		const struct endpoint_row *row = &rows->items[i];

		if (row->stream || !row->latencies)
			continue;
		put_endpoint(buffer, "seconds", row, "0.5");
		buffer_print(buffer, "%.9g\n", seconds(row->p50_ns));
		put_endpoint(buffer, "seconds", row, "0.95");
		buffer_print(buffer, "%.9g\n", seconds(row->p95_ns));
		put_endpoint(buffer, "seconds_sum", row, NULL);
		buffer_print(buffer, "%.9g\n", seconds(row->total_ns));
		put_endpoint(buffer, "seconds_count", row, NULL);
		buffer_print(buffer, "%zu\n", row->latencies);
	}
	put_family(buffer, "endpoint_errors", "gauge",
		   "Failed and unanswered requests by endpoint.");
	for (size_t i = 0; i < count; i++)
		if (!rows->items[i].stream) {
			put_endpoint(buffer, "errors", &rows->items[i], NULL);
			buffer_print(buffer, "%zu\n",
				     rows->items[i].errors + rows->items[i].unanswered);
		}
}

static void put_checks(struct buffer *buffer, const struct model *model)
{
	if (!model->checks.count)
		return;
	put_family(buffer, "check_failures", "gauge", "Checks that failed.");
	for (size_t i = 0; i < model->checks.count && i < ROWS_MOST; i++) {
		buffer_print(buffer, "dndprof_check_failures{");
		put_label(buffer, "check", model->checks.items[i].name);
		buffer_print(buffer, "} %" PRIu64 "\n", model->checks.items[i].failed);
	}
}

void render_openmetrics(struct buffer *buffer, const struct style *style, const struct model *model,
			int64_t now_ns)
{
	(void)style;
	(void)now_ns;
	put_summary(buffer, &model->summary);
	put_causes(buffer, model);
	put_requests(buffer, model);
	put_checks(buffer, model);
	if (model->overhead.share >= 0)
		put_single(buffer, "overhead_ratio", "Profiling's own time, of the wall time.",
			   model->overhead.share);
	buffer_print(buffer, "# EOF\n");
}
