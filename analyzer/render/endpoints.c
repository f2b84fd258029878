/*
 * endpoints.c - endpoints and child processes, tables of the timing analysis.
 */
#include "render/report.h"

static struct value endpoint_p99(const struct model *model, const void *data)
{
	const struct endpoint_row *row = data;

	(void)model;
	return (struct value){.kind = row->latencies < 100 ? VALUE_FEW : VALUE_NS,
			      .number = row->p99_ns};
}

#define TIMED(expression) (row->latencies ? value_ns(expression) : value_none())
COLUMN(endpoint_method, endpoint_row, value_text(row->method))
COLUMN(endpoint_endpoint, endpoint_row, value_text(row->endpoint))
COLUMN(endpoint_category, endpoint_row, value_text(category_name(row->category)))
COLUMN(endpoint_role, endpoint_row, value_text(row->server ? "server" : "client"))
COLUMN(endpoint_stream, endpoint_row, value_bool(row->stream))
COLUMN(endpoint_count, endpoint_row, value_count((int64_t)row->count))
COLUMN(endpoint_errors, endpoint_row, value_count((int64_t)row->errors))
COLUMN(endpoint_unanswered, endpoint_row, value_count((int64_t)row->unanswered))
COLUMN(endpoint_total, endpoint_row, TIMED(row->total_ns))
COLUMN(endpoint_p50, endpoint_row, TIMED(row->p50_ns))
COLUMN(endpoint_p95, endpoint_row, TIMED(row->p95_ns))
COLUMN(endpoint_wait, endpoint_row, value_some_ns(row->wait_ns))
COLUMN(endpoint_receive, endpoint_row, value_some_ns(row->receive_ns))

static const struct column endpoint_columns[] = {
	{"method", "Method", 0, endpoint_method},
	{"endpoint", "Endpoint", 0, endpoint_endpoint},
	{"category", "Category", 0, endpoint_category},
	{"role", "Role", 0, endpoint_role},
	{"stream", "Stream", 0, endpoint_stream},
	{"count", "Count", 10, endpoint_count},
	{"errors", "Errors", 10, endpoint_errors},
	{"unanswered", NULL, 0, endpoint_unanswered},
	{"total_ns", "Total", 0, endpoint_total},
	{"p50_ns", "P50", 12, endpoint_p50},
	{"p95_ns", "P95", 12, endpoint_p95},
	{"p99_ns", "P99", 12, endpoint_p99},
	{"wait_ns", "Wait", 12, endpoint_wait},
	{"receive_ns", "Receive", 12, endpoint_receive},
};

/* Child processes: rows of the same form. */
static const struct column child_columns[] = {
	{"program", "Program", -32, endpoint_endpoint}, /* as in the coverage table */
	{"count", "Count", 6, endpoint_count},
	{"errors", "Errors", 7, endpoint_errors},
	{"total_ns", "Total", 12, endpoint_total},
	{"p50_ns", "P50", 11, endpoint_p50},
	{"p95_ns", "P95", 12, endpoint_p95},
};

TABLE(endpoints_table, "endpoints", "Endpoints", endpoint_columns, endpoints);
TABLE(children_table, "children", "Child processes", child_columns, children);

/* "GET /containers/json  [docker_api]", and its figures in a line of their own. */
static void put_endpoint(struct buffer *buffer, const struct style *style,
			 const struct model *model, const struct endpoint_row *row)
{
	struct buffer line = {0};

	put_escaped(&line, style, row->method);
	buffer_print(&line, " ");
	put_escaped(&line, style, row->endpoint);
	buffer_print(&line, "  [%s]", category_name(row->category));
	if (row->unanswered)
		buffer_print(&line, ", %zu without an answer", row->unanswered);
	put_folded(buffer, buffer_text(&line), 0, 4);
	buffer_print(buffer, "\n");
	buffer_free(&line);
	table_row(buffer, style, endpoint_columns, endpoints_table.column_count, model, row);
}

void put_endpoints(struct buffer *buffer, const struct style *style, const struct model *model,
		   const char *title, bool stream, bool server)
{
	size_t count = 0, shown, put = 0;
	struct rows rows;

	rows_get(&rows, &endpoints_table, style, model);
	for (size_t i = 0; i < rows.count; i++) {
		const struct endpoint_row *row = rows.items[i];

		if (row->stream == stream && row->server == server)
			rows.items[count++] = row;
	}
	shown = rows_shown(&endpoints_table, style, count, ROWS_USUAL);
	if (count) {
		buffer_print(buffer, "%s\n", title);
		table_title(buffer, endpoint_columns, endpoints_table.column_count);
	}
	while (put < shown)
		put_endpoint(buffer, style, model, rows.items[put++]);
	put_more(buffer, count, shown);
	if (count)
		buffer_print(buffer, "\n");
	rows_free(&rows);
}

void put_children(struct buffer *buffer, const struct style *style, const struct model *model)
{
	if (!model->children.count)
		return;
	buffer_print(buffer, "Child processes:\n");
	table_text(buffer, style, &children_table, model);
	buffer_print(buffer, "\n");
}
