/*
 * html_tables.c - the tables of the report as the page has them: titles for people, a kind for each
 * column, rows of bare values.
 */
#include "render/html.h"

#include <inttypes.h>
#include <string.h>

#define ROWS_OF_PAGE 5000 /* where no --top was given */

static const char *kind_name(enum value_kind kind)
{
	static const char *const names[] = {
		[VALUE_NONE] = "none",	 [VALUE_TEXT] = "text",	    [VALUE_COUNT] = "count",
		[VALUE_NS] = "ns",	 [VALUE_BOOL] = "bool",	    [VALUE_FEW] = "few",
		[VALUE_TEXTS] = "texts", [VALUE_SENTENCE] = "text", [VALUE_BYTES] = "bytes",
		[VALUE_TIME] = "time",	 [VALUE_REAL] = "real",	    [VALUE_SHARE] = "share"};

	return names[kind];
}

/* Of the first row that has a value. */
static enum value_kind kind_of(const struct column *column, const struct model *model,
			       const struct rows *rows, size_t shown)
{
	for (size_t i = 0; i < shown; i++) {
		enum value_kind kind = column->get(model, rows->items[i]).kind;

		if (kind != VALUE_NONE && kind != VALUE_FEW)
			return kind;
	}
	return VALUE_NONE;
}

static void put_plain_value(struct html *html, const struct value *value)
{
	struct buffer *buffer = html->buffer;

	switch (value->kind) {
	case VALUE_NONE:
	case VALUE_FEW:
		buffer_print(buffer, "null");
		break;
	case VALUE_TEXT:
	case VALUE_SENTENCE:
		html_string(html, value->text);
		break;
	case VALUE_REAL:
	case VALUE_SHARE:
		buffer_print(buffer, "%.9g", value->real);
		break;
	case VALUE_BOOL:
		buffer_print(buffer, value->number ? "true" : "false");
		break;
	case VALUE_TEXTS:
		buffer_print(buffer, "[");
		for (int64_t i = 0; i < value->number; i++) {
			buffer_print(buffer, i ? "," : "");
			html_string(html, value->texts[i]);
		}
		buffer_print(buffer, "]");
		break;
	default:
		buffer_print(buffer, "%" PRId64, value->number);
	}
}

/* A value of another kind than its column's says so: {"few":null}. */
static void put_cell_of(struct html *html, const struct value *value, enum value_kind kind)
{
	if (value->kind == kind || value->kind == VALUE_NONE) {
		put_plain_value(html, value);
		return;
	}
	buffer_print(html->buffer, "{\"%s\":", kind_name(value->kind));
	put_plain_value(html, value);
	buffer_print(html->buffer, "}");
}

static void put_row(struct html *html, const struct table *table, const struct model *model,
		    const enum value_kind *kinds, const void *row)
{
	buffer_print(html->buffer, "[");
	for (size_t i = 0; i < table->column_count; i++) {
		struct value value = table->columns[i].get(model, row);

		buffer_print(html->buffer, i ? "," : "");
		put_cell_of(html, &value, kinds[i]);
	}
	buffer_print(html->buffer, "]");
}

void html_table(struct html *html, const struct table *table, const struct model *model)
{
	struct rows rows;
	size_t shown;
	enum value_kind *kinds = memory_get((table->column_count + 1) * sizeof(*kinds));
	struct buffer *buffer = html->buffer;

	rows_get(&rows, table, html->style, model);
	shown = rows_shown(table, html->style, rows.count, ROWS_OF_PAGE);
	buffer_print(buffer, "{\"title\":\"%s\",\"rows_of_all\":%zu,\"columns\":[", table->title,
		     rows.count);
	for (size_t i = 0; i < table->column_count; i++) {
		const struct column *column = &table->columns[i];

		kinds[i] = kind_of(column, model, &rows, shown);
		buffer_print(buffer, "%s{\"key\":", i ? "," : "");
		html_string(html, column->key ? column->key : column->title);
		buffer_print(buffer, ",\"title\":");
		html_string(html, column->title ? column->title : "");
		buffer_print(buffer, ",\"kind\":\"%s\"}", kind_name(kinds[i]));
	}
	buffer_print(buffer, "],\"rows\":[");
	for (size_t i = 0; i < shown; i++) {
		buffer_print(buffer, i ? ",\n" : "\n");
		put_row(html, table, model, kinds, rows.items[i]);
	}
	buffer_print(buffer, "]}");
	rows_free(&rows);
	free(kinds);
}

void html_tables(struct html *html)
{
	char name[TABLE_NAME];
	bool first = true;

	buffer_print(html->buffer, ",\n\"tables\":{");
	FOR_TABLES(section, table)
	{
		buffer_print(html->buffer, "%s\"%s\":", first ? "\n" : ",\n",
			     table_name(section, *table, name));
		html_table(html, *table, html->model);
		first = false;
	}
	buffer_print(html->buffer, "}");
}
