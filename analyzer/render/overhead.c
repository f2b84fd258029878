/*
 * overhead.c - the PROFILING OVERHEAD section: what the profiling itself cost, by cause, and what
 * it lost.
 */
#include "base/duration.h"
#include "render/report.h"

#define COUNT(number) value_count((number) > INT64_MAX ? INT64_MAX : (int64_t)(number))
COLUMN(total, overhead, value_some_ns(row->total_ns))
COLUMN(share, overhead, value_share(row->share))
COLUMN(startup, overhead, row->total_ns < 0 ? value_none() : value_ns(row->startup_ns))
COLUMN(running, overhead, row->total_ns < 0 ? value_none() : value_ns(row->running_ns))
COLUMN(running_share, overhead, value_share(row->running_share))
COLUMN(limit, overhead, value_share(row->limit))
COLUMN(within, overhead, row->running_share < 0 ? value_none() : value_bool(row->within))
COLUMN(null_interval, overhead,
       row->total_ns < 0 ? value_none() : value_real(model->summary.null_ns))

static const struct column overhead_columns[] = {
	{"total_ns", "Total", 0, total},
	{"share", "Of wall", 0, share},
	{"startup_ns", "Start-up", 0, startup},
	{"running_ns", "Running", 0, running},
	{"running_share", "Running, of wall", 0, running_share},
	{"limit", "Limit", 0, limit},
	{"within", "Within the limit", 0, within},
	{"null_interval_ns", "Null interval (ns)", 0, null_interval},
};
TABLE_SINGLE(overhead_table, "overhead", "Overhead", overhead_columns, overhead);

COLUMN(cause_key_text, overhead_row, value_text(row->key))
COLUMN(cause_name, overhead_row, value_text(row->title))
COLUMN(cause_count, overhead_row, COUNT(row->count))
COLUMN(cause_each, overhead_row, value_ns(duration_of(row->each_ns + 0.5)))
COLUMN(cause_total, overhead_row, value_ns(row->total_ns))
COLUMN(cause_how, overhead_row, value_text(row->how))

static const struct column cause_columns[] = {
	{"cause", NULL, 0, cause_key_text},
	{NULL, "Cause", -27, cause_name},
	{"count", "Count", 10, cause_count},
	{"each_ns", "Each", 10, cause_each},
	{"total_ns", "Total", 11, cause_total},
	{NULL, "How known", 20, cause_how},
	{"how", NULL, 0, cause_how},
};
TABLE(overhead_causes_table, "causes", "Overhead by cause", cause_columns, overhead.rows);

COLUMN(loss_key, loss_row, value_text(row->key))
COLUMN(loss_reason, loss_row, value_text(row->reason))
COLUMN(loss_count, loss_row, COUNT(row->count))

static const struct column loss_columns[] = {
	{"reason", NULL, 0, loss_key},
	{NULL, "Reason", -66, loss_reason},
	{"count", "Lost", 12, loss_count},
};
TABLE(losses_table, "losses", "Lost", loss_columns, overhead.losses);

static void put_share(struct buffer *buffer, const struct style *style, double share)
{
	struct value value = value_share(share);

	put_value(buffer, style, &value);
}

static void put_status(struct buffer *buffer, const struct style *style,
		       const struct overhead *overhead)
{
	bool within = overhead->within;

	buffer_print(buffer, "Status:               ");
	put_color(buffer, style, within ? COLOR_GOOD : COLOR_BAD);
	if (within)
		buffer_print(buffer, "%s Within acceptable limits",
			     style->ascii ? "+" : "\xe2\x9c\x93");
	else
		buffer_print(buffer, "%s Exceeds acceptable limits",
			     style->ascii ? "x" : "\xe2\x9c\x97");
	put_color(buffer, style, COLOR_NONE);
	buffer_print(buffer, "\n");
}

static void put_totals(struct buffer *buffer, const struct style *style,
		       const struct overhead *overhead)
{
	buffer_print(buffer, "Total Overhead:       ");
	put_duration(buffer, style, overhead->total_ns);
	buffer_print(buffer, " (");
	put_share(buffer, style, overhead->share);
	buffer_print(buffer, " of wall time); start-up ");
	put_duration(buffer, style, overhead->startup_ns);
	buffer_print(buffer, "\nWhile Running:        ");
	put_duration(buffer, style, overhead->running_ns);
	buffer_print(buffer, " (");
	put_share(buffer, style, overhead->running_share);
	buffer_print(buffer, ")\nTarget Limit:         ");
	put_share(buffer, style, overhead->limit);
	buffer_print(buffer, " while running\n");
}

void text_overhead(struct buffer *buffer, const struct style *style, const struct model *model)
{
	if (model->overhead.share < 0) {
		buffer_print(buffer, "no data\n");
		return;
	}
	put_totals(buffer, style, &model->overhead);
	put_status(buffer, style, &model->overhead);
	buffer_print(buffer, "\n");
	table_text(buffer, style, &overhead_causes_table, model);
	buffer_print(buffer, "\n");
	if (model->overhead.losses.count)
		table_text(buffer, style, &losses_table, model);
	else
		buffer_print(buffer, "Nothing was lost.\n");
}
