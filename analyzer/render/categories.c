/*
 * categories.c - the CATEGORY BREAKDOWN section.
 */
#include "render/report.h"

#define FIGURE(name, expression)                                              \
	static struct value name(const struct model *model, const void *data) \
	{                                                                     \
		const struct category_row *row = data;                        \
                                                                              \
		(void)model;                                                  \
		return row->count ? (expression) : value_none();              \
	}

FIGURE(category_count, value_count((int64_t)row->count))
FIGURE(category_total, value_ns(row->total_ns))
FIGURE(category_average, value_ns(row->average_ns))
FIGURE(category_min, value_ns(row->min_ns))
FIGURE(category_max, value_ns(row->max_ns))
COLUMN(category_remark, category_row, value_some_text(row->remark))
COLUMN(category_title, category_row, value_text(row->name))
COLUMN(category_self, category_row, value_ns(row->self_ns))

COLUMN(category_share, category_row,
       value_share((double)row->self_ns / (double)model->summary.wall_ns))

static const struct column category_columns[] = {
	{"category", "Category", -25, category_title},
	{"count", "Count", 11, category_count},
	{"total_ns", "Total", 13, category_total},
	{"average_ns", "Average", 13, category_average},
	{"min_ns", "Min", 13, category_min},
	{"max_ns", "Max", 13, category_max},
	{NULL, "Of wall time", 0, category_share},
	{"self_ns", NULL, 0, category_self},
	{"remark", NULL, 0, category_remark},
};

TABLE_ACCESS(categories_table, model->category_rows.count, model->category_rows.items[index])
TABLE_OF(categories_table, "categories", "Categories", category_columns, TABLE_ROWS);

static void put_share(struct buffer *buffer, const struct style *style, const struct model *model,
		      const struct category_row *row)
{
	double wall = (double)model->summary.wall_ns;
	struct buffer line = {0};

	buffer_print(&line, "  %s ", style->ascii ? "`-" : "\xe2\x94\x94\xe2\x94\x80");
	if (wall > 0)
		buffer_print(&line, "%.1f%% of total execution time",
			     100.0 * (double)row->self_ns / wall);
	else
		buffer_print(&line, "no data");
	if (row->remark) {
		buffer_print(&line, " (");
		put_plain(&line, style, row->remark);
		buffer_print(&line, ")");
	}
	put_folded(buffer, buffer_text(&line), 0, 5);
	buffer_print(buffer, "\n");
	buffer_free(&line);
}

void text_categories(struct buffer *buffer, const struct style *style, const struct model *model)
{
	const struct table *table = &categories_table;
	struct rows rows;
	size_t shown;

	rows_get(&rows, table, style, model);
	shown = rows_shown(table, style, rows.count, 0);
	table_title(buffer, table->columns, table->column_count);
	for (size_t i = 0; i < shown; i++) {
		table_row(buffer, style, table->columns, table->column_count, model, rows.items[i]);
		put_share(buffer, style, model, rows.items[i]);
	}
	put_more(buffer, rows.count, shown);
	rows_free(&rows);
}
