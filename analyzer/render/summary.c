/*
 * summary.c - the EXECUTIVE SUMMARY section. Its lines are the ones of the report the project
 * started from, to the letter (report.md).
 */
#include "model/filter.h"
#include "render/report.h"

#define NAME_WIDTH 22

static struct value warnings(const struct model *model, const void *data)
{
	(void)data;
	return (struct value){.kind = VALUE_TEXTS,
			      .number = (int64_t)model->warnings.count,
			      .texts = model->warnings.items};
}

#define LATENCY(expression) (row->latencies ? value_ns(expression) : value_none())
COLUMN(summary_operations, summary, value_count((int64_t)row->operations))
COLUMN(summary_errors, summary, value_count((int64_t)row->errors))
COLUMN(summary_streams, summary, value_count((int64_t)row->streams))
COLUMN(summary_broken, summary, value_count((int64_t)row->broken))
COLUMN(summary_unanswered, summary, value_count((int64_t)row->unanswered))
COLUMN(summary_server, summary, value_count((int64_t)row->server_operations))
COLUMN(summary_orphans, summary, value_count((int64_t)row->orphans))
COLUMN(summary_calls, summary, value_count((int64_t)row->total_calls))
COLUMN(summary_total, summary, LATENCY(row->total_ns))
COLUMN(summary_wall, summary, value_ns(row->wall_ns))
COLUMN(summary_average, summary, LATENCY(row->average_ns))
COLUMN(summary_accuracy, summary, value_some_ns(row->accuracy_ns))
COLUMN(summary_precision, summary, value_ns(row->precision_ns))
COLUMN(summary_score, summary, row->score < 0 ? value_none() : value_count(row->score))
COLUMN(summary_rating, summary, value_sentence(row->score < 0 ? NULL : row->rating))
COLUMN(summary_reasons, summary, value_sentence(*row->rating_reasons ? row->rating_reasons : NULL))
COLUMN(summary_filter, summary, value_text(model->filter ? model->filter->text : NULL))
COLUMN(summary_left_out, summary,
       model->filter ? value_count((int64_t)model->left_out) : value_none())

static const struct column summary_columns[] = {
	{"total_operations", "Total Operations", 0, summary_operations},
	{"total_duration_ns", "Total Duration", 0, summary_total},
	{"wall_ns", "Wall Time", 0, summary_wall},
	{"average_ns", "Average Duration", 0, summary_average},
	{"accuracy_ns", "Accuracy Achieved", 0, summary_accuracy},
	{"precision_ns", "Accuracy Target", 0, summary_precision},
	{"score", "Score (of 100)", 0, summary_score},
	{"rating", "Performance Rating", 0, summary_rating},
	{"rating_reasons", "Points Lost", 0, summary_reasons},
	{"errors", "Errors", 0, summary_errors},
	{"streams", "Streams", 0, summary_streams},
	{"broken", NULL, 0, summary_broken},
	{"unanswered", "Without an answer", 0, summary_unanswered},
	{"server_operations", "Answered (server)", 0, summary_server},
	{"responses_without_request", NULL, 0, summary_orphans},
	{"filter", "Filter", 0, summary_filter},
	{"left_out_operations", "Left out by it", 0, summary_left_out},
	{"total_calls", NULL, 0, summary_calls},
	{"warnings", "Warnings", 0, warnings},
};

TABLE_SINGLE(summary_table, "summary", "Summary", summary_columns, summary);

/* "Name:                 " and what the caller adds; then put_line_end folds the line. */
static void put_name(struct buffer *line, const char *name)
{
	buffer_print(line, "%-*s", NAME_WIDTH, name);
}

static void put_line_end(struct buffer *buffer, struct buffer *line)
{
	put_folded(buffer, buffer_text(line), 0, NAME_WIDTH);
	buffer_print(buffer, "\n");
	buffer_free(line);
}

static void put_stars(struct buffer *buffer, const struct style *style, int stars)
{
	put_color(buffer, style, stars > 3 ? COLOR_GOOD : stars > 1 ? COLOR_MIDDLING : COLOR_BAD);
	for (int i = 0; i < 5; i++)
		buffer_print(buffer, "%s",
			     style->ascii ? (i < stars ? "*" : "-")
			     : i < stars  ? "\xe2\x98\x85"
					  : "\xe2\x98\x86");
	put_color(buffer, style, COLOR_NONE);
	buffer_print(buffer, " ");
}

static void put_rating(struct buffer *buffer, const struct style *style,
		       const struct summary *summary)
{
	struct buffer rest = {0};
	size_t column = NAME_WIDTH;

	put_name(buffer, "Performance Rating:");
	if (summary->score >= 0) {
		put_stars(buffer, style, summary->stars);
		column += 6;
	}
	buffer_print(&rest, "%s", summary->rating);
	if (*summary->rating_reasons)
		buffer_print(&rest, " (%s)", summary->rating_reasons);
	put_folded(buffer, buffer_text(&rest), column, NAME_WIDTH);
	buffer_print(buffer, "\n");
	buffer_free(&rest);
}

static void put_measure(struct buffer *buffer, const struct style *style, const char *name,
			bool known, int64_t ns)
{
	put_name(buffer, name);
	if (known)
		put_duration(buffer, style, ns);
	else
		buffer_print(buffer, "no data");
}

static void put_count(struct buffer *buffer, const char *name, size_t count, const char *remark)
{
	struct buffer line = {0};

	if (!count)
		return;
	put_name(&line, name);
	buffer_print(&line, "%zu %s", count, remark);
	put_line_end(buffer, &line);
}

static void put_warning(struct buffer *buffer, const struct style *style, const char *sentence)
{
	struct buffer escaped = {0};

	put_color(buffer, style, COLOR_MIDDLING);
	buffer_print(buffer, "%s ", style->ascii ? "!" : "\xe2\x9a\xa0");
	put_escaped(&escaped, style, sentence);
	put_folded(buffer, buffer_text(&escaped), 2, 2);
	put_color(buffer, style, COLOR_NONE);
	buffer_print(buffer, "\n");
	buffer_free(&escaped);
}

static void put_operations(struct buffer *buffer, const struct summary *summary)
{
	struct buffer line = {0};

	put_name(&line, "Total Operations:");
	buffer_print(&line, "%zu", summary->operations);
	if (summary->streams)
		buffer_print(&line, " (%zu of them streams, kept out of the durations)",
			     summary->streams);
	put_line_end(buffer, &line);
}

static void put_filter(struct buffer *buffer, const struct style *style, const struct model *model)
{
	struct buffer line = {0};

	put_name(&line, "Filter:");
	put_escaped(&line, style, model->filter->text);
	buffer_print(&line, " (%zu operation%s left out)", model->left_out,
		     model->left_out == 1 ? "" : "s");
	put_line_end(buffer, &line);
}

void text_summary(struct buffer *buffer, const struct style *style, const struct model *model)
{
	const struct summary *summary = &model->summary;

	put_operations(buffer, summary);
	if (model->filter)
		put_filter(buffer, style, model);
	put_measure(buffer, style, "Total Duration:", summary->latencies, summary->total_ns);
	buffer_print(buffer, "\n");
	put_measure(buffer, style, "Wall Time:", true, summary->wall_ns);
	buffer_print(buffer, "\n");
	put_measure(buffer, style, "Average Duration:", summary->latencies, summary->average_ns);
	buffer_print(buffer, "\n");
	put_measure(buffer, style, "Accuracy Achieved:", summary->accuracy_ns >= 0,
		    summary->accuracy_ns);
	buffer_print(buffer, " (target: ");
	put_duration(buffer, style, summary->precision_ns);
	buffer_print(buffer, ")\n");
	put_rating(buffer, style, summary);
	if (summary->errors)
		buffer_print(buffer, "%-*s%zu (%.1f%% of operations)\n", NAME_WIDTH,
			     "Errors:", summary->errors,
			     100.0 * (double)summary->errors / (double)summary->operations);
	put_count(buffer, "Without an answer:", summary->unanswered, "(kept out of the durations)");
	put_count(buffer, "Answered (server):", summary->server_operations,
		  "transactions, not counted above");
	for (size_t i = 0; i < model->warnings.count; i++)
		put_warning(buffer, style, model->warnings.items[i]);
}
