/*
 * summary.c - the EXECUTIVE SUMMARY section. Its lines are the ones of the report the project
 * started from, to the letter (report.md).
 */
#include "render/report.h"

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
COLUMN(summary_rating, summary, value_text(row->score < 0 ? NULL : row->rating))
COLUMN(summary_reasons, summary, value_some_text(row->rating_reasons))

static const struct column summary_columns[] = {
	{"total_operations", NULL, 0, summary_operations},
	{"total_duration_ns", NULL, 0, summary_total},
	{"wall_ns", NULL, 0, summary_wall},
	{"average_ns", NULL, 0, summary_average},
	{"accuracy_ns", NULL, 0, summary_accuracy},
	{"precision_ns", NULL, 0, summary_precision},
	{"score", NULL, 0, summary_score},
	{"rating", NULL, 0, summary_rating},
	{"rating_reasons", NULL, 0, summary_reasons},
	{"errors", NULL, 0, summary_errors},
	{"streams", NULL, 0, summary_streams},
	{"broken", NULL, 0, summary_broken},
	{"unanswered", NULL, 0, summary_unanswered},
	{"server_operations", NULL, 0, summary_server},
	{"responses_without_request", NULL, 0, summary_orphans},
	{"total_calls", NULL, 0, summary_calls},
	{"warnings", NULL, 0, warnings},
};

TABLE_SINGLE(summary_table, "summary", "Summary", summary_columns, summary);

static void put_rating(struct buffer *buffer, const struct style *style,
		       const struct summary *summary)
{
	buffer_print(buffer, "Performance Rating:   ");
	for (int i = 0; i < 5 && summary->score >= 0; i++)
		buffer_print(buffer, "%s",
			     style->ascii	  ? (i < summary->stars ? "*" : "-")
			     : i < summary->stars ? "\xe2\x98\x85"
						  : "\xe2\x98\x86");
	buffer_print(buffer, "%s%s", summary->score >= 0 ? " " : "", summary->rating);
	if (*summary->rating_reasons)
		buffer_print(buffer, " (%s)", summary->rating_reasons);
	buffer_print(buffer, "\n");
}

static void put_measure(struct buffer *buffer, const struct style *style, const char *name,
			bool known, int64_t ns)
{
	buffer_print(buffer, "%-22s", name);
	if (known)
		put_duration(buffer, style, ns);
	else
		buffer_print(buffer, "no data");
}

void text_summary(struct buffer *buffer, const struct style *style, const struct model *model)
{
	const struct summary *summary = &model->summary;

	buffer_print(buffer, "Total Operations:     %zu", summary->operations);
	if (summary->streams)
		buffer_print(buffer, " (%zu of them streams, kept out of the durations)",
			     summary->streams);
	buffer_print(buffer, "\n");
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
		buffer_print(buffer, "Errors:               %zu (%.1f%% of operations)\n",
			     summary->errors,
			     100.0 * (double)summary->errors / (double)summary->operations);
	if (summary->unanswered)
		buffer_print(buffer, "Without an answer:    %zu (kept out of the durations)\n",
			     summary->unanswered);
	if (summary->server_operations)
		buffer_print(buffer, "Answered (server):    %zu transactions, not counted above\n",
			     summary->server_operations);
	for (size_t i = 0; i < model->warnings.count; i++) {
		buffer_print(buffer, "%s ", style->ascii ? "!" : "\xe2\x9a\xa0");
		put_escaped(buffer, style, model->warnings.items[i]);
		buffer_print(buffer, "\n");
	}
}
