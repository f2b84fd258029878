/*
 * table.c - see table.h.
 */
#include "render/table.h"
#include "base/duration.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct value value_none(void)
{
	return (struct value){.kind = VALUE_NONE};
}

struct value value_text(const char *text)
{
	return (struct value){.kind = text ? VALUE_TEXT : VALUE_NONE, .text = text};
}

struct value value_count(int64_t number)
{
	return (struct value){.kind = VALUE_COUNT, .number = number};
}

struct value value_ns(int64_t number)
{
	return (struct value){.kind = VALUE_NS, .number = number};
}

struct value value_bool(bool truth)
{
	return (struct value){.kind = VALUE_BOOL, .number = truth};
}

struct value value_time(int64_t realtime_ns)
{
	return (struct value){.kind = realtime_ns ? VALUE_TIME : VALUE_NONE, .number = realtime_ns};
}

struct value value_bytes(int64_t number)
{
	return (struct value){.kind = number < 0 ? VALUE_NONE : VALUE_BYTES, .number = number};
}

struct value value_real(double real)
{
	return (struct value){.kind = isfinite(real) ? VALUE_REAL : VALUE_NONE, .real = real};
}

struct value value_share(double share)
{
	return (struct value){.kind = isfinite(share) && share >= 0 ? VALUE_SHARE : VALUE_NONE,
			      .real = share};
}

struct value value_sentence(const char *text)
{
	return (struct value){.kind = text ? VALUE_SENTENCE : VALUE_NONE, .text = text};
}

struct value value_some_text(const char *text)
{
	return value_text(text && *text ? text : NULL);
}

struct value value_some_ns(int64_t ns)
{
	return ns < 0 ? value_none() : value_ns(ns);
}

/* Cuts escaped text to `columns`, the last of them an ellipsis. */
static void cut(struct buffer *text, size_t columns, const struct style *style)
{
	size_t keep = columns - (style->ascii ? 2 : 1), seen = 0, at = 0;

	while (at < text->length && seen < keep) {
		for (at++; at < text->length && ((unsigned char)text->data[at] & 0xc0) == 0x80;)
			at++;
		seen++;
	}
	text->length = at;
	text->data[at] = 0;
	if (style->ascii)
		buffer_add(text, "..", 2);
	else
		buffer_add(text, "\xe2\x80\xa6", 3);
}

void put_cell(struct buffer *buffer, const struct style *style, const char *text, int width)
{
	size_t columns, room = (size_t)abs(width);
	struct buffer cell = {0};

	buffer_escape(&cell, text, strlen(text), style->ascii);
	columns = utf8_columns(buffer_text(&cell));
	if (columns > room && room > 2) {
		cut(&cell, room, style);
		columns = room;
	}
	if (width > 0 && columns < room)
		buffer_print(buffer, "%*s", (int)(room - columns), "");
	buffer_add(buffer, buffer_text(&cell), cell.length);
	if (width < 0 && columns < room)
		buffer_print(buffer, "%*s", (int)(room - columns), "");
	buffer_free(&cell);
}

void put_plain(struct buffer *buffer, const struct style *style, const char *text)
{
	const char *micro;

	while (style->ascii && (micro = strstr(text, "\xc2\xb5"))) {
		buffer_print(buffer, "%.*su", (int)(micro - text), text);
		text = micro + 2;
	}
	buffer_print(buffer, "%s", text);
}

void put_duration(struct buffer *buffer, const struct style *style, int64_t ns)
{
	char text[DURATION_TEXT];

	put_plain(buffer, style, duration_text(ns, text));
}

void put_value(struct buffer *text, const struct style *style, const struct value *value)
{
	char date[DATE_TEXT];

	switch (value->kind) {
	case VALUE_NONE:
		buffer_print(text, "-");
		break;
	case VALUE_TEXT:
	case VALUE_SENTENCE:
		buffer_print(text, "%s", value->text);
		break;
	case VALUE_COUNT:
		buffer_print(text, "%" PRId64, value->number);
		break;
	case VALUE_TIME:
		buffer_print(text, "%s UTC", date_text(value->number, date));
		break;
	case VALUE_BYTES:
		buffer_print(text, "%.1fMB", (double)value->number / 1e6);
		break;
	case VALUE_REAL:
		buffer_print(text, fabs(value->real) < 1000 ? "%.4g" : "%.0f", value->real);
		break;
	case VALUE_SHARE:
		buffer_print(text, "%.1f%%", 100 * value->real);
		break;
	case VALUE_NS:
		put_duration(text, style, value->number);
		break;
	case VALUE_BOOL:
		buffer_print(text, "%s", value->number ? "yes" : "no");
		break;
	case VALUE_FEW:
		buffer_print(text, "n<100");
		break;
	case VALUE_TEXTS:
		for (int64_t i = 0; i < value->number; i++)
			buffer_print(text, "%s%s", i ? ", " : "", value->texts[i]);
		break;
	}
}

/* Without blanks at its end. */
static void end_line(struct buffer *buffer)
{
	while (buffer->length && buffer->data[buffer->length - 1] == ' ')
		buffer->data[--buffer->length] = 0;
	buffer_print(buffer, "\n");
}

void table_title(struct buffer *buffer, const struct column *columns, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (columns[i].title && columns[i].width)
			buffer_print(buffer, "%*s", columns[i].width, columns[i].title);
	end_line(buffer);
}

void table_row(struct buffer *buffer, const struct style *style, const struct column *columns,
	       size_t count, const struct model *model, const void *row)
{
	for (size_t i = 0; i < count; i++) {
		struct buffer cell = {0};
		struct value value;
		int width = columns[i].width;

		if (!columns[i].title || !width)
			continue;
		value = columns[i].get(model, row);
		put_value(&cell, style, &value);
		/* a text that is cut stays apart from what is before it */
		if (width > 1 && value.kind == VALUE_TEXT && i) {
			buffer_print(buffer, " ");
			width--;
		}
		put_cell(buffer, style, buffer_text(&cell), width);
		buffer_free(&cell);
	}
	end_line(buffer);
}

json_t *json_text(const char *text)
{
	struct buffer clean = {0};
	json_t *json;

	buffer_replace(&clean, text, strlen(text));
	json = json_string(buffer_text(&clean));
	buffer_free(&clean);
	return json ? json : json_string("?");
}

void json_put(struct buffer *buffer, const struct style *style, json_t *root, size_t flags)
{
	char *text = json_dumps(root, flags | (style->ascii ? JSON_ENSURE_ASCII : 0));
	const char *from = text ? text : "null", *at;

	while ((at = strstr(from, "##")) != NULL) {
		buffer_add(buffer, from, (size_t)(at + 1 - from));
		buffer_print(buffer, "\\u0023");
		from = at + 2;
	}
	buffer_print(buffer, "%s\n", from);
	free(text);
	json_decref(root);
}

static json_t *value_json(const struct value *value)
{
	json_t *array;

	switch (value->kind) {
	case VALUE_TEXT:
	case VALUE_SENTENCE:
		return json_text(value->text);
	case VALUE_REAL:
	case VALUE_SHARE:
		return json_real(value->real);
	case VALUE_COUNT:
	case VALUE_BYTES:
	case VALUE_TIME:
	case VALUE_NS:
		return json_integer(value->number);
	case VALUE_BOOL:
		return json_boolean(value->number);
	case VALUE_TEXTS:
		array = json_array();
		for (int64_t i = 0; i < value->number; i++)
			json_array_append_new(array, json_text(value->texts[i]));
		return array;
	default:
		return json_null();
	}
}

static json_t *row_json(const struct table *table, const struct model *model, const void *row)
{
	json_t *object = json_object();

	/* of a map the first column is the row's key */
	for (size_t i = table->shape == TABLE_MAP; i < table->column_count; i++) {
		const struct column *column = &table->columns[i];
		struct value value;

		if (!column->key)
			continue;
		value = column->get(model, row);
		json_object_set_new(object, column->key, value_json(&value));
	}
	return object;
}

void put_more(struct buffer *buffer, size_t count, size_t shown)
{
	if (count > shown)
		buffer_print(buffer, "%zu more (--top 0 shows all)\n", count - shown);
}

void table_text(struct buffer *buffer, const struct style *style, const struct table *table,
		const struct model *model)
{
	struct rows rows;
	size_t shown;

	rows_get(&rows, table, style, model);
	shown = rows_shown(table, style, rows.count, ROWS_USUAL);
	if (rows.count)
		table_title(buffer, table->columns, table->column_count);
	for (size_t i = 0; i < shown; i++)
		table_row(buffer, style, table->columns, table->column_count, model, rows.items[i]);
	put_more(buffer, rows.count, shown);
	rows_free(&rows);
}

json_t *table_json(const struct table *table, const struct style *style, const struct model *model)
{
	json_t *array;
	struct rows rows;
	size_t shown;

	if (table->shape == TABLE_ONE)
		return row_json(table, model, table->row(model, 0));
	array = table->shape == TABLE_MAP ? json_object() : json_array();
	rows_get(&rows, table, style, model);
	shown = rows_shown(table, style, rows.count, 0);
	for (size_t i = 0; i < shown; i++) {
		const void *row = rows.items[i];

		if (table->shape == TABLE_MAP)
			json_object_set_new(array, table->columns[0].get(model, row).text,
					    row_json(table, model, row));
		else
			json_array_append_new(array, row_json(table, model, row));
	}
	rows_free(&rows);
	return array;
}
