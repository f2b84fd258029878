/*
 * timing.c - the TIMING ANALYSIS section: extremes, percentiles, a small histogram, endpoints.
 */
#include "render/report.h"

#include "stats/percentile.h"

#include <stdio.h>
#include <string.h>

#define LATENCY(expression) (row->latencies ? value_ns(expression) : value_none())
COLUMN(timing_count, summary, value_count((int64_t)row->latencies))
COLUMN(timing_min, summary, LATENCY(row->min_ns))
COLUMN(timing_max, summary, LATENCY(row->max_ns))
COLUMN(timing_average, summary, LATENCY(row->average_ns))
COLUMN(timing_approximate, summary, value_bool(row->approximate))
COLUMN(timing_limit, summary, row->outliers.known ? value_ns(row->outliers.limit_ns) : value_none())
COLUMN(timing_outliers, summary,
       row->outliers.known ? value_count((int64_t)row->outliers.count) : value_none())

static const struct column timing_columns[] = {
	{"count", "Durations", 0, timing_count},
	{"min_ns", "Minimum Duration", 0, timing_min},
	{"max_ns", "Maximum Duration", 0, timing_max},
	{"average_ns", "Average Duration", 0, timing_average},
	{"approximate", "Percentiles approximate", 0, timing_approximate},
	{"outliers_above_ns", "Outliers above", 0, timing_limit},
	{"outliers_count", "Outliers", 0, timing_outliers},
};

TABLE_SINGLE(timing_table, "timing", "Timing", timing_columns, summary);

#define ENOUGH(expression) (row->enough ? value_ns(expression) : value_none())
COLUMN(percentile_key, percentile_row, value_text(row->key))
COLUMN(percentile_name, percentile_row, value_sentence(row->name))
COLUMN(percentile_value, percentile_row, ENOUGH(row->value_ns))
COLUMN(percentile_low, percentile_row, row->low_known ? ENOUGH(row->low_ns) : value_none())
COLUMN(percentile_high, percentile_row, row->high_known ? ENOUGH(row->high_ns) : value_none())

static const struct column percentile_columns[] = {
	{"percentile", NULL, 0, percentile_key},       {NULL, "Percentile", 0, percentile_name},
	{"value_ns", "Duration", 0, percentile_value}, {"low_ns", "95% from", 0, percentile_low},
	{"high_ns", "to", 0, percentile_high},
};

TABLE_ACCESS(percentiles_table, model->summary.asked_count, &model->summary.asked[index])
TABLE_OF(percentiles_table, "percentiles", "Percentiles", percentile_columns, TABLE_MAP);

static struct value outlier_start(const struct model *model, const void *data)
{
	const struct operation *row = data;

	return value_ns(row->start_ns -
			model->runs.items[model->processes.items[row->process].run].start_ns);
}

COLUMN(outlier_method, operation, value_some_text(row->method))
COLUMN(outlier_endpoint, operation, value_text(row->endpoint))
COLUMN(outlier_category, operation, value_text(category_name(row->category)))
COLUMN(outlier_duration, operation, value_ns(row->duration_ns))

static const struct column outlier_columns[] = {
	{"duration_ns", "Duration", 0, outlier_duration},
	{"start_ns", "At", 0, outlier_start},
	{"method", "Method", 0, outlier_method},
	{"endpoint", "Endpoint", 0, outlier_endpoint},
	{"category", "Category", 0, outlier_category},
};

TABLE_ACCESS(outliers_table, model->summary.outliers.shown,
	     &model->operations.items[model->summary.outliers.worst[index]])
TABLE_OF(outliers_table, "outliers", "Outliers", outlier_columns, TABLE_ROWS);

static void put_extremes(struct buffer *buffer, const struct style *style,
			 const struct summary *summary)
{
	buffer_print(buffer, "Minimum Duration:     ");
	put_duration(buffer, style, summary->min_ns);
	buffer_print(buffer, "\nMaximum Duration:     ");
	put_duration(buffer, style, summary->max_ns);
	buffer_print(buffer, "\nAverage Duration:     ");
	put_duration(buffer, style, summary->average_ns);
	buffer_print(buffer, "\n\n");
}

/* On a side where so few operations give no bound it is open. */
static void put_interval(struct buffer *buffer, const struct style *style,
			 const struct percentile_row *row)
{
	if (!row->low_known && !row->high_known)
		buffer_print(buffer, "unbounded");
	else if (!row->low_known)
		buffer_print(buffer, "at most ");
	else if (!row->high_known)
		buffer_print(buffer, "at least ");
	if (row->low_known)
		put_duration(buffer, style, row->low_ns);
	if (row->low_known && row->high_known)
		buffer_print(buffer, " to ");
	if (row->high_known)
		put_duration(buffer, style, row->high_ns);
}

static void put_confidence(struct buffer *buffer, const struct style *style,
			   const struct summary *summary)
{
	struct buffer line = {0};
	const char *between = " ";

	buffer_print(&line, "  n=%zu, %s; 95%% confidence:", summary->latencies,
		     summary->approximate ? "from a histogram, error at most 1.1%"
					  : "nearest rank");
	for (unsigned int i = 0; i < PERCENTILE_COUNT; i++) {
		const struct percentile_row *row = &summary->percentile[i];

		if ((i != PERCENTILE_P50 && i != PERCENTILE_P95) || !row->enough)
			continue;
		buffer_print(&line, "%sP%u ", between, row->ppm / 10000);
		between = ", ";
		put_interval(&line, style, row);
	}
	put_folded(buffer, buffer_text(&line), 0, 2);
	buffer_print(buffer, "\n\n");
	buffer_free(&line);
}

static void put_percentiles(struct buffer *buffer, const struct style *style,
			    const struct summary *summary)
{
	buffer_print(buffer, "Percentiles:\n");
	for (size_t i = 0; i < summary->asked_count; i++) {
		const struct percentile_row *row = &summary->asked[i];

		buffer_print(buffer, "  %s:%*s", row->name, 19 - (int)strlen(row->name), "");
		if (row->enough)
			put_duration(buffer, style, row->value_ns);
		else
			buffer_print(buffer, "n<%zu", percentile_least_ppm(row->ppm));
		buffer_print(buffer, "\n");
	}
	put_confidence(buffer, style, summary);
}

static void put_outliers(struct buffer *buffer, const struct style *style,
			 const struct model *model)
{
	const struct summary *summary = &model->summary;

	if (!summary->outliers.known)
		return;
	if (summary->outliers.count)
		buffer_print(buffer, "Outliers:             %zu above ", summary->outliers.count);
	else
		buffer_print(buffer, "Outliers:             none above ");
	put_duration(buffer, style, summary->outliers.limit_ns);
	buffer_print(buffer, " (median + 3.5 MAD)\n");
	for (size_t i = 0; i < outliers_table.rows(model); i++) {
		const struct operation *operation = outliers_table.row(model, i);
		struct value start = outlier_start(model, operation);

		struct buffer line = {0};

		buffer_print(&line, "  ");
		put_duration(&line, style, operation->duration_ns);
		buffer_print(&line, " at +");
		put_duration(&line, style, start.number);
		buffer_print(&line, "  ");
		put_escaped(&line, style, operation->method);
		buffer_print(&line, "%s", *operation->method ? " " : "");
		put_escaped(&line, style, operation->endpoint);
		put_folded(buffer, buffer_text(&line), 0, 4);
		buffer_print(buffer, "\n");
		buffer_free(&line);
	}
	buffer_print(buffer, "\n");
}

#define BAR 40

/* Powers of ten, 1-2-5 steps: bounds people read. Empty rows at both ends are left out. */
static void put_histogram(struct buffer *buffer, const struct style *style,
			  const struct summary *summary)
{
	int64_t bounds[40], bound = 1;
	size_t counts[40] = {0}, most = 1, first = 40, last = 0, at = 0;

	for (int i = 0; i < 40; i++) {
		bounds[i] = bound * (i % 3 == 0 ? 1 : i % 3 == 1 ? 2 : 5);
		if (i % 3 == 2)
			bound *= 10;
	}
	for (size_t i = 0; i < summary->latencies; i++) {
		if (at && summary->sorted[i] < bounds[at - 1]) /* approximate: not ascending */
			at = 0;
		while (at < 39 && summary->sorted[i] >= bounds[at])
			at++;
		counts[at]++;
		first = at < first ? at : first;
		last = at > last ? at : last;
	}
	for (size_t i = first; i <= last; i++)
		most = counts[i] > most ? counts[i] : most;
	buffer_print(buffer, "Distribution:\n");
	for (size_t i = first; i <= last && i < 40; i++) {
		size_t length = (counts[i] * BAR + most - 1) / most;

		struct buffer bound_text = {0};

		if (i < 39)
			put_duration(&bound_text, style, bounds[i]);
		else
			buffer_print(&bound_text, "more");
		buffer_print(buffer, "  < ");
		put_cell(buffer, style, buffer_text(&bound_text), 8);
		buffer_free(&bound_text);
		buffer_print(buffer, " %8zu%s", counts[i], length ? "  " : "");
		for (size_t j = 0; j < length; j++)
			buffer_print(buffer, "%s", style->ascii ? "#" : "\xe2\x96\x88");
		buffer_print(buffer, "\n");
	}
	buffer_print(buffer, "\n");
}

void text_timing(struct buffer *buffer, const struct style *style, const struct model *model)
{
	if (model->summary.latencies) {
		put_extremes(buffer, style, &model->summary);
		put_percentiles(buffer, style, &model->summary);
		put_outliers(buffer, style, model);
		put_histogram(buffer, style, &model->summary);
	} else {
		buffer_print(buffer, "no data\n\n");
	}
	put_endpoints(buffer, style, model, "Endpoints:", false, false);
	put_endpoints(buffer, style, model,
		      "Streams (as long as what they follow, no latencies):", true, false);
	put_children(buffer, style, model);
	put_locks(buffer, style, model);
	put_calls(buffer, style, model);
	put_endpoints(buffer, style, model, "Answered here (server's side):", false, true);
	put_endpoints(buffer, style, model, "Streams answered here:", true, true);
	if (buffer->length > 1 && buffer->data[buffer->length - 1] == '\n' &&
	    buffer->data[buffer->length - 2] == '\n')
		buffer->data[--buffer->length] = 0;
}
