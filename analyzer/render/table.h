/*
 * table.h - columns as data: what a table's cell is, how wide, and under which key it stands in
 * JSON. Text and JSON are made from the same rows, so that a new column is one line.
 */
#ifndef ANALYZER_TABLE_H
#define ANALYZER_TABLE_H

#include <jansson.h>

#include "base/buffer.h"
#include "model/model.h"

struct style {
	bool ascii; /* nothing beyond ASCII */
};

enum value_kind {
	VALUE_NONE, /* null; "-" */
	VALUE_TEXT, /* from the profile: escaped, replaced */
	VALUE_COUNT,
	VALUE_NS,
	VALUE_BOOL,
	VALUE_FEW,   /* too few operations for this percentile: null; "n<100" */
	VALUE_TEXTS, /* array of texts; ", " between */
};

struct value {
	enum value_kind kind;
	int64_t number;
	const char *text;
	const char *const *texts;
};

struct column {
	const char *key;   /* in JSON; NULL: not there */
	const char *title; /* in text; NULL: not there */
	int width;	   /* below 0: left-aligned */
	struct value (*get)(const struct model *model, const void *row);
};

/* A table of the report: its name, its columns, its rows. Every format prints it from here. */
struct table {
	const char *key;   /* in JSON and CSV */
	const char *title; /* for people */
	const struct column *columns;
	size_t column_count;
	size_t (*rows)(const struct model *model);
	const void *(*row)(const struct model *model, size_t index);
};

/* The rows of a table are the items of a list of the model. */
#define TABLE(name, key, title, columns, list)                                          \
	static size_t name##_rows(const struct model *model)                            \
	{                                                                               \
		return model->list.count;                                               \
	}                                                                               \
	static const void *name##_row(const struct model *model, size_t index)          \
	{                                                                               \
		return &model->list.items[index];                                       \
	}                                                                               \
	const struct table name = {key,		title,                                  \
				   columns,	sizeof(columns) / sizeof((columns)[0]), \
				   name##_rows, name##_row}

/* A column's `get`: `row` is the row, `model` the model. */
#define COLUMN(name, type, expression)                                        \
	static struct value name(const struct model *model, const void *data) \
	{                                                                     \
		const struct type *row = data;                                \
                                                                              \
		(void)model;                                                  \
		return expression;                                            \
	}

struct value value_none(void);
struct value value_text(const char *text); /* NULL: none */
struct value value_count(int64_t number);
struct value value_ns(int64_t number);
struct value value_bool(bool truth);

void table_title(struct buffer *buffer, const struct column *columns, size_t count);
void table_row(struct buffer *buffer, const struct style *style, const struct column *columns,
	       size_t count, const struct model *model, const void *row);
json_t *table_json(const struct column *columns, size_t count, const struct model *model,
		   const void *row);

/* Titles and rows; nothing when there are no rows. */
void table_text(struct buffer *buffer, const struct style *style, const struct table *table,
		const struct model *model);
/* An array of objects. */
json_t *table_rows_json(const struct table *table, const struct model *model);

/* A JSON string of bytes of any kind. */
json_t *json_text(const char *text);
/* `text` escaped, padded to `width` columns (below 0: left-aligned), cut with an ellipsis. */
void put_cell(struct buffer *buffer, const struct style *style, const char *text, int width);

#endif
