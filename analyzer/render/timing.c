/*
 * timing.c - the TIMING ANALYSIS section: extremes, percentiles, a small histogram, endpoints.
 */
#include "render/columns.h"
#include "render/report.h"

#include <stdio.h>
#include <string.h>

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

static void put_percentiles(struct buffer *buffer, const struct style *style,
			    const struct summary *summary)
{
#define NAME(id, per_mille, name) name ":",
	static const char *const names[] = {PERCENTILES(NAME)};
#undef NAME
#define SHORT(id, per_mille, name) {#id, per_mille},
	static const struct {
		const char *id;
		int per_mille;
	} ranks[] = {PERCENTILES(SHORT)};
#undef SHORT

	buffer_print(buffer, "Percentiles:\n");
	for (unsigned int i = 0; i < PERCENTILE_COUNT; i++) {
		buffer_print(buffer, "  %-20s", names[i]);
		if (summary->percentile[i].enough)
			put_duration(buffer, style, summary->percentile[i].value_ns);
		else
			buffer_print(buffer, "n<%d", 1000 / (1000 - ranks[i].per_mille));
		buffer_print(buffer, "\n");
	}
	buffer_print(buffer, "  n=%zu, nearest rank; 95%% confidence:", summary->latencies);
	for (unsigned int i = 0; i < PERCENTILE_COUNT; i++) {
		if ((i != PERCENTILE_P50 && i != PERCENTILE_P95) || !summary->percentile[i].enough)
			continue;
		buffer_print(buffer, "%s %s ", i == PERCENTILE_P50 ? "" : ",", ranks[i].id);
		put_duration(buffer, style, summary->percentile[i].low_ns);
		buffer_print(buffer, " to ");
		put_duration(buffer, style, summary->percentile[i].high_ns);
	}
	buffer_print(buffer, "\n\n");
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
		while (at < 39 && summary->sorted[i] >= bounds[at])
			at++;
		counts[at]++;
		first = at < first ? at : first;
		last = at;
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

static void put_group(struct buffer *buffer, const struct style *style, const struct model *model,
		      const char *title, bool stream, bool server)
{
	bool any = false;

	for (size_t i = 0; i < model->endpoints.count; i++) {
		const struct endpoint_row *row = &model->endpoints.items[i];

		if (row->stream != stream || row->server != server)
			continue;
		if (!any) {
			buffer_print(buffer, "%s\n", title);
			table_title(buffer, endpoint_columns, endpoint_column_count);
		}
		any = true;
		buffer_escape(buffer, row->method, strlen(row->method), style->ascii);
		buffer_print(buffer, " ");
		put_cell(buffer, style, row->endpoint, -(int)utf8_columns(row->endpoint));
		buffer_print(buffer, "  [%s]", category_name(row->category));
		if (row->unanswered)
			buffer_print(buffer, ", %zu without an answer", row->unanswered);
		buffer_print(buffer, "\n");
		table_row(buffer, style, endpoint_columns, endpoint_column_count, model, row);
	}
	if (any)
		buffer_print(buffer, "\n");
}

static void put_children(struct buffer *buffer, const struct style *style,
			 const struct model *model)
{
	if (!model->children.count)
		return;
	buffer_print(buffer, "Child processes:\n");
	table_title(buffer, child_columns, child_column_count);
	for (size_t i = 0; i < model->children.count; i++)
		table_row(buffer, style, child_columns, child_column_count, model,
			  &model->children.items[i]);
	buffer_print(buffer, "\n");
}

void text_timing(struct buffer *buffer, const struct style *style, const struct model *model)
{
	if (model->summary.latencies) {
		put_extremes(buffer, style, &model->summary);
		put_percentiles(buffer, style, &model->summary);
		put_histogram(buffer, style, &model->summary);
	} else {
		buffer_print(buffer, "no data\n\n");
	}
	put_group(buffer, style, model, "Endpoints:", false, false);
	put_group(buffer, style, model,
		  "Streams (as long as what they follow, no latencies):", true, false);
	put_children(buffer, style, model);
	put_locks(buffer, style, model);
	put_group(buffer, style, model, "Answered here (server's side):", false, true);
	put_group(buffer, style, model, "Streams answered here:", true, true);
	if (buffer->length > 1 && buffer->data[buffer->length - 1] == '\n' &&
	    buffer->data[buffer->length - 2] == '\n')
		buffer->data[--buffer->length] = 0;
}
