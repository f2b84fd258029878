/*
 * checks.c - the CHECK PERFORMANCE section.
 */
#include "render/report.h"

#include <string.h>

static struct value texts(const char *const *list, size_t count)
{
	return (struct value){.kind = VALUE_TEXTS, .number = (int64_t)count, .texts = list};
}

static struct value check_candidates(const struct model *model, const void *data)
{
	const struct check_row *row = data;
	size_t count = 0;

	(void)model;
	while (row->candidates && row->candidates[count])
		count++;
	return texts(row->candidates, count);
}

static struct value check_recognised(const struct model *model, const void *data)
{
	static const char *const ways[] = {"rule", "label"};
	const struct check_row *row = data;

	(void)model;
	return texts(row->by_rule ? ways : ways + 1, (row->by_rule > 0) + (row->by_label > 0));
}

/* "GET /networks/{id} (http; docker 812; 12.4ms into the run; 3.1ms)" */
static const char *part_text(const struct model *model, const struct check_part *part)
{
	const struct process *process = &model->processes.items[part->process];
	double offset_ns =
		(double)part->start_ns - (double)model->runs.items[process->run].start_ns;

	return arena_print(
		model->arena, "%s (%s; %s %d; %.3fms into the run; %s)", part->what, part->kind,
		process->program, process->pid, offset_ns / 1e6,
		part->duration_ns < 0 && part->operation == NONE
			? "its end was not seen"
			: arena_print(model->arena, "%.3fms", (double)part->duration_ns / 1e6));
}

static struct value check_operations(const struct model *model, const void *data)
{
	const struct check_row *row = data;
	const char **list = arena_get(model->arena, (row->kept_parts + 1) * sizeof(*list));

	for (size_t i = 0; i < row->kept_parts; i++)
		list[i] = part_text(model, &model->checks.parts.items[row->first_part + i]);
	return texts(list, row->kept_parts);
}

#define KNOWN(row) ((row)->succeeded + (row)->failed)
#define TIMED(ns)  (row->timed ? value_ns(ns) : value_none())
COLUMN(check_name, check_row, value_text(row->name))
COLUMN(check_count, check_row, value_count((int64_t)row->count))
COLUMN(check_average, check_row, TIMED(row->average_ns))
COLUMN(check_min, check_row, TIMED(row->min_ns))
COLUMN(check_max, check_row, TIMED(row->max_ns))
COLUMN(check_success, check_row,
       KNOWN(row) ? value_share((double)row->succeeded / (double)KNOWN(row)) : value_none())
COLUMN(check_succeeded, check_row, value_count((int64_t)row->succeeded))
COLUMN(check_failed, check_row, value_count((int64_t)row->failed))
COLUMN(check_by_rule, check_row, value_count((int64_t)row->by_rule))
COLUMN(check_by_label, check_row, value_count((int64_t)row->by_label))
COLUMN(check_total, check_row, TIMED(row->total_ns))
COLUMN(check_parts, check_row, value_count((int64_t)row->parts))

static const struct column check_columns[] = {
	{"check", "Check Name", -30, check_name},
	{"count", "Count", 11, check_count},
	{"average_ns", "Avg", 13, check_average},
	{"min_ns", "Min", 13, check_min},
	{"max_ns", "Max", 13, check_max},
	{"success_share", "Success%", 9, check_success},
	{"succeeded", NULL, 0, check_succeeded},
	{"failed", NULL, 0, check_failed},
	{"total_ns", NULL, 0, check_total},
	{"recognised_by", "Recognised by", 0, check_recognised},
	{"by_rule", NULL, 0, check_by_rule},
	{"by_label", NULL, 0, check_by_label},
	{"candidates", NULL, 0, check_candidates},
	{"operation_count", NULL, 0, check_parts},
	{"operations", NULL, 0, check_operations},
};
TABLE(checks_table, "checks", "Checks", check_columns, checks);

/* A name that is too long for its column is not cut: it is the one that says what is not known. */
static void put_row(struct buffer *buffer, const struct style *style, const struct model *model,
		    const struct check_row *row)
{
	const struct table *table = &checks_table;
	struct buffer name = {0};

	buffer_escape(&name, row->name, strlen(row->name), style->ascii);
	if (utf8_columns(buffer_text(&name)) <= (size_t)-table->columns[0].width) {
		table_row(buffer, style, table->columns, table->column_count, model, row);
	} else {
		buffer_print(buffer, "%s", buffer_text(&name));
		table_row(buffer, style, table->columns + 1, table->column_count - 1, model, row);
	}
	buffer_free(&name);
}

void text_checks(struct buffer *buffer, const struct style *style, const struct model *model)
{
	const struct table *table = &checks_table;
	struct rows rows;
	size_t shown;

	if (!model->checks.count) {
		buffer_print(buffer, model->summary.total_calls
					     ? "No check was recognised, none was labelled.\n"
					     : "no data\n");
		return;
	}
	rows_get(&rows, table, style, model);
	shown = rows_shown(table, style, rows.count, ROWS_USUAL);
	table_title(buffer, table->columns, table->column_count);
	for (size_t i = 0; i < shown; i++)
		put_row(buffer, style, model, rows.items[i]);
	put_more(buffer, rows.count, shown);
	rows_free(&rows);
}
