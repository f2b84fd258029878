/*
 * csv.c - the report as CSV (RFC 4180): one line a row of a table, every line with all columns of
 * all tables, those of other tables empty; the first column names the table. With --table one table
 * and its own columns alone.
 *
 * Spreadsheets take a text that begins like a formula for one, so such a text gets an apostrophe
 * before it; runners of CI jobs obey "##word[" in a log, so "##" gets a blank in it.
 */
#include "render/report.h"

#include <inttypes.h>
#include <string.h>

#define LINE_END "\r\n"

struct csv {
	struct buffer *buffer;
	const struct style *style;
	const struct model *model;
	LIST(const char *) keys; /* of all columns */
};

/* What a spreadsheet would compute: = + - @, their full-width forms, a tab or a line end first. */
static bool is_formula(const char *text)
{
	static const char *const begins[] = {"=",
					     "+",
					     "-",
					     "@",
					     "\t",
					     "\r",
					     "\n",
					     "\xef\xbc\x9d",
					     "\xef\xbc\x8b",
					     "\xef\xbc\x8d",
					     "\xef\xbc\xa0"};

	text += strspn(text, " ");
	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (strncmp(text, begins[i], strlen(begins[i])) == 0)
			return true;
	return false;
}

/* Always in quotes: nobody splits it at what he takes for a separator. */
static void put_text(struct csv *csv, const char *text)
{
	struct buffer clean = {0};

	if (csv->style->ascii)
		buffer_escape(&clean, text, strlen(text), true);
	else
		buffer_replace(&clean, text, strlen(text));
	buffer_print(csv->buffer, "\"%s", is_formula(text) ? "'" : "");
	for (const char *at = buffer_text(&clean); *at; at++)
		if (*at == '"')
			buffer_print(csv->buffer, "\"\"");
		else
			buffer_add(csv->buffer, strncmp(at, "##", 2) == 0 ? "# " : at,
				   strncmp(at, "##", 2) == 0 ? 2 : 1);
	buffer_print(csv->buffer, "\"");
	buffer_free(&clean);
}

static void put_texts(struct csv *csv, const struct value *value)
{
	struct buffer joined = {0};

	for (int64_t i = 0; i < value->number; i++)
		buffer_print(&joined, "%s%s", i ? "; " : "", value->texts[i]);
	if (joined.length)
		put_text(csv, buffer_text(&joined));
	buffer_free(&joined);
}

static void put_cell_of(struct csv *csv, const struct column *column, const void *row)
{
	struct value value = column->get(csv->model, row);

	switch (value.kind) {
	case VALUE_NONE:
	case VALUE_FEW:
		break;
	case VALUE_TEXT:
	case VALUE_SENTENCE:
		put_text(csv, value.text);
		break;
	case VALUE_TEXTS:
		put_texts(csv, &value);
		break;
	case VALUE_BOOL:
		buffer_print(csv->buffer, "%s", value.number ? "true" : "false");
		break;
	case VALUE_REAL:
	case VALUE_SHARE:
		buffer_print(csv->buffer, "%.9g", value.real);
		break;
	case VALUE_COUNT:
	case VALUE_NS:
	case VALUE_TIME:
	case VALUE_BYTES:
		buffer_print(csv->buffer, "%" PRId64, value.number);
		break;
	}
}

static const struct column *column_of(const struct table *table, const char *key)
{
	for (size_t i = 0; i < table->column_count; i++)
		if (table->columns[i].key && strcmp(table->columns[i].key, key) == 0)
			return &table->columns[i];
	return NULL;
}

static void add_keys(struct csv *csv, const struct table *table)
{
	for (size_t i = 0; i < table->column_count; i++) {
		const char *key = table->columns[i].key;
		size_t j = 0;

		while (key && j < csv->keys.count && strcmp(csv->keys.items[j], key) != 0)
			j++;
		if (key && j == csv->keys.count)
			*list_add(&csv->keys) = key;
	}
}

/* `name`: NULL where the table has its file alone. */
static void put_table(struct csv *csv, const struct table *table, const char *name)
{
	const struct column **columns = memory_get((csv->keys.count + 1) * sizeof(*columns));
	struct rows rows;
	size_t shown;

	for (size_t i = 0; i < csv->keys.count; i++)
		columns[i] = column_of(table, csv->keys.items[i]);
	rows_get(&rows, table, csv->style, csv->model);
	shown = rows_shown(table, csv->style, rows.count, 0);
	for (size_t i = 0; i < shown; i++) {
		if (name)
			buffer_print(csv->buffer, "%s", name);
		for (size_t j = 0; j < csv->keys.count; j++) {
			if (name || j)
				buffer_print(csv->buffer, ",");
			if (columns[j])
				put_cell_of(csv, columns[j], rows.items[i]);
		}
		buffer_print(csv->buffer, LINE_END);
	}
	rows_free(&rows);
	free(columns);
}

static void put_header(struct csv *csv, bool named)
{
	if (named)
		buffer_print(csv->buffer, "table");
	for (size_t i = 0; i < csv->keys.count; i++)
		buffer_print(csv->buffer, "%s%s", i || named ? "," : "", csv->keys.items[i]);
	buffer_print(csv->buffer, LINE_END);
}

void render_csv(struct buffer *buffer, const struct style *style, const struct model *model,
		int64_t now_ns)
{
	struct csv csv = {buffer, style, model, {0}};
	char name[TABLE_NAME];

	(void)now_ns;
	if (style->only) {
		add_keys(&csv, style->only);
		put_header(&csv, false);
		put_table(&csv, style->only, NULL);
		list_free(&csv.keys);
		return;
	}
	FOR_TABLES(section, table)
	if (section_is_wanted(section, style))
		add_keys(&csv, *table);
	put_header(&csv, true);
	FOR_TABLES(section, table)
	if (section_is_wanted(section, style))
		put_table(&csv, *table, table_name(section, *table, name));
	list_free(&csv.keys);
}
