/*
 * calls.c - all calls of the run by kind, a table of the timing analysis. In text it stands where
 * records are missing: it is what is exact then.
 */
#include "render/report.h"

#define TIMED(expression) (row->timed ? value_ns(expression) : value_none())
#define QUANTILE(least, ns) \
	(row->timed < (least) || (ns) == CALL_UNKNOWN ? value_none() : value_ns(ns))
#define COUNT(number) value_count((number) > INT64_MAX ? INT64_MAX : (int64_t)(number))
COLUMN(call_name, call_row, value_text(row->name))
COLUMN(call_category, call_row, value_text(row->category))
COLUMN(call_count, call_row, COUNT(row->count))
COLUMN(call_errors, call_row, COUNT(row->errors))
COLUMN(call_retries, call_row, COUNT(row->retries))
COLUMN(call_bytes, call_row, COUNT(row->bytes))
COLUMN(call_timed, call_row, COUNT(row->timed))
COLUMN(call_missing, call_row, COUNT(row->missing))
COLUMN(call_total, call_row, TIMED(row->total_ns))
COLUMN(call_min, call_row, TIMED(row->min_ns))
COLUMN(call_max, call_row, TIMED(row->max_ns))
COLUMN(call_p50, call_row, QUANTILE(1, row->p50_ns))
COLUMN(call_p95, call_row, QUANTILE(1, row->p95_ns))
COLUMN(call_p99, call_row, QUANTILE(100, row->p99_ns))

static const struct column call_columns[] = {
	{"call", "Call", -20, call_name},	 {"category", "Category", 0, call_category},
	{"count", "Count", 11, call_count},	 {"errors", "Errors", 0, call_errors},
	{"retries", "Retries", 0, call_retries}, {"bytes", "Bytes", 0, call_bytes},
	{"timed", "Timed", 0, call_timed},	 {"missing", "Missing", 0, call_missing},
	{"total_ns", "Total", 10, call_total},	 {"min_ns", "Min", 0, call_min},
	{"p50_ns", "P50", 9, call_p50},		 {"p95_ns", "P95", 9, call_p95},
	{"p99_ns", "P99", 10, call_p99},	 {"max_ns", "Max", 10, call_max},
};
TABLE(symbols_table, "all_calls", "All calls", call_columns, calls);

static bool records_missing(const struct model *model)
{
	for (size_t i = 0; i < model->runs.count; i++)
		if (model->runs.items[i].window_ns != INT64_MIN)
			return true;
	return model->summary.lost_slots;
}

void put_calls(struct buffer *buffer, const struct style *style, const struct model *model)
{
	if (!model->calls.count || !records_missing(model))
		return;
	buffer_print(buffer, "All calls, recorded or not (percentiles from histograms, error at "
			     "most 1.1%%):\n");
	table_text(buffer, style, &symbols_table, model);
	buffer_print(buffer, "\n");
}
